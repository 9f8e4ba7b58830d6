"""Each shift to each subscription that asked for it, once, and nothing else."""

import json
import multiprocessing
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.servers.listeners import WebhookListener
from tests.tracker.records import (
    FIVE,
    FOUR,
    NOT_READY,
    NOW,
    READY,
    known_people,
    later,
    read_all,
    row,
    settle,
    state,
    subscription,
)
from tracker import alerts, dates, ingest, review
from tracker.alerts import marking, matching
from tracker.channels import ChannelError
from tracker.leases import LEASE
from tracker.models import Actor, Delivery, Event, Match, Shift, Subscription, Topic
from tracker.models.alerts import TRIES, WAITS

pytestmark = pytest.mark.django_db

FULL_BODY = 20_000


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


@pytest.fixture
def hook(webhook_listener: WebhookListener, settings: LazySettings) -> WebhookListener:
    """A receiver that this service is allowed to reach."""
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    return webhook_listener


def shifts_and_owes(*, now: datetime = NOW, texts: tuple[str, str] = (READY, NOT_READY)) -> None:
    """Record a shift, and owe what follows from it."""
    state(row(texts[0], "2023-05-24"), row(texts[1], "2024-05-24"), now=now)
    alerts.owe(settle(now), now=now)


def receiver(hook: WebhookListener, number: int = 0) -> str:
    """Return the address of one of the receivers behind a listener."""
    return f"{hook.url}/{number}"


def then_owes(now: datetime) -> None:
    alerts.owe(settle(now), now=now)


def kinds() -> list[str]:
    """Return the kinds of event that were owed, in order."""
    owed = Delivery.objects.filter(event__isnull=False).order_by("pk")
    return list(owed.values_list("event__kind", flat=True))


def message(delivery: Delivery) -> Any:
    return json.loads(delivery.body)["data"]


# --- Who is owed what ---------------------------------------------------------------------------


def test_a_shift_is_owed_once_to_each_subscription() -> None:
    subscription(), subscription()
    state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    events = settle()
    assert alerts.owe(events, now=NOW) == 2
    assert alerts.owe(events, now=NOW) == 0
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    ("wish", "owed"),
    [
        ({}, True),
        ({"actor": "ilva-marenko"}, True),
        ({"actor": "tomas-brel"}, False),
        ({"topic": "talks"}, True),
        ({"topic": "pact"}, False),
        ({"kinds": ["reversal"]}, True),
        ({"kinds": ["condition_added"]}, False),
        ({"directions": ["reversed", "hardened", "softened", "changed"]}, True),
        ({"directions": ["none"]}, False),
        ({"events": ["shift.detected"]}, True),
        ({"events": ["shift.confirmed"]}, False),
        ({"confirmed_at": None}, False),
        ({"paused_at": NOW}, False),
        ({"disabled_at": NOW}, False),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + timedelta(seconds=1)}, True),
    ],
)
def test_a_subscription_hears_of_what_it_asked_for(wish: dict[str, Any], owed: bool) -> None:
    if "actor" in wish:
        wish = {"actor": Actor.objects.get(slug=wish["actor"])}
    if "topic" in wish:
        wish = {"topic": Topic.objects.get(slug=wish["topic"])}
    subscription(**wish)
    shifts_and_owes()
    assert Delivery.objects.exists() == owed


@pytest.mark.parametrize("measure", ["materiality", "confidence"])
def test_a_subscription_hears_of_nothing_below_its_thresholds(measure: str) -> None:
    subscription(**{f"minimum_{measure}": 0.5})
    shifts_and_owes()
    shift = Shift.objects.standing().get()
    for value, matches in ((0.49, False), (0.5, True)):
        setattr(shift, measure, value)
        facts = matching.facts_of(Event(kind=Event.Kind.DETECTED, shift=shift, at=NOW))
        assert matching.lets_through(Subscription.objects.get(), facts) == matches


def test_a_new_subscription_gets_no_backlog() -> None:
    shifts_and_owes()
    subscription()
    then_owes(later(hours=1))
    assert not Delivery.objects.exists()


