"""The body of a fetched answer, unpacked: provably whole, or refused."""

import http.client
import re
import zlib

from tracker.fetching.addresses import Target
from tracker.fetching.reasons import FetchError
from tracker.fetching.wire import Deadline

_PIECE = 65_536


def whole_body(
    target: Target, response: http.client.HTTPResponse, limit: int, deadline: Deadline
) -> bytes:
    """Return the unpacked body; raise FetchError unless its end was seen within `limit` bytes."""
    length = _announced_length(target, response)
    unpack = _unpacker(target, response, limit)
    pieces: list[bytes] = []
    received = 0
    while piece := response.read(_PIECE):
        deadline.left()
        received += len(piece)
        pieces.append(unpack.feed(piece))
    if length is not None and received != length:
        detail = f"{received:,} of {length:,} bytes came"
        raise FetchError("not_whole", host=target.host, detail=detail)
    if not unpack.ended(proved=length is not None or response.chunked):
        raise FetchError("not_whole", host=target.host, detail="it has no end mark")
    return b"".join(pieces)


def _announced_length(target: Target, response: http.client.HTTPResponse) -> int | None:
    """Return Content-Length, None where the body is framed otherwise (RFC 9112, section 6.3)."""
    transfer = response.headers.get_all("Transfer-Encoding", [])
    if transfer:
        if [value.strip().lower() for value in transfer] != ["chunked"]:
            raise FetchError("bad_answer", host=target.host, detail="unknown transfer encoding")
        return None
    values = {value.strip() for value in response.headers.get_all("Content-Length", [])}
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(r"\d{1,18}", min(values)):
        raise FetchError("bad_answer", host=target.host, detail="contradictory Content-Length")
    return int(min(values))


class _Unpacker:
    """A body as it is, counted against the limit."""

    def __init__(self, host: str, limit: int) -> None:
        self._host = host
        self._limit = self._room = limit

    def feed(self, piece: bytes) -> bytes:
        self._count(piece)
        return piece

    def ended(self, *, proved: bool) -> bool:
        """Tell whether the end was seen; `proved` says that the message's framing showed it."""
        return proved

    def _count(self, piece: bytes) -> None:
        self._room -= len(piece)
        if self._room < 0:
            raise FetchError("too_large", host=self._host, limit=self._limit)


class _GzipUnpacker(_Unpacker):
    """A gzip body: one or more members, each with its end mark (RFC 1952)."""

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(host, limit)
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def feed(self, piece: bytes) -> bytes:
        unpacked: list[bytes] = []
        while piece:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpacked.append(self._member.decompress(piece, self._room + 1))
            self._count(unpacked[-1])
            piece = self._member.unconsumed_tail or self._member.unused_data
        return b"".join(unpacked)

    def ended(self, *, proved: bool) -> bool:
        return self._member.eof


def _unpacker(target: Target, response: http.client.HTTPResponse, limit: int) -> _Unpacker:
    encoding = ", ".join(response.headers.get_all("Content-Encoding", [])).strip().lower()
    if encoding in {"", "identity"}:
        return _Unpacker(target.host, limit)
    if encoding in {"gzip", "x-gzip"}:
        return _GzipUnpacker(target.host, limit)
    raise FetchError("content_encoding", host=target.host, encoding=encoding[:40])
