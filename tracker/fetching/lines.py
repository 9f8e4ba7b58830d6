"""Connections to receivers that stay open from one post to the next."""

import select
import socket
import threading
import time
from collections.abc import Mapping, Sequence

from tracker.fetching.addresses import Target, target_of
from tracker.fetching.answers import Answer, Posted
from tracker.fetching.door import Door, Resolver, as_fetch_errors, system_resolver
from tracker.fetching.headers import head
from tracker.fetching.places import AllowList
from tracker.fetching.wire import Deadline, Wire

_ANSWER_BYTES = 1_000_000  # of an answer to a post
_LINE_RESTS = 4.0  # seconds after which a resting connection is given up; receivers keep one for 5
_LINE_LASTS = 60.0  # seconds after which the address is judged again


class _Line:
    """A connection that carries one post after the other."""

    def __init__(self, host: str, sock: socket.socket) -> None:
        self._host, self._sock = host, sock
        self._made = self._used = time.monotonic()

    def close(self) -> None:
        self._sock.close()

    def is_fresh(self) -> bool:
        """Say whether another post may go this way: it is young, and the other side is silent.

        A connection that has something to read was closed, or says what nobody asked for.
        """
        now = time.monotonic()
        if now - self._used > _LINE_RESTS or now - self._made > _LINE_LASTS:
            return False
        look = select.poll()
        look.register(self._sock, select.POLLIN)
        return not look.poll(0)

    def exchange(self, message: bytes, deadline: Deadline) -> tuple[Posted, bool]:
        """Post; return the answer, and whether the connection can carry another post."""
        wire = Wire(self._sock, self._host, deadline, _ANSWER_BYTES)
        wire.send(message)
        posted, stays = Answer(wire).read()
        self._used = time.monotonic()
        return posted, stays


class Lines:
    """Connections to receivers that stay open from one post to the next; threads may share them.

    An address is judged when a connection to it is made. Each connection carries one post at a
    time, and is given up when it rests for long or is old, so that a name that leads elsewhere
    meanwhile is judged again.
    """

    def __init__(self, resolve: Resolver = system_resolver) -> None:
        self._resolve = resolve
        self._idle: dict[tuple[object, ...], list[_Line]] = {}
        self._lock = threading.Lock()

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float = 20.0,
        allow: Sequence[str] = (),
    ) -> Posted:
        """POST exactly `body` and return the receiver's answer, as `post` does."""
        deadline, target = Deadline(seconds), target_of(url)
        whole = {"Connection": "keep-alive", **headers, "Content-Length": str(len(body))}
        message = head("POST", target, whole) + body
        with as_fetch_errors(target, seconds):
            place = (target.scheme, target.authority, *allow)
            line = self._open(place) or self._new(target, allow, deadline)
            try:
                posted, stays = line.exchange(message, deadline)
            except BaseException:
                line.close()
                raise
        if stays:
            self._keep(place, line)
        else:
            line.close()
        return posted

    def close(self) -> None:
        """Close the connections that carry no post at present."""
        with self._lock:
            resting = [line for lines in self._idle.values() for line in lines]
            self._idle.clear()
        for line in resting:
            line.close()

    def _open(self, place: tuple[object, ...]) -> _Line | None:
        while True:
            with self._lock:
                resting = self._idle.get(place)
                line = resting.pop() if resting else None
            if line is None or line.is_fresh():
                return line
            line.close()

    def _new(self, target: Target, allow: Sequence[str], deadline: Deadline) -> _Line:
        door = Door(AllowList(allow), self._resolve, deadline, _ANSWER_BYTES)
        return _Line(target.host, door.connected(target))

    def _keep(self, place: tuple[object, ...], line: _Line) -> None:
        with self._lock:
            self._idle.setdefault(place, []).append(line)
