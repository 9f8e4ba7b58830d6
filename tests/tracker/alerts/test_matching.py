"""Filters let an event through or not: decided on plain facts."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tracker.records import NOW
from tracker.alerts.matching import Facts, concerns, lets_through
from tracker.models import SavedSearch

HARDER = Facts(
    "shift.detected",
    frozenset({(1, 2)}),
    lambda: ("We are ready to talk.", "We are not ready to talk with Karsk."),
    kinds=("reversal", "hardening"),
    direction="hardened",
    status="provisional",
    materiality=0.8,
    confidence=0.6,
    grade="C3",
    sources=2,
)
OF_A_SOURCE = Facts("source.silent", frozenset({(1, 2), (3, None)}))


@pytest.mark.parametrize(
    ("filters", "through"),
    [
        ({}, True),
        ({"kinds": ["hardening", "softening"]}, True),
        ({"kinds": ["softening"]}, False),
        ({"directions": ["hardened"]}, True),
        ({"directions": ["reversed"]}, False),
        ({"statuses": ["provisional", "withdrawn"]}, True),
        ({"statuses": ["confirmed"]}, False),
        ({"minimum_materiality": 0.8, "minimum_confidence": 0.6}, True),
        ({"minimum_materiality": 0.81}, False),
        ({"minimum_confidence": 0.61}, False),
        ({"worst_grade": "C3"}, True),
        ({"worst_grade": "D3"}, True),
        ({"worst_grade": "B6"}, False),
        ({"worst_grade": "F2"}, False),
        ({"minimum_sources": 2}, True),
        ({"minimum_sources": 3}, False),
        ({"words": "KARSK ready"}, True),
        ({"words": "read"}, False),
        ({"words": "Karsk harbour"}, False),
    ],
)
def test_every_filter_has_to_let_an_event_through(filters: dict[str, Any], through: bool) -> None:
    assert lets_through(SavedSearch(**filters), HARDER) == through


def test_a_filter_on_what_an_event_does_not_have_lets_it_through() -> None:
    demanding = SavedSearch(
        kinds=["reversal"], directions=["reversed"], worst_grade="A1", minimum_sources=9
    )
    assert lets_through(demanding, OF_A_SOURCE)


@pytest.mark.parametrize(
    ("actors", "topics", "concerned"),
    [
        ([], [], True),
        ([1], [], True),
        ([1, 9], [2, 9], True),
        ([3], [], True),
        ([3], [2], False),
        ([9], [], False),
        ([], [9], False),
    ],
)
def test_an_event_concerns_an_actor_on_a_topic_together(
    actors: list[int], topics: list[int], concerned: bool
) -> None:
    assert concerns(OF_A_SOURCE, actors, topics) == concerned


def test_words_are_read_only_where_a_filter_asks_for_them() -> None:
    def unread() -> tuple[str, ...]:
        raise AssertionError("nobody asked for words")

    facts = Facts("document.failed", frozenset(), unread)
    assert lets_through(SavedSearch(created_at=NOW - timedelta(days=1)), facts)
