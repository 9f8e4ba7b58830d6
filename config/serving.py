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


class Server(MPServer):
    """Granian on an address or, where `descriptor` is set, on a socket that already listens."""

    descriptor: int | None = None

    def _init_shared_socket(self) -> None:
        """Listen; with a descriptor, as granian does where its workers share one socket."""
        if self.descriptor is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]  # granian's
            return
        self._ssp = None
        # Its arguments are missing in granian's types.
        holder: Any = SocketHolder
        self._shd = holder(self.descriptor, False, _BACKLOG)
        self._sso = socket.socket(fileno=self.descriptor)
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
    server.descriptor = asked.descriptor
    server.serve()


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
