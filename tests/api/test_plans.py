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


@pytest.mark.django_db
@pytest.mark.parametrize("path", READS)
def test_a_read_neither_counts_nor_skips(path: str) -> None:
    fill(0, 4000)
    for sql in _asked(path):
        assert "OFFSET" not in sql.upper()
        assert "COUNT(*)" not in sql.upper()


@pytest.mark.postgres
@pytest.mark.django_db
def test_every_read_can_go_by_indexes() -> None:
    """With whole readings forbidden none is left: each access has an index.

    Allowed, PostgreSQL rightly reads tables of a few thousand rows as a whole where it needs
    some hundred of them. That no read grows with the record is what bench/api.py shows.
    """
    fill(0, 4000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    found = {
        (path, table)
        for path in READS
        for sql in _asked(path)
        for table in _whole(_plan(sql))
        if table in LARGE
    }
    assert found == set()


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
