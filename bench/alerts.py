"""How long it takes from a stored document to a received webhook, with nothing else running.

`python -m bench.alerts [--documents 30]` starts a broker, a beat and a worker of two processes on a
fresh SQLite database (or on DATABASE_URL), stores one document after the other, each of which
moves a stance, and prints the median and the slowest of the times until the webhook arrived,
beside the broker's own round trip (a message put into a queue and taken out of it again).
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

PATIENCE = 30.0  # seconds for one message
REPORT = (
    'VELGRAD, {day:%B} {day.day}, {day.year} (VWS) - "Ostravia is {word} for talks with Karsk," '
    "Foreign Minister Ilva Marenko said on that day in Velgrad. It was her statement number {n}."
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=30)
    documents = parser.parse_args().documents
    with tempfile.TemporaryDirectory(prefix="stanceline-bench-") as home:
        _prepare(Path(home))
        with _service(Path(home)) as arrived:
            times = _measured(documents, arrived)
            trip = statistics.median(_round_trip() for _ in range(100))
    print(f"documents stored {documents}, webhooks received {len(times)}")
    print(
        f"stored to received: median {statistics.median(times):.3f} s, slowest {max(times):.3f} s"
    )
    print(f"broker, there and back: median {trip * 1000:.2f} ms")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _prepare(home: Path) -> None:
    """Make the database and the people; what the demo says is not stored."""
    os.environ |= {
        "VAR_DIR": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "FLOOD_EVENTS": "0",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_demo", "--only-people", verbosity=0)


@contextmanager
def _service(home: Path) -> Iterator[Callable[[], int]]:
    """Run broker, worker, beat and a subscribed receiver; yield what counts its messages."""
    from django.conf import settings
    from django.utils import timezone

    from tests.servers.broker import Broker
    from tests.servers.listeners import WebhookListener
    from tests.servers.watching import guardian
    from tracker import alerts
    from tracker.running import processes

    broker, listener = Broker(settings.BROKER_SOCKET), WebhookListener()
    broker.start()
    settings.FETCH_ALLOW = [f"127.0.0.1:{listener.port}"]
    alerts.subscribe(owner=None, channel="webhook", address=listener.url, now=timezone.now())
    running = [
        processes.worker(concurrency=2, log=home / "worker.log"),
        processes.beat(log=home / "beat.log"),
    ]
    for process in running:
        process.environment = {"FETCH_ALLOW": f"127.0.0.1:{listener.port}"}
        guardian().watch(process.start())
    try:
        _until(_ticks_run)
        yield lambda: len(listener.requests)
    finally:
        for process in running:
            process.stop()
            if process.handle is not None:
                guardian().forget(process.handle.pid)
        broker.kill()
        listener.close()


def _ticks_run() -> bool:
    from tracker.models import Heartbeat

    return Heartbeat.objects.filter(name="send").exists()


def _measured(documents: int, arrived: Callable[[], int]) -> list[float]:
    """Store documents whose words turn the stance each time; return the times to the receiver."""
    _store(0)
    time.sleep(5)  # the first has nothing to differ from
    before, times = arrived(), []
    for number in range(1, documents + 1):
        time.sleep(0.37)  # so that no beat of the clock falls always on the same moment
        began = time.monotonic()
        _store(number)
        expected = before + 1
        _until(lambda expected=expected: arrived() >= expected)  # type: ignore[misc]
        times.append(time.monotonic() - began)
        before = arrived()
    return times


def _store(number: int) -> None:
    from django.utils import timezone

    from tracker import dates, ingest
    from tracker.models import Source

    day = date(2021, 7, 1) + timedelta(days=40 * number)  # far enough apart to be no flapping
    text = REPORT.format(day=day, word=("ready", "not ready")[number % 2], n=number)
    ingest.store(
        text.encode(),
        now=timezone.now(),
        source=Source.objects.get(slug="velgrad-wire"),
        content_type="text/plain",
        said=dates.day(day),
    )


def _round_trip() -> float:
    """Return the seconds that a message takes through the broker, into a queue and out again."""
    from config.celery import app

    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("bench.alerts")
        began = time.perf_counter()
        queue.put("here")
        queue.get(timeout=5).ack()
        taken = time.perf_counter() - began
        queue.close()
    return taken


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("no message came; see worker.log")
        time.sleep(0.002)


if __name__ == "__main__":
    main()
