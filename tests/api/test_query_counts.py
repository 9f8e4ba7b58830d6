"""The number of queries does not grow with the number of rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api import records
from tests.api.calling import Caller
from tracker import roles
from tracker.models import Event, Fetch
from tracker.roles import AccountRole


def _more_record(owner: User, number: int) -> None:
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
    Fetch.objects.create(
        url=f"https://velgrad.example/{number}",
        source=outlet,
        created_at=records.NOW,
        next_try_at=records.NOW,
    )


# path -> queries, beside the one that recognises a key
LISTS = {
    "actors": 3,
    "roles": 1,
    "topics": 1,
    "sources": 1,
    "documents": 1,
    "fetches": 2,  # one finds the role of the key's owner
    "sweeps": 2,  # likewise
    "statements": 1,
    "utterances": 1,
    "utterances?known_at=2100-01-01": 1,
    "stances": 1,
    "stances?known_at=2100-01-01": 2,
    "shifts": 2,
    "shifts?known_at=2100-01-01": 2,
    "decisions": 1,
    "subscriptions": 1,
    "deliveries": 2,
    "endpoints": 1,
    "saved-searches": 3,
}


def _queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_the_same_number_of_questions_for_any_number_of_rows(
    path: str, owner: User
) -> None:
    roles.give(owner, AccountRole.EDITOR)
    caller = Caller(records.key("read", "write", "edit", "subscribe", owner=owner))
    caller.get("actors")  # the use of the key is noted: once a minute, a write
    _more_record(owner, 1)
    few = _queries(lambda: caller.get(path))
    for number in range(2, 6):
        _more_record(owner, number)
    assert len(caller.get(path)["results"]) >= 5
    many = _queries(lambda: caller.get(path))
    assert few == many == LISTS[path] + 1


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
