"""Deliveries that are due -> sent: claimed with a lease, committed, sent, and then marked.

A crash at any point leaves a row that is sent again under the same id, never one that is
forgotten. To one endpoint messages leave one after the other, in their order. A message that
takes long is left to itself and marks its own row, so that a receiver that hangs holds up
neither the others nor the worker that ran the tick.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from tracker.alerts import marking, opting_in
from tracker.alerts.air import Air, Sending
from tracker.alerts.claiming import claim, host_of
from tracker.channels import Letter
from tracker.models import Delivery, Subscription

logger = logging.getLogger(__name__)

BATCH = 512  # so many are marked, and as many taken for them, at once where many are in the air
FEW = 64  # fewer are not taken while others are in the air: it would cost as many statements
GATHERING = 0.05  # seconds for which outcomes are gathered, to be written together
PAUSES = 4  # times GATHERING that are waited for the first of them
ROUND_SECONDS = 5.0  # after which a round takes no new work, so that its tick ends


class Process:
    """This process's messages; a forked one has none of its parent's threads."""

    air = Air()

    @classmethod
    def forget(cls) -> None:
        """Begin with none."""
        cls.air = Air()


os.register_at_fork(after_in_child=Process.forget)


def deliver_due(*, now: datetime, limit: int = 20_000, linger: bool = True) -> int:
    """Send due deliveries, at most `limit`, many at a time; return how many left.

    Only so many are claimed as are sent at once or soon, so that no lease runs out in a queue.
    With `linger` every answer is waited for; without, a message that is not answered within
    PATIENCE marks its row later by itself, and is not counted.
    """
    Delivery.objects.give_up(now)
    return _Round(now, limit).run(linger=linger)


class _Round:
    """One call: what it took and what has come of it."""

    def __init__(self, now: datetime, limit: int) -> None:
        self._now, self._limit = now, limit
        self._began = time.monotonic()
        self._air = Process.air
        self._flying: dict[int, Sending] = {}
        self._lock = threading.Lock()
        self._landed: list[Sending] = []
        self._enough = 1  # landed ones that are worth to be written
        self._ready = threading.Event()
        self._left_alone = False

    def run(self, *, linger: bool) -> int:
        """Take what is due, wait for the answers, write them; return how many letters left."""
        try:
            return self._run(linger=linger)
        finally:
            self._leave_alone()
            self._air.rest()

    def _run(self, *, linger: bool) -> int:
        left = 0
        while True:
            claimed = self._launch()
            if not self._flying:
                return left
            ended = self._gathered()
            left += self._settle(ended)
            self._air.recall()
            if not (linger or claimed or ended) and self._only_slow():
                return left

    def at(self) -> datetime:
        """Return the moment that it is now."""
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def land(self, sending: Sending) -> None:
        """Take a message that came down; where nobody waits for it, have its row written."""
        with self._lock:
            self._landed.append(sending)
            if len(self._landed) >= self._enough:
                self._ready.set()
            alone = self._left_alone and len(self._landed) == 1
        if alone:
            self._air.do(self._settle_alone)

    def _launch(self) -> int:
        """Take what there is room for and send it; return how many."""
        if time.monotonic() - self._began > ROUND_SECONDS:
            return 0
        at, room = self.at(), self._air.room(self._limit)
        if self._flying and max(room.prompt, room.ahead) < FEW:
            return 0
        letters = claim(now=at, limit=self._limit, room=room)
        self._limit -= len(letters)
        sendings = [self._sending(letter, at) for letter in letters]
        self._flying.update((one.letter.pk, one) for one in sendings)
        self._air.launch(sendings)
        return len(letters)

    def _sending(self, letter: Letter, at: datetime) -> Sending:
        return Sending(
            letter,
            host=host_of(letter.channel, letter.address),
            at=at,
            clock=self.at,
            land=self.land,
            token=_token(letter, at),
        )

    def _gathered(self) -> list[Sending]:
        """Return what has come down: many together, or what there is after a moment."""
        self._await(min(BATCH, len(self._flying)))
        for _ in range(PAUSES):
            if self._ready.wait(GATHERING) or self._landed:
                break
        ended = self._taken()
        for sending in ended:
            del self._flying[sending.letter.pk]
        return ended

    def _await(self, enough: int) -> None:
        with self._lock:
            self._enough = enough
            if len(self._landed) >= enough:
                self._ready.set()
            else:
                self._ready.clear()

    def _taken(self) -> list[Sending]:
        with self._lock:
            ended, self._landed = self._landed, []
        return ended

    def _only_slow(self) -> bool:
        now = time.monotonic()
        return all(one.is_late(now) for one in self._flying.values())

    def _leave_alone(self) -> None:
        """From now on what comes down is written without this round."""
        with self._lock:
            self._left_alone = True
        self._write(self._taken())

    def _settle_alone(self) -> None:
        """Write what came down after the round (in a thread)."""
        try:
            self._write(self._taken())
        finally:
            connection.close()

    def _write(self, ended: Sequence[Sending]) -> None:
        try:
            self._settle(ended)
        except DatabaseError as error:
            facts = ", ".join(marking.facts(one.letter) for one in ended)
            logger.warning("outcomes were not written %s: %s", facts, error)

    def _settle(self, ended: Sequence[Sending]) -> int:
        """Write the outcomes of tries on their rows; return how many letters left.

        Where the database is away their places are free all the same, and their leases run out.
        """
        try:
            return marking.settle([(one.letter, one.outcome) for one in ended], self.at())
        finally:
            self._air.forget(ended)


def _token(letter: Letter, now: datetime) -> str:
    """Return the token that goes with a question to a mailbox; only its hash is kept."""
    if letter.notice != Delivery.Notice.CONFIRM or letter.subscription_id is None:
        return ""
    return opting_in.new_token(Subscription(pk=letter.subscription_id), now=now)
