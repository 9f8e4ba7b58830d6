"""Digests cover exactly one period after the other, in the subscriber's own time."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.records import (
    NOT_READY,
    NOW,
    READY,
    known_people,
    later,
    row,
    settle,
    state,
    subscription,
)
from tracker import alerts
from tracker.alerts.digests import last_boundary, next_boundary, start_period
from tracker.models import Delivery, Digest, Match, Subscription

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


# --- Boundaries -----------------------------------------------------------------------------------


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "frequency", "zone", "boundary"),
    [
        ("2026-01-05T07:59", "daily", "UTC", "2026-01-05T08:00"),
        ("2026-01-05T08:00", "daily", "UTC", "2026-01-06T08:00"),
        ("2026-01-05T12:00", "daily", "Europe/Berlin", "2026-01-06T07:00"),
        ("2026-07-05T12:00", "daily", "Europe/Berlin", "2026-07-06T06:00"),
        ("2026-01-05T07:00", "weekly", "UTC", "2026-01-05T08:00"),
        ("2026-01-05T08:00", "weekly", "UTC", "2026-01-12T08:00"),
        ("2026-01-08T08:00", "weekly", "UTC", "2026-01-12T08:00"),
        # The day on which the clock goes forward is an hour shorter, the other an hour longer.
        ("2026-03-28T07:00", "daily", "Europe/Berlin", "2026-03-29T06:00"),
        ("2026-10-24T06:00", "daily", "Europe/Berlin", "2026-10-25T07:00"),
    ],
)
def test_a_digest_is_made_in_the_morning(
    after: str, frequency: str, zone: str, boundary: str
) -> None:
    assert next_boundary(utc(after), frequency=frequency, zone=zone) == utc(boundary)


@given(MOMENTS, st.sampled_from(["daily", "weekly"]), st.sampled_from(ZONES))
def test_every_moment_lies_between_two_boundaries(now: datetime, frequency: str, zone: str) -> None:
    last = last_boundary(now, frequency=frequency, zone=zone)
    following = next_boundary(now, frequency=frequency, zone=zone)
    assert last <= now < following
    assert next_boundary(last, frequency=frequency, zone=zone) == following
    hours = (following - last) / timedelta(hours=1)
    assert abs(hours - (24 if frequency == "daily" else 168)) <= 1


# --- Digests --------------------------------------------------------------------------------------


@pytest.fixture
def _people(db: None) -> None:
    known_people()


pytestmark = pytest.mark.usefixtures("_people")


def digested(frequency: str = "daily", zone: str = "UTC", **fields: Any) -> Subscription:
    """Return a subscription to digests that began at NOW."""
    begun = Subscription(frequency=frequency, time_zone=zone)
    start_period(begun, now=NOW)
    return subscription(
        frequency=frequency,
        time_zone=zone,
        period_since=begun.period_since,
        period_until=begun.period_until,
        **fields,
    )


def shifts(now: datetime, *, actor: str = "ilva-marenko", day: date = date(2026, 1, 1)) -> None:
    """Record a shift on each of two topics that were not spoken of before."""
    rows = [
        row(text, str(day + timedelta(days=number)), actor=actor)
        for number, text in enumerate((READY, NOT_READY))
    ]
    state(*rows, now=now)
    alerts.owe(settle(now), now=now)


def told(delivery: Delivery) -> Any:
    return json.loads(delivery.body)["data"]


def test_events_wait_for_their_digest() -> None:
    digested()
    shifts(later(hours=1))
    assert not Delivery.objects.exists()
    assert alerts.digest_due(now=later(hours=19)) == 0
    assert alerts.digest_due(now=later(hours=21)) == 1
    assert alerts.digest_due(now=later(hours=21)) == 0
    digest = Digest.objects.get()
    assert (digest.since, digest.until) == (NOW, utc("2026-01-06T08:00"))
    message = told(Delivery.objects.get())
    assert message["count"] == len(message["events"]) == 1
    assert message["summary"] == "From 2026-01-05 12:00 to 2026-01-06 08:00 (UTC)."


def test_a_digest_with_nothing_in_it_is_not_sent() -> None:
    digested()
    assert alerts.digest_due(now=later(hours=21)) == 0
    assert Subscription.objects.get().period_since == utc("2026-01-06T08:00")


def test_a_worker_that_was_down_for_three_days_leaves_no_gap() -> None:
    digested()
    shifts(later(hours=1))
    alerts.digest_due(now=later(hours=21))
    shifts(later(hours=30), actor="tomas-brel")
    assert alerts.digest_due(now=later(hours=21 + 72)) == 1
    first, second = Digest.objects.order_by("pk")
    assert first.until == second.since
    assert second.until == utc("2026-01-09T08:00")
    assert not Match.objects.filter(delivery=None).exists()
    assert Subscription.objects.get().period_until == utc("2026-01-10T08:00")


def test_an_event_that_comes_after_the_boundary_waits_for_the_next_digest() -> None:
    digested()
    shifts(utc("2026-01-06T08:00"))
    assert alerts.digest_due(now=utc("2026-01-06T08:00")) == 0
    assert alerts.digest_due(now=utc("2026-01-07T08:00")) == 1


def test_two_subscriptions_with_one_rhythm_share_a_digest_that_tells_each_event_once() -> None:
    one = digested(address="http://127.0.0.1:9/anna")
    other = digested(address="http://127.0.0.1:9/anna")
    shifts(later(hours=1))
    assert alerts.digest_due(now=later(hours=21)) == 1
    (event,) = told(Delivery.objects.get())["events"]
    assert event["subscriptions"] == [one.pk, other.pk]


def test_what_was_told_at_once_is_not_told_again_in_the_digest_of_the_same_person() -> None:
    digested(address="http://127.0.0.1:9/anna", note="every day")
    subscription(address="http://127.0.0.1:9/anna", note="at once")
    shifts(later(hours=1))
    assert [named["note"] for named in told(Delivery.objects.get())["subscriptions"]] == [
        "every day",
        "at once",
    ]
    assert alerts.digest_due(now=later(hours=21)) == 0


def test_a_paused_subscription_gets_no_digest_and_goes_on_from_when_it_is_resumed() -> None:
    paused = digested()
    alerts.pause(paused, now=later(hours=1))
    shifts(later(hours=2))
    assert alerts.digest_due(now=later(hours=21)) == 0
    alerts.resume(paused, now=later(hours=50))
    assert paused.period_since == later(hours=50)
    shifts(later(hours=51), actor="tomas-brel")
    assert alerts.digest_due(now=later(hours=70)) == 1
    assert told(Delivery.objects.get())["count"] == 1


def test_a_subscription_that_expired_gets_a_last_digest_of_the_time_before() -> None:
    ended = digested(expires_at=later(hours=3))
    shifts(later(hours=1))
    shifts(later(hours=5), actor="tomas-brel")
    assert alerts.digest_due(now=later(hours=21)) == 1
    assert told(Delivery.objects.get())["count"] == 1
    (letter,) = alerts.claim(now=later(hours=21), limit=9)
    assert letter.wanted
    ended.refresh_from_db()
    assert ended.period_until == utc("2026-01-07T08:00")
    assert not Subscription.objects.due(later(hours=50)).exists()


def test_a_weekly_digest_names_many_events_and_stays_under_20_kb() -> None:
    digested("weekly")
    filler = "“Долина Сарна, Вельград.” " * 12
    days = (str(date(2020, 1, 1) + timedelta(days=40 * number)) for number in range(40))
    texts = (f"{filler}{text}" for _ in range(20) for text in (READY, NOT_READY))
    state(*map(row, texts, days))
    alerts.owe(settle(), now=NOW)
    assert alerts.digest_due(now=later(hours=24 * 7)) == 1
    delivery = Delivery.objects.get()
    assert len(delivery.body.encode()) < 20_000
    message = told(delivery)
    assert message["count"] == len(message["events"]) + message["omitted"] > 30
    assert message["omitted"] > 0


# --- The time before ------------------------------------------------------------------------------


def test_a_backlog_that_was_asked_for_is_one_message() -> None:
    shifts(NOW)
    made = alerts.subscribe(
        owner=None,
        channel="webhook",
        address="https://desk.example/new",
        now=later(hours=5),
        backlog_since=NOW - timedelta(days=1),
    )
    digest = Digest.objects.get()
    assert (digest.kind, digest.since, digest.until) == (
        "backlog",
        NOW - timedelta(days=1),
        later(hours=5),
    )
    assert told(Delivery.objects.get())["count"] == 1
    assert Match.objects.get().subscription == made


def test_without_asking_there_is_no_backlog() -> None:
    shifts(NOW)
    alerts.subscribe(
        owner=None, channel="webhook", address="https://desk.example/new", now=later(hours=5)
    )
    assert not Delivery.objects.exists()
