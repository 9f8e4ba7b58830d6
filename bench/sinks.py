"""Receivers for the benches of alerts: cheap, many at once, each in a process of its own.

What answers is a few lines of asyncio over bare connections, so that a bench measures the
sender. `good` answers 200 at once, `slow` after 20 ms as one behind a network does; the others
misbehave each in its own way.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection

SLOW = 0.02  # seconds
HUNDRED_MEGABYTES = 100_000_000
METADATA = "http://169.254.169.254/latest/meta-data/"
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_LENGTH = b"content-length: "


class _Sink(asyncio.Protocol):
    """Takes posts, one after the other on each connection, and answers each by `respond`."""

    def __init__(self) -> None:
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        while (end := self.got.find(b"\r\n\r\n")) >= 0:
            head = self.got[:end].lower() + b"\r\n"
            at = head.index(_LENGTH) + len(_LENGTH)
            whole = end + 4 + int(head[at : head.index(b"\r\n", at)])
            if len(self.got) < whole:
                return
            self.got = self.got[whole:]
            self.respond()

    def respond(self) -> None:
        """Answer a post."""
        self.transport.write(_OK)


class _Slow(_Sink):
    def respond(self) -> None:
        asyncio.get_running_loop().call_later(SLOW, self.transport.write, _OK)


class _Hanging(_Sink):
    def respond(self) -> None:
        pass


class _Broken(_Sink):
    def respond(self) -> None:
        self.transport.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")


class _Closing(_Sink):
    def respond(self) -> None:
        self.transport.close()


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


class _Redirecting(_Sink):
    def respond(self) -> None:
        self.transport.write(
            f"HTTP/1.1 307 Elsewhere\r\nLocation: {METADATA}\r\nContent-Length: 0\r\n\r\n".encode()
        )


SORTS: dict[str, Callable[[], _Sink]] = {
    "good": _Sink,
    "slow": _Slow,
    "hangs": _Hanging,
    "answers 500": _Broken,
    "closes": _Closing,
    "answers 100 MB": _Flooding,
    "redirects to metadata": _Redirecting,
}


async def _serve(sort: str, tell: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(SORTS[sort], "127.0.0.1", 0, backlog=1024)
    tell.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(sort: str, tell: Connection) -> None:
    asyncio.run(_serve(sort, tell))


def start(sort: str) -> tuple[int, multiprocessing.process.BaseProcess]:
    """Start a receiver of a sort; return its port and its process, which the caller kills."""
    told, tell = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(sort, tell), daemon=True)
    process.start()
    port: int = told.recv()
    return port, process