def test_a_confirmation_is_news() -> None:
    subscription()
    shifts_and_owes()
    review.confirm(Shift.objects.standing().get(), by=None, now=later(hours=1))
    then_owes(later(hours=1))
    assert kinds() == ["shift.detected", "shift.confirmed"]


def test_a_shift_born_confirmed_is_one_message() -> None:
    everything = subscription()
    only_confirmed = subscription(events=["shift.confirmed"])
    state(
        *(row(text, day, source=source)
          for text, day in ((READY, "2023-05-24"), (NOT_READY, "2024-05-24"))
          for source in ("wire", "herald"))
    )  # fmt: skip
    then_owes(NOW)
    told = Match.objects.values_list("subscription", "event__kind").order_by("subscription")
    assert list(told) == [
        (everything.pk, "shift.detected"),
        (only_confirmed.pk, "shift.confirmed"),
    ]


def test_whoever_was_told_is_told_of_the_withdrawal_and_nobody_else() -> None:
    told = subscription(events=["shift.detected"], minimum_confidence=0.05)
    shifts_and_owes()
    subscription()
    review.reject(Shift.objects.standing().get(), by=None, now=later(hours=1))
    then_owes(later(hours=1))
    withdrawn = Delivery.objects.get(event__kind=Event.Kind.WITHDRAWN)
    assert withdrawn.endpoint == told.endpoint
    assert "no longer stands: an analyst found no shift here" in message(withdrawn)["summary"]


def test_a_correction_says_that_it_is_one() -> None:
    subscription()
    _, newer = state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    then_owes(NOW)
    ingest.set_date(newer, said=dates.parse("2022"), by=None, now=later(hours=1))
    read_all(later(hours=1))
    then_owes(later(hours=1))
    titles = {message(delivery)["title"].split(":")[0] for delivery in Delivery.objects.all()[1:]}
    assert titles == {"Shift withdrawn", "Corrected record"}


# --- What a message says --------------------------------------------------------------------------


def test_a_message_says_what_moved_on_which_evidence_and_why() -> None:
    subscription(note="for the Karsk desk")
    shifts_and_owes(texts=(FOUR, FIVE))
    told = message(Delivery.objects.get())
    older, newer = told["older"], told["newer"]
    assert (older["text"], newer["text"]) == (FOUR, FIVE)
    assert older["text"][slice(*older["evidence"])] in FOUR
    assert told["shift"]["reasons"]
    assert [asked["note"] for asked in told["subscriptions"]] == ["for the Karsk desk"]
    assert told["links"]["timeline"].endswith(
        f"/stances/ilva-marenko/talks/?open=s{told['shift']['id']}"
    )


def test_the_link_of_a_message_opens_the_shift_on_its_timeline(
    client: Client, settings: LazySettings
) -> None:
    subscription()
    shifts_and_owes()
    link = message(Delivery.objects.get())["links"]["timeline"]
    page = client.get(link.removeprefix(settings.PUBLIC_URL)).content.decode()
    assert f'href="/shifts/{Shift.objects.get().pk}/">Permanent link' in page


def test_the_longest_message_stays_under_20_kb_and_keeps_its_evidence() -> None:
    subscription(note="«»" * 250)
    filler = "“Долина Сарна, Вельград и Порт Лисем.” " * 60
    shifts_and_owes(texts=(f"{filler} {FOUR} {filler}"[:5000], f"{filler} {FIVE} {filler}"[:5000]))
    for delivery in Delivery.objects.all():
        assert len(delivery.body.encode()) < FULL_BODY
        side = message(delivery)["older"]
        start, end = side["evidence"]
        assert 0 <= start < end <= len(side["text"])


# --- Sending --------------------------------------------------------------------------------------


def _sent(hook: WebhookListener) -> list[str]:
    return [request.headers["webhook-id"] for request in hook.requests]


