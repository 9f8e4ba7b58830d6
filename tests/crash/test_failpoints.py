"""A process that ends at any statement of a tick loses nothing, one statement after the other.

A forked process runs the tick and ends itself (`os._exit`) before its first, second, third …
step, until one gets to the end. A step is a statement, a commit, or the sending of a message.
After each death other processes go on, and the record and the receiver are looked at.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from celery import Task
from django.conf import LazySettings
from django.db import connection, connections
from django.utils import timezone

from tests.servers.listeners import WebhookListener
from tests.tracker.records import NOT_READY, READY, known_people, row, subscription
from tracker import channels, ingest, tasks
from tracker.models import Delivery, Document, Endpoint, Shift, Stance, Statement

DIED = 86
MOST = 300  # steps of one tick; more would be a loop
APART = timedelta(days=35)
TICKS = (tasks.read_tick, tasks.detect_tick, tasks.send_tick)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Countdown:
    """Ends the process before its step number `steps`."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os._exit(DIED)

    def statement(self, execute: Callable[..., Any], *about: Any) -> Any:
        self.step()
        return execute(*about)

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **named: Any) -> Any:
            self.step()
            return call(*arguments, **named)

        return stepping

    def after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **named: Any) -> Any:
            outcome = call(*arguments, **named)
            self.step()
            return outcome

        return stepping


def dies_at(step: int, tick: Task) -> bool:
    """Run a tick in a process that ends before a step; false where it got to the end."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _run(step, tick)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, DIED), f"the tick broke at step {step}"
    return code == DIED


def _run(step: int, tick: Task) -> None:
    """Run a tick and end the process, whatever happens: nothing of pytest may run in it."""
    try:
        count = Countdown(step)
        send = count.after(count.before(channels.send))
        whole = connection._commit  # type: ignore[attr-defined]  # of every database wrapper
        commit = count.after(count.before(whole))
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(count.statement))
            stack.enter_context(patch.object(channels, "send", send))
            stack.enter_context(patch.object(connection, "_commit", commit))
            tick()
        os._exit(0)
    finally:
        os._exit(1)


def let_leases_run_out() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Document.objects.exclude(read_lease=None).update(read_lease=past)
    Stance.objects.exclude(lease=None).update(lease=past)
    Delivery.objects.exclude(lease_until=None).update(lease_until=past)


def state(number: int) -> None:
    """Store one more statement, the opposite of the one before it."""
    day = (date(1950, 1, 1) + APART * number).isoformat()
    text = READY if number % 2 else NOT_READY
    ingest.store_chronology([row(text, day)], now=timezone.now())


@pytest.fixture
def hook(webhook_listener: WebhookListener, settings: LazySettings) -> WebhookListener:
    """A receiver that is told of each shift."""
    settings.HINTS = False
    settings.FLOOD_EVENTS = 0
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    known_people()
    subscription(address=webhook_listener.url)
    state(0)
    for tick in TICKS:
        tick()
    return webhook_listener


@pytest.mark.parametrize("place", range(len(TICKS)), ids=("read", "detect", "send"))
def test_a_process_that_ends_at_any_step_of_a_tick_loses_nothing(
    place: int, hook: WebhookListener
) -> None:
    died = 0
    for number in range(1, MOST):
        state(number)
        for tick in TICKS[:place]:
            tick()
        ended_early = dies_at(number, TICKS[place])
        let_leases_run_out()
        for tick in TICKS:
            tick()
        ids = {request.headers["webhook-id"] for request in hook.requests}
        assert Statement.objects.held().count() == Statement.objects.count() == number + 1
        assert Shift.objects.standing().count() == Shift.objects.count() == number
        assert Delivery.objects.count() == len(ids) == number
        assert not Delivery.objects.owed().exists()
        if not ended_early:
            break
        died = number
    assert 5 < died < MOST - 1
    assert not Endpoint.objects.failing().exists()
