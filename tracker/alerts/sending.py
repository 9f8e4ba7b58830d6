"""Deliveries that are due -> sent: claimed with a lease, committed, sent, and then marked.

A crash at any point leaves a row that is sent again under the same id, never one that is
forgotten. To one endpoint messages leave one after the other, in their order. Sending happens
in threads of this process; a message that takes long is left to itself and marks its own row,
so that a receiver that hangs holds up neither the others nor the worker that ran the tick.
"""

import contextlib
import logging
import os
import random
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial, reduce
from itertools import chain
from operator import or_
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, DateTimeField, F, Q, Value, When, prefetch_related_objects

from tracker import channels, fetching
from tracker.alerts import endpoints, opting_in
from tracker.channels import ChannelError
from tracker.leases import LEASE, RENEW_EVERY, attempt
from tracker.models import Delivery, Endpoint, Match, Subscription
from tracker.models.alerts import TRIES, WAITS

logger = logging.getLogger(__name__)

PROMPT = 64  # messages in the air at once, of one process, to receivers that answer
SLOW = 8  # and to those that failed last time or have not answered for PATIENCE
AHEAD = 512  # messages taken at once, in line behind those in the air, where a host answers
BATCH = 64  # at least so many are taken or marked at once while others are in the air
PATIENCE = 2.0  # seconds; a connection that was dropped from a full queue comes after one
GATHERING = 0.05  # seconds for which outcomes are gathered, to be written together
THREADS = 128  # a receiver that hangs keeps its thread for the whole of a request's time
SLOW_HOST = 4  # so many slow messages in the air, and none taken lately, make a host slow
LONGEST = 60.0  # seconds that any try may take; after them no lease is renewed
ROUND_SECONDS = 5.0  # after which a round takes no new work, so that its tick ends
JITTER = 0.1
MAIL = "mail"  # the one mail server, as a host
_PLACE = re.compile(r"://([^/?#]*)")
ENDED = "the subscription was ended or paused"


class _Recalled(Exception):  # noqa: N818  # no error: a message that was not tried after all
    """Its host stopped answering while it stood in line; it is put back."""


@dataclass(slots=True)
class _Sending:
    """One message in the air, or in line behind those of its host."""

    delivery: Delivery
    at: datetime
    host: str
    round: "_Round"
    wanted: bool = True
    token: str = ""
    began: float = 0.0  # when its try began; 0: it stands in line
    outcome: BaseException | None = None

    def is_slow(self, now: float) -> bool:
        return self.is_late(now) or self.delivery.endpoint.failures > 0

    def is_late(self, now: float) -> bool:
        return self.began > 0 and now - self.began > PATIENCE


def _host(channel: str, address: str) -> str:
    """Return who has to answer: the host of an address, and for mail the one mail server."""
    if channel == Endpoint.Channel.EMAIL:
        return MAIL
    place = _PLACE.search(address)
    return place[1] if place else address


@dataclass(frozen=True, slots=True)
class _Room:
    """How many messages may join those in the air, and how their hosts have been doing.

    `prompt` and `slow` are tries that may begin at once, `ahead` is how many messages may be
    taken in all. `taken` counts those of each host that are there already.
    """

    prompt: int
    slow: int
    ahead: int = AHEAD
    slow_hosts: frozenset[str] = frozenset()
    answering: frozenset[str] = frozenset()
    taken: Mapping[str, int] = field(default_factory=dict)


