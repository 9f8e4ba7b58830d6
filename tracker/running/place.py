"""The place of one running service: its lock, its port, the directory of its broker's socket."""

import errno
import os
import socket
import stat
import sys
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


class PlaceError(Exception):
    """The service cannot start here; the message says why and what to do."""


def claim(lock: Path) -> IO[str]:
    """Lock `lock` for this process, note its id in it, and return the file: keep it open.

    The lock ends with the process, however it ends: nothing stale can be left. Raises
    PlaceError where another process holds it.
    """
    if sys.platform == "win32":
        raise PlaceError(
            "`up` needs Unix: on Windows use WSL or Docker Compose (docs/operations.md)"
        )
    lock.parent.mkdir(parents=True, exist_ok=True)
    file = lock.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise PlaceError(
            f"Stanceline already runs from {lock.parent.parent}: {holder}. "
            "Stop it with Ctrl-C, or set VAR_DIR to another directory"
        ) from error
    file.truncate(0)
    file.write(f"process {os.getpid()}")
    file.flush()
    return file


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on host and port (0: a free one). Raises PlaceError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address, family=family, backlog=512)
    except socket.gaierror as error:
        raise PlaceError(f"'{host}' is no address of this machine: {error.strerror}") from error
    except OSError as error:
        raise PlaceError(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is busy: stop what uses it, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the administrator: choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def private_directory(path: Path) -> None:
    """Make a directory that only this user can enter. Raises PlaceError if it is another's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PlaceError(f"{path} belongs to somebody else: remove it, or set VAR_DIR or TMPDIR")
    path.chmod(0o700)
