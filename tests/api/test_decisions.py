"""GET and POST decisions."""

from typing import Any

import pytest
from django.utils import timezone

from tests.api import records
from tests.api.calling import Caller
from tracker.models import Decision


def test_a_decision_is_shown_without_the_name_of_its_maker(anyone: Caller) -> None:
    kept = records.decision(by=records.user("anna"), note="both passages checked")
    (row,) = anyone.get("decisions")["results"]
    assert row["shift"] == kept.shift_id
    assert row["note"] == "both passages checked"
    assert "anna" not in str(row)
    assert anyone.get(f"decisions/{kept.pk}") == row


def test_decisions_are_filtered_by_what_they_are_about(anyone: Caller) -> None:
    kept = records.decision()
    records.decision(kind="set_date", document=records.document())
    found = anyone.get("decisions", {"shift": kept.shift_id, "kind": ["confirm", "reject"]})
    assert [row["id"] for row in found["results"]] == [kept.pk]


def test_a_confirmation_is_recorded_and_orders_detection(writer: Caller) -> None:
    shift = records.shift()
    made = writer.post("decisions", {"kind": "confirm", "shift": shift.pk, "note": "seen"})
    assert (made["kind"], made["shift"], made["note"]) == ("confirm", shift.pk, "seen")
    assert Decision.objects.get(pk=made["id"]).by is not None
    shift.stance.refresh_from_db()
    assert shift.stance.marked_at is not None


def test_a_withdrawn_shift_cannot_be_rejected(writer: Caller) -> None:
    gone = records.shift(status="withdrawn", withdrawn_at=records.NOW)
    problem = writer.post("decisions", {"kind": "reject", "shift": gone.pk}, status=422)
    assert problem["type"] == "urn:stanceline:problem:cannot-decide"


def test_two_statements_are_joined(writer: Caller) -> None:
    one, other = records.statement(), records.statement()
    body = {"kind": "join", "statement": one.pk, "other_statement": other.pk}
    made = writer.post("decisions", body)
    assert (made["statement"], made["other_statement"]) == (one.pk, other.pk)


def test_a_statement_is_not_split_from_itself(writer: Caller) -> None:
    one = records.statement().pk
    body = {"kind": "split", "statement": one, "other_statement": one}
    writer.post("decisions", body, status=422)


def test_a_date_resolves_a_document_in_triage(writer: Caller) -> None:
    document = records.document(read_at=timezone.now(), problem="no date found")
    body = {"kind": "set_date", "document": document.pk, "said": "2022-04-01~"}
    assert writer.post("decisions", body)["detail"]["said"] == "2022-04-01~"
    assert writer.get(f"documents/{document.pk}")["state"] == "waiting"


def test_a_date_that_lies_ahead_resolves_nothing(writer: Caller) -> None:
    document = records.document(read_at=None, problem="no date found")
    body = {"kind": "set_date", "document": document.pk, "said": "2999"}
    problem = writer.post("decisions", body, status=422)
    assert (problem["type"], problem["fields"][0]["name"]) == (
        "urn:stanceline:problem:future-date",
        "said",
    )
    assert not Decision.objects.exists()


def test_a_kind_takes_what_it_needs_and_nothing_else(writer: Caller) -> None:
    document = records.document()
    problem = writer.post("decisions", {"kind": "confirm", "document": document.pk}, status=400)
    reasons = {field["name"]: field["reason"] for field in problem["fields"]}
    assert reasons == {
        "shift": "This kind needs it.",
        "document": "This kind does not take it.",
    }


def test_a_shift_that_is_not_there_is_refused_by_name(writer: Caller) -> None:
    for number in (1, 2**63, 10**30):
        problem = writer.post("decisions", {"kind": "confirm", "shift": number}, status=400)
        assert [field["name"] for field in problem["fields"]] == ["shift"]


def test_an_unknown_decision_is_not_found(anyone: Caller) -> None:
    anyone.get("decisions/1", status=404)


def test_a_decision_is_taken_back_and_stays_on_record(writer: Caller) -> None:
    made = writer.post("decisions", {"kind": "confirm", "shift": records.shift().pk})
    undone = writer.post(f"decisions/{made['id']}/undo", {}, status=200)
    assert undone["undone_at"] is not None
    assert undone == writer.get(f"decisions/{made['id']}")
    again = writer.post(f"decisions/{made['id']}/undo", {}, status=200)
    assert again["undone_at"] == undone["undone_at"]


def test_an_order_to_read_again_cannot_be_taken_back(writer: Caller) -> None:
    made = writer.post("decisions", {"kind": "reread", "document": records.document().pk})
    writer.post(f"decisions/{made['id']}/undo", {}, status=422)
    writer.post("decisions/999999/undo", {}, status=404)


def test_who_spoke_is_corrected(writer: Caller) -> None:
    statement = records.statement()
    other = records.actor("tomas-brel", "Tomas Brel")
    for actor in (other.slug, None):
        body = {"kind": "set_speaker", "statement": statement.pk, "actor": actor}
        made = writer.post("decisions", body)
        assert (made["statement"], made["detail"]["actor"]) == (statement.pk, actor or "")


def test_a_reprint_is_named(writer: Caller) -> None:
    first, reprint, third = (records.document() for _ in range(3))
    writer.post("decisions", {"kind": "set_origin", "document": reprint.pk, "origin": first.pk})
    assert writer.get(f"documents/{reprint.pk}")["origin"] == first.pk
    for document, origin in ((first, reprint), (first, first), (first, third)):
        body = {"kind": "set_origin", "document": document.pk, "origin": origin.pk}
        writer.post("decisions", body, status=422)
    writer.post("decisions", {"kind": "set_origin", "document": reprint.pk, "origin": None})
    assert writer.get(f"documents/{reprint.pk}")["origin"] is None


def test_a_confirmation_says_what_the_shift_is(writer: Caller) -> None:
    shift = records.shift()
    chosen = {"kinds": ["demand_added", "reversal"], "direction": "reversed"}
    made = writer.post("decisions", {"kind": "confirm", "shift": shift.pk} | chosen)
    assert made["detail"] == {"kinds": ["reversal", "demand_added"], "direction": "reversed"}


@pytest.mark.parametrize(
    ("kind", "given", "names"),
    [
        ("confirm", {"kinds": ["reversal"]}, {"direction"}),
        ("confirm", {"direction": "hardened"}, {"kinds"}),
        ("confirm", {"kinds": ["hardening"], "direction": "hardened"}, {"kinds.0"}),
        ("confirm", {"kinds": [], "direction": "hardened"}, {"kinds"}),
        ("reject", {"kinds": ["reversal"], "direction": "hardened"}, {"kinds", "direction"}),
    ],
)
def test_a_verdict_is_whole_and_of_a_confirmation(
    writer: Caller, kind: str, given: dict[str, Any], names: set[str]
) -> None:
    body = {"kind": kind, "shift": records.shift().pk} | given
    problem = writer.post("decisions", body, status=400)
    assert {field["name"] for field in problem["fields"]} == names
