"""Connections to receivers that stay open from one post to the next, many carried by one thread.

Names are resolved, judged and connected to by the door, which may block. What follows on a
connection does not: a receiver that hangs costs a place in a table and no thread.
"""

import select
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from queue import SimpleQueue

from tracker.fetching.addresses import Target, target_of
from tracker.fetching.answers import ANSWER_BYTES, Answer, Posted
from tracker.fetching.door import FAILURES, Door, Resolver, fetch_error, system_resolver
from tracker.fetching.headers import head
from tracker.fetching.places import AllowList
from tracker.fetching.reasons import FetchError
from tracker.fetching.wire import Deadline

_LINE_RESTS = 4.0  # seconds after which a resting connection is given up; receivers keep one for 5
_LINE_LASTS = 60.0  # seconds after which the address is judged again
_BODY_START_SECONDS = 1.0
_LOOK_EVERY = 0.1  # seconds between two looks at the deadlines
_MOST = 256  # connections that may be open before those that rest are closed
_SOME = 4_096

Tell = Callable[[Posted | Exception], None]


class _Post:
    """One post on its way: what is still to send, until when, and who is told of the answer."""

    __slots__ = ("allow", "answer", "deadline", "place", "seconds", "target", "tell", "unsent")

    def __init__(
        self, target: Target, message: bytes, tell: Tell, seconds: float, allow: Sequence[str]
    ) -> None:
        self.target, self.unsent, self.tell, self.allow = target, message, tell, allow
        self.seconds, self.deadline = seconds, Deadline(seconds)
        self.answer = Answer(target.host)
        self.place = (target.scheme, target.authority, *allow)

    def error(self, error: Exception) -> FetchError:
        """Return why it failed, of one of the FAILURES."""
        return fetch_error(error, self.target, self.seconds)


