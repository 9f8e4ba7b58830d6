"""Deliveries that are due -> sent: claimed with a lease, committed, sent, and then marked.

A crash at any point leaves a row that is sent again under the same id, never one that is
forgotten. To one endpoint messages leave one after the other, in their order. Sending happens
in threads of this process; a message that takes long is left to itself and marks its own row,
so that a receiver that hangs holds up neither the others nor the worker that ran the tick.
"""

import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from tracker import channels
from tracker.alerts import endpoints, opting_in
from tracker.channels import ChannelError
from tracker.leases import LEASE, RENEW_EVERY, attempt
from tracker.models import Delivery, Endpoint
from tracker.models.alerts import TRIES, WAITS

logger = logging.getLogger(__name__)

PROMPT = 48  # messages in the air at once, of one process, to receivers that answer
SLOW = 8  # and to those that failed last time or have not answered for PATIENCE
PATIENCE = 1.0  # seconds
THREADS = 128  # a receiver that hangs keeps its thread for the whole of a request's time
SLOW_HOST = 2  # so many messages in the air that do not get through make a host slow
ROUND_SECONDS = 5.0  # after which a round takes no new work, so that its tick ends
JITTER = 0.1
ENDED = "the subscription was ended or paused"


@dataclass(slots=True)
class _Sending:
    """One message in the air."""

    delivery: Delivery
    at: datetime
    began: float
    wanted: bool = True
    token: str = ""

    @property
    def host(self) -> str:
        return _host(self.delivery.endpoint.channel, self.delivery.endpoint.address)

    def is_slow(self, now: float) -> bool:
        return self.delivery.endpoint.failures > 0 or now - self.began > PATIENCE


def _host(channel: str, address: str) -> str:
    """Return who has to answer: the host of an address, and for mail the one mail server."""
    return "mail" if channel == Endpoint.Channel.EMAIL else urlsplit(address).netloc


@dataclass
class _Room:
    """How many messages may join those in the air."""

    prompt: int
    slow: int
    slow_hosts: Counter[str]

    def take(self, *, failing: bool, host: str) -> bool:
        """Take a place for a message; false where there is none."""
        lane = "slow" if failing or self.slow_hosts[host] >= SLOW_HOST else "prompt"
        left = getattr(self, lane)
        setattr(self, lane, left - 1 if left > 0 else left)
        return bool(left > 0)


@dataclass
class _Air:
    """The messages that this process has in the air, whichever round took them."""

    sendings: dict[int, _Sending] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    keeper: threading.Thread | None = None
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="send")
    )

    def room(self, limit: int) -> _Room:
        """Return how many messages may join."""
        now = time.monotonic()
        with self.lock:
            slow = [one for one in self.sendings.values() if one.is_slow(now)]
            free = min(limit, THREADS - len(self.sendings))
            prompt = PROMPT - (len(self.sendings) - len(slow))
        hosts = Counter(one.host for one in slow)
        return _Room(max(0, min(prompt, free)), max(0, min(SLOW - len(slow), free)), hosts)

    def launch(self, sending: _Sending) -> Future[ChannelError | None]:
        """Send a message in a thread of its own."""
        with self.lock:
            self.sendings[sending.delivery.pk] = sending
            if self.keeper is None:
                self.keeper = threading.Thread(target=self._keep, daemon=True)
                self.keeper.start()
        return self.threads.submit(_outcome, sending)

    def land(self, sending: _Sending) -> None:
        """Give the message's place free."""
        with self.lock:
            self.sendings.pop(sending.delivery.pk, None)

    def _keep(self) -> None:
        """Renew the leases of what is in the air, until the process ends."""
        while True:
            time.sleep(RENEW_EVERY)
            with self.lock:
                flying = list(self.sendings.values())
            if flying:
                attempt(partial(_prolong, flying))


def _prolong(flying: Sequence[_Sending]) -> None:
    """Keep the claims of messages in the air; their requests end by themselves."""
    moments = [one.at + timedelta(seconds=time.monotonic() - one.began) for one in flying]
    until, pks = max(moments) + LEASE, [one.delivery.pk for one in flying]
    Delivery.objects.owed().filter(pk__in=pks, lease_until__isnull=False).update(lease_until=until)


