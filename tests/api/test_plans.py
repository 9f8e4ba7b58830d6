"""How the database answers the hot reads: by indexes, without counting and without offsets."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.records import fill, words_of

LARGE = {
    f"tracker_{name}"
    for name in ("attestation", "document", "shift", "shiftkind", "statement", "utterance")
}
READS = [
    "statements",
    "statements?actor=actor-1&topic=topic-3",
    "utterances?actor=actor-1&topic=topic-3",
    "shifts",
    "shifts?actor=actor-1",
    "stances/actor-1/topic-3/history",
    "position?actor=actor-1&said_until=2006-06-30",
    f"search?q={words_of(7)[0]}",
    f"search?q={words_of(7)[2]}",
    f"search?q={words_of(7)[1]}&actor=actor-1",
    "coverage?actor=actor-1",
]
DAYS = [
    "statements?order={}said",
    "statements?order={}said&format=json",
    "statements?order={}said&topic=topic-3",
    "statements?order={}said&actor=actor-1&topic=topic-3",
    "utterances?order={}said",
    "utterances?order={}said&actor=actor-1",
    "utterances?order={}said&actor=actor-1&topic=topic-3",
    "shifts?order={}said",
    "shifts?order={}said&format=json",
    "shifts?order={}said&actor=actor-1",
    "documents?order={}published",
    "utterances?order={}said&known_at=2100-01-01",
    "shifts?order={}said&known_at=2100-01-01",
    "documents?order={}published&known_at=2100-01-01",
]


def _asked(path: str, pages: int = 1) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        following = f"/api/v1/{path}"
        for _ in range(pages):
            response = Client().get(following)
            assert response.status_code == 200, response.content[:300]
            following = response.json().get("next") or f"/api/v1/{path}"
    return [query["sql"] for query in captured if query["sql"].lstrip().startswith("SELECT")]


@pytest.fixture
def large(db: None) -> None:
    """A record that is too large to be read as a whole for one answer, with its statistics."""
    if connection.vendor != "postgresql":
        fill(0, 4000)
        return
    fill(0, 30_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # without the log of changes
        for table, changed in _RARER.items():
            cursor.execute(
                f"INSERT INTO {table} SELECT copy.* FROM {table} t, generate_series(1, 6) n,"  # noqa: S608 - ours
                f" LATERAL jsonb_populate_record(t, jsonb_build_object({changed})) copy"
            )
            cursor.execute(f"ANALYZE {table}")


# Of these a record has a tenth as many rows as statements: copies, of no stance, make them large.
_RARER = {
    "tracker_document": "'id', t.id + n * 100000, 'text', ''",
    "tracker_shift": "'id', t.id + n * 100000, 'stance_id', t.stance_id + n * 1000,"
    " 'newer_id', t.newer_id + n * 100000",
    "tracker_shiftkind": "'id', t.id + n * 100000, 'shift_id', t.shift_id + n * 100000",
}


def test_no_read_counts_skips_or_reads_a_large_table_as_a_whole(large: None) -> None:
    """The plans are those that PostgreSQL chooses by itself, with its settings as they come."""
    whole = set()
    for path in READS:
        for sql in _asked(path):
            assert "OFFSET" not in sql.upper(), path
            assert "COUNT(*)" not in sql.upper(), path
            if connection.vendor == "postgresql":
                whole |= {(path, table) for table in _whole(_plan(sql)) if table in LARGE}
    assert whole == set()


def test_no_list_by_day_skips_sorts_or_reads_a_large_table_as_a_whole(large: None) -> None:
    """The first page and the one after it, on either database."""
    whole = set()
    for path in [path.format(way) for path in DAYS for way in ("", "-")]:
        pages = [sql for sql in _asked(path, pages=2) if "said_earliest" in sql]
        assert len(pages) >= 2
        for sql in pages:
            assert "OFFSET" not in sql.upper(), path
            read = _read_by_sqlite(sql) if connection.vendor == "sqlite" else _whole(_plan(sql))
            whole |= {(path, table) for table in read if table in LARGE or table == _SORTED}
    assert whole == set()


_SORTED = "sorted"


def _read_by_sqlite(sql: str) -> Iterator[str]:
    """Yield the tables that a plan reads from end to end, and whether it sorts what is found.

    What is found of an actor, or of what has been rewritten, is sorted: it is little.
    """
    where = sql.partition("WHERE")[2]
    is_little = "actor_id" in where or "IN (SELECT" in where
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        for *_, step in cursor.fetchall():
            scanned = re.match(r"SCAN (\w+)", step)
            if scanned:
                yield scanned[1] if scanned[1].startswith("tracker_") else f"alias {scanned[1]}"
            if step == "USE TEMP B-TREE FOR ORDER BY" and not is_little:
                yield _SORTED


def _plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    return dict((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _whole(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _whole(inner)
