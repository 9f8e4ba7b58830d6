"""An invented record of any size, put into the database in bulk.

Each stance has 100 statements, each in an utterance of its own; every tenth utterance begins a
shift. A stance's statements lie a week apart; the same number gives the same record.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from django.db import connection, transaction

from timeline.coding import code
from tracker import triggers

TOPICS = 20
A_STANCE = 100  # statements
A_DOCUMENT = 10  # statements
FIRST = date(2005, 1, 3)
MOMENT = "2026-01-05 12:00:00"  # UTC, as both databases read it here
# Every tenth statement has each of these.
COMMON = (
    "harbour",
    "border",
    "talks",
    "treaty",
    "forces",
    "truce",
    "alliance",
    "ships",
    "gas",
    "aid",
)
_FRAME = "we are ready to discuss the question with our partners at any time and without delay"
MIDDLING, RARE = 200, 100_000  # kinds of words: one in 200, one in 100,000 statements each
_MIX = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: products of it lie evenly

Row = tuple[Any, ...]


def fill(first: int, last: int) -> None:
    """Add the statements from `first` up to `last` (multiples of 2,000: whole actors)."""
    actors = range(first // (TOPICS * A_STANCE), last // (TOPICS * A_STANCE))
    with _unguarded(), transaction.atomic():
        triggers.remove(connection)  # the log of a bulk load would be of no use
        dropped = _drop_postgres() if connection.vendor == "postgresql" else _drop_sqlite(first)
        if first == 0:
            _people()
        for part in _parts(actors, 5):
            _add_part(part)
        _run(dropped)
        triggers.install(connection)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            for sql in connection.ops.sequence_reset_sql(_style(), _models()):
                cursor.execute(sql)


@contextmanager
def _unguarded() -> Iterator[None]:
    """Let SQLite keep nothing safe meanwhile: what a crash leaves of a bench is thrown away."""
    if connection.vendor == "postgresql" or connection.in_atomic_block:  # that of a test
        yield
        return
    order = "PRAGMA foreign_keys = {}; PRAGMA journal_mode = {}; PRAGMA synchronous = {}"
    _run(order.format("OFF", "MEMORY", "OFF").split(";"))
    yield
    _run(order.format("ON", "WAL", "FULL").split(";"))


def _drop_sqlite(first: int) -> list[str]:
    """Drop what only helps to find rows; return what makes it anew, faster than row by row.

    FTS5 writes out what it has at each row that is older than the one before: it gets them in
    order, at the end.
    """
    words = import_module("tracker.migrations.0003_search_the_words_of_statements")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name = 'statement_words_added'"
            " OR type = 'index' AND tbl_name LIKE 'tracker\\_%' ESCAPE '\\'"
            " AND sql NOT LIKE 'CREATE UNIQUE%'"
        )
        found = cursor.fetchall()
    _run([f'DROP {kind} "{name}"' for kind, name, _ in found])
    index = (
        "INSERT INTO tracker_statement_words (rowid, exact)"  # noqa: S608 - the migration's
        f" SELECT {words._PLACE.format(row='s')} AS place, s.exact FROM tracker_statement s"
        f" WHERE s.id > {first} ORDER BY place"
    )
    return [index, *(definition for _, _, definition in found)]


def _drop_postgres() -> list[str]:
    """Drop what only helps to find rows; return what makes it anew.

    The rows name each other rightly: nothing has to be looked up either.
    """
    _run(["SET LOCAL session_replication_role = replica"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = indexname"
            " JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE schemaname = current_schema() AND tablename LIKE 'tracker\\_%'"
            " AND NOT indisunique"
        )
        found = cursor.fetchall()
    _run([f'DROP INDEX "{name}"' for name, _ in found])
    return [
        "SET LOCAL session_replication_role = origin",
        "SET LOCAL maintenance_work_mem = '256MB'",
        *(definition for _, definition in found),
    ]


def _run(orders: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for sql in orders:
            cursor.execute(sql)


def words_of(number: int) -> list[str]:
    """Return the words that mark a statement: common, middling and rare.

    They are independent of each other, and of the day, which follows from the number too.
    """
    mixed = number * _MIX % 2**64 >> 32
    rest, common = divmod(mixed, len(COMMON))
    rest, middling = divmod(rest, MIDDLING)
    return [COMMON[common], f"m{middling}x", f"r{rest % RARE}x"]


def _people() -> None:
    _insert(
        "source",
        ("id", "slug", "name", "reliability", "home", "note"),
        [(1, "wire", "Wire", "B", "", "")],
    )
    _insert(
        "topic",
        ("id", "slug", "name", "description", "terms", "exclusions", "orientation"),
        [
            (n + 1, f"topic-{n}", f"Topic {n}", "", "[]", "[]", "more_is_harder")
            for n in range(TOPICS)
        ],
    )


def _add_part(actors: Sequence[int]) -> None:
    rng = random.Random(actors[0])
    stances = [(actor, topic) for actor in actors for topic in range(TOPICS)]
    _insert(
        "actor",
        ("id", "slug", "name", "kind", "pronoun", "description"),
        [(n + 1, f"actor-{n}", f"Actor {n}", "person", "they", "") for n in actors],
    )
    _insert(
        "role",
        ("id", "actor_id", "title", "organisation", "since", "until"),
        [(n + 1, n + 1, "Minister", "Somewhere", "2001-01-01", None) for n in actors],
    )
    _insert(
        "stance",
        ("id", "actor_id", "topic_id", "detector_version", "problem", "attempts"),
        [
            (actor * TOPICS + topic + 1, actor + 1, topic + 1, "1", "", 0)
            for actor, topic in stances
        ],
    )
    texts = [_text(rng, number) for number in _numbers(stances)]
    _documents(stances, texts)
    _statements(stances, texts)
    _conclusions(stances)


def _numbers(stances: Iterable[tuple[int, int]]) -> Iterator[int]:
    for actor, topic in stances:
        first = (actor * TOPICS + topic) * A_STANCE
        yield from range(first, first + A_STANCE)


def _text(rng: random.Random, number: int) -> str:
    words = _FRAME.split()
    for word in words_of(number):
        words.insert(rng.randrange(len(words)), word)
    return " ".join(words).capitalize() + "."


def _day(number: int) -> str:
    # Recorded is by stance, said is spread: the order of days is not that of numbers.
    return (FIRST + timedelta(days=7 * (number % A_STANCE) + number // A_STANCE % 7)).isoformat()


_SAID = ("said_edtf", "said_earliest", "said_latest", "said_basis")


def _said(number: int) -> Row:
    day = _day(number)
    return day, day, day, ""


def _documents(stances: Sequence[tuple[int, int]], texts: Sequence[str]) -> None:
    numbers = list(_numbers(stances))
    columns = (
        *("id", "source_id", "url", "title", "text", "genre", "language", "translated", "venue"),
        *("given_said", "given_published", "fingerprint", "warnings", "regions", "problem"),
        *("captured_at", "recorded_at", "read_at", "read_attempts", *_SAID),
        *("published_edtf", "published_earliest", "published_latest", "published_basis"),
    )
    rows = []
    for place in range(0, len(numbers), A_DOCUMENT):
        number = numbers[place]
        text = " ".join(texts[place : place + A_DOCUMENT])
        rows.append(
            (
                *(number // A_DOCUMENT + 1, 1, "", f"Document {number}", text, "transcript", "en"),
                *(False, "", "", "", "[]", "[]", "[]", "", MOMENT, MOMENT, MOMENT, 1),
                *_said(number),
                *_said(number),
            )
        )
    _insert("document", columns, rows)


def _statements(stances: Sequence[tuple[int, int]], texts: Sequence[str]) -> None:
    columns = (
        *("id", "document_id", "actor_id", "topic_id", "start", '"end"', "exact", "prefix"),
        *("suffix", "attributed_as", "cue", "attribution", "fidelity", "chain", "terms", "score"),
        *("confidence", "credibility", "recorded_at", "retracted_because", *_SAID),
    )
    rows = []
    for number, text in zip(_numbers(stances), texts, strict=True):
        stance = number // A_STANCE
        start = number % A_DOCUMENT * 200
        rows.append(
            (
                *(number + 1, number // A_DOCUMENT + 1, stance // TOPICS + 1, stance % TOPICS + 1),
                *(start, start + len(text), text, "before", "after", "the minister", "said"),
                *("direct", "verbatim", "[]", '["talks"]', 1.0, 0.9, 2, MOMENT, ""),
                *_said(number),
            )
        )
    _insert("statement", columns, rows)


_POSITION = json.dumps(code("We are ready to talk if the forces leave the harbour.").as_dict())


def _conclusions(stances: Sequence[tuple[int, int]]) -> None:
    numbers = list(_numbers(stances))
    _insert(
        "utterance",
        (
            *("id", "stance_id", "canonical_id", "position", "value", "fidelity", "grade"),
            *("sources", "variance", "content_since", "recorded_at", *_SAID),
        ),
        [
            (
                *(n + 1, n // A_STANCE + 1, n + 1, _POSITION, n % 21 - 10, "verbatim", "B2", 1),
                *("[]", MOMENT, MOMENT, *_said(n)),
            )
            for n in numbers
        ],
    )
    _insert(
        "attestation",
        ("id", "utterance_id", "statement_id", "recorded_at"),
        [(n + 1, n + 1, n + 1, MOMENT) for n in numbers],
    )
    shifted = [n for n in numbers if n % 10 == 5]
    evidence = json.dumps({"older": [0, 8], "newer": [0, 8], "differences": []})
    _insert(
        "shift",
        (
            *("id", "stance_id", "older_id", "newer_id", "older_statement_id"),
            *("newer_statement_id", "direction", "score", "materiality", "confidence", "grade"),
            *("reasons", "evidence", "detector_version", "status", "content_since"),
            *("recorded_at", "withdrawn_because"),
        ),
        [
            (
                *(n // 10 + 1, n // A_STANCE + 1, n, n + 1, n, n + 1, "hardened", 0.9, 0.8, 0.7),
                *("B2", '["a condition was added"]', evidence, "1", "provisional", MOMENT),
                *(MOMENT, ""),
            )
            for n in shifted
        ],
    )
    _insert(
        "shiftkind",
        ("id", "shift_id", "kind"),
        [(n // 10 + 1, n // 10 + 1, "condition_added") for n in shifted],
    )


def _insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY tracker_{table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO tracker_{table} ({names}) VALUES ({places})"  # noqa: S608 - ours
            cursor.executemany(sql, rows)


def _parts(values: range, size: int) -> Iterator[range]:
    for first in range(values.start, values.stop, size):
        yield range(first, min(first + size, values.stop))


def _models() -> list[Any]:
    from django.apps import apps

    return list(apps.get_app_config("tracker").get_models())


def _style() -> Any:
    from django.core.management.color import no_style

    return no_style()