class _Process:
    """This process's messages; a forked one has none of its parent's threads."""

    air = _Air()

    @classmethod
    def forget(cls) -> None:
        cls.air = _Air()


os.register_at_fork(after_in_child=_Process.forget)


def deliver_due(*, now: datetime, limit: int = 2000, linger: bool = True) -> int:
    """Send due deliveries, at most `limit`, many at a time; return how many left.

    Each is claimed only when it can be sent at once, so that no lease runs out in a queue.
    With `linger` every answer is waited for; without, a message that is not answered within
    PATIENCE marks its row later by itself, and is not counted.
    """
    Delivery.objects.give_up(now)
    return _Round(now, limit).run(linger=linger)


class _Round:
    """One call: what it took and what has come of it."""

    def __init__(self, now: datetime, limit: int) -> None:
        self.now, self.limit = now, limit
        self.began = time.monotonic()
        self.flying: dict[Future[ChannelError | None], _Sending] = {}
        self.air = _Process.air

    def run(self, *, linger: bool) -> int:
        left = 0
        while True:
            claimed = self._launch()
            if not self.flying:
                return left
            done = wait(self.flying, timeout=0.2, return_when=FIRST_COMPLETED).done
            left += self._settle(done)
            if not (linger or claimed or done) and self._only_slow():
                self._leave_alone()
                return left

    def _at(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def _launch(self) -> int:
        """Take what there is room for and send it; return how many."""
        if time.monotonic() - self.began > ROUND_SECONDS:
            return 0
        at = self._at()
        claimed = claim(now=at, limit=self.limit, room=self.air.room(self.limit))
        self.limit -= len(claimed)
        for delivery in claimed:
            wanted, token = _is_wanted(delivery, at), _token(delivery, at)
            sending = _Sending(delivery, at, time.monotonic(), wanted, token)
            self.flying[self.air.launch(sending)] = sending
        return len(claimed)

    def _settle(self, done: Collection[Future[ChannelError | None]]) -> int:
        return settle([(self.flying.pop(future), future) for future in done], self.air, self._at())

    def _only_slow(self) -> bool:
        now = time.monotonic()
        return all(now - sending.began > PATIENCE for sending in self.flying.values())

    def _leave_alone(self) -> None:
        home = threading.get_ident()
        for future, sending in self.flying.items():
            future.add_done_callback(_Alone(sending, self.air, self, home))


@dataclass(slots=True)
class _Alone:
    """Marks the row of a message that nobody waits for any more."""

    sending: _Sending
    air: _Air
    round: _Round
    home: int

    def __call__(self, future: Future[ChannelError | None]) -> None:
        try:
            settle([(self.sending, future)], self.air, self.round._at())
        finally:
            if threading.get_ident() != self.home:
                connection.close()


def claim(*, now: datetime, limit: int, room: _Room | None = None) -> list[Delivery]:
    """Take due deliveries for this process, their attempts counted, and return them.

    Of each endpoint only the first in line, and none that is in the air already.
    """
    room = room or _Room(limit, limit, Counter())
    with transaction.atomic():
        chosen = _chosen(now, limit, room)
        # Whoever locked a row first has it; the others pass over it.
        free = Delivery.objects.due(now).filter(pk__in=chosen)
        taken = [*free.select_for_update(skip_locked=True).values_list("pk", flat=True)]
        Delivery.objects.filter(pk__in=taken).update(
            lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    rows = Delivery.objects.filter(pk__in=taken).select_related("endpoint", "subscription")
    return list(
        rows.prefetch_related("matches__subscription__endpoint").order_by("next_try_at", "id")
    )


def _chosen(now: datetime, limit: int, room: _Room) -> list[int]:
    """Return the due deliveries for which there is room, the longest due first."""
    chosen: list[int] = []
    for failing in (False, True):
        if (room.slow if failing else room.prompt) > 0:
            for pk, channel, address in _heads(now, failing=failing).iterator(chunk_size=500):
                if len(chosen) == limit or not (room.prompt or room.slow):
                    break
                if room.take(failing=failing, host=_host(channel, address)):
                    chosen.append(pk)
    return chosen


def _heads(now: datetime, *, failing: bool) -> QuerySet[Delivery, tuple[int, str, str]]:
    heads = Delivery.objects.due(now).first_in_line()
    failures = {"endpoint__failures__gt": 0} if failing else {"endpoint__failures": 0}
    return heads.filter(**failures).values_list("pk", "endpoint__channel", "endpoint__address")


def _token(delivery: Delivery, now: datetime) -> str:
    """Return the token that goes with a question to a mailbox; only its hash is kept."""
    if delivery.notice != Delivery.Notice.CONFIRM or delivery.subscription is None:
        return ""
    return opting_in.new_token(delivery.subscription, now=now)


def _outcome(sending: _Sending) -> ChannelError | None:
    """Send one message and return what went wrong, None where nothing did.

    Runs in a thread, and asks the database nothing.
    """
    delivery = sending.delivery
    if not sending.wanted:
        return ChannelError(ENDED, retryable=False, ours=True)
    try:
        channels.send(delivery, now=sending.at, allow=settings.FETCH_ALLOW, token=sending.token)
    except ChannelError as error:
        return error
    return None


def _is_wanted(delivery: Delivery, now: datetime) -> bool:
    """Say whether anybody still wants this message. Needs what `claim` loads."""
    if delivery.notice:
        return delivery.endpoint.disabled_at is None
    if delivery.endpoint.disabled_at is not None:
        return False
    return any(match.subscription.is_active(now) for match in delivery.matches.all())


def settle(
    ended: Sequence[tuple[_Sending, Future[ChannelError | None]]], air: _Air, now: datetime
) -> int:
    """Write the outcomes of tries on their rows; return how many messages left."""
    sent: list[Delivery] = []
    for sending, future in ended:
        fault = future.exception()
        if fault is not None:
            # A fault of ours: the lease runs out, the try counts, and the others go on.
            logger.error("sending broke down %s", _facts(sending.delivery), exc_info=fault)
        elif (problem := future.result()) is not None:
            _failed(sending.delivery, problem, now)
        else:
            sent.append(sending.delivery)
    _sent(sent, now)
    for sending, _ in ended:
        air.land(sending)
    return len(sent)


def _sent(deliveries: Iterable[Delivery], now: datetime) -> None:
    deliveries = list(deliveries)
    if not deliveries:
        return
    rows = Delivery.objects.owed().filter(pk__in=[row.pk for row in deliveries])
    rows.update(sent_at=now, lease_until=None, problem="")
    endpoints.note_success({row.endpoint_id for row in deliveries}, now=now)
    for row in deliveries:
        logger.info("sent %s", _facts(row))


def _failed(delivery: Delivery, problem: ChannelError, now: datetime) -> None:
    """Write what went wrong, and when the next try is; a dead letter where there is none."""
    waiting = _wait(delivery, problem)
    ending = {"dead_at": now} if waiting is None else {"next_try_at": now + waiting}
    # A sender that was frozen until another took the message over must not end that one's lease.
    mine = Delivery.objects.owed().filter(pk=delivery.pk, attempts=delivery.attempts)
    with transaction.atomic():
        mine.update(**ending, lease_until=None, problem=problem.reason[:500])
        if not problem.ours:
            endpoints.note_failure(delivery.endpoint, problem.reason, gone=problem.gone, now=now)
    logger.warning(
        "%s %s problem=%r",
        "dead" if waiting is None else "failed",
        _facts(delivery),
        problem.reason,
    )


def _facts(delivery: Delivery) -> str:
    """Return what every line of the log says of a message, as key=value."""
    return (
        f"message={delivery.message_id} delivery={delivery.pk} endpoint={delivery.endpoint_id} "
        f"channel={delivery.endpoint.channel} attempt={delivery.attempts}"
    )


def _wait(delivery: Delivery, problem: ChannelError) -> timedelta | None:
    """Return how long to wait for the next try, None where there is none."""
    if problem.gone or not problem.retryable or delivery.attempts >= TRIES:
        return None
    waiting = WAITS[delivery.attempts - 1]
    # Jitter keeps a thousand deliveries that failed together from returning together.
    waiting *= 1 + random.uniform(0, JITTER)  # noqa: S311  # spreads load, keeps no secret
    return max(waiting, timedelta(seconds=problem.retry_after or 0))
