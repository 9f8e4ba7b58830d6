"""The number of queries does not grow with the number of rows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.urls import RESOURCES
from tests.api import records
from tests.api.calling import Caller
from tracker import roles
from tracker.models import (
    Attestation,
    Event,
    Fetch,
    PairCoding,
    Utterance,
    WatchedEntry,
    WatchedSource,
)
from tracker.roles import AccountRole


def _more_record(owner: User, number: int) -> None:
    """Add one row to each list, also to those of the first utterance and watched source."""
    speaker = records.actor(f"speaker-{number}", f"Speaker {number}")
    subject = records.topic(f"topic-{number}", f"Topic {number}")
    outlet = records.source(f"outlet-{number}")
    said = [
        records.statement(
            day, actor=speaker, topic=subject, document=records.document(source=outlet)
        )
        for day in ("2024-03-01", "2024-06-01")
    ]
    both = [records.utterance(one) for one in said]
    shift = records.shift(*both)
    records.decision(shift=shift)
    subscription = records.subscription(owner)
    records.saved_search(owner, f"search {number}")
    records.delivery(subscription, shift)
    records.sweep(finished_at=records.NOW)
    records.merge(*said)
    records.watched(f"https://wire.example/{number}")
    PairCoding.objects.create(
        coder=owner,
        older=both[0],
        newer=both[1],
        direction=PairCoding.Direction.HARDENED,
        degree=3,
        at=records.NOW,
    )
    first = WatchedSource.objects.earliest("id")
    WatchedEntry.objects.create(
        watched=first,
        host=first.host,
        key=f"entry {number}",
        found_at=records.NOW,
        next_try_at=records.NOW,
    )
    Attestation.objects.create(
        utterance=Utterance.objects.earliest("id"),
        statement=records.statement(document=records.document(source=outlet)),
        recorded_at=records.NOW,
    )
    Fetch.objects.create(
        url=f"https://velgrad.example/{number}",
        source=outlet,
        created_at=records.NOW,
        next_try_at=records.NOW,
    )


# address -> queries, beside those that recognise a key, find a role and date the record
LISTS = {
    "actors": 3,
    "roles": 1,
    "topics": 1,
    "sources": 1,
    "watched": 2,
    "watched/1/entries": 2,
    "documents": 1,
    "documents?known_at=2100-01-01": 1,
    "fetches": 1,
    "sweeps": 1,
    "statements": 1,
    "statements?known_at=2100-01-01": 2,
    "statements?order=said": 2,
    "utterances": 1,
    "utterances?known_at=2100-01-01": 1,
    "utterances?known_at=2100-01-01&order=-said": 5,
    "utterances/1/attestations": 2,
    "utterances/1/attestations?known_at=2100-01-01": 4,
    "stances": 1,
    "stances?known_at=2100-01-01": 2,
    "search?q=talk": 1,
    "search?q=talk&known_at=2100-01-01": 2,
    "shifts": 2,
    "shifts?known_at=2100-01-01": 2,
    "shifts?order=-said": 3,
    "decisions": 1,
    "merges": 1,
    "merges?known_at=2100-01-01": 1,
    "codings": 1,
    "agreement": 2,
    "subscriptions": 1,
    "deliveries": 2,
    "endpoints": 1,
    "saved-searches": 3,
}
OF_RECORD = {
    *("actors", "roles", "topics", "sources", "documents", "statements", "utterances"),
    *("shifts", "decisions"),
}
FOR_ANALYSTS = ("watched", "fetches", "sweeps", "codings")  # one query finds the owner's role


def test_every_list_is_counted() -> None:
    lists = {
        re.sub("<.*?>", "1", str(route.pattern))
        for route in RESOURCES
        if getattr(route.callback.cls, "paged", False)  # type: ignore[attr-defined]  # as_view's
    }
    assert {route.rstrip("/") for route in lists} <= {path.partition("?")[0] for path in LISTS}


def _first(address: str) -> int:
    """Return the number of the oldest row that has a list of its own."""
    models: dict[str, type[Utterance | WatchedSource]] = {
        "utterances": Utterance,
        "watched": WatchedSource,
    }
    model = models.get(address.partition("/")[0], Utterance)
    return model._default_manager.earliest("id").pk


def _queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_the_same_number_of_questions_for_any_number_of_rows(
    address: str, owner: User
) -> None:
    roles.give(owner, AccountRole.EDITOR)
    caller = Caller(records.key("read", "write", "edit", "subscribe", owner=owner))
    caller.get("actors")  # the use of the key is noted: once a minute, a write
    _more_record(owner, 1)
    path = address.replace("/1/", f"/{_first(address)}/")
    few = _queries(lambda: caller.get(path))
    for number in range(2, 6):
        _more_record(owner, number)
    assert len(caller.get(path)["results"]) >= 5
    many = _queries(lambda: caller.get(path))
    expected = LISTS[address] + (2 if address.startswith(FOR_ANALYSTS) else 1)
    expected += address.partition("?")[0] in OF_RECORD
    assert few == many
    # There a search is bounded in time, which takes some statements besides.
    assert many == expected or (connection.vendor == "postgresql" and "search?" in address)


def test_a_position_asks_two_questions_for_any_number_of_topics(anyone: Caller) -> None:
    records.utterance()
    few = _queries(lambda: anyone.get("position", {"actor": "ilva-marenko"}))
    for number in range(4):
        subject = records.topic(f"topic-{number}", f"Topic {number}")
        records.utterance(records.statement(topic=subject))
    many = _queries(lambda: anyone.get("position", {"actor": "ilva-marenko"}))
    assert few == many == 2


def test_a_history_asks_the_same_number_of_questions_for_any_length(anyone: Caller) -> None:
    path = "stances/ilva-marenko/talks/history"
    records.shift()
    few = _queries(lambda: anyone.get(path))
    for month in range(7, 12):
        records.shift(newer=records.utterance(records.statement(f"2024-{month:02}-01")))
    assert Event.objects.count() == 6
    assert _queries(lambda: anyone.get(path)) == few
