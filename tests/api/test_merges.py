"""GET merges: what grouping is not sure of."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api import records
from tests.api.calling import Caller


def test_a_doubt_shows_both_statements(anyone: Caller) -> None:
    row = records.merge()
    (shown,) = anyone.get("merges")["results"]
    assert (shown["joined"], shown["likeness"]) == (False, 0.75)
    assert shown["one"] == {
        "statement": row.one_id,
        "document": row.one.document_id,
        "said": anyone.get(f"statements/{row.one_id}")["said"],
        "text": records.TEXT,
    }
    assert anyone.get(f"merges/{row.pk}") == shown


def test_a_decision_settles_a_doubt(writer: Caller) -> None:
    row = records.merge()
    writer.post(
        "decisions", {"kind": "split", "statement": row.other_id, "other_statement": row.one_id}
    )
    assert writer.get("merges")["results"] == []
    assert len(writer.get("merges", {"decided": "true"})["results"]) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"actor": "ilva-marenko", "topic": "talks"}, 1),
        ({"joined": "false"}, 1),
        ({"joined": "true"}, 0),
        ({"statement": 999_999}, 0),
    ],
)
def test_doubts_are_filtered(anyone: Caller, query: dict[str, Any], count: int) -> None:
    records.merge()
    assert len(anyone.get("merges", query)["results"]) == count


def test_either_statement_finds_a_doubt(anyone: Caller) -> None:
    row = records.merge()
    for number in (row.one_id, row.other_id):
        assert len(anyone.get("merges", {"statement": number})["results"]) == 1


def test_known_at_brings_back_what_was_settled_or_retracted_since(anyone: Caller) -> None:
    row = records.merge()
    later = records.NOW + timedelta(days=2)
    records.decision(kind="join", statement=row.one, other_statement=row.other, at=later)
    row.retracted_at = later
    row.save()
    for days, count in ((-1, 0), (0, 1), (1, 1), (3, 0)):
        asked = {"known_at": f"{records.NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"}
        assert len(anyone.get("merges", asked)["results"]) == count
        anyone.get(f"merges/{row.pk}", asked, status=200 if count else 404)
