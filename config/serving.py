"""The web server: granian in front of the WSGI application, with the limits that the docs promise.

`python -m config.serving --host 0.0.0.0 --port 8000`, or `--descriptor N` for a socket that
already listens.
"""

import argparse
import socket
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

THREADS = 4  # requests at once in a worker; each thread keeps its connection to the database
_THREAD_REST = 600  # seconds after which an idle thread ends
_HEAD = 64 * 1024  # bytes of a request's line and headers; more is answered by 431
_PATIENCE = 30_000  # milliseconds for a request's head to come, or for the next request
_BACKLOG = 512
# What a connection has from its listener. A client that is gone without a word is asked after,
# and one that takes nothing of its answer is left: else each would keep a thread for ever. What
# a system lacks of these is left out.
_ATTENTIVE = {
    "TCP_KEEPIDLE": 30,  # seconds of silence
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 30_000,  # milliseconds in which nothing of what waits is taken
}


class Server(MPServer):
    """Granian on a socket that listens."""

    listener: socket.socket

    def _init_shared_socket(self) -> None:
        """Let the workers share the listener, as granian does with its own on some systems."""
        self._ssp = None
        # Its arguments are missing in granian's types.
        holder: Any = SocketHolder
        self._shd = holder(self.listener.fileno(), False, _BACKLOG)
        self._sso = self.listener
        self._sso.set_inheritable(True)


def main() -> None:
    """Serve until SIGTERM or SIGINT; what is being answered then has `--patience` seconds."""
    asked = _arguments()
    server = Server(
        "config.wsgi:application",
        address=asked.host,
        port=asked.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=asked.workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=_THREAD_REST,
        backlog=_BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=_PATIENCE, max_buffer_size=_HEAD),
        respawn_failed_workers=True,
        workers_kill_timeout=asked.patience,
    )
    server.listener = listening(asked.host, asked.port, asked.descriptor)
    server.serve()


def listening(host: str, port: int, descriptor: int | None = None) -> socket.socket:
    """Return the socket that listens at an address, or the one behind a descriptor.

    Raises OSError where the address is not to be had.
    """
    if descriptor is None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    else:
        listener = socket.socket(fileno=descriptor)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ATTENTIVE.items():
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return listener


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m config.serving", description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=8000)
    arguments.add_argument("--descriptor", type=int, help="of a socket that listens")
    arguments.add_argument("--workers", type=int, default=2, help="processes")
    arguments.add_argument("--patience", type=int, default=10, help="seconds to stop in")
    return arguments.parse_args()


if __name__ == "__main__":
    main()
