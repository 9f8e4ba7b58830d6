"""Loopback ports, and waiting for whatever listens behind them."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(what: Callable[[], object], *, seconds: float, why: str) -> None:
    """Return as soon as `what()` is true. Raises TimeoutError with `why` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s: {why}")
        time.sleep(0.05)
