"""A process that runs a tick and ends itself before a chosen step of it.

A step is a statement, a commit, a message to a receiver, what comes of it, or a question to a host.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from celery import Task
from django.db import connection, connections
from django.utils import timezone

from tracker import channels, fetching
from tracker.alerts.air import Air
from tracker.models import Delivery, Document, Fetch, Host, Stance

_DIED = 86


class _Countdown:
    """Ends the process before its step number `steps`."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os._exit(_DIED)

    def statement(self, execute: Callable[..., Any], *about: Any) -> Any:
        self._step()
        return execute(*about)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call with a step before and another after it."""

        def stepping(*arguments: Any, **named: Any) -> Any:
            self._step()
            outcome = call(*arguments, **named)
            self._step()
            return outcome

        return stepping


def dies_at(step: int, tick: Task) -> bool:
    """Run a tick in a process that ends before a step; false where it got to the end."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _run(step, tick)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _DIED), f"the tick broke at step {step}"
    return code == _DIED


def _run(step: int, tick: Task) -> None:
    """Run a tick and end the process, whatever happens: nothing of pytest may run in it."""
    try:
        leave_inherited_connection()
        count = _Countdown(step)
        outward = (
            *((channels, "begin"), (Air, "down"), (fetching, "fetch")),
            (connection, "_commit"),
        )
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(count.statement))
            for place, name in outward:
                stepping = count.around(getattr(place, name))
                stack.enter_context(patch.object(place, name, stepping))
            tick()
        os._exit(0)
    finally:
        os._exit(1)


def leave_inherited_connection() -> None:
    """Connect anew: a socket shared with the parent would stay open when this process ends.

    Django keeps two connections in a thread where a browser was started: with its event loop, which
    is none of a forked process, and without. The parent closes the one that it sees.
    """
    _INHERITED.append(connection.connection)
    connection.connection = None


_INHERITED: list[object] = []  # kept, for the end of the object would end the parent's session


def let_leases_run_out() -> None:
    """Let the time pass for which what a dead process held waits, and hosts are spared."""
    past = timezone.now() - timedelta(seconds=1)
    Document.objects.exclude(read_lease=None).update(read_lease=past)
    Stance.objects.exclude(lease=None).update(lease=past)
    Delivery.objects.exclude(lease_until=None).update(lease_until=past)
    Fetch.objects.exclude(lease_until=None).update(lease_until=past)
    Host.objects.exclude(lease_until=None).update(lease_until=past)
    Host.objects.update(next_allowed_at=past)
