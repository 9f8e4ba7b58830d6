"""What the API's hot reads cost beside raw SQL and orjson, in one run, at growing sizes.

`python -m bench.api` (SQLite) and `python -m bench.api --postgres`; `--sizes 10000,100000,1000000`.
Both sides run in this process, in turns; measured is processor time, PostgreSQL's own included, the
best of all rounds (of searches: the best of each word, then the 95th percentile over the words), so
that other work on the machine disturbs less.
An HTTP read goes through the whole application from WSGI's environ to the bytes of the body
(middleware, views), without sockets; the counting of requests is off (API_RATE_READ=0).
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson
import psutil

Work = Callable[[], bytes]
ROUNDS = 60
WORDS = 40  # searches of each kind
_TURNS = 5  # of each of them


@dataclass(frozen=True)
class Case:
    """A read: over HTTP, and by hand."""

    name: str
    path: str
    raw: Work


class Clock:
    """Processor time of this process and of the database's, in seconds."""

    def __init__(self) -> None:
        from django.db import connection

        self.server: psutil.Process | None = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.server = psutil.Process(cursor.fetchone()[0])

    def __call__(self) -> float:
        own = time.process_time()
        return own + _ran(self.server.pid) if self.server else own


def _ran(pid: int) -> float:
    """Return the seconds that a process ran, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main() -> None:
    """Fill and measure, size by size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", action="store_true")
    arguments.add_argument("--sizes", default="10000,100000")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    asked = arguments.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    with _installation(postgres=asked.postgres):
        from django.db import connection

        from bench.records import fill

        # A connection that is opened anew in the middle would be another process to watch.
        connection.settings_dict["CONN_MAX_AGE"] = None
        connection.close()  # its end was set when it was opened
        before: dict[str, float] = {}
        done = 0
        for size in sizes:
            fill(done, size)
            done = size
            print(f"\n{size:,} statements, {'PostgreSQL' if asked.postgres else 'SQLite'}")
            _measure(size, asked.rounds, before)


