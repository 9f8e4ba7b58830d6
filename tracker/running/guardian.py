"""Outlives a supervisor that is killed, and ends the processes that it left behind.

Run as a script. Each line of standard input is a process group: `+123` started, `-123`
ended. The end of input means that the supervisor is gone; what is still on the list gets
SIGTERM, and SIGKILL after `PATIENCE` seconds. Without it, a killed supervisor would leave a
port and a broker's socket in use.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE = 6.0


def watch() -> None:
    """Keep the list until the input ends, then end what is left on it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, None] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            groups[int(line[1:])] = None
        else:
            groups.pop(int(line[1:]), None)
    if groups:
        _end(list(groups))


def _end(groups: list[int]) -> None:
    for group in groups:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_signal(group, 0) for group in groups):
        time.sleep(0.1)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    watch()
