"""What the browser tests look at, and how they open it."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page

from tests.api.records import subscription
from tests.frontend.record import NOW, Record
from tracker import alerts
from tracker.alerts.opting_in import new_token
from tracker.channels.mail import unsubscribe_token
from tracker.models import Fetch, FetchedPage, SavedSearch

STANCE = "/stances/ilva-marenko/negotiations/"
WIDTHS = {360: 740, 1280: 900, 2560: 1440}
QUIET = """
addEventListener("securitypolicyviolation", (event) => console.error("policy", event.blockedURI));
"""

Opener = Callable[..., Page]


class Story:
    """What the browser looks at, over a record of one actor."""

    def __init__(self, record: Record, owner: User) -> None:
        self.record = record
        self.older, self.newer, self.shift = record.story()
        self.unstated = record.utterance(
            "We shall see about talks with Karsk.", "2024-06", value=None, fidelity="translated"
        )
        self.told = record.utterance(
            "She said that Ostravia would talk to Karsk.",
            "2024-04-02",
            fidelity="reported",
            attribution="indirect",
            sources=3,
            value=2,
        )
        record.shift(self.older, self.told, status="undecided", direction="none", reasons=[])
        unsure = record.statement("It was never ours to give.", "2024-05-02", confidence=0.5)
        record.proposal(self.older.canonical, unsure)
        self.undated = record.document("A text of no day.", problem="no date found in the text")

        self.refused = Fetch.objects.create(
            source=record.source,
            url="https://wire.example/gone",
            created_at=NOW,
            next_try_at=NOW,
            done_at=NOW,
            problem="the host answers 404",
        )
        self.fetched = Fetch.objects.create(
            source=record.source,
            url="https://wire.example/new",
            preview=True,
            created_at=NOW,
            next_try_at=NOW,
            done_at=NOW,
        )
        FetchedPage.objects.create(
            fetch=self.fetched,
            url=self.fetched.url,
            content_type="text/plain",
            body="Velgrad, 3 March 2024\n\n“We wait,” Ilva Marenko said on Sunday.".encode(),
            kept_until=NOW,
        )

        self.subscription = subscription(owner)
        self.search = SavedSearch.objects.create(owner=owner, name="turns", created_at=NOW)
        self.letter = alerts.send_test(subscription(owner), now=NOW)

    def pages(self) -> list[str]:
        """Return the address of every page."""
        return [
            *("/", STANCE, f"{STANCE}?open=u{self.newer.pk}", f"{STANCE}?open=s{self.shift.pk}"),
            *(f"/utterances/{self.told.pk}/", f"/shifts/{self.shift.pk}/", "/shifts/"),
            *("/compare/", f"/compare/?older={self.older.pk}&newer={self.newer.pk}"),
            f"/compare/?older={self.older.pk}&newer={self.newer.pk}&known_at=2026-02-01",
            f"/compare/?document={self.older.canonical.document_id}"
            f"&other_document={self.newer.canonical.document_id}",
            *(f"/brief/?shift={self.shift.pk}", "/brief/"),
            *("/search/", "/search/?q=ready+for+talks&actor=ilva-marenko", "/search/?q=nothing"),
            *("/documents/", "/documents/?state=triage", f"/documents/{self.undated.pk}/"),
            f"/documents/{self.older.canonical.document_id}/",
            f"/documents/{self.older.canonical.document_id}/"
            f"?statement={self.older.canonical_id}#correct",
            *("/actors/ilva-marenko/", "/topics/negotiations/", "/add/", "/login/", "/review/"),
            *("/review/coding/", "/review/agreement/", "/settings/", "/deliveries/"),
            *(f"/fetches/{self.refused.pk}/", f"/fetches/{self.fetched.pk}/"),
            *("/saved/", "/saved/new/?kind=reversal&actor=ilva-marenko"),
            f"/saved/{self.search.pk}/",
            *("/subscriptions/", "/subscriptions/new/?actor=ilva-marenko&kind=reversal"),
            *(f"/subscriptions/{self.letter.subscription_id}/", "/subscriptions/again/"),
            f"/subscriptions/confirm/{new_token(self.subscription, now=timezone.now())}/",
            f"/unsubscribe/{unsubscribe_token(str(self.letter.message_id))}/",
        ]
