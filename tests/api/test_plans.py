"""How the database answers the hot reads: by indexes, without counting and without offsets."""

import json
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


def _asked(path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = Client().get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content[:300]
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
