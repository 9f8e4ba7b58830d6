"""Which messages an event becomes: one for each person, one for a flood, one for flapping."""

import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tracker.records import (
    NOT_READY,
    NOW,
    READY,
    known_people,
    later,
    row,
    settle,
    state,
    statement_of,
    subscription,
)
from tracker import alerts, chronology, dates, ingest, review
from tracker.alerts.owing import CHUNK
from tracker.models import (
    Actor,
    Delivery,
    Digest,
    Document,
    Endpoint,
    Event,
    Following,
    Match,
    SavedSearch,
    Shift,
    Source,
    Subscription,
    Topic,
    WatchedEntry,
    WatchedSource,
)
from tracker.watchlist import add

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


BOTH = (READY, "2025-12-01"), (NOT_READY, "2026-01-04")


def owes(*rows: chronology.Row, now: datetime = NOW) -> list[Event]:
    """Record ready statements, and owe what follows from them in one go."""
    state(*rows, now=now)
    events = settle(now)
    alerts.owe(events, now=now)
    return events


def message(delivery: Delivery) -> Any:
    return json.loads(delivery.body)


def there_and_back(first: date, times: int, *, every: int = 5) -> list[chronology.Row]:
    """Return a position and its opposite in turn, so many times."""
    return [
        row((READY, NOT_READY)[turn % 2], str(first + timedelta(days=turn * every)))
        for turn in range(times)
    ]


# --- One person, one message ----------------------------------------------------------------------


def test_two_subscriptions_of_one_person_get_one_message_that_names_both() -> None:
    owner = User.objects.create_user("anna")
    address = {"address": "http://127.0.0.1:9/anna", "owner": owner}
    one = subscription(**address, note="the minister", actor=Actor.objects.get(slug="ilva-marenko"))
    other = subscription(**address, note="the talks", topic=Topic.objects.get(slug="talks"))
    owes(row(READY, "2025-12-01"), row(NOT_READY, "2026-01-01"))
    told = message(Delivery.objects.get())["data"]["subscriptions"]
    assert [(asked["id"], asked["note"]) for asked in told] == [
        (one.pk, "the minister"),
        (other.pk, "the talks"),
    ]
    assert [asked["matched"] for asked in told] == [{"actor": "ilva-marenko"}, {"topic": "talks"}]
    assert Match.objects.filter(delivery=Delivery.objects.get()).count() == 2


def test_the_same_address_of_another_person_gets_a_message_of_its_own() -> None:
    for name in ("anna", "boris"):
        subscription(owner=User.objects.create_user(name), address="http://127.0.0.1:9/shared")
    owes(row(READY, "2025-12-01"), row(NOT_READY, "2026-01-01"))
    assert Delivery.objects.count() == 2


def test_a_saved_search_narrows_a_subscription() -> None:
    owner = User.objects.create_user("anna")
    searches = [
        SavedSearch.objects.create(owner=owner, name=words, words=words, created_at=NOW)
        for words in ("sarn valley", "harbour")
    ]
    found, _ = (subscription(saved_search=search) for search in searches)
    owes(row(READY, "2025-12-01"), row(NOT_READY, "2026-01-01"))
    assert Match.objects.get().subscription == found
    matched = message(Delivery.objects.get())["data"]["subscriptions"][0]["matched"]
    assert matched == {
        "saved_search": {"id": searches[0].pk, "name": "sarn valley", "words": "sarn valley"}
    }


def test_a_saved_search_may_name_several_actors_and_topics() -> None:
    search = SavedSearch.objects.create(
        owner=User.objects.create_user("anna"), name="pact only", created_at=NOW
    )
    search.topics.set(Topic.objects.filter(slug="pact"))
    search.actors.set(Actor.objects.all())
    subscription(saved_search=search)
    owes(row(READY, "2025-12-01"), row(NOT_READY, "2026-01-01"))
    assert not Delivery.objects.exists()
    search.topics.set(Topic.objects.all())
    owes(row(READY, "2026-01-03"), now=later(hours=1))
    assert Delivery.objects.count() == 1


