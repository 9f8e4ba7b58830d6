"""The messages that a process has in the air, and who carries them.

One thread carries all webhooks over connections that stay open; mail and what goes through
apprise is sent in threads. Neither asks the database anything: what comes of a message goes back
to the round that took it.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain

from django.conf import settings

from tracker import channels, fetching
from tracker.alerts.claiming import AHEAD, Room
from tracker.alerts.marking import Recalled
from tracker.channels import ChannelError, Letter
from tracker.leases import LEASE, RENEW_EVERY, attempt
from tracker.models import Delivery

logger = logging.getLogger(__name__)

PROMPT = 64  # messages in the air at once, of one process, to receivers that answer
SLOW = 8  # and to those that failed last time or have not answered for PATIENCE
PATIENCE = 2.0  # seconds; a connection that was dropped from a full queue comes after one
THREADS = 128  # for what blocks: making a connection, mail, apprise
SLOW_HOST = 4  # so many slow messages in the air, and none taken lately, make a host slow
LONGEST = 60.0  # seconds that any try may take; after them no lease is renewed
ENDED = "the subscription was ended or paused"


@dataclass(slots=True, eq=False)
class Sending:
    """One message in the air, or in line behind those of its host."""

    letter: Letter
    at: datetime  # when it was taken
    clock: Callable[[], datetime]
    land: Callable[["Sending"], None]  # takes it back when it came down
    token: str = ""
    host: str = ""
    began: float = 0.0  # when its try began; 0: it stands in line
    outcome: Exception | None = None

    def is_late(self, now: float) -> bool:
        """Say whether its try has lasted for longer than PATIENCE."""
        return self.began > 0 and now - self.began > PATIENCE

    def is_slow(self, now: float) -> bool:
        """Say whether it takes a place of the slow."""
        return self.letter.failing or self.is_late(now)


class Air:
    """The messages that this process has in the air, whichever round took them.

    Each host has a line of them, of which at most SEND_PER_HOST are on their way.
    """

    def __init__(self) -> None:
        self.sendings: dict[int, Sending] = {}
        self.answered: dict[str, float] = {}  # host -> when it last did so
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Sending]] = {}  # host -> its line
        self._under_way: Counter[str] = Counter()  # host -> how many of its messages
        self._starting: deque[Sending] = deque()  # under way, and not begun yet
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="send")
        self._lines = fetching.Lines(threads=self._threads)
        self._carrier: threading.Thread | None = None

    def room(self, limit: int) -> Room:
        """Return how many messages may join."""
        now = time.monotonic()
        with self._lock:
            there = list(self.sendings.values())
            busy = self._under_way.total()
        slow = Counter(one.host for one in there if one.is_slow(now))
        free = min(limit, THREADS - busy)
        return Room(
            prompt=max(0, min(PROMPT - (busy - slow.total()), free)),
            slow=max(0, min(SLOW - slow.total(), free)),
            ahead=max(0, min(limit, AHEAD - len(there) + slow.total())),
            slow_hosts=self._slow_hosts(slow, now),
            answering=frozenset(host for host, at in self.answered.items() if now - at <= PATIENCE),
            taken=Counter(one.host for one in there),
        )

    def launch(self, sendings: Iterable[Sending]) -> None:
        """Put messages in the lines of their hosts, and see that they are sent."""
        now = time.monotonic()
        with self._lock:
            for sending in sendings:
                self.sendings[sending.letter.pk] = sending
                if self._under_way[sending.host] < settings.SEND_PER_HOST:
                    self._under_way[sending.host] += 1
                    self._start(sending, now)
                else:
                    self._waiting.setdefault(sending.host, deque()).append(sending)
            self._employ()
        self._lines.call(self._begin_all)

    def down(self, sending: Sending, outcome: Exception | None) -> None:
        """Take what came of a message, and send the next one to its host."""
        sending.outcome = outcome
        now = time.monotonic()
        with self._lock:
            if outcome is None or not sending.is_late(now):
                self.answered[sending.host] = now  # it does not let wait
            self._start_next(sending.host, now)
        sending.land(sending)
        if self._starting and threading.current_thread() is not self._carrier:
            self._lines.call(self._begin_all)

    def recall(self) -> None:
        """Take back what stands in line for hosts all of whose messages are waited for long."""
        now = time.monotonic()
        with self._lock:
            prompt = Counter(
                one.host for one in self.sendings.values() if 0 < one.began > now - PATIENCE
            )
            stuck = [host for host in self._waiting if host not in prompt]
            lately = [host for host in stuck if now - self.answered.get(host, 0.0) <= PATIENCE]
            recalled = [self._waiting.pop(host) for host in stuck if host not in lately]
        for sending in chain.from_iterable(recalled):
            sending.outcome = Recalled()
            sending.land(sending)

    def forget(self, sendings: Iterable[Sending]) -> None:
        """Give the messages' places free."""
        with self._lock:
            for sending in sendings:
                self.sendings.pop(sending.letter.pk, None)

    def rest(self) -> None:
        """Close the connections that carry nothing at present."""
        self._lines.call(self._lines.rest)

    def do(self, work: Callable[[], None]) -> None:
        """Have something done in a thread."""
        self._threads.submit(work)

    def _slow_hosts(self, slow: Mapping[str, int], now: float) -> frozenset[str]:
        return frozenset(
            host
            for host, count in slow.items()
            if count >= min(SLOW_HOST, settings.SEND_PER_HOST)
            and now - self.answered.get(host, 0.0) > PATIENCE
        )

    def _employ(self) -> None:
        """Have somebody who carries the messages, and somebody who keeps their leases."""
        if self._carrier is None:
            self._carrier = threading.Thread(target=self._carry, name="carrier", daemon=True)
            self._carrier.start()
            threading.Thread(target=self._keep, name="keeper", daemon=True).start()

    def _carry(self) -> None:
        while True:
            try:
                self._lines.carry(None)
                self._begin_all()
            except Exception:  # what one message breaks must not end all the others
                logger.exception("the carrier stumbled")

    def _start(self, sending: Sending, now: float) -> None:
        sending.began = now
        self._starting.append(sending)

    def _begin_all(self) -> None:
        """Begin to send what is under way and has not begun (in the carrier's thread)."""
        while self._starting:
            sending = self._starting.popleft()
            try:
                self._begin(sending)
            except Exception as error:  # noqa: BLE001 - a fault of ours is an outcome too
                self.down(sending, error)

    def _begin(self, sending: Sending) -> None:
        if not sending.letter.wanted:
            raise ChannelError(ENDED, retryable=False, ours=True)
        channels.begin(
            sending.letter,
            now=sending.at,
            allow=settings.FETCH_ALLOW,
            token=sending.token,
            lines=self._lines,
            threads=self._threads,
            tell=partial(self.down, sending),
        )

    def _start_next(self, host: str, now: float) -> None:
        line = self._waiting.get(host)
        if line:
            self._start(line.popleft(), now)
            return
        self._waiting.pop(host, None)
        self._under_way[host] -= 1
        if not self._under_way[host]:
            del self._under_way[host]

    def _keep(self) -> None:
        """Renew the leases of what is in the air, until the process ends."""
        while True:
            time.sleep(RENEW_EVERY)
            since = time.monotonic() - LONGEST
            with self._lock:
                there = list(self.sendings.values())
            flying = [one for one in there if one.began == 0 or one.began > since]
            if flying:
                attempt(partial(_prolong, flying))


def _prolong(flying: Sequence[Sending]) -> None:
    """Keep the claims of messages in the air; their requests end by themselves."""
    until = max(one.clock() for one in flying) + LEASE
    pks = {one.letter.pk for one in flying}
    Delivery.objects.owed().filter(pk__among=pks, lease_until__isnull=False).update(
        lease_until=until
    )
