"""What a receiver answers to a post: the head, and of the body the start."""

import http.client
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.fetching.headers import retry_after
from tracker.fetching.reasons import FetchError

_BODY_START = 2_048
_HEAD_BYTES = 65_536
ANSWER_BYTES = 1_000_000

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: |$)")
_LENGTH = re.compile(r"\d{1,18}")
_WITHOUT_BODY = frozenset({http.client.NO_CONTENT, http.client.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Posted:
    """A receiver's answer, whatever its status; `body_start` is at most the first 2 KB."""

    status: int
    headers: Mapping[str, str]
    body_start: bytes
    retry_after: float | None


class Answer:
    """An answer to a post as it comes in (RFC 9112): the head, and of the body the start.

    Only what is plainly framed and short leaves the connection in a state to be used again.
    """

    __slots__ = ("_got", "_headers", "_host", "_length", "_room", "_status", "_version")

    def __init__(self, host: str) -> None:
        self._host, self._got, self._room = host, b"", ANSWER_BYTES
        self._status, self._version = 0, ""  # no status: no head yet
        self._headers: dict[str, str] = {}
        self._length: int | None = None

    @property
    def has_head(self) -> bool:
        """Whether the receiver has answered; how it words its answer is no result."""
        return self._status >= http.client.OK

    def take(self, piece: bytes) -> bool:
        """Take what came in, nothing at its end; return whether no more is wanted.

        Raises FetchError, OSError and HTTPException where that is no answer.
        """
        if not self.has_head:
            self._refuse(piece)
        self._got += piece
        while not self.has_head:
            if not self._read_head():
                return False
        return not piece or self._has_start()

    def posted(self) -> Posted:
        """Return the answer as far as it came."""
        start = self._got[:_BODY_START]
        return Posted(self._status, self._headers, start, retry_after(self._headers))

    def leaves_open(self) -> bool:
        """Say whether all of it was read, and the connection can carry another post."""
        closes = "close" in self._headers.get("connection", "").lower()
        return len(self._got) == self._length and self._version == "1" and not closes

    def _refuse(self, piece: bytes) -> None:
        """Raise what is wrong with a piece of a head."""
        self._room -= len(piece)
        if self._room < 0:
            raise FetchError("too_large", host=self._host, limit=ANSWER_BYTES)
        if not piece and self._got:
            raise http.client.BadStatusLine("broken off")
        if not piece:
            raise http.client.RemoteDisconnected("no answer")

    def _read_head(self) -> bool:
        """Read one head, an interim one too; return whether there was a whole one."""
        end = _HEAD_END.search(self._got)
        if end is None:
            if len(self._got) > _HEAD_BYTES:
                raise http.client.LineTooLong("head")
            return False
        head, self._got = self._got[: end.start()], self._got[end.end() :]
        first, _, lines = head.decode("latin-1").partition("\n")
        match = _STATUS_LINE.match(first.rstrip("\r"))
        if match is None:
            raise http.client.BadStatusLine("no HTTP")
        self._version, self._status = match[1], int(match[2])
        self._headers = _headers_of(lines.splitlines())
        self._length = _plain_length(self._status, self._headers)
        return True

    def _has_start(self) -> bool:
        if self._length is None:
            return bool(self._got)
        return len(self._got) >= min(self._length, _BODY_START)


def _plain_length(status: int, headers: Mapping[str, str]) -> int | None:
    """Return how long an answer's body is, None where that is not said in the plainest way."""
    if status in _WITHOUT_BODY:
        return 0
    said = headers.get("content-length", "")
    plain = "transfer-encoding" not in headers and _LENGTH.fullmatch(said)
    return int(said) if plain else None


def _headers_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the headers of an answer, names in lower case; those given twice joined by commas."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found
