"""What the API's hot reads cost beside raw SQL and orjson, in one run, at growing sizes.

`python -m bench.api` (SQLite) and `python -m bench.api --postgres`; `--sizes 10000,100000,1000000`.
Over HTTP: the server that `manage.py up` starts, one worker, asked by one client on loopback;
measured is the processor time of that worker and of PostgreSQL. By hand: the SQL and orjson in
this process, with PostgreSQL's time too; "inside" is the application alone, called in this process,
as a multiple of that. All take turns, and of all rounds the best counts (of
searches: the best of each word, then the 95th percentile over the words), so that other work on
the machine disturbs less. Beside them, where requirements-bench.txt is installed, the same
questions as Datasette, django-ninja and REST framework answer them, in each fifth round. The
counting of requests is off (API_RATE_READ=0).
"""

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import quantiles
from typing import Any

from bench.apis import inside, raw
from bench.apis.servers import Clock, Server, serving

Work = Callable[[], bytes]
Side = tuple[Clock, Work]  # who is asked, and whose processor time counts
ROUNDS = 30
WORDS = 10  # searches of each kind
_TURNS = 12  # of each of them
_OURS, _SELDOM = 3, 5  # sides that take their turn in every round; peers in each fifth


@dataclass(frozen=True)
class Case:
    """A read: over HTTP here, at the peers (the name of their path), and by hand."""

    name: str
    path: str
    peers: str
    raw: Work


def main() -> None:
    """Fill and measure, size by size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", action="store_true")
    arguments.add_argument("--sizes", default="10000,100000")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    asked = arguments.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    with _installation(postgres=asked.postgres) as database:
        from bench.records import fill

        before: dict[str, float] = {}
        done = 0
        for size in sizes:
            started = time.monotonic()
            fill(done, size)
            _tidy()
            done = size
            seconds = time.monotonic() - started
            kind = "PostgreSQL" if asked.postgres else "SQLite"
            print(f"\n{size:,} statements, {kind} (filled in {seconds:.0f} s)")
            with serving(database) as servers:
                _measure(size, asked.rounds, servers, before)


def _tidy() -> None:
    """Do what autovacuum does in an installation, and is switched off in the bench's server."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


