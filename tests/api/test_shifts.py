"""GET shifts."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api import records
from tests.api.calling import Caller
from tests.api.records import NOW
from tracker.models import Attestation


def _ids(caller: Caller, **query: Any) -> list[int]:
    return [row["id"] for row in caller.get("shifts", query)["results"]]


def test_a_shift_shows_both_sides_its_kinds_and_its_reasons(anyone: Caller) -> None:
    kept = records.shift()
    (row,) = anyone.get("shifts")["results"]
    assert row["kinds"] == ["reversal", "hardening"]
    assert row["older"]["text"] == records.TEXT
    assert row["newer"]["said"]["edtf"] == "2024-06-01"
    assert row["reasons"] == ["a negation was added"]
    assert anyone.get(f"shifts/{kept.pk}") == row


def test_without_a_status_only_shifts_that_stand_are_listed(anyone: Caller) -> None:
    standing = records.shift(status="confirmed")
    records.shift(status="undecided")
    withdrawn = records.shift(status="withdrawn", withdrawn_at=records.NOW)
    assert _ids(anyone) == [standing.pk]
    assert _ids(anyone, status=["withdrawn"]) == [withdrawn.pk]


@pytest.mark.parametrize(
    ("kept", "dropped"),
    [
        ({"kind": ["hardening", "softening"]}, {"kind": ["softening"]}),
        ({"direction": ["hardened"]}, {"direction": ["softened", "reversed"]}),
        ({"actor": "ilva-marenko"}, {"actor": "tomas-brel"}),
        ({"topic": "talks"}, {"topic": "harbour"}),
        ({"minimum_materiality": "0.8"}, {"minimum_materiality": "0.81"}),
        ({"minimum_confidence": "0.7"}, {"minimum_confidence": "0.71"}),
        ({"since": "2024-06-01"}, {"since": "2024-06-02"}),
        ({"until": "2024-06-01"}, {"until": "2024-05-31"}),
    ],
)
def test_a_filter_keeps_what_it_names_and_nothing_else(
    anyone: Caller, kept: dict[str, Any], dropped: dict[str, Any]
) -> None:
    records.actor("tomas-brel", "Tomas Brel")
    records.topic("harbour", "The harbour")
    shift = records.shift()
    assert _ids(anyone, **kept) == [shift.pk]
    assert _ids(anyone, **dropped) == []


def test_a_shift_of_two_kinds_asked_for_is_listed_once(anyone: Caller) -> None:
    shift = records.shift()
    assert _ids(anyone, kind=["hardening", "reversal"]) == [shift.pk]


def test_an_unknown_shift_is_not_found(anyone: Caller) -> None:
    anyone.get("shifts/1", status=404)


def test_shifts_are_found_by_a_source_of_either_side(anyone: Caller) -> None:
    herald = records.source("herald")
    report = records.statement("2024-06-01", document=records.document(source=herald))
    shift = records.shift(newer=records.utterance(report))
    records.shift()
    assert _ids(anyone, source="herald") == [shift.pk]
    assert shift.pk in _ids(anyone, source="velgrad-wire")
    Attestation.objects.filter(statement=report).update(retracted_at=NOW + timedelta(days=1))
    assert _ids(anyone, source="herald") == []
    assert _ids(anyone, source="herald", known_at="2026-05-04T13:00:00Z") == [shift.pk]
