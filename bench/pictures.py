"""Photographs every page over the demo: `python -m bench.pictures` writes docs/pictures/*.png.

It takes a VAR_DIR of its own, loads the demo through the usual pipeline, serves it on a
loopback port and looks at it with the system's chromium. Nothing of the developer's is touched.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from bench import dense, serving

ROOT = Path(__file__).resolve().parent.parent
VAR = serving.begin("pictures")

from django.contrib.auth.models import User  # noqa: E402 - after setup, as all below
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tracker import alerts, detection, double_coding, ingest  # noqa: E402
from tracker.models import (  # noqa: E402
    Actor,
    Document,
    SavedSearch,
    Shift,
    Subscription,
    Topic,
    Utterance,
)

PICTURES = ROOT / "docs" / "pictures"
DENSE = 12_000  # utterances of the stance that shows how many look
CODED = 7  # shifts that two analysts have coded
PATIENCE = 120_000  # milliseconds
HEIGHTS = {360: 780, 1280: 860, 2560: 1440}
DENSE_STANCE = dense.address(DENSE)
STANCE = "/stances/ilva-marenko/negotiations/"


class Picture(NamedTuple):
    """One file: its name, the address, the width of the window, light or dark."""

    name: str
    path: str
    width: int = 1280
    scheme: str = "light"


def load() -> None:
    """Bring the demo in by the same steps that the workers take."""
    for command in (["migrate"], ["load_demo"], ["collectstatic", "--noinput"]):
        call_command(*command, verbosity=0)
    while ingest.read_waiting(now=timezone.now(), limit=50):
        pass
    while stances := list(detection.claim_marked(now=timezone.now(), limit=50)):
        for stance in stances:
            detection.detect(stance, now=timezone.now())


def pictures() -> list[Picture]:
    """Return what to photograph; the items that pages open are the first of the demo's story."""
    marenko = {"stance__actor__slug": "ilva-marenko", "stance__topic__slug": "negotiations"}
    shift = Shift.objects.standing().filter(**marenko).order_by("older__said_earliest").first()
    shift = shift or Shift.objects.filter(**marenko).order_by("-score")[0]
    told = Utterance.objects.held().filter(**marenko).order_by("-sources", "said_earliest")[0]
    wire = Document.objects.filter(url__contains="pact-bases").get()
    reprint = Document.objects.filter(origin=wire).order_by("id")[0]
    spoken = wire.statements.held().order_by("start")[0]
    asked = Subscription.objects.order_by("id")[0]
    saved = SavedSearch.objects.order_by("id")[0]
    undated = Document.objects.in_triage().order_by("id")[0]
    return [
        Picture("overview", "/"),
        Picture("overview-360", "/", 360),
        Picture("timeline", f"{STANCE}?open=s{shift.pk}"),
        Picture("timeline-utterance", f"{STANCE}?open=u{told.pk}"),
        Picture("timeline-dark", STANCE, scheme="dark"),
        Picture("timeline-360", STANCE, 360),
        Picture("timeline-dense", DENSE_STANCE),
        Picture("timeline-dense-zoomed", f"{DENSE_STANCE}?from=2012-01-01&until=2014-06-01"),
        Picture("timeline-filtered", f"{STANCE}?fidelity=verbatim&grade=B"),
        Picture("timeline-utterance-dark", f"{STANCE}?open=u{told.pk}", scheme="dark"),
        Picture("overview-dark", "/", scheme="dark"),
        Picture("timeline-2560", f"{STANCE}?open=u{told.pk}", 2560),
        Picture("actor", "/actors/ilva-marenko/"),
        Picture("topic", "/topics/negotiations/"),
        Picture("shifts", "/shifts/"),
        Picture("shift", f"/shifts/{shift.pk}/"),
        Picture("compare", f"/compare/?older={shift.older_id}&newer={shift.newer_id}"),
        Picture("compare-documents", f"/compare/?document={wire.pk}&other_document={reprint.pk}"),
        Picture("brief", f"/brief/?shift={shift.pk}"),
        Picture("search", "/search/?q=river+districts"),
        Picture("documents-in-triage", "/documents/?state=triage"),
        Picture("document", f"/documents/{wire.pk}/"),
        Picture("document-undated", f"/documents/{undated.pk}/"),
        Picture("add", "/add/"),
        Picture("review", "/review/"),
        Picture("review-merges", "/review/?kind=merge"),
        Picture("review-360", "/review/", 360),
        Picture("coding", "/review/coding/"),
        Picture("agreement", "/review/agreement/"),
        Picture("document-correcting", f"/documents/{wire.pk}/?statement={spoken.pk}#correct"),
        Picture("subscriptions", "/subscriptions/"),
        Picture("subscription-new", "/subscriptions/new/?actor=ilva-marenko&topic=negotiations"),
        Picture("subscription", f"/subscriptions/{asked.pk}/"),
        Picture("saved-searches", "/saved/"),
        Picture("saved-search", f"/saved/{saved.pk}/"),
        Picture("saved-search-new", "/saved/new/?kind=reversal"),
        Picture("messages", "/deliveries/"),
        Picture("settings", "/settings/"),
    ]


def subscribe(owner: User) -> None:
    """Subscribe to the stance that the pictures show, get a test message, and save a search."""
    saved = SavedSearch.objects.create(owner=owner, name="hard turns", created_at=timezone.now())
    saved.actors.add(Actor.objects.get(slug="ilva-marenko"))
    asked = alerts.subscribe(
        owner=owner,
        channel=Subscription.Channel.EMAIL,
        address="ada@desk.example",
        now=timezone.now(),
        trusted=True,
        actor=Actor.objects.get(slug="ilva-marenko"),
        topic=Topic.objects.get(slug="negotiations"),
        note="for the morning briefing",
    )
    alerts.send_test(asked, now=timezone.now())
    alerts.deliver_due(now=timezone.now())


def code(*coders: User) -> None:
    """Have two analysts code the first shifts of the demo's story, and differ over every third."""
    shifts = Shift.objects.standing().filter(stance__actor__slug="ilva-marenko").order_by("id")
    for number, shift in enumerate(shifts[:CODED]):
        directions = (shift.direction, "changed" if number % 3 == 0 else shift.direction)
        for coder, direction in zip(coders, directions, strict=True):
            pair = shift.older, shift.newer
            double_coding.code(
                *pair, by=coder, now=timezone.now(), direction=direction, degree=1 + number % 3
            )


def photograph(browser: Browser, base: str, session: str, picture: Picture) -> None:
    """Write one picture."""
    context = browser.new_context(
        base_url=base,
        viewport={"width": picture.width, "height": HEIGHTS[picture.width]},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(picture.path, wait_until="networkidle")
    page.screenshot(path=PICTURES / f"{picture.name}.png")
    context.close()
    print(picture.name)


def main() -> None:
    """Load, serve, photograph."""
    load()
    ada = User.objects.create_user("ada", is_staff=True)
    subscribe(ada)
    code(ada, User.objects.create_user("bo"))
    dense.built(DENSE)
    client = Client()
    client.force_login(ada)
    session = client.cookies["sessionid"].value
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serving.served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for picture in pictures():
            photograph(browser, base, session, picture)
        browser.close()
    shutil.rmtree(VAR, ignore_errors=True)


if __name__ == "__main__":
    main()
