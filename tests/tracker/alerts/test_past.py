"""A preview shows what a subscription would have sent, and changes nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from tests.tracker.records import (
    NOT_READY,
    NOW,
    READY,
    dump,
    known_people,
    later,
    row,
    settle,
    state,
    subscription,
)
from tracker import alerts, review
from tracker.models import Actor, Delivery, Shift, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def record(times: int = 4, *, every: int = 40) -> None:
    """Record a stance that changes each so many days, one document an hour."""
    for number in range(times):
        text = (READY, NOT_READY)[number % 2]
        day = date(2025, 6, 1) + timedelta(days=number * every)
        state(row(text, str(day)), now=later(hours=number))
        alerts.owe(settle(later(hours=number)), now=later(hours=number))


@pytest.mark.parametrize(
    ("wishes", "events", "messages"),
    [
        ({}, 3, 3),
        ({"frequency": "daily"}, 3, 1),
        ({"frequency": "weekly"}, 3, 1),
        ({"worst_grade": "A1"}, 0, 0),
        ({"kinds": ["reframing"]}, 0, 0),
    ],
)
def test_a_preview_counts_what_would_have_come(
    wishes: dict[str, Any], events: int, messages: int
) -> None:
    record()
    before = dump()
    seen = alerts.preview(Subscription(**wishes), now=later(hours=5))
    assert (seen.events, seen.messages, seen.complete) == (events, messages, True)
    assert len(seen.lines) == events
    assert dump() == before


def test_a_preview_is_what_a_subscription_really_gets(settings: LazySettings) -> None:
    settings.FLOOD_EVENTS = 0
    real = subscription(actor=Actor.objects.get(slug="ilva-marenko"), kinds=["reversal"])
    record()
    review.reject(Shift.objects.standing().latest("pk"), by=None, now=later(hours=9))
    alerts.owe(settle(later(hours=9)), now=later(hours=9))
    sent = Delivery.objects.filter(endpoint=real.endpoint).order_by("event")
    seen = alerts.preview(Subscription(actor=real.actor, kinds=["reversal"]), now=later(hours=10))
    assert [line.event.pk for line in reversed(seen.lines)] == [row.event_id for row in sent]
    assert seen.messages == sent.count() == 4


def test_what_is_older_than_a_year_is_not_in_a_preview() -> None:
    record()
    assert alerts.preview(Subscription(), now=NOW + timedelta(days=366)).events == 0