class _Line:
    """A connection that carries one post after the other, and is never waited for."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock, self.watched = sock, selectors.EVENT_READ
        self.post: _Post | None = None
        self.place: tuple[str, ...] = ()
        self._made = self._used = time.monotonic()
        self._look = select.poll()
        self._look.register(sock, select.POLLIN)

    def is_fresh(self) -> bool:
        """Say whether another post may go this way: it is young, and the other side is silent.

        A connection that has something to read was closed, or says what nobody asked for.
        """
        now = time.monotonic()
        if now - self._used > _LINE_RESTS or now - self._made > _LINE_LASTS:
            return False
        return not self._look.poll(0)

    def go_on(self, post: _Post) -> int:
        """Send and read what can be at present; return what to watch for, 0: all is there.

        Raises FetchError, or one of the FAILURES.
        """
        try:
            while post.unsent:
                post.unsent = post.unsent[self.sock.send(post.unsent) :]
            while not post.answer.take(self.sock.recv(_SOME)):
                if post.answer.has_head:  # how it is worded is no result, and waited for shortly
                    post.deadline.shorten(_BODY_START_SECONDS)
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        except BlockingIOError:
            return selectors.EVENT_WRITE if post.unsent else selectors.EVENT_READ
        self._used = time.monotonic()
        return 0


class Lines:
    """Connections to receivers that stay open from one post to the next, carried by one thread.

    An address is judged when a connection to it is made: in one of the `threads` where there
    are any, else at once. Each connection carries one post at a time, and is given up when it
    rests for long or is old, so that a name that leads elsewhere meanwhile is judged again.
    Only `call` may be used by other threads than the one that calls `carry`.
    """

    def __init__(
        self, resolve: Resolver = system_resolver, threads: Executor | None = None
    ) -> None:
        self._resolve, self._threads = resolve, threads
        self._resting: dict[tuple[str, ...], list[_Line]] = {}
        self._busy: set[_Line] = set()
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._look_at = 0.0

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float = 20.0,
        allow: Sequence[str] = (),
    ) -> Posted:
        """POST exactly `body` and return the receiver's answer; redirects are not followed.

        Raises FetchError where no answer came (retryable) or the address is refused (not).
        """
        told: list[Posted | Exception] = []
        self.begin(url, body, headers, tell=told.append, seconds=seconds, allow=allow)
        while not told:
            self.carry(seconds)
        if isinstance(told[0], Exception):
            raise told[0]
        return told[0]

    def begin(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        tell: Tell,
        seconds: float = 20.0,
        allow: Sequence[str] = (),
    ) -> None:
        """Begin to POST exactly `body`; `tell` gets the answer, or why there is none.

        Raises FetchError for an address and ValueError for a header that cannot be written.
        """
        target = target_of(url)
        whole = {"Connection": "keep-alive", **headers, "Content-Length": str(len(body))}
        post = _Post(target, head("POST", target, whole) + body, tell, seconds, allow)
        line = self._open(post.place)
        if line is not None:
            self._give(line, post)
        elif self._threads is not None:
            self._threads.submit(self._connect, post)
        else:
            self._connect(post)

    def carry(self, seconds: float | None) -> None:
        """Do what there is to do, and wait for it so long at most; for ever without a limit."""
        if self._busy:
            seconds = _LOOK_EVERY if seconds is None else min(seconds, _LOOK_EVERY)
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._answer_bell()
            else:
                self._go_on(key.data)
        self._end_overdue()

    def call(self, do: Callable[[], None]) -> None:
        """Have the thread that carries do something soon."""
        self._calls.put(do)
        self._wake()

    def rest(self) -> None:
        """Close the connections that carry no post at present."""
        for line in [line for lines in self._resting.values() for line in lines]:
            self._drop(line)
        self._resting.clear()

    def close(self) -> None:
        """Close all connections, and be of no more use."""
        self.rest()
        for line in self._busy:
            line.sock.close()
        self._selector.close()
        self._bell.close()
        self._ring.close()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # a bell that nobody has answered yet rings already
            self._ring.send(b"\0", socket.MSG_DONTWAIT)

    def _answer_bell(self) -> None:
        """Do what was called for. Where one raises, the others are done the next time."""
        self._bell.recv(_SOME)
        try:
            while not self._calls.empty():  # nobody else takes from it
                self._calls.get_nowait()()
        finally:
            if not self._calls.empty():
                self._wake()

    def _connect(self, post: _Post) -> None:
        """Make a connection for a post; in a thread of its own, where there is one."""
        try:
            door = Door(AllowList(post.allow), self._resolve, post.deadline, ANSWER_BYTES)
            sock = door.connected(post.target)
        except FAILURES as error:
            self.call(partial(post.tell, post.error(error)))
        except Exception as error:  # noqa: BLE001 - whoever waits for the post is told in any case
            self.call(partial(post.tell, error))
        else:
            self.call(partial(self._join, sock, post))

    def _join(self, sock: socket.socket, post: _Post) -> None:
        line = _Line(sock)
        self._selector.register(sock, line.watched, line)
        self._give(line, post)

    def _open(self, place: tuple[str, ...]) -> _Line | None:
        resting = self._resting.get(place, [])
        while resting:
            line = resting.pop()
            if line.is_fresh():
                return line
            self._drop(line)
        return None

    def _give(self, line: _Line, post: _Post) -> None:
        line.post, line.place = post, post.place
        self._busy.add(line)
        self._go_on(line)

    def _go_on(self, line: _Line) -> None:
        post = line.post
        if post is None:
            self._part(line)
            return
        try:
            watch = line.go_on(post)
        except FetchError as error:
            self._end(line, post, error)
        except FAILURES as error:
            self._end(line, post, post.error(error))
        except Exception as error:  # noqa: BLE001 - a fault over one post must not hold up the others
            self._end(line, post, error)
        else:
            self._watch(line, watch or selectors.EVENT_READ)
            if not watch:
                self._end(line, post)

    def _watch(self, line: _Line, events: int) -> None:
        if events != line.watched:
            line.watched = events
            self._selector.modify(line.sock, events, line)

    def _part(self, line: _Line) -> None:
        """Let go of a resting connection that was closed, or says what nobody asked for."""
        if line in self._resting.get(line.place, ()):
            self._resting[line.place].remove(line)
            self._drop(line)

    def _end_overdue(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        for line in list(self._busy):
            post = line.post
            if post is not None and post.deadline.is_over(now):
                self._end(line, post, post.error(TimeoutError()))

    def _end(self, line: _Line, post: _Post, error: Exception | None = None) -> None:
        """Tell of an answer, or why there is none; who has sent the head of one has answered."""
        line.post = None
        self._busy.discard(line)
        if error is None and post.answer.leaves_open():
            self._keep(line)
        else:
            self._drop(line)
        if error is None or (post.answer.has_head and isinstance(error, FetchError)):
            post.tell(post.answer.posted())
        else:
            post.tell(error)

    def _keep(self, line: _Line) -> None:
        if len(self._selector.get_map()) > _MOST:
            self.rest()
        self._resting.setdefault(line.place, []).append(line)

    def _drop(self, line: _Line) -> None:
        self._selector.unregister(line.sock)
        line.sock.close()
