"""Receivers for the benches of alerts: cheap, many at once, each in a process of its own.

A bench measures the sender, so what answers is as light as Python allows: a loop over bare
sockets for those that answer at once with the same bytes, a few lines of asyncio for the others.
`good` answers 200 at once, `slow` after 20 ms as one behind a network does; the others misbehave
each in its own way.
"""

import asyncio
import multiprocessing
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

SLOW = 0.02  # seconds
HANGS = 4.0  # seconds until one that hangs closes: longer than any good one is waited for
HUNDRED_MEGABYTES = 100_000_000
METADATA = "http://169.254.169.254/latest/meta-data/"
_PIECE = 65_536
_END, _LENGTH = b"\r\n\r\n", b"content-length: "
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"
_ELSEWHERE = f"HTTP/1.1 307 Elsewhere\r\nLocation: {METADATA}\r\nContent-Length: 0\r\n\r\n"


def _size(got: bytes) -> int | None:
    """Return how many bytes the first request in `got` has, None where its head is not whole."""
    end = got.find(_END)
    if end < 0:
        return None
    head = got[: end + 2].lower()
    at = head.index(_LENGTH) + len(_LENGTH)
    return end + len(_END) + int(head[at : head.index(b"\r\n", at)])


class _Plain:
    """Takes posts on many connections and answers each at once; an empty answer closes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)
        self._rests: dict[socket.socket, bytes] = {}  # of requests that are not whole yet

    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._meet(self._server.accept()[0])
                else:
                    self._hear(key.data)

    def _meet(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(peer, selectors.EVENT_READ, peer)

    def _hear(self, peer: socket.socket) -> None:
        got = b""
        with suppress(OSError):
            got = peer.recv(_PIECE)
        if not got:
            self._part(peer)
            return
        if self._rests:
            got = self._rests.pop(peer, b"") + got
        while (size := _size(got)) is not None and len(got) >= size:
            got = got[size:]
            if not self._answer:
                self._part(peer)
                return
            peer.send(self._answer)
        if got:
            self._rests[peer] = got

    def _part(self, peer: socket.socket) -> None:
        self._rests.pop(peer, None)
        self._selector.unregister(peer)
        peer.close()


class _Sink(asyncio.Protocol):
    """Takes posts, one after the other on each connection, and answers each by `respond`."""

    def __init__(self) -> None:
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        while (size := _size(self.got)) is not None and len(self.got) >= size:
            self.got = self.got[size:]
            self.respond()

    def respond(self) -> None:
        """Answer a post."""
        raise NotImplementedError


class _Slow(_Sink):
    def respond(self) -> None:
        asyncio.get_running_loop().call_later(SLOW, self.transport.write, _OK)


class _Hanging(_Sink):
    def respond(self) -> None:
        asyncio.get_running_loop().call_later(HANGS, self.transport.close)


class _Flooding(_Sink):
    def respond(self) -> None:
        size = HUNDRED_MEGABYTES
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        self._left = size
        self.resume_writing()

    def resume_writing(self) -> None:
        if self._left and not self.transport.is_closing():
            piece = min(self._left, 1_000_000)
            self._left -= piece
            self.transport.write(bytes(piece))
            if not self.transport.get_write_buffer_size():
                asyncio.get_running_loop().call_soon(self.resume_writing)


AT_ONCE: dict[str, bytes] = {
    "good": _OK,
    "answers 500": _BROKEN,
    "closes": b"",
    "redirects to metadata": _ELSEWHERE.encode(),
}
LATER: dict[str, Callable[[], _Sink]] = {
    "slow": _Slow,
    "hangs": _Hanging,
    "answers 100 MB": _Flooding,
}


async def _serve(sort: str, tell: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(LATER[sort], "127.0.0.1", 0, backlog=1024)
    tell.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(sort: str, tell: Connection) -> None:
    if sort in LATER:
        asyncio.run(_serve(sort, tell))
        return
    receiver = _Plain(AT_ONCE[sort])
    tell.send(receiver.port())
    receiver.serve()


def start(sort: str) -> tuple[int, multiprocessing.process.BaseProcess]:
    """Start a receiver of a sort; return its port and its process, which the caller kills."""
    told, tell = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(sort, tell), daemon=True)
    process.start()
    port: int = told.recv()
    return port, process