# --- Floods ---------------------------------------------------------------------------------------


def test_a_backfill_of_old_documents_is_one_summary(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 3
    subscription()
    events = owes(*there_and_back(date(2019, 1, 1), 6, every=200))
    shifts = [event for event in events if event.kind == Event.Kind.DETECTED]
    assert len(shifts) == 5
    assert not Delivery.objects.exists()
    assert alerts.summarise_due(now=later(seconds=5)) == 0
    assert alerts.summarise_due(now=later(seconds=60)) == 1
    assert alerts.summarise_due(now=later(seconds=120)) == 0
    digest = Digest.objects.get()
    assert (digest.since, digest.until) == (NOW, later(seconds=60))
    told = message(Delivery.objects.get())
    assert told["type"] == "digest.summary"
    assert (told["data"]["count"], told["data"]["omitted"]) == (5, 0)
    assert {line["shift"] for line in told["data"]["events"]} == {e.shift_id for e in shifts}
    assert not Match.objects.filter(delivery=None).exists()


def test_a_flood_that_drips_in_is_a_few_messages_and_one_summary(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 2
    subscription()
    for number, one in enumerate(there_and_back(date(2019, 1, 1), 7, every=200)):
        owes(one, now=later(seconds=number))
    assert Delivery.objects.count() == 2
    assert alerts.summarise_due(now=later(seconds=60)) == 1
    assert Match.objects.filter(delivery__digest=Digest.objects.get()).count() == 4


def test_a_flood_of_news_is_none(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 2
    subscription()
    days = there_and_back(date(2025, 12, 20), 2)
    state(*days, *(row(one.text, str(one.said.edtf), actor="tomas-brel") for one in days))
    alerts.owe(settle(), now=NOW)
    assert Delivery.objects.count() == 2


def test_few_old_events_that_were_held_back_come_one_by_one(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 3
    subscription(minimum_materiality=0.0)
    subscription(words="of no passage")
    owes(*there_and_back(date(2019, 1, 1), 6, every=200))
    Match.objects.filter(pk__in=Match.objects.values("pk")[2:]).delete()
    assert alerts.summarise_due(now=later(seconds=60)) == 2
    assert {delivery.event_id is not None for delivery in Delivery.objects.all()} == {True}


def test_without_a_limit_nothing_is_summarised(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 0
    subscription()
    owes(*there_and_back(date(2019, 1, 1), 6, every=200))
    assert Delivery.objects.count() == 5


# --- Flapping -------------------------------------------------------------------------------------


def test_a_stance_that_goes_back_and_forth_is_announced_as_flapping_once() -> None:
    subscription()
    for number, one in enumerate(there_and_back(date(2025, 12, 10), 7, every=3)):
        owes(one, now=later(hours=number))
    told = [message(delivery)["data"] for delivery in Delivery.objects.order_by("pk")]
    assert [one["flapping"] for one in told] == [False, False, True]
    assert told[-1]["title"].startswith("Flapping: Ilva Marenko on Talks")
    assert Match.objects.filter(flapping=True, delivery=None).count() == 3


def test_who_subscribes_while_it_flaps_is_told_so_once() -> None:
    rows = there_and_back(date(2025, 12, 10), 7, every=3)
    for number, one in enumerate(rows[:5]):
        owes(one, now=later(hours=number))
    subscription()
    for number, one in enumerate(rows[5:], start=5):
        owes(one, now=later(hours=number))
    assert [message(delivery)["data"]["flapping"] for delivery in Delivery.objects.all()] == [True]


def test_turns_that_are_years_apart_are_no_flapping(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 0
    subscription()
    owes(*there_and_back(date(2018, 1, 1), 6, every=300))
    assert not Event.objects.filter(flapping=True).exists()


def test_nobody_hears_that_a_turn_was_withdrawn_of_which_nobody_was_told() -> None:
    subscription()
    for number, one in enumerate(there_and_back(date(2025, 12, 10), 5, every=3)):
        owes(one, now=later(hours=number))
    before = Delivery.objects.count()
    review.reject(Shift.objects.standing().latest("pk"), by=None, now=later(hours=9))
    alerts.owe(settle(later(hours=9)), now=later(hours=9))
    kinds = Delivery.objects.order_by("pk")[before:].values_list("event__kind", flat=True)
    assert Event.Kind.WITHDRAWN not in kinds


# --- Other events ---------------------------------------------------------------------------------


def test_a_position_stated_again_is_told_to_who_asked_for_it() -> None:
    subscription()
    asked = subscription(events=["position.reaffirmed"])
    owes(row(READY, "2025-12-01"), row(READY, "2026-01-01"))
    assert Match.objects.get().subscription == asked
    told = message(Delivery.objects.get())
    assert told["type"] == "position.reaffirmed"
    assert told["data"]["older"]["text"] == told["data"]["newer"]["text"] == READY


def test_a_document_that_is_not_read_is_told_once() -> None:
    subscription()
    asked = subscription(events=["document.failed"])
    source = Source.objects.get(slug="wire")
    ingest.store(b"Nobody is named here.", now=NOW, source=source, content_type="text/plain")
    while ingest.read_waiting(now=NOW):
        pass
    assert alerts.owe_waiting(now=NOW) == 1
    assert alerts.owe_waiting(now=NOW) == 0
    told = message(Delivery.objects.get(endpoint=asked.endpoint))["data"]
    assert Document.objects.get().problem in told["reason"]
    ingest.order_reading(Document.objects.all())
    while ingest.read_waiting(now=later(hours=1)):
        pass
    assert alerts.owe_waiting(now=later(hours=1)) == 0


def test_a_document_of_a_source_that_never_cites_an_actor_is_not_told_of(
    settings: LazySettings,
) -> None:
    marenko = Actor.objects.get(slug="ilva-marenko")
    subscription(events=["document.failed"], actor=marenko)
    (document, *_) = state(row(READY, "2025-12-01", source="wire"))
    assert statement_of(document).actor == marenko
    for slug in ("wire", "courier"):
        source = Source.objects.get(slug=slug)
        ingest.store(f"Nobody: {slug}.".encode(), now=NOW, source=source, content_type="text/plain")
    while ingest.read_waiting(now=NOW):
        pass
    alerts.owe_waiting(now=NOW)
    assert message(Delivery.objects.get())["data"]["document"]["source"] == "Wire"


def silent_source() -> WatchedSource:
    watched = add("https://wire.example/feed", source=Source.objects.get(slug="wire"), now=NOW)
    WatchedEntry.objects.create(
        watched=watched, host=watched.host, key="a", url="", found_at=NOW, next_try_at=NOW
    )
    return watched


def test_a_source_that_gives_nothing_new_is_told_once_a_silence() -> None:
    subscription(events=["source.silent"])
    watched = silent_source()
    assert alerts.note_silent(now=NOW + timedelta(days=13)) == 0
    assert alerts.note_silent(now=NOW + timedelta(days=15)) == 1
    assert alerts.note_silent(now=NOW + timedelta(days=16)) == 0
    alerts.owe_waiting(now=NOW + timedelta(days=16))
    assert "nothing new since 2026-01-05" in message(Delivery.objects.get())["data"]["reason"]
    WatchedEntry.objects.create(
        watched=watched,
        host=watched.host,
        key="b",
        found_at=NOW + timedelta(days=20),
        next_try_at=NOW,
    )
    copied = Following.objects.create(url="https://desk.example/api/v1", applied_at=NOW)
    assert alerts.note_silent(now=NOW + timedelta(days=40)) == 0  # it comes from there
    copied.delete()
    assert alerts.note_silent(now=NOW + timedelta(days=40)) == 1


def test_a_source_that_never_gave_anything_is_not_silent() -> None:
    add("https://wire.example/feed", source=Source.objects.get(slug="wire"), now=NOW)
    assert alerts.note_silent(now=NOW + timedelta(days=100)) == 0


# --- What a message shows around the evidence -----------------------------------------------------


def test_a_message_shows_the_question_and_the_sentences_around() -> None:
    subscription()
    source = Source.objects.get(slug="ministry")
    asked = (
        "Answers of Foreign Minister Ilva Marenko to questions from the press:\n\n"
        "Question: Are you ready to negotiate with Karsk?\n\n"
        "Ilva Marenko: Thank you for coming. {} That is all for today.\n"
    )
    for day, text in (("2025-12-01", READY), ("2026-01-02", NOT_READY)):
        words, said = asked.format(text).encode(), dates.parse(day)
        ingest.store(words, now=NOW, source=source, content_type="text/plain", said=said)
    while ingest.read_waiting(now=NOW):
        pass
    alerts.owe(settle(), now=NOW)
    told = message(Delivery.objects.get())["data"]
    assert [told[side]["said"] for side in ("older", "newer")] == ["2025-12-01", "2026-01-02"]
    assert "Are you ready to negotiate with Karsk?" in told["newer"]["question"]
    assert NOT_READY in told["newer"]["text"]
    # Neither the question nor the speaker's name once more: the whole turn is in the text.
    assert (told["newer"]["before"], told["newer"]["after"]) == ("", "")
    assert told["newer"]["value"] is not None
    assert "Marenko" in told["newer"]["attributed_as"]


def test_a_thousand_deliveries_are_written_by_one_statement() -> None:
    endpoints = Endpoint.objects.bulk_create(
        Endpoint(channel="email", address=f"{number}@a.example", created_at=NOW)
        for number in range(CHUNK + 1)
    )
    Subscription.objects.bulk_create(
        Subscription(endpoint=endpoint, created_at=NOW, confirmed_at=NOW) for endpoint in endpoints
    )
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    events = settle()
    with CaptureQueriesContext(connection) as queries:
        assert alerts.owe(events, now=NOW) == CHUNK + 1
    found = (re.match(r'INSERT (?:OR IGNORE )?INTO "(\w+)"', query["sql"]) for query in queries)
    assert Counter(insert[1] for insert in found if insert) == {
        "tracker_delivery": 2,
        "tracker_match": 2,
    }


# --- What becomes of it later ---------------------------------------------------------------------


def test_a_reaffirmation_that_no_longer_stands_is_told_to_who_was_told_of_it() -> None:
    told = subscription(events=["position.reaffirmed"])
    subscription(address="http://127.0.0.1:9/another", events=["document.failed"])
    owes(row(READY, "2025-12-01"), row(READY, "2026-01-01"))
    owes(row(NOT_READY, "2025-12-15"), now=later(hours=1))
    _, second = Delivery.objects.order_by("pk")
    assert Match.objects.filter(delivery=second).values_list("subscription").get() == (told.pk,)
    assert message(second)["type"] == "position.withdrawn"
    assert message(second)["data"]["correction"] is True


def test_a_shift_that_crosses_a_threshold_is_told_once_to_who_asked_for_it() -> None:
    sure = subscription(events=["shift.detected"], worst_grade="B2")
    out_of_reach = subscription(address="http://127.0.0.1:9/b", worst_grade="A1")
    any_of_them = subscription(address="http://127.0.0.1:9/c", events=["shift.detected"])
    owes(*(row(text, day, source="herald") for text, day in BOTH))
    assert Match.objects.get().subscription == any_of_them
    owes(*(row(text, day) for text, day in BOTH), now=later(hours=1))
    crossed = Match.objects.exclude(subscription=any_of_them).get()
    assert crossed.subscription == sure
    assert crossed.delivery is not None
    assert message(crossed.delivery)["type"] == "shift.strengthened"
    owes(row(NOT_READY, "2026-01-04", source="ministry"), now=later(hours=2))
    assert not Match.objects.filter(subscription=out_of_reach).exists()
    assert Match.objects.filter(subscription__in=[sure, any_of_them]).count() == 2
