"""Leases that end soon after whoever holds them: short, and renewed while the work goes on.

A lease as long as the longest work would leave the work of a process that was killed lying for
minutes. A short one that a thread renews lies for LEASE at most, for the thread dies too.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=12)
RENEW_EVERY = 4.0  # seconds: twice missed is no harm


class Clock:
    """Tells the time of a long piece of work that was given only the moment of its start."""

    def __init__(self, now: datetime) -> None:
        self._now, self._began = now, time.monotonic()

    def now(self) -> datetime:
        """Return the moment that it is now."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def kept(renew: Callable[[], object], *, at_most: timedelta) -> Iterator[None]:
    """Call `renew` every RENEW_EVERY seconds, in a thread, while the block runs.

    After `at_most` the lease is left to run out: work that takes so long hangs.
    """
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(renew, at_most, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(renew: Callable[[], object], at_most: timedelta, done: threading.Event) -> None:
    until = time.monotonic() + at_most.total_seconds()
    while not done.wait(RENEW_EVERY) and time.monotonic() < until:
        attempt(renew)


def attempt(renew: Callable[[], object]) -> None:
    """Renew once, on a connection of this thread; a database that is away is tried again later."""
    try:
        renew()
    except DatabaseError as error:
        logger.warning("a lease was not renewed: %s", error)
    finally:
        connection.close()
