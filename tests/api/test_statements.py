"""GET statements."""

from datetime import timedelta

from tests.api import records
from tests.api.calling import Caller
from tracker.models import Statement


def _ids(caller: Caller, **query: object) -> list[int]:
    return [row["id"] for row in caller.get("statements", query)["results"]]


def test_a_statement_is_anchored_in_its_document(anyone: Caller) -> None:
    kept = records.statement()
    (row,) = anyone.get("statements")["results"]
    text = anyone.get(f"documents/{row['document']}")["text"]
    assert text[row["start"] : row["end"]] == row["exact"] == kept.exact
    assert row["said"]["precision"] == "day"


def test_a_statement_without_a_topic_is_coverage_and_shown(anyone: Caller) -> None:
    records.statement(topic=None)
    (row,) = anyone.get("statements")["results"]
    assert row["topic"] is None


def test_statements_are_filtered(anyone: Caller) -> None:
    kept = records.statement(fidelity="translated", attribution="mixed")
    records.statement(actor=records.actor("tomas-brel", "Tomas Brel"))
    records.statement(topic=records.topic("harbour", "The harbour"))
    assert _ids(anyone, actor="ilva-marenko", topic="talks") == [kept.pk]
    assert _ids(anyone, document=kept.document_id) == [kept.pk]
    assert _ids(anyone, fidelity=["translated"], attribution=["mixed"]) == [kept.pk]


def test_statements_are_found_by_the_utterance_that_they_attest(anyone: Caller) -> None:
    one, other = records.statement(), records.statement()
    records.utterance(records.statement("2024-08-01"))
    both = records.utterance(one, other)
    assert _ids(anyone, utterance=both.pk) == [other.pk, one.pk]


def test_said_until_keeps_what_had_certainly_been_said(anyone: Caller) -> None:
    day = records.statement("2024-03-01")
    records.statement("2024-03")
    assert _ids(anyone, said_until="2024-03-15") == [day.pk]


def test_a_retracted_statement_is_shown_by_number_only(anyone: Caller) -> None:
    gone = records.statement(
        retracted_at=records.NOW + timedelta(days=1), retracted_because="the date was wrong"
    )
    assert _ids(anyone) == []
    assert anyone.get(f"statements/{gone.pk}")["retracted_because"] == "the date was wrong"


def test_known_at_brings_back_what_was_held_and_nothing_later(anyone: Caller) -> None:
    gone = records.statement(
        retracted_at=records.NOW + timedelta(days=2), retracted_because="the date was wrong"
    )
    heir = records.statement(recorded_at=records.NOW + timedelta(days=2))
    Statement.objects.filter(pk=gone.pk).update(replaced_by=heir)
    moment = (records.NOW + timedelta(days=1)).isoformat()
    (row,) = anyone.get("statements", {"known_at": moment})["results"]
    assert row["id"] == gone.pk
    assert (row["retracted_at"], row["retracted_because"], row["replaced_by"]) == (None, "", None)


def test_a_bare_day_of_knowing_means_its_end(anyone: Caller) -> None:
    kept = records.statement()
    assert _ids(anyone, known_at=records.NOW.date().isoformat()) == [kept.pk]
    assert _ids(anyone, known_at=(records.NOW.date() - timedelta(days=1)).isoformat()) == []


def test_an_unknown_statement_is_not_found(anyone: Caller) -> None:
    anyone.get("statements/1", status=404)
