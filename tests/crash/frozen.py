"""Freezes Redis for longer than any timeout: what requests, the alarm and the workers do.

    python -m tests.crash.frozen [--seconds 45] [--late 25]

Prints the longest request while it stands still, when `/health/ready` said so, and how long after
the thaw everything that came in meanwhile was read and the service called itself ready again.
`--late` is the service's TICK_LATE_SECONDS. The exit code is 1 where a request took more than 3 s,
the alarm more than five seconds longer than that (30 s with the default), or where the workers
did not go on by themselves within 30 s.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.crash.load import Said, statements
from tests.crash.place import Place
from tests.crash.receiver import Receiver
from tests.crash.run import Size, environment, people_and_key

LONGEST_REQUEST, NOTICED, RECOVERY = 3.0, 5.0, 30.0  # seconds
LATE = 25
STARTING = 90.0  # seconds until everything runs
SIZE = Size(statements=400, subscriptions=4, blows=0)


@dataclass
class Figures:
    """Seconds; `alarm` and `recovery` are infinite where they never came."""

    late: int = LATE
    requests: int = 0
    refused: int = 0
    longest_request: float = 0.0
    alarm: float = float("inf")
    recovery: float = float("inf")

    @property
    def are_sound(self) -> bool:
        """Say whether what was promised was kept."""
        return (
            not self.refused
            and self.longest_request <= LONGEST_REQUEST
            and self.alarm <= self.late + NOTICED
            and self.recovery <= RECOVERY
        )

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.refused} refused, longest "
            f"{self.longest_request:.2f} s; alarm after {self.alarm:.1f} s; all read and ready "
            f"{self.recovery:.1f} s after the thaw"
        )


class Visitor:
    """Asks the web process, and notes how long each answer took."""

    def __init__(self, port: int, key: str, figures: Figures) -> None:
        self._base, self._key = f"http://127.0.0.1:{port}", key
        self.figures = figures

    def look(self, path: str) -> None:
        """Ask for a page."""
        self._timed(urllib.request.Request(f"{self._base}{path}"))

    def hand_in(self, one: Said) -> None:
        """Post a document."""
        body = {"text": one.report, "source": "wire", "said": one.day.isoformat()}
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        address = f"{self._base}/api/v1/documents"
        self._timed(urllib.request.Request(address, json.dumps(body).encode(), headers))

    def _timed(self, request: urllib.request.Request) -> None:
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
        except OSError as error:
            self.figures.refused += 1
            print(f"{request.full_url}: {error}", flush=True)  # noqa: T201 - as below
        self.figures.requests += 1
        took = time.monotonic() - began
        self.figures.longest_request = max(self.figures.longest_request, took)

    def is_ready(self) -> bool:
        """Say what `/health/ready` answers."""
        try:
            with urllib.request.urlopen(f"{self._base}/health/ready", timeout=60):
                return True
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            return False
        except OSError:
            return False  # it is starting


def _seconds_until(done: Callable[[], bool], patience: float) -> float:
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if done():
            return time.monotonic() - began
        time.sleep(0.25)
    return float("inf")


def _all_is_read() -> bool:
    from tracker.models import Document

    return not Document.objects.filter(read_at=None).exists()


def _freeze(place: Place, visitor: Visitor, seconds: float) -> None:
    """Let Redis stand still so long, with visitors all the while."""
    place.broker.freeze()
    began = time.monotonic()
    for one in statements(SIZE.statements, SIZE.actors, seed=1):
        if time.monotonic() - began > seconds:
            return
        visitor.hand_in(one)
        visitor.look("/api/v1/shifts")
        visitor.look("/api/v1/stances")
        if visitor.figures.alarm == float("inf") and not visitor.is_ready():
            visitor.figures.alarm = time.monotonic() - began
        time.sleep(0.3)


def run(seconds: float, *, late: int) -> Figures:
    """Freeze Redis once and return what came of it."""
    receiver = Receiver(1)
    with tempfile.TemporaryDirectory(prefix="stanceline-crash-") as home:
        place = Place(Path(home), application="config")
        try:
            place.prepare()
            environment(receiver)
            # Counted, since counting is what asks Redis in a request.
            os.environ.update(API_RATE_READ="100000/60", API_RATE_WRITE="100000/60")
            os.environ["TICK_LATE_SECONDS"] = str(late)
            key, _ = people_and_key(SIZE, receiver)
            place.start()
            place.start_workers()
            visitor = Visitor(place.port, key, Figures(late))
            if _seconds_until(visitor.is_ready, STARTING) == float("inf"):
                raise RuntimeError("the service never became ready")
            _freeze(place, visitor, seconds)
            place.broker.thaw()
            done = _seconds_until(lambda: _all_is_read() and visitor.is_ready(), 3 * RECOVERY)
            visitor.figures.recovery = done
            return visitor.figures
        finally:
            place.stop()
            receiver.close()


def main() -> int:
    """Make the run and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--late", type=int, default=LATE)
    given = parser.parse_args()
    figures = run(given.seconds, late=given.late)
    print(figures, flush=True)  # noqa: T201 - a command says what it found
    return 0 if figures.are_sound else 1


if __name__ == "__main__":
    sys.exit(main())
