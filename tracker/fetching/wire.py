"""A connected socket that keeps to a deadline and to a number of bytes."""

import io
import socket
import time

from tracker.fetching.reasons import FetchError


class Deadline:
    """The moment at which a request ends, whatever has arrived until then.

    Every single read, write, connect and handshake is given only the time that is left, so a
    server that drips one byte a second is cut at the deadline too.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        """End in `seconds` from now at the latest."""
        self._end = min(self._end, time.monotonic() + seconds)

    def is_over(self, now: float) -> bool:
        """Say whether it has passed at a moment of the monotonic clock."""
        return now >= self._end

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError where none is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Wire(io.RawIOBase):
    """A connected socket that keeps to a deadline and gives at most `limit` bytes."""

    def __init__(self, sock: socket.socket, host: str, deadline: Deadline, limit: int) -> None:
        super().__init__()
        self.sock = sock
        self.deadline = deadline
        self._host = host
        self._limit = self._room = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed asks for any buffer
        self.sock.settimeout(self.deadline.left())
        count = self.sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise FetchError("too_large", host=self._host, limit=self._limit)
        return count

    def send(self, message: bytes) -> None:
        """Send all of `message`; raise TimeoutError at the deadline."""
        rest = memoryview(message)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        return io.BufferedReader(self)