@dataclass
class _Air:
    """The messages that this process has in the air, whichever round took them.

    Each host has a line of them, and at most SEND_PER_HOST threads that send what stands in it.
    """

    sendings: dict[int, _Sending] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)  # host -> when it last did so
    lines: dict[str, deque[_Sending]] = field(default_factory=dict)
    senders: Counter[str] = field(default_factory=Counter)  # host -> threads at work for it
    lock: threading.Lock = field(default_factory=threading.Lock)
    keeper: threading.Thread | None = None
    connections: fetching.Lines = field(default_factory=fetching.Lines)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="send")
    )

    def room(self, limit: int) -> _Room:
        """Return how many messages may join."""
        now = time.monotonic()
        with self.lock:
            there = list(self.sendings.values())
            busy = self.senders.total()
        slow = Counter(one.host for one in there if one.is_slow(now))
        free = min(limit, THREADS - busy)
        return _Room(
            prompt=max(0, min(PROMPT - (busy - slow.total()), free)),
            slow=max(0, min(SLOW - slow.total(), free)),
            ahead=max(0, min(limit, AHEAD - len(there) + slow.total())),
            slow_hosts=self._slow_hosts(slow, now),
            answering=frozenset(host for host, at in self.answered.items() if now - at <= PATIENCE),
            taken=Counter(one.host for one in there),
        )

    def _slow_hosts(self, slow: Mapping[str, int], now: float) -> frozenset[str]:
        return frozenset(
            host
            for host, count in slow.items()
            if count >= min(SLOW_HOST, settings.SEND_PER_HOST)
            and now - self.answered.get(host, 0.0) > PATIENCE
        )

    def launch(self, sendings: Iterable[_Sending]) -> None:
        """Put messages in the lines of their hosts, and see that threads send them."""
        with self.lock:
            for sending in sendings:
                self.sendings[sending.delivery.pk] = sending
                self.lines.setdefault(sending.host, deque()).append(sending)
                if self.senders[sending.host] < settings.SEND_PER_HOST:
                    self.senders[sending.host] += 1
                    self.threads.submit(self._send_line, sending.host)
            if self.keeper is None:
                self.keeper = threading.Thread(target=self._keep, daemon=True)
                self.keeper.start()

    def _send_line(self, host: str) -> None:
        """Send what stands in the line of a host, one message after the other."""
        while (sending := self._next(host)) is not None:
            sending.outcome = _outcome(sending, self.connections)
            self._note_answer(sending)
            sending.round.land(sending)

    def _note_answer(self, sending: _Sending) -> None:
        """Note that a host does not let wait: it took a message, or refused one soon."""
        now = time.monotonic()
        if sending.outcome is None or not sending.is_late(now):
            self.answered[sending.host] = now

    def _next(self, host: str) -> _Sending | None:
        with self.lock:
            line = self.lines.get(host)
            if line:
                sending = line.popleft()
                sending.began = time.monotonic()
                return sending
            self.lines.pop(host, None)
            self.senders[host] -= 1
            if not self.senders[host]:
                del self.senders[host]
            return None

    def recall(self) -> None:
        """Take the messages back that stand in line for a host whose threads all wait for long."""
        now = time.monotonic()
        with self.lock:
            prompt = Counter(
                one.host for one in self.sendings.values() if 0 < one.began > now - PATIENCE
            )
            stuck = [host for host in self.lines if host not in prompt and self.senders[host]]
            lately = [host for host in stuck if now - self.answered.get(host, 0.0) <= PATIENCE]
            recalled = [self.lines.pop(host) for host in stuck if host not in lately]
        for sending in chain.from_iterable(recalled):
            sending.outcome = _Recalled()
            sending.round.land(sending)

    def forget(self, sendings: Iterable[_Sending]) -> None:
        """Give the messages' places free."""
        with self.lock:
            for sending in sendings:
                self.sendings.pop(sending.delivery.pk, None)

    def _keep(self) -> None:
        """Renew the leases of what is in the air, until the process ends."""
        while True:
            time.sleep(RENEW_EVERY)
            with self.lock:
                since = time.monotonic() - LONGEST
                flying = [
                    one for one in self.sendings.values() if one.began == 0 or one.began > since
                ]
            if flying:
                attempt(partial(_prolong, flying))


def _prolong(flying: Sequence[_Sending]) -> None:
    """Keep the claims of messages in the air; their requests end by themselves."""
    until = max(one.round.at() for one in flying) + LEASE
    pks = [one.delivery.pk for one in flying]
    Delivery.objects.owed().filter(pk__in=pks, lease_until__isnull=False).update(lease_until=until)


class _Process:
    """This process's messages; a forked one has none of its parent's threads."""

    air = _Air()

    @classmethod
    def forget(cls) -> None:
        cls.air = _Air()


