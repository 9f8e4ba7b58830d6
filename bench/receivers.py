"""How much later good receivers are served for the bad ones among them.

`python -m bench.receivers [--good 1000] [--bad 50] [--rounds 5] [--path slow] [--postgres]` owes
one shift to so many good receivers, and to bad ones among them that hang, answer 500, close the
connection, answer 100 MB, or redirect to a metadata address (real listeners, a process for each
sort). The good ones answer after 20 ms, as one behind a network does; `--path good` at once. For
each sort it prints how long it took until the last good one was served, without and with the bad
ones, and the median of the ratios of neighbours: each round with them beside the mean of those
before and after it without (bar: 1.1). Beside it the same of the processor's time.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from typing import TYPE_CHECKING

from bench import sinks
from bench.fanout import installation, one_shift

if TYPE_CHECKING:
    from tracker.models.alerts import DeliveryQuerySet

BAD = ["hangs", "answers 500", "closes", "answers 100 MB", "redirects to metadata"]
LANDED = 60.0  # seconds after which what is in the air has come down


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--good", type=int, default=1_000)
    parser.add_argument("--bad", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--path", choices=["good", "slow"], default="slow")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    started = {sort: sinks.start(sort) for sort in (given.path, *BAD)}
    places = {sort: f"127.0.0.1:{port}" for sort, (port, _) in started.items()}
    places["good"] = places[given.path]
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
    without, beside = [_round(places["good"])], []
    for _ in range(rounds):
        beside.append(_round(places["good"], places[sort]))
        without.append(_round(places["good"]))
    seconds, cpu = (
        _ratio([one[at] for one in beside], [one[at] for one in without]) for at in (0, 1)
    )
    print(
        f"{sort}: {statistics.median(one[0] for one in without):.2f} s without, "
        f"{statistics.median(one[0] for one in beside):.2f} s with; ratio {seconds:.2f} "
        f"(of the CPU {cpu:.2f})",
        flush=True,
    )


def _ratio(beside: list[float], without: list[float]) -> float:
    neighbours = [(one + other) / 2 for one, other in itertools.pairwise(without)]
    return statistics.median(b / a for b, a in zip(beside, neighbours, strict=True))


def _round(*places: str) -> tuple[float, float]:
    """Owe the shift to these places anew, and serve the first of them whole.

    Returns the seconds until the last of it was served, and the CPU's meanwhile.
    """
    from django.utils import timezone

    from tracker import alerts
    from tracker.alerts.sending import Process

    good = _owe(*places)
    Process.air.answered.clear()  # as a process that knows none of them
    began, worked = time.perf_counter(), time.process_time()
    while good.owed().exists():
        alerts.deliver_due(now=timezone.now(), linger=False)
    cpu = time.process_time() - worked
    last = good.order_by("-sent_at").values_list("sent_at", flat=True)[0]
    assert last is not None
    seconds = time.perf_counter() - began - (timezone.now() - last).total_seconds()
    until = time.monotonic() + LANDED
    while Process.air.sendings and time.monotonic() < until:
        time.sleep(0.05)
    return seconds, cpu


def _owe(*places: str) -> "DeliveryQuerySet":
    """Owe the shift to these places, and nothing to others; return what goes to the first."""
    from django.db.models import Q
    from django.utils import timezone

    from tracker.models import Delivery, Endpoint

    asked = Q()
    for place in places:
        asked |= Q(endpoint__address__startswith=f"http://{place}/")
    Endpoint.objects.update(failures=0, failing_since=None, disabled_at=None)
    Delivery.objects.owed().update(sent_at=timezone.now(), lease_until=None)
    Delivery.objects.filter(asked).replay(timezone.now())
    return Delivery.objects.filter(endpoint__address__startswith=f"http://{places[0]}/")


if __name__ == "__main__":
    main()
