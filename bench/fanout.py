"""How fast one shift goes to very many webhooks, beside posting to them one by one.

`python -m bench.fanout [--subscriptions 10000] [--plain 1000]` stores one shift with that many
webhook subscriptions on a fresh SQLite database (or on DATABASE_URL) and prints how many
statements wrote the deliveries, at which rate they were sent, the rate of plain posts one after
the other to the same sink (a process of its own), and how much the memory grew. `--path /slow`
is a sink that answers after 20 ms, as one behind a network does.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
import urllib.request
from http.server import BaseHTTPRequestHandler
from multiprocessing.connection import Connection

import psutil

from tests.servers.listeners import CrowdedServer


class _Sink(BaseHTTPRequestHandler):
    """Answers 200 to every post; under /slow after 20 ms, as over a network."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.path.startswith("/slow"):
            time.sleep(0.02)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        pass


def _serve(tell: Connection) -> None:
    server = CrowdedServer(("127.0.0.1", 0), _Sink)
    tell.send(server.server_address[1])
    server.serve_forever()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=1_000, help="posts one by one")
    parser.add_argument("--path", default="/", help="/slow: a sink that takes 20 ms")
    given = parser.parse_args()
    told, tell = multiprocessing.Pipe(duplex=False)
    sink = multiprocessing.get_context("spawn").Process(target=_serve, args=(tell,), daemon=True)
    sink.start()
    place = f"127.0.0.1:{told.recv()}"
    with tempfile.TemporaryDirectory(prefix="stanceline-bench-") as home:
        _prepare(home, place)
        _measure(place + given.path.rstrip("/"), given.subscriptions, given.plain)
    sink.kill()


def _prepare(home: str, place: str) -> None:
    os.environ |= {
        "VAR_DIR": home,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "FETCH_ALLOW": place,
        "FLOOD_EVENTS": "0",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _measure(place: str, subscriptions: int, plain: int) -> None:
    from django.utils import timezone

    from tracker import alerts
    from tracker.models import Delivery

    inserts = _one_shift(place, subscriptions)
    owed = Delivery.objects.count()
    body = Delivery.objects.values_list("body", flat=True)[0].encode()
    before = psutil.Process().memory_info().rss
    began, worked = time.perf_counter(), time.process_time()
    sent = 0
    while Delivery.objects.owed().exists():
        sent += alerts.deliver_due(now=timezone.now())
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    grown = psutil.Process().memory_info().rss - before
    began = time.perf_counter()
    for _ in range(plain):
        with urllib.request.urlopen(f"http://{place}/", body):
            pass
    one_by_one = plain / (time.perf_counter() - began)
    rate = sent / seconds
    print(f"{owed} deliveries written by {inserts} INSERTs into their table")
    print(f"sent {sent} at {rate:.0f} a second ({cpu / sent * 1000:.2f} ms of CPU each)")
    print(f"plain posts one by one: {one_by_one:.0f} a second; ratio {rate / one_by_one:.2f}")
    print(f"memory grew by {grown / 1e6:.1f} MB while sending")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _one_shift(place: str, subscriptions: int) -> int:
    """Store a shift and owe it to everybody; return how many INSERTs wrote the deliveries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.tracker import records
    from tracker import alerts
    from tracker.models import Endpoint, Subscription

    records.known_people()
    endpoints = Endpoint.objects.bulk_create(
        Endpoint(
            channel="webhook",
            address=f"http://{place}/{number}",
            secret="whsec_c2VjcmV0IG9mIHRoZSBiZW5jaG1hcmssIG5vdCBvZiBhbnlvbmU=",  # noqa: S106 - no one's
            created_at=records.NOW,
        )
        for number in range(subscriptions)
    )
    Subscription.objects.bulk_create(
        Subscription(endpoint=endpoint, created_at=records.NOW, confirmed_at=records.NOW)
        for endpoint in endpoints
    )
    records.state(
        records.row(records.READY, "2023-05-24"), records.row(records.NOT_READY, "2024-05-24")
    )
    with CaptureQueriesContext(connection) as queries:
        alerts.owe(records.settle(), now=records.NOW)
    return sum('INTO "tracker_delivery"' in query["sql"][:60] for query in queries)


if __name__ == "__main__":
    main()