os.register_at_fork(after_in_child=_Process.forget)


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
        self.now, self.limit = now, limit
        self.began = time.monotonic()
        self.flying: dict[int, _Sending] = {}
        self.air = _Process.air
        self._landed: SimpleQueue[_Sending] = SimpleQueue()
        self._left_alone = False
        self._lock = threading.Lock()
        self._home = threading.get_ident()

    def run(self, *, linger: bool) -> int:
        try:
            return self._run(linger=linger)
        finally:
            self._leave_alone()  # what is in the air comes down by itself
            self.air.connections.close()

    def _run(self, *, linger: bool) -> int:
        left = 0
        while True:
            claimed = self._launch()
            if not self.flying:
                return left
            ended = self._gathered()
            left += settle(ended, self.air, self.at())
            self.air.recall()
            if not (linger or claimed or ended) and self._only_slow():
                return left

    def at(self) -> datetime:
        """Return the moment that it is now."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def land(self, sending: _Sending) -> None:
        """Take the outcome of a try (in the thread that made it)."""
        with self._lock:
            if not self._left_alone:
                self._landed.put(sending)
                return
        try:
            settle([sending], self.air, self.at())
        except DatabaseError as error:
            logger.warning("an outcome was not written %s: %s", _facts(sending.delivery), error)
        finally:
            if threading.get_ident() != self._home:
                connection.close()

    def _launch(self) -> int:
        """Take what there is room for and send it; return how many."""
        if time.monotonic() - self.began > ROUND_SECONDS:
            return 0
        at, room = self.at(), self.air.room(self.limit)
        if self.flying and max(room.prompt, room.ahead) < BATCH:
            return 0  # a few at a time would cost as many statements as many do
        claimed = claim(now=at, limit=self.limit, room=room)
        self.limit -= len(claimed)
        wanted = _wanted(claimed, at)
        sendings = [self._sending(row, at, wanted=row.pk in wanted) for row in claimed]
        self.flying.update((one.delivery.pk, one) for one in sendings)
        self.air.launch(sendings)
        return len(claimed)

    def _sending(self, delivery: Delivery, at: datetime, *, wanted: bool) -> _Sending:
        host = _host(delivery.endpoint.channel, delivery.endpoint.address)
        return _Sending(delivery, at, host, self, wanted, _token(delivery, at))

    def _gathered(self) -> list[_Sending]:
        """Return what has come down: many together, or what there is after a moment."""
        ended: list[_Sending] = []
        until = time.monotonic() + GATHERING
        patience = 0.2
        with contextlib.suppress(Empty):
            while len(ended) < min(BATCH, len(self.flying)):
                ended.append(self._landed.get(timeout=patience))
                patience = max(0.001, until - time.monotonic())
            while True:
                ended.append(self._landed.get_nowait())
        for sending in ended:
            del self.flying[sending.delivery.pk]
        return ended

    def _only_slow(self) -> bool:
        now = time.monotonic()
        return all(one.began and now - one.began > PATIENCE for one in self.flying.values())

    def _leave_alone(self) -> None:
        """From now on each message marks its own row."""
        with self._lock:
            self._left_alone = True
        with contextlib.suppress(Empty):
            while True:
                self.land(self._landed.get_nowait())


def claim(*, now: datetime, limit: int, room: _Room | None = None) -> list[Delivery]:
    """Take due deliveries for this process, their attempts counted, and return them.

    Of each endpoint only the first in line, and none that is in the air already.
    """
    room = room or _Room(limit, limit, limit)
    with transaction.atomic():
        chosen = _chosen(now, limit, room)
        # Whoever locked a row first has it; the others pass over it.
        free = Delivery.objects.due(now).filter(pk__in=chosen).select_related("endpoint")
        taken = list(free.select_for_update(skip_locked=True, of=("self",)))
        Delivery.objects.filter(pk__in=[row.pk for row in taken]).update(
            lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    for row in taken:
        row.lease_until, row.attempts = now + LEASE, row.attempts + 1
    prefetch_related_objects([row for row in taken if row.subscription_id], "subscription")
    return taken


def _chosen(now: datetime, limit: int, room: _Room) -> list[int]:
    """Return the due deliveries for which there is room, the longest due first."""
    heads = Delivery.objects.due(now).first_in_line()
    prompt, slow = heads.filter(endpoint__failures=0), Q(endpoint__failures__gt=0)
    if room.slow_hosts:
        at_slow_hosts = reduce(or_, map(_at_host, room.slow_hosts))
        prompt, slow = prompt.exclude(at_slow_hosts), slow | at_slow_hosts
    places = prompt.values_list("pk", "endpoint__channel", "endpoint__address")[: room.ahead]
    chosen = _fitting(((pk, _host(channel, address)) for pk, channel, address in places), room)
    chosen += heads.filter(slow).values_list("pk", flat=True)[: room.slow]
    return chosen[:limit]


def _fitting(places: Iterable[tuple[int, str]], room: _Room) -> list[int]:
    """Return which messages can be tried at once, or stand in line for a host that answers."""
    chosen, taken, free = [], Counter(room.taken), room.prompt
    for pk, host in places:
        begins = free > 0 and taken[host] < settings.SEND_PER_HOST
        if begins or host in room.answering:
            chosen.append(pk)
            taken[host] += 1
            free -= begins
    return chosen


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


def _outcome(sending: _Sending, connections: fetching.Lines) -> BaseException | None:
    """Send one message and return what went wrong, None where nothing did.

    Runs in a thread, and asks the database nothing.
    """
    if not sending.wanted:
        return ChannelError(ENDED, retryable=False, ours=True)
    try:
        channels.send(
            sending.delivery,
            now=sending.at,
            allow=settings.FETCH_ALLOW,
            token=sending.token,
            connections=connections,
        )
    except Exception as error:  # noqa: BLE001 - a fault of ours: it is logged, the others go on
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


def settle(ended: Sequence[_Sending], air: _Air, now: datetime) -> int:
    """Write the outcomes of tries on their rows; return how many messages left.

    Where the database is away their places are free all the same, and their leases run out.
    """
    try:
        return _settle(ended, now)
    finally:
        air.forget(ended)


def _settle(ended: Sequence[_Sending], now: datetime) -> int:
    sent, failed, recalled = [], [], []
    for sending in ended:
        match sending.outcome:
            case None:
                sent.append(sending.delivery)
            case ChannelError() as problem:
                failed.append((sending.delivery, problem))
            case _Recalled():
                recalled.append(sending.delivery)
            case fault:
                # A fault of ours: the lease runs out, the try counts, and the others go on.
                logger.error("sending broke down %s", _facts(sending.delivery), exc_info=fault)
    _sent(sent, now)
    _failed(failed, now)
    _put_back(recalled)
    return len(sent)


def _sent(deliveries: Sequence[Delivery], now: datetime) -> None:
    if not deliveries:
        return
    rows = Delivery.objects.owed().filter(pk__in=[row.pk for row in deliveries])
    rows.update(sent_at=now, lease_until=None, problem="")
    endpoints.note_success({row.endpoint_id for row in deliveries}, now=now)
    if logger.isEnabledFor(logging.INFO):
        for row in deliveries:
            logger.info("sent %s", _facts(row))


def _put_back(deliveries: Sequence[Delivery]) -> None:
    """Let go of messages that were not tried after all."""
    if deliveries:
        rows = Delivery.objects.owed().filter(pk__in=[row.pk for row in deliveries])
        rows.filter(attempts__gt=0).update(lease_until=None, attempts=F("attempts") - 1)


def _failed(failures: Sequence[tuple[Delivery, ChannelError]], now: datetime) -> None:
    """Write what went wrong, and when the next tries are; dead letters where there is none."""
    alike: dict[tuple[int, str, bool], list[tuple[int, datetime]]] = {}
    for delivery, problem in failures:
        waiting = _wait(delivery, problem)
        key = delivery.attempts, problem.reason[:500], waiting is None
        alike.setdefault(key, []).append((delivery.pk, now + (waiting or timedelta())))
        word = "dead" if waiting is None else "failed"
        logger.warning("%s %s problem=%r", word, _facts(delivery), problem.reason)
    theirs = [(row.endpoint, problem) for row, problem in failures if not problem.ours]
    if alike:
        with transaction.atomic():
            for (attempts, reason, dead), tries in alike.items():
                _put_off(tries, attempts, reason, dead_at=now if dead else None)
            endpoints.note_failures(theirs, now=now)


def _put_off(
    tries: Sequence[tuple[int, datetime]], attempts: int, reason: str, *, dead_at: datetime | None
) -> None:
    """Write the next tries of messages that failed in the same way, or their end."""
    # A sender that was frozen until another took a message over must not end that one's lease.
    mine = Delivery.objects.owed().filter(pk__in=[pk for pk, _ in tries], attempts=attempts)
    moments = (When(pk=pk, then=Value(at, DateTimeField())) for pk, at in tries)
    next_try = F("next_try_at") if dead_at else Case(*moments, default=F("next_try_at"))
    mine.update(dead_at=dead_at, next_try_at=next_try, lease_until=None, problem=reason)


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
