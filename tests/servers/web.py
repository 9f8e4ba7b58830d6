"""The web server that `manage.py up` starts, on the database of the tests."""

import http.client
import os
import socket
from pathlib import Path

import psutil

from tests.servers.ports import wait_until
from tests.servers.watching import guardian
from tracker.running import processes

_START = 90.0  # seconds within which a busy machine has it up


class WebServer:
    """Granian with its workers, from `start` until `stop`; it reads what was committed.

    What it writes to its log is in `log`.
    """

    def __init__(self, home: Path, *, database: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "web.log"
        self._process = processes.web(listener=self._listener.fileno(), log=self.log)
        self._process.environment = {"DATABASE_URL": database}

    def start(self) -> None:
        """Start it and return when it answers."""
        self._group = self._process.start()
        guardian().watch(self._group)
        self._listener.close()
        wait_until(self._is_up, seconds=_START, why=f"no web server: {self._process.last_words()}")

    def stop(self) -> None:
        """End it and its workers."""
        self._process.stop()
        guardian().forget(self._group)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        found: list[psutil.Process] = psutil.Process(self._group).children()
        return found

    def _is_up(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def database_url(name: str) -> str:
    """Return the DATABASE_URL of the database of this name, on the server of the tests if any."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return f"{given.rpartition('/')[0]}/{name}"
    return f"sqlite:///{name}"