@contextmanager
def _installation(*, postgres: bool) -> Iterator[None]:
    """Set up an installation of its own with an empty database."""
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {
            "VAR_DIR": place,
            "API_RATE_READ": "0",
            "API_RATE_WRITE": "0",
            "LOG_LEVEL": "ERROR",
            "ALLOWED_HOSTS": "bench",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        os.environ.pop("DATABASE_URL", None)
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
            yield
        finally:
            if server is not None:
                server.stop()


def _measure(size: int, rounds: int, before: dict[str, float]) -> None:
    from django.core.handlers.wsgi import WSGIHandler

    application, clock = WSGIHandler(), Clock()
    print(f"{'':34}{'raw ms':>9}{'HTTP ms':>9}{'ratio':>7}{'growth':>8}")
    for case in _cases(size):
        raw, http = _in_turns([case.raw, partial(request, application, case.path)], rounds, clock)
        _print(case.name, min(raw), min(http), before)
    _search(size, application, clock, before)


def _in_turns(works: Sequence[Work], rounds: int, clock: Clock) -> list[list[float]]:
    for work in works:
        assert len(work()) > 40
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, spent in zip(works, times, strict=True):
            started = clock()
            work()
            spent.append(clock() - started)
    return times


def request(application: Any, path: str) -> bytes:
    """GET through the application; return the body of the answer, which has to be a 200."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "bench",
        "SERVER_PORT": "80",
        "HTTP_HOST": "bench",
        "HTTP_ACCEPT": "*/*",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    seen: list[str] = []
    response = application(environ, lambda status, headers: seen.append(status))
    body = b"".join(response)
    # As a server does, but without closing the database's connection.
    assert seen[0].startswith("200"), (seen, body[:500])
    return body


def _search(size: int, application: Any, clock: Clock, before: dict[str, float]) -> None:
    """Measure searches for words of three kinds: the ratio is that of the 95th percentiles."""
    from bench.records import MIDDLING, RARE, words_of

    kinds = {
        f"search, one in 10 ({size // 10:,})": [words_of(n)[0] for n in range(10)] * 4,
        f"search, one in {MIDDLING}": [words_of(n * 3)[1] for n in range(WORDS)],
        f"search, one in {RARE:,}": [words_of(n * 7)[2] for n in range(WORDS)],
    }
    for name, words in kinds.items():
        raw, http = [], []
        for word in words:
            works = [partial(_raw_search, word), partial(request, application, _SEARCH + word)]
            spent = _in_turns(works, _TURNS, clock)
            raw.append(min(spent[0]))
            http.append(min(spent[1]))
        late = [quantiles(times, n=20)[18] for times in (raw, http)]
        _print(f"{name}, p95", late[0], late[1], before)


def _print(name: str, raw: float, http: float, before: dict[str, float]) -> None:
    first = before.setdefault(name.partition("(")[0], http)
    print(
        f"{name:34}{1000 * raw:9.2f}{1000 * http:9.2f}{http / raw:7.1f}{http / first:8.1f}",
        flush=True,
    )


_SEARCH = "/api/v1/search?q="
_STATEMENT = """
  SELECT s.id, s.document_id, d.title, a.slug AS actor_slug, a.name AS actor_name,
    t.slug AS topic_slug, t.name AS topic_name, s.said_edtf, s.said_earliest, s.said_latest,
    s.said_basis, s.start, s."end", s.exact, s.prefix, s.suffix, s.attributed_as, s.cue,
    s.attribution, s.fidelity, s.chain, s.terms, s.score, s.confidence, s.credibility,
    s.recorded_at, s.retracted_at, s.retracted_because, s.replaced_by_id
  FROM tracker_statement s JOIN tracker_document d ON d.id = s.document_id
    JOIN tracker_actor a ON a.id = s.actor_id LEFT JOIN tracker_topic t ON t.id = s.topic_id
"""
_SIDE = """{s}.id AS {s}, {s}.said_edtf AS {s}_edtf, {s}.said_earliest AS {s}_earliest,
    {s}.said_latest AS {s}_latest, {s}.said_basis AS {s}_basis,
    {s}s.id AS {s}_statement, {s}s.exact AS {s}_text"""
_SHIFTS = f"""
  SELECT x.id, x.direction, x.status, x.score, x.materiality, x.confidence, x.grade, x.reasons,
    x.evidence, x.detector_version, x.recorded_at, x.withdrawn_at, x.withdrawn_because,
    x.replaced_by_id, a.slug AS actor_slug, a.name AS actor_name, t.slug AS topic_slug,
    t.name AS topic_name, {_SIDE.format(s="o")}, {_SIDE.format(s="n")}
  FROM tracker_shift x JOIN tracker_stance st ON st.id = x.stance_id
    JOIN tracker_actor a ON a.id = st.actor_id JOIN tracker_topic t ON t.id = st.topic_id
    JOIN tracker_utterance o ON o.id = x.older_id JOIN tracker_utterance n ON n.id = x.newer_id
    JOIN tracker_statement os ON os.id = x.older_statement_id
    JOIN tracker_statement ns ON ns.id = x.newer_statement_id
"""  # noqa: S608 - names of ours


def _cases(size: int) -> list[Case]:
    from bench.records import A_STANCE, TOPICS

    stances = size // A_STANCE
    stance = stances // 2
    actor, topic = stance // TOPICS, stance % TOPICS
    standing = "x.status IN ('provisional', 'confirmed')"
    history = f"/api/v1/stances/actor-{actor}/topic-{topic}/history"
    return [
        Case("history of one stance", history, lambda: _raw_history(stance + 1, actor + 1)),
        Case(
            "positions as of a day",
            f"/api/v1/position?actor=actor-{actor}&said_until=2006-06-30",
            lambda: _raw_positions(actor + 1),
        ),
        Case(
            "latest shifts (50)",
            "/api/v1/shifts",
            lambda: _raw_shifts(f"{_SHIFTS} WHERE {standing} ORDER BY x.id DESC LIMIT 51"),
        ),
        Case(
            "a page of statements (50)",
            _deep(size),
            lambda: _raw(
                f"{_STATEMENT} WHERE s.retracted_at IS NULL AND s.id < %s ORDER BY s.id DESC"
                " LIMIT 51",
                [size // 2],
            ),
        ),
    ]


def _deep(size: int) -> str:
    """Return the address of a page in the middle of the list."""
    from django.test import RequestFactory
    from rest_framework.request import Request

    from api import pagination

    asked = Request(RequestFactory().get("/api/v1/statements", headers={"Host": "bench"}))
    return pagination.following(asked, 50, size // 2).partition("bench")[2]


def _raw(sql: str, parameters: list[Any] | None = None) -> bytes:
    return orjson.dumps(_rows(sql, parameters or []), default=str)


def _rows(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """Return rows as dictionaries, as a hand-written endpoint would have them."""
    from django.db import connection

    connection.ensure_connection()
    cursor = connection.connection.cursor()
    if connection.vendor == "sqlite":
        sql = sql.replace("%s", "?")
    cursor.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _raw_shifts(sql: str) -> bytes:
    rows = _rows(sql, [])
    numbers = ",".join(str(row["id"]) for row in rows)
    kinds = _rows(f"SELECT shift_id, kind FROM tracker_shiftkind WHERE shift_id IN ({numbers})", [])  # noqa: S608 - numbers
    return orjson.dumps([rows, kinds], default=str)


def _raw_history(stance: int, actor: int) -> bytes:
    """Ask what a history holds in the fewest statements, and write it."""
    of_stance = [stance]
    month = "substr(CAST(said_earliest AS text), 1, 7)"
    parts = [
        _rows("SELECT * FROM tracker_stance WHERE id = %s", of_stance),
        _rows(
            "SELECT u.*, s.exact FROM tracker_utterance u JOIN tracker_statement s"
            " ON s.id = u.canonical_id WHERE u.stance_id = %s AND u.retracted_at IS NULL"
            " ORDER BY u.said_earliest",
            of_stance,
        ),
        _rows(
            'SELECT t.utterance_id, s.id, s.document_id, s.start, s."end", s.exact, s.prefix,'
            " s.suffix, s.attributed_as, s.attribution, s.fidelity, s.credibility, d.title, d.url,"
            " d.published_edtf, d.published_earliest, d.published_latest, c.slug, c.name,"
            " c.reliability FROM tracker_attestation t"
            " JOIN tracker_utterance u ON u.id = t.utterance_id"
            " JOIN tracker_statement s ON s.id = t.statement_id"
            " JOIN tracker_document d ON d.id = s.document_id"
            " JOIN tracker_source c ON c.id = d.source_id"
            " WHERE u.stance_id = %s AND t.retracted_at IS NULL AND s.retracted_at IS NULL",
            of_stance,
        ),
        _rows(
            "SELECT * FROM tracker_shift WHERE stance_id = %s AND withdrawn_at IS NULL", of_stance
        ),
        _rows(
            "SELECT k.* FROM tracker_shiftkind k JOIN tracker_shift x ON x.id = k.shift_id"
            " WHERE x.stance_id = %s",
            of_stance,
        ),
        _rows(
            "SELECT * FROM tracker_stanceevent WHERE stance_id = %s AND retracted_at IS NULL",
            of_stance,
        ),
        _rows("SELECT * FROM tracker_role WHERE actor_id = %s", [actor]),
        _rows(
            f"SELECT {month} AS month, count(DISTINCT document_id * 2147483648 + start) AS n"  # noqa: S608 - ours
            " FROM tracker_statement WHERE actor_id = %s AND retracted_at IS NULL"
            " GROUP BY 1 ORDER BY 1",
            [actor],
        ),
    ]
    return orjson.dumps(parts, default=str)


def _raw_positions(actor: int) -> bytes:
    return _raw(
        "SELECT t.slug, t.name, u.*, s.exact FROM tracker_stance st"
        " JOIN tracker_topic t ON t.id = st.topic_id"
        " JOIN tracker_utterance u ON u.id = (SELECT v.id FROM tracker_utterance v"
        "   WHERE v.stance_id = st.id AND v.retracted_at IS NULL AND v.said_latest <= '2006-06-30'"
        "   ORDER BY v.said_earliest DESC, v.said_latest DESC, v.id DESC LIMIT 1)"
        " JOIN tracker_statement s ON s.id = u.canonical_id WHERE st.actor_id = %s",
        [actor],
    )


def _raw_search(word: str) -> bytes:
    from django.db import connection

    if connection.vendor == "postgresql":
        day = "coalesce(s.said_earliest, date '0001-01-01')"
        return _raw(
            f"{_STATEMENT} WHERE s.words @@ to_tsquery('simple', %s) AND s.retracted_at IS NULL"
            f" ORDER BY {day} DESC, s.id DESC LIMIT 51",
            [word],
        )
    head = _STATEMENT.replace(
        "FROM tracker_statement s",
        "FROM tracker_statement_words w CROSS JOIN tracker_statement s",
    ).replace("s JOIN tracker_document d", "s CROSS JOIN tracker_document d")
    return _raw(
        f"{head} WHERE tracker_statement_words MATCH %s AND s.id = (w.rowid & {2**40 - 1})"
        " AND s.retracted_at IS NULL ORDER BY w.rowid DESC LIMIT 51",
        [f'"{word}"'],
    )


if __name__ == "__main__":
    main()
