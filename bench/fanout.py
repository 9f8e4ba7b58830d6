"""How fast one shift goes to very many webhooks, beside posting to them one by one.

`python -m bench.fanout [--subscriptions 10000] [--plain 1000] [--senders 2] [--postgres]` stores
one shift with that many webhook subscriptions on a fresh database and prints how many statements
wrote the deliveries, at which rate so many processes sent them (a worker has two by default), the
rate of `requests.post` one by one to the same sink, and how much a sender's memory grew.
`--path slow` is a sink that answers after 20 ms, as one behind a network does. The plain posts
come in two halves, before and after, so that a load that changes meets both. The floor is one
process that does nothing but send bytes made before over connections that stay open, as many as
a sender has to one host: what is left when all else costs nothing.
"""

import argparse
import contextlib
import multiprocessing
import os
import selectors
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psutil
import requests

from bench import sinks


@dataclass(frozen=True, slots=True)
class _Share:
    """What one process sent: messages, from when to when, its CPU and how its memory grew."""

    sent: int
    began: float
    ended: float
    cpu: float
    grown: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=1_000, help="posts one by one")
    parser.add_argument("--senders", type=int, default=2, help="processes that send")
    parser.add_argument("--path", choices=["good", "slow"], default="good")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    port, sink = sinks.start(given.path)
    place = f"127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="stanceline-bench-") as home,
        installation(home, place, postgres=given.postgres),
    ):
        _measure(place, sink, given.subscriptions, given.plain, given.senders)
    sink.kill()


@contextlib.contextmanager
def installation(home: str, *places: str, postgres: bool) -> Iterator[None]:
    """Set up Django on a fresh database, from which webhooks may go to these places."""
    os.environ |= {
        "VAR_DIR": home,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "FETCH_ALLOW": ",".join(places),
        "FLOOD_EVENTS": "0",
        "LOG_LEVEL": "ERROR",
    }
    with contextlib.ExitStack() as stack:
        if postgres:
            from tests.servers.postgres import PostgresServer

            server = PostgresServer(durable=True)
            stack.callback(server.stop)
            os.environ["DATABASE_URL"] = server.start()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


def _measure(place: str, sink: BaseProcess, subscriptions: int, plain: int, senders: int) -> None:
    from django.conf import settings

    from tracker.models import Delivery

    inserts = one_shift([f"http://{place}/{number}" for number in range(subscriptions)])
    owed = Delivery.objects.count()
    body = Delivery.objects.values_list("body", flat=True)[0].encode()
    before = _one_by_one(place, body, plain // 2)
    sink_before = _cpu(sink)
    shares = _send(senders)
    sink_after = _cpu(sink)
    after = _one_by_one(place, body, plain - plain // 2)
    floor, floor_cpu = _floor(place, body, plain * 10, settings.SEND_PER_HOST)
    one_by_one = plain / (before + after)
    sent = sum(share.sent for share in shares)
    rate = sent / (max(one.ended for one in shares) - min(one.began for one in shares))
    cpu = sum(share.cpu for share in shares) / sent * 1000
    sink_cpu = (sink_after - sink_before) / sent * 1000
    assert not Delivery.objects.owed().exists()
    print(f"{owed} deliveries written by {inserts} INSERTs into their table")
    print(f"sent {sent} by {senders} processes at {rate:.0f} a second")
    print(f"CPU of a message: {cpu:.3f} ms at the sender, {sink_cpu:.3f} ms at the receiver")
    print(f"requests.post one by one: {one_by_one:.0f} a second; ratio {rate / one_by_one:.1f}")
    print(f"floor, one process: {floor:.0f} a second, {floor_cpu * 1000:.3f} ms of CPU each")
    print(f"memory of a sender grew by {max(one.grown for one in shares) / 1e6:.1f} MB at most")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _one_by_one(place: str, body: bytes, count: int) -> float:
    """Return the seconds that so many plain posts take."""
    began = time.perf_counter()
    for number in range(count):
        requests.post(f"http://{place}/{number}", data=body, timeout=20).raise_for_status()
    return time.perf_counter() - began


def _cpu(process: BaseProcess) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def _floor(place: str, body: bytes, count: int, connections: int) -> tuple[float, float]:
    """Return how many posts a second leave that are bytes made before, and the CPU of each."""
    host, port = place.split(":")
    message = (
        f"POST /floor HTTP/1.1\r\nHost: {place}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    ) + body
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        began, worked = time.perf_counter(), time.process_time()
        for _ in range(connections):
            peer = stack.enter_context(socket.create_connection((host, int(port))))
            selector.register(peer, selectors.EVENT_READ, peer)
            peer.send(message)
        asked, answered = connections, 0
        while answered < count:
            for key, _ in selector.select():
                assert key.data.recv(4096).startswith(b"HTTP/1.1 200")
                answered += 1
                if asked < count:
                    key.data.send(message)
                    asked += 1
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return count / seconds, cpu / count


def _send(processes: int) -> list[_Share]:
    """Send all that is owed by so many processes, which begin together."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes)
    pipes = [context.Pipe(duplex=False) for _ in range(processes)]
    children = [
        context.Process(target=_sender, args=(tell, start), daemon=True) for _, tell in pipes
    ]
    for child in children:
        child.start()
    return [told.recv() for told, _ in pipes]


def _sender(tell: Connection, start: "multiprocessing.synchronize.Barrier") -> None:
    import django

    django.setup()
    from django.utils import timezone

    from tracker import alerts
    from tracker.models import Delivery

    Delivery.objects.owed().exists()  # it is connected, as a worker at work is
    memory = psutil.Process().memory_info().rss
    start.wait()
    began, worked, sent = time.time(), time.process_time(), 0
    while Delivery.objects.owed().exists():
        sent += alerts.deliver_due(now=timezone.now())
    ended, cpu = time.time(), time.process_time() - worked
    tell.send(_Share(sent, began, ended, cpu, psutil.Process().memory_info().rss - memory))


def one_shift(addresses: list[str]) -> int:
    """Store a shift and owe it to these addresses; return how many INSERTs wrote the deliveries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.tracker import records
    from tracker import alerts, channels
    from tracker.models import Endpoint, Subscription

    records.known_people()
    endpoints = Endpoint.objects.bulk_create(
        Endpoint(
            channel="webhook",
            address=address,
            secret=channels.new_secret(),
            created_at=records.NOW,
        )
        for address in addresses
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
