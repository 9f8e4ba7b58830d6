"""The body of a request: it arrives whole and in time, or the request is refused.

A web server hands a body on while it still comes. A client that is gone without a word, or sends
it drop by drop, would keep one of few threads for ever; and of one that ends too early, a part
would pass for the whole.
"""

import io
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest

from api.short_way import Server

PATIENCE = 30.0  # seconds that any body may take
SLOWEST = 16 * 1024  # bytes; for each so many that have come there is one second more
_PIECE = 64 * 1024  # bytes that are waited for at once


def whole_bodies(application: Server) -> Server:
    """Return the application whose requests raise BadRequest where a body does not arrive."""

    def serve(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length):
            body = _Body(environ["wsgi.input"], int(length))
            environ["wsgi.input"] = io.BufferedReader(body, _PIECE)
        return application(environ, start)

    return serve


class _Body(io.RawIOBase):
    """What is left of a body of `announced` bytes."""

    def __init__(self, stream: Any, announced: int) -> None:
        self._stream, self._left = stream, announced
        self._ends = 0.0  # the time begins when somebody waits

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next. Raises BadRequest where that is late or missing."""
        size = min(len(buffer), self._left, _PIECE)
        if not size:
            return 0
        piece = self._next(size)
        if not piece:
            raise BadRequest("The body ended before its Content-Length.")
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        self._ends += len(piece) / SLOWEST
        return len(piece)

    def _next(self, size: int) -> bytes:
        """Return at most `size` bytes; nothing at the end."""
        self._ends = self._ends or time.monotonic() + PATIENCE
        found: list[bytes] = []
        # Nothing ends a read but the client, so it is not this thread that waits in it.
        reading = threading.Thread(target=lambda: found.append(self._stream.read(size)))
        reading.daemon = True
        reading.start()
        reading.join(max(0.0, self._ends - time.monotonic()))
        if not found:
            raise BadRequest("The body did not arrive in time.")
        return found[0]
