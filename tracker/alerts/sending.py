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
from functools import partial, reduce
from operator import or_
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from tracker import channels
from tracker.alerts import endpoints, opting_in
from tracker.channels import ChannelError
from tracker.leases import LEASE, RENEW_EVERY, attempt
from tracker.models import Delivery, Endpoint, Match, Subscription
from tracker.models.alerts import TRIES, WAITS

logger = logging.getLogger(__name__)

PROMPT = 64  # messages in the air at once, of one process, to receivers that answer
SLOW = 8  # and to those that failed last time or have not answered for PATIENCE
BATCH = 20  # at least so many are taken at once while others are in the air
PATIENCE = 2.0  # seconds; a connection that was dropped from a full queue comes after one
THREADS = 128  # a receiver that hangs keeps its thread for the whole of a request's time
SLOW_HOST = 4  # so many slow messages in the air, and none taken lately, make a host slow
LONGEST = 60.0  # seconds that any try may take; after them no lease is renewed
ROUND_SECONDS = 5.0  # after which a round takes no new work, so that its tick ends
JITTER = 0.1
MAIL = "mail"  # the one mail server, as a host
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
    return MAIL if channel == Endpoint.Channel.EMAIL else urlsplit(address).netloc


@dataclass(frozen=True, slots=True)
class _Room:
    """How many messages may join those in the air, and which hosts have not been answering."""

    prompt: int
    slow: int
    slow_hosts: frozenset[str] = frozenset()


@dataclass
class _Air:
    """The messages that this process has in the air, whichever round took them."""

    sendings: dict[int, _Sending] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)  # host -> when it last took one
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
        return _Room(
            prompt=max(0, min(prompt, free)),
            slow=max(0, min(SLOW - len(slow), free)),
            slow_hosts=frozenset(
                host
                for host, count in hosts.items()
                if count >= SLOW_HOST and now - self.answered.get(host, 0.0) > PATIENCE
            ),
        )

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
                since = time.monotonic() - LONGEST
                flying = [one for one in self.sendings.values() if one.began > since]
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
        try:
            return self._run(linger=linger)
        except DatabaseError:
            self._leave_alone()  # what is in the air comes down by itself
            raise

    def _run(self, *, linger: bool) -> int:
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
        at, room = self._at(), self.air.room(self.limit)
        if self.flying and room.prompt < BATCH:
            return 0  # a few at a time would cost as many statements as many do
        claimed = claim(now=at, limit=self.limit, room=room)
        self.limit -= len(claimed)
        wanted = _wanted(claimed, at)
        for delivery in claimed:
            token = _token(delivery, at)
            sending = _Sending(delivery, at, time.monotonic(), delivery.pk in wanted, token)
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
    room = room or _Room(limit, limit)
    with transaction.atomic():
        chosen = _chosen(now, limit, room)
        # Whoever locked a row first has it; the others pass over it.
        free = Delivery.objects.due(now).filter(pk__in=chosen)
        taken = [*free.select_for_update(skip_locked=True).values_list("pk", flat=True)]
        Delivery.objects.filter(pk__in=taken).update(
            lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    rows = Delivery.objects.filter(pk__in=taken).select_related("endpoint", "subscription")
    return list(rows.order_by("next_try_at", "id"))


def _chosen(now: datetime, limit: int, room: _Room) -> list[int]:
    """Return the due deliveries for which there is room, the longest due first."""
    heads = Delivery.objects.due(now).first_in_line()
    prompt, slow = heads.filter(endpoint__failures=0), Q(endpoint__failures__gt=0)
    if room.slow_hosts:
        at_slow_hosts = reduce(or_, map(_at_host, room.slow_hosts))
        prompt, slow = prompt.exclude(at_slow_hosts), slow | at_slow_hosts
    chosen = list(prompt.values_list("pk", flat=True)[: room.prompt])
    chosen += heads.filter(slow).values_list("pk", flat=True)[: room.slow]
    return chosen[:limit]


def _at_host(host: str) -> Q:
    """Return which endpoints a host answers for: the opposite of `_host`."""
    if host == MAIL:
        return Q(endpoint__channel=Endpoint.Channel.EMAIL)
    place = f"://{host}"
    return Q(endpoint__address__contains=f"{place}/") | Q(endpoint__address__endswith=place)


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


def _wanted(deliveries: Collection[Delivery], now: datetime) -> set[int]:
    """Return which of these messages anybody still wants: notices, and those of an active wish."""
    usable = [row for row in deliveries if row.endpoint.disabled_at is None]
    active = Match.objects.filter(
        delivery__in=[row.pk for row in usable], subscription__in=Subscription.objects.active(now)
    )
    return {row.pk for row in usable if row.notice} | set(
        active.values_list("delivery", flat=True).exclude(delivery=None)
    )


def settle(
    ended: Sequence[tuple[_Sending, Future[ChannelError | None]]], air: _Air, now: datetime
) -> int:
    """Write the outcomes of tries on their rows; return how many messages left.

    Where the database is away their places are free all the same, and their leases run out.
    """
    try:
        return _settle(ended, air, now)
    finally:
        for sending, _ in ended:
            air.land(sending)


def _settle(
    ended: Sequence[tuple[_Sending, Future[ChannelError | None]]], air: _Air, now: datetime
) -> int:
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
            air.answered[sending.host] = time.monotonic()
    _sent(sent, now)
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
