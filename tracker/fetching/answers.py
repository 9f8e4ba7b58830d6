"""What a receiver answers to a post: the head, and of the body the start."""

import http.client
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.fetching.headers import retry_after
from tracker.fetching.reasons import FetchError
from tracker.fetching.wire import Wire

_BODY_START = 2_048
_BODY_START_SECONDS = 1.0
_HEAD_BYTES = 65_536

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: |$)")


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

    def __init__(self, wire: Wire) -> None:
        self._wire, self._got = wire, b""

    def read(self) -> tuple[Posted, bool]:
        """Return the answer, and whether all of it was read and the connection stays open."""
        status, version, headers = self._final_head()
        length = _plain_length(status, headers)
        start, whole = self._body_start(length)
        stays = whole and version == b"1" and "close" not in headers.get("connection", "").lower()
        return Posted(status, headers, start, retry_after(headers)), stays

    def _final_head(self) -> tuple[int, bytes, dict[str, str]]:
        while True:
            status, version, headers = self._head()
            if status >= http.client.OK:
                return status, version, headers

    def _head(self) -> tuple[int, bytes, dict[str, str]]:
        while (end := _HEAD_END.search(self._got)) is None:
            if len(self._got) > _HEAD_BYTES:
                raise http.client.LineTooLong("head")
            piece = self._wire.some()
            if not piece:
                if self._got:
                    raise http.client.BadStatusLine("broken off")
                raise http.client.RemoteDisconnected("no answer")
            self._got += piece
        head, self._got = self._got[: end.start()], self._got[end.end() :]
        first, *lines = head.decode("latin-1").splitlines()
        match = _STATUS_LINE.match(first)
        if match is None:
            raise http.client.BadStatusLine("no HTTP")
        return int(match[2]), match[1].encode(), _headers_of(lines)

    def _body_start(self, length: int | None) -> tuple[bytes, bool]:
        """Return what of the body comes at once, and whether that is exactly all of it.

        How a receiver words its answer is no result: one that hangs over it has answered.
        """
        self._wire.deadline.shorten(_BODY_START_SECONDS)
        wanted = _BODY_START if length is None else min(length, _BODY_START)
        try:
            while len(self._got) < wanted and (piece := self._wire.some()):
                self._got += piece
                if length is None:
                    break
        except (OSError, FetchError):
            return self._got[:_BODY_START], False
        return self._got[:_BODY_START], len(self._got) == length


def _plain_length(status: int, headers: Mapping[str, str]) -> int | None:
    """Return how long an answer's body is, None where that is not said in the plainest way."""
    if status in {http.client.NO_CONTENT, http.client.NOT_MODIFIED}:
        return 0
    said = headers.get("content-length", "")
    plain = "transfer-encoding" not in headers and re.fullmatch(r"\d{1,18}", said)
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
