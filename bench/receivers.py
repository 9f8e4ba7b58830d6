"""How much later good receivers are served for the bad ones among them.

`python -m bench.receivers [--good 1000] [--bad 50] [--rounds 5] [--postgres]` owes one shift to so
many good receivers, and to bad ones among them that hang, answer 500, close the connection, answer
100 MB, or redirect to a metadata address (real listeners, a process for each sort). For each sort
it prints how long it took until the last good one was served, without and with the bad ones: the
medians of rounds that take turns, and their ratio (bar: 1.1).
"""

import argparse
import os
import statistics
import tempfile
import time

from bench import sinks
from bench.fanout import installation, one_shift

BAD = ["hangs", "answers 500", "closes", "answers 100 MB", "redirects to metadata"]
LANDED = 60.0  # seconds after which what is in the air has come down


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--good", type=int, default=1_000)
    parser.add_argument("--bad", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    started = {sort: sinks.start(sort) for sort in ("good", *BAD)}
    places = {sort: f"127.0.0.1:{port}" for sort, (port, _) in started.items()}
    with (
        tempfile.TemporaryDirectory(prefix="stanceline-bench-") as home,
        installation(home, *places.values(), postgres=given.postgres),
    ):
        one_shift(_addresses(places, given.good, given.bad))
        for sort in BAD:
            _compare(sort, places, given.rounds)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for _, process in started.values():
        process.kill()


def _addresses(places: dict[str, str], good: int, bad: int) -> list[str]:
    """Return all addresses, the bad ones of each sort evenly among the good."""
    every = max(1, good // bad)
    found: list[str] = []
    for number in range(good):
        found.append(f"http://{places['good']}/{number}")
        if number % every == 0 and number // every < bad:
            found += [f"http://{places[sort]}/{number}" for sort in BAD]
    return found


def _compare(sort: str, places: dict[str, str], rounds: int) -> None:
    without, beside = [], []
    for _ in range(rounds):
        without.append(_seconds(places["good"]))
        beside.append(_seconds(places["good"], places[sort]))
    ratio = statistics.median(beside) / statistics.median(without)
    paired = statistics.median(b / a for a, b in zip(without, beside, strict=True))
    print(
        f"{sort}: {statistics.median(without):.2f} s without, {statistics.median(beside):.2f} s "
        f"with; ratio {ratio:.2f} (median of the rounds' own {paired:.2f})",
        flush=True,
    )


def _seconds(*places: str) -> float:
    """Owe the shift to these places anew, and return after how long the first was served whole."""
    from django.db.models import Q
    from django.utils import timezone

    from tracker import alerts
    from tracker.alerts.sending import Process
    from tracker.models import Delivery, Endpoint

    asked = Q()
    for place in places:
        asked |= Q(endpoint__address__startswith=f"http://{place}/")
    good = Delivery.objects.filter(endpoint__address__startswith=f"http://{places[0]}/")
    Endpoint.objects.update(failures=0, failing_since=None, disabled_at=None)
    Delivery.objects.owed().update(sent_at=timezone.now(), lease_until=None)
    Delivery.objects.filter(asked).replay(timezone.now())
    Process.air.answered.clear()  # as a process that knows none of them
    began = time.perf_counter()
    while good.owed().exists():
        alerts.deliver_due(now=timezone.now(), linger=False)
    last = good.order_by("-sent_at").values_list("sent_at", flat=True)[0]
    assert last is not None
    seconds = time.perf_counter() - began - (timezone.now() - last).total_seconds()
    until = time.monotonic() + LANDED
    while Process.air.sendings and time.monotonic() < until:
        time.sleep(0.1)
    return seconds


if __name__ == "__main__":
    main()