@contextmanager
def _installation(*, postgres: bool) -> Iterator[str]:
    """Set up an installation of its own with an empty database; its address."""
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {
            "VAR_DIR": place,
            "API_RATE_READ": "0",
            "API_RATE_WRITE": "0",
            "LOG_LEVEL": "ERROR",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        os.environ["DATABASE_URL"] = f"sqlite:///{place}/stanceline.sqlite3"
        server: Any = None
        if postgres:
            from tests.servers.postgres import PostgresServer

            server = PostgresServer()
            os.environ["DATABASE_URL"] = server.start()
        try:
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield os.environ["DATABASE_URL"]
        finally:
            if server is not None:
                server.stop()


def _measure(size: int, rounds: int, servers: Sequence[Server], before: dict[str, float]) -> None:
    here, *peers = servers
    names = "".join(f"{peer.name:>11}" for peer in peers)
    heads = f"{'raw ms':>9}{'HTTP ms':>9}{'ratio':>7}{'inside':>8}{'growth':>8}"
    print(f"{'':34}{heads}{names}")
    for case in _cases(size):
        asked = _asked(size)
        works = _ours(here, case.path)
        for peer in peers:
            paths = [path.format(**asked) for path in peer.paths[case.peers]]
            works.append((peer.process, partial(peer.get, *paths)))
        ((by_hand, within, http, *others),) = _best_of_turns([_sides(case.raw, works)], rounds)
        _print(case.name, by_hand, within, http, before, others)
    _search(size, here, before)


def _ours(here: Server, path: str) -> list[tuple[int, Work]]:
    return [(os.getpid(), partial(inside.get, path)), (here.process, partial(here.get, path))]


def _sides(by_hand: Work, works: Sequence[tuple[int, Work]]) -> list[Side]:
    return [(Clock(process), work) for process, work in [(os.getpid(), by_hand), *works]]


def _best_of_turns(questions: Sequence[Sequence[Side]], rounds: int) -> list[list[float]]:
    """Return for each question the fewest seconds that each of its sides took in any round.

    All questions have a turn in each round: what disturbs the machine for a second or two then
    disturbs a round, not all of what is known about one of them.
    """
    best = [[math.inf] * len(sides) for sides in questions]
    for _, work in (side for sides in questions for side in sides):
        assert len(work()) > 40
        work()
    for number in range(rounds):
        for sides, fewest in zip(questions, best, strict=True):
            for place, (clock, work) in enumerate(sides):
                if place < _OURS or number % _SELDOM == 0:
                    fewest[place] = min(fewest[place], clock.of(work))
    return best


def _search(size: int, here: Server, before: dict[str, float]) -> None:
    """Measure searches for words of three kinds: the ratio is that of the 95th percentiles."""
    from bench.records import COMMON, MIDDLING, RARE, words_of

    common, middling = COMMON, [words_of(n * 3)[1] for n in range(WORDS)]
    fewer = COMMON[:4], middling[:4]  # with filters: some look through all that holds the word
    rare = [words_of(n * 7)[2] for n in range(WORDS)]
    kinds: list[tuple[str, Sequence[str], dict[str, Any]]] = [
        (f"one in 10 ({size // 10:,})", common, {}),
        (f"one in {MIDDLING}", middling, {}),
        (f"one in {RARE:,}", rare, {}),
        ("one in 10, an actor's", fewer[0], {"actor": 3}),
        (f"one in {MIDDLING}, an actor's", fewer[1], {"actor": 3}),
        ("one in 10, up to a day", fewer[0], {"until": _UNTIL}),
        (f"one in {MIDDLING}, up to a day", fewer[1], {"until": _UNTIL}),
    ]
    for name, words, filters in kinds:
        questions = []
        for word in words:
            works = _ours(here, f"/api/v1/search?q={word}{_narrowed(filters)}")
            by_word = partial(raw.search, word, few=word not in COMMON, **filters)
            questions.append(_sides(by_word, works))
        times = zip(*_best_of_turns(questions, _TURNS), strict=True)
        by_hand, within, http = (quantiles(spent, n=20)[18] for spent in times)
        _print(f"search, {name}", by_hand, within, http, before)


def _narrowed(filters: dict[str, Any]) -> str:
    named = {"actor": "&actor=actor-{}", "until": "&until={}"}
    asked = {"actor": filters.get("actor", 1) - 1, "until": filters.get("until")}
    return "".join(named[name].format(asked[name]) for name in filters)


def _print(
    name: str,
    by_hand: float,
    within: float,
    http: float,
    before: dict[str, float],
    others: Sequence[float] = (),
) -> None:
    first = before.setdefault(name.partition("(")[0], http)
    peers = "".join(f"{other / by_hand:11.1f}" for other in others)
    print(
        f"{name:34}{1000 * by_hand:9.2f}{1000 * http:9.2f}{http / by_hand:7.1f}"
        f"{within / by_hand:8.1f}{http / first:8.1f}{peers}",
        flush=True,
    )


_UNTIL = "2006-06-30"


def _asked(size: int) -> dict[str, Any]:
    """Return what the cases ask for, by the names in the paths of peers."""
    from bench.records import A_STANCE, TOPICS

    stance = size // A_STANCE // 2
    actor, topic = stance // TOPICS, stance % TOPICS
    return {
        "actor": f"actor-{actor}",
        "topic": f"topic-{topic}",
        "number": actor + 1,
        "stance": stance + 1,
        "until": _UNTIL,
        "before": size // 2,
    }


def _cases(size: int) -> list[Case]:
    asked = _asked(size)
    actor, topic, number = asked["actor"], asked["topic"], asked["number"]
    return [
        Case(
            "history of one stance",
            f"/api/v1/stances/{actor}/{topic}/history",
            "history",
            partial(raw.history, asked["stance"], number),
        ),
        Case(
            "positions as of a day",
            f"/api/v1/position?actor={actor}&said_until={_UNTIL}",
            "position",
            partial(raw.positions, number, _UNTIL),
        ),
        Case("latest shifts (50)", "/api/v1/shifts", "shifts", raw.shifts),
        Case(
            "a page of statements (50)",
            _deep(asked["before"]),
            "page",
            partial(raw.statements, asked["before"]),
        ),
    ]


def _deep(before: int) -> str:
    """Return the address of a page in the middle of the list."""
    from django.test import RequestFactory
    from rest_framework.request import Request

    from api import pagination

    asked = Request(RequestFactory().get("/api/v1/statements", headers={"Host": "127.0.0.1"}))
    return pagination.following(asked, 50, before).partition("127.0.0.1")[2]


if __name__ == "__main__":
    main()
