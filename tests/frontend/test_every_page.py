"""No page is forgotten: each has its number of queries here, is looked at, and has a picture."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from frontend.urls import urlpatterns
from tests.api.records import subscription
from tests.frontend.browsing import STANCE as STORY
from tests.frontend.browsing import Story
from tests.frontend.record import CLOSED, NOW, OPEN, Record
from tracker import alerts
from tracker.alerts.opting_in import new_token
from tracker.channels.mail import unsubscribe_token
from tracker.models import Delivery, Fetch, PairCoding, SavedSearch, Subscription

STANCE = {"actor": "ilva-marenko", "topic": "negotiations"}
PICTURES = Path(__file__).parents[2] / "bench" / "pictures.py"
# Page -> queries at most, the session and the account of an analyst included.
MOST = {
    "overview": 23,
    "actor": 13,
    "topic": 12,
    "stance": 17,
    "utterance": 17,
    "shifts": 12,
    "shift": 9,
    "review": 18,
    "coding": 11,
    "agreement": 8,
    "compare": 17,
    "brief": 9,
    "search": 17,
    "documents": 8,
    "document": 11,
    "add": 7,
    "fetch": 7,
    "mail-confirm": 7,
    "mail-again": 4,
    "mail-unsubscribe": 7,
    "subscriptions": 10,
    "new-subscription": 9,
    "subscription": 14,
    "deliveries": 9,
    "settings": 9,
    "saved-searches": 10,
    "new-saved-search": 8,
    "saved-search": 15,
    "login": 4,
}
# What answers with something else than a page.
FILES = {
    *("chart", "cite", "cite-bibtex", "cite-csl"),
    *("document-state", "fetch-state", "favicon"),
}
# Without a picture: what is an answer or a step of another page that has one.
UNSEEN = {"utterance", "fetch", "mail-confirm", "mail-again", "mail-unsubscribe", "login"}

# On PostgreSQL each of three searches is planned first, beside the size of the record,
# and given a time: six statements more.
BOUNDED = {"search": 35}


class Everything:
    """One of everything that a page shows, and as many more as wished."""

    def __init__(self, record: Record, owner: User) -> None:
        self.record, self.owner = record, owner
        self.other = User.objects.create_user("bo")
        self.older, self.newer, self.shift = record.story()
        self.subscription = self.subscribed()
        self.letter = Delivery.objects.get(notice="subscription.test")
        self.fetch = self.failed()
        self.search = self.saved("all")
        self.more(1)

    def subscribed(self) -> Subscription:
        """Add a subscription with a message."""
        made = subscription(self.owner, **{n: getattr(self.record, n) for n in STANCE})
        alerts.send_test(made, now=NOW)
        return made

    def failed(self) -> Fetch:
        """Add a fetch that came to nothing."""
        days = dict.fromkeys(("created_at", "next_try_at", "done_at"), NOW)
        return Fetch.objects.create(
            source=self.record.source, url="https://wire.example/", problem="404", **days
        )

    def saved(self, name: str) -> SavedSearch:
        """Add a saved search on the stance."""
        made = SavedSearch.objects.create(owner=self.owner, name=name, created_at=NOW)
        made.actors.add(self.record.actor)
        made.topics.add(self.record.topic)
        return made

    def more(self, number: int) -> None:
        """Add one more of everything."""
        record, day = self.record, f"{number:02}-02"
        older = record.utterance(f"{OPEN} {number}", f"2024-{day}")
        newer = record.utterance(f"{CLOSED} {number}", f"2025-{day}", value=None)
        shift = record.shift(older, newer, "reversal")
        record.document(f"Without a day {number}", problem="no date found in the text")
        record.attest(self.older, record.statement(f"{OPEN} {number}", "2024-03-01"))
        place = {"document": self.older.canonical.document, "start": number, "end": number + 9}
        unsure = record.statement(f"{OPEN} {number}", f"2024-{day}", confidence=0.5, **place)
        record.proposal(older.canonical, unsure)
        pair = {"older": older, "newer": newer, "direction": "hardened", "degree": 2}
        for coder in (self.owner, self.other):
            PairCoding.objects.create(coder=coder, at=NOW, **pair)
        self.subscribed()
        self.failed()
        self.saved(f"search {number}")
        self.owner.api_keys.issue(owner=self.owner, name=f"key {number}", scopes=["read"], now=NOW)
        self.shift_numbers = [self.shift.pk, shift.pk]

    def addresses(self) -> dict[str, str]:
        """Return the address of each page, with something open where it can open something."""
        document = self.older.canonical.document_id
        pair = f"?older={self.older.pk}&newer={self.newer.pk}"
        confirms = new_token(self.subscription, now=timezone.now())
        ends = unsubscribe_token(str(self.letter.message_id))
        given: dict[str, Any] = {
            "actor": {"slug": "ilva-marenko"},
            "topic": {"slug": "negotiations"},
            "stance": STANCE,
            "utterance": {"pk": self.older.pk},
            "shift": {"pk": self.shift.pk},
            "document": {"pk": document},
            "fetch": {"pk": self.fetch.pk},
            "mail-confirm": {"token": confirms},
            "mail-unsubscribe": {"token": ends},
            "subscription": {"pk": self.subscription.pk},
            "saved-search": {"pk": self.search.pk},
        }
        asked = {
            "stance": f"?open=u{self.older.pk}",
            "compare": pair,
            "search": "?q=ready+for+talks",
            "brief": "?" + "&".join(f"shift={number}" for number in self.shift_numbers),
        }
        return {name: reverse(name, kwargs=given.get(name)) + asked.get(name, "") for name in MOST}


def pages() -> set[str]:
    """Return the names of the addresses that answer a GET with a page."""
    return {str(pattern.name) for pattern in urlpatterns} - FILES - set(actions())


def actions() -> list[str]:
    """Return the names of the addresses that only take what is posted."""
    found = []
    for pattern in urlpatterns:
        names = pattern.pattern.converters
        given = {name: 1 if isinstance(kind, IntConverter) else "a" for name, kind in names.items()}
        if Client().get(reverse(str(pattern.name), kwargs=given)).status_code == 405:
            found.append(str(pattern.name))
    return found


@pytest.mark.django_db
def test_every_address_is_a_page_of_the_table_a_file_or_an_action() -> None:
    assert pages() == set(MOST)


def test_no_page_takes_more_queries_for_more_rows(desk: Client, record: Record, ada: User) -> None:
    def queries() -> dict[str, int]:
        return {name: asked(desk, url) for name, url in everything.addresses().items()}

    everything = Everything(record, ada)
    before = queries()
    for number in range(2, 8):
        everything.more(number)
    after = queries()
    assert {name: number for name, number in after.items() if number > before[name]} == {}
    most = MOST | (BOUNDED if connection.vendor == "postgresql" else {})
    assert {name: number for name, number in before.items() if number > most[name]} == {}


def asked(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200, url
    return len(captured)


def test_every_page_is_looked_at_in_the_browser(record: Record, ada: User) -> None:
    seen = {resolve(path.partition("?")[0]).url_name for path in Story(record, ada).pages()}
    assert set(MOST) - seen == set()


def test_every_page_has_a_picture() -> None:
    source = re.sub(r"\{(DENSE_)?STANCE\}", STORY, PICTURES.read_text())
    taken = re.findall(r'Picture\("([^"]+)", f?"([^"?#]+)', source)
    seen = {resolve(re.sub(r"\{[^}]*\}", "1", path)).url_name for _, path in taken}
    assert set(MOST) - seen - UNSEEN == set()
    folder = PICTURES.parents[1] / "docs" / "pictures"
    assert {name for name, _ in taken if not (folder / f"{name}.png").exists()} == set()