def test_a_due_message_leaves_once(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts_and_owes()
    assert alerts.deliver_due(now=NOW) == 1
    assert alerts.deliver_due(now=later(hours=99)) == 0
    assert _sent(hook) == [str(Delivery.objects.get().message_id)]
    assert Delivery.objects.get().state == "sent"


def test_a_failed_try_waits_by_the_schedule_and_keeps_its_id(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts_and_owes()
    hook.answer(*[503] * TRIES)
    now = NOW
    for wait in WAITS:
        assert alerts.deliver_due(now=now) == 0
        delivery = Delivery.objects.get()
        assert wait <= delivery.next_try_at - now <= wait * 1.1 + timedelta(seconds=5)
        assert alerts.deliver_due(now=delivery.next_try_at - timedelta(seconds=1)) == 0
        now = delivery.next_try_at
    alerts.deliver_due(now=now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("dead", TRIES)
    assert delivery.problem == "the receiver answered 503"
    assert _sent(hook) == [str(delivery.message_id)] * TRIES


def test_a_receiver_may_ask_for_a_longer_wait() -> None:
    problem = ChannelError("busy", retry_after=600)
    assert marking.wait(1, problem) == timedelta(seconds=600)


def test_a_receiver_that_is_gone_is_not_asked_again(hook: WebhookListener) -> None:
    gone = subscription(address=hook.url)
    shifts_and_owes()
    hook.answer(410)
    alerts.deliver_due(now=NOW)
    gone.refresh_from_db()
    assert Delivery.objects.get().state == "dead"
    assert gone.state_at(later(seconds=60)) == "ended"
    assert gone.endpoint.disabled_because == "the receiver answered 410"


def test_an_ended_subscription_gets_nothing_that_was_still_owed(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts_and_owes()
    Subscription.objects.update(paused_at=NOW)
    assert alerts.deliver_due(now=NOW) == 0
    assert hook.requests == []
    assert Delivery.objects.get().problem == "the subscription was ended or paused"


def test_a_fault_in_one_message_leaves_the_others_alone(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    broken = subscription(channel="email", address="a@example.org")
    shifts_and_owes()
    Delivery.objects.filter(endpoint=broken.endpoint).update(body="{")
    assert alerts.deliver_due(now=NOW) == 1
    delivery = Delivery.objects.get(endpoint=broken.endpoint)
    assert (delivery.state, delivery.attempts) == ("owed", 1)


def test_a_secret_that_is_none_ends_the_delivery_with_the_reason() -> None:
    subscription(secret="whsec_***")
    shifts_and_owes()
    alerts.deliver_due(now=NOW)
    assert "a webhook secret is" in Delivery.objects.get(dead_at__isnull=False).problem


def test_a_sender_that_died_leaves_a_message_that_is_sent_again(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts_and_owes()
    (claimed,) = alerts.claim(now=NOW, limit=10)  # and dies
    assert alerts.deliver_due(now=later(seconds=1)) == 0
    assert alerts.deliver_due(now=NOW + LEASE) == 1
    assert _sent(hook) == [str(claimed.message_id)]


def test_a_message_over_which_each_sender_dies_is_given_up() -> None:
    subscription()
    shifts_and_owes()
    now = NOW
    for _ in range(TRIES):
        assert len(alerts.claim(now=now, limit=1)) == 1
        now += LEASE
    assert alerts.deliver_due(now=now) == 0
    assert Delivery.objects.get().state == "dead"


def test_one_endpoint_is_sent_one_message_at_a_time() -> None:
    subscription(), subscription()
    shifts_and_owes()
    review.confirm(Shift.objects.standing().get(), by=None, now=later(hours=1))
    then_owes(later(hours=1))
    claimed = alerts.claim(now=later(hours=1), limit=10)
    assert len({delivery.endpoint_id for delivery in claimed}) == len(claimed) == 2


def _send_all(ready: Any, url: str, now: datetime) -> None:
    connection.close()
    ready.wait()
    while alerts.deliver_due(now=now):
        pass


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_senders_send_each_message_once(hook: WebhookListener) -> None:
    for number in range(40):
        subscription(address=receiver(hook, number))
    shifts_and_owes(now=timezone.now())
    fork = multiprocessing.get_context("fork")
    ready = fork.Barrier(3)
    connection.close()
    workers = [
        fork.Process(target=_send_all, args=(ready, hook.url, timezone.now())) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(_sent(hook)) == len(set(_sent(hook))) == 40
    assert not Delivery.objects.owed().exists()
