"""GET diff and coverage."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api import records
from tests.api.calling import Caller
from tests.api.records import NOW
from tracker.models import FormerShift, Shift

STANCE = {"actor": "ilva-marenko", "topic": "talks"}


def test_two_utterances_are_compared_and_judged(anyone: Caller) -> None:
    shift = records.shift()
    found = anyone.get("diff", {"from": shift.older_id, "to": f"utterance:{shift.newer_id}"})
    assert found["compared"] == "utterance"
    assert found["older"]["text"] == records.TEXT
    assert found["verdict"]["verdict"] == "shift"
    assert found["shift"] == shift.pk
    older = [run for run in found["runs"] if run["kind"] != "added"]
    spelt = "".join(run["text"] for run in sorted(older, key=lambda run: run["older_start"]))
    assert spelt == records.TEXT


def test_a_day_stands_for_the_last_thing_said_by_then(anyone: Caller) -> None:
    shift = records.shift()
    query = STANCE | {"from": "2024-05-31", "to": "2024-06-01"}
    found = anyone.get("diff", query)
    assert (found["older"]["utterance"], found["newer"]["utterance"]) == (
        shift.older_id,
        shift.newer_id,
    )
    same = anyone.get("diff", STANCE | {"from": "2024-04-01", "to": "2024-05-01"})
    assert [run["kind"] for run in same["runs"]] == ["kept"]


def test_days_are_compared_as_the_record_stood(anyone: Caller) -> None:
    records.shift()
    later = records.statement("2024-07-01", "We shall never talk.")
    records.utterance(later, recorded_at=records.NOW + timedelta(days=1))
    query = STANCE | {"from": "2024-05-31", "to": "2024-12-31"}
    known = anyone.get("diff", query | {"known_at": records.NOW.isoformat()})
    assert anyone.get("diff", query)["newer"]["text"] == "We shall never talk."
    assert known["newer"]["text"].startswith("We are not ready")


def test_a_shift_that_was_recorded_later_is_not_named_as_of_before(anyone: Caller) -> None:
    moment = (records.NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    later = NOW + timedelta(days=1)
    shift = records.shift(recorded_at=later)
    days = STANCE | {"from": "2024-05-31", "to": "2024-06-01"}
    for query in (days, {"from": shift.older_id, "to": shift.newer_id}):
        assert anyone.get("diff", query)["shift"] == shift.pk
        assert anyone.get("diff", query | {"known_at": moment})["shift"] is None
    gone = Shift.Status.WITHDRAWN
    Shift.objects.update(status=gone, withdrawn_at=later, recorded_at=NOW)
    FormerShift.objects.create(
        shift=shift,
        content={"status": "confirmed"},
        recorded_at=NOW,
        retracted_at=later,
    )
    assert anyone.get("diff", days)["shift"] is None
    assert anyone.get("diff", days | {"known_at": moment})["shift"] == shift.pk


def test_an_utterance_or_a_document_that_came_later_is_not_there_before(anyone: Caller) -> None:
    later = records.NOW + timedelta(days=1)
    old, new = records.utterance(), records.utterance(recorded_at=later)
    moment = {"known_at": records.NOW.isoformat().replace("+00:00", "Z")}
    problem = anyone.get("diff", {"from": old.pk, "to": new.pk, **moment}, status=400)
    assert problem["fields"][0]["name"] == "to"
    one, other = records.document(), records.document(recorded_at=later)
    asked = {"from": f"document:{one.pk}", "to": f"document:{other.pk}"}
    anyone.get("diff", asked)
    assert anyone.get("diff", asked | moment, status=400)["fields"][0]["code"] == "does_not_exist"


def test_of_two_documents_only_the_wording_is_compared(anyone: Caller) -> None:
    one, other = records.document("We talk."), records.document("We talk now.")
    query = {"from": f"document:{one.pk}", "to": f"document:{other.pk}"}
    found = anyone.get("diff", query)
    assert found["verdict"] is None
    assert "added" in {run["kind"] for run in found["runs"]}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"from": "1"}, "to"),
        ({"from": "1", "to": "2024-01-01"}, "to"),
        ({"from": "999999", "to": "999999"}, "from"),
        ({"from": "document:999999", "to": "document:1"}, "from"),
        ({"from": "document:-1", "to": "document:1"}, "from"),
        ({"from": "2024-02-30", "to": "2024-03-01"}, "from"),
        ({"from": "2024-01-01", "to": "2024-03-01", "actor": "ilva-marenko"}, "topic"),
        (STANCE | {"from": "2001-01-01", "to": "2024-12-31"}, "from"),
        (STANCE | {"from": "1", "to": "1"}, "actor"),
        (STANCE | {"from": "2024-12-31", "to": "2024-05-31"}, "to"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    anyone: Caller, query: dict[str, Any], name: str
) -> None:
    records.shift()
    problem = anyone.get("diff", query, status=400)
    assert name in [field["name"] for field in problem["fields"]]


def test_two_utterances_in_the_wrong_order_are_refused(anyone: Caller) -> None:
    shift = records.shift()
    asked = {"from": shift.newer_id, "to": shift.older_id}
    assert anyone.get("diff", asked, status=400)["fields"][0]["code"] == "disorder"


def test_a_text_that_is_too_long_is_refused(anyone: Caller) -> None:
    document = records.document("word " * 20_001)
    query = {"from": f"document:{document.pk}", "to": f"document:{document.pk}"}
    assert "20,000" in anyone.get("diff", query, status=400)["fields"][0]["reason"]


def test_coverage_counts_what_was_recorded_and_what_of_it_is_on_the_topic(anyone: Caller) -> None:
    both = records.document("Talks and the harbour.")
    harbour = records.topic("harbour", "The harbour")
    records.statement("2024-03-01", document=both)
    records.statement("2024-03-01", document=both, topic=harbour)
    records.statement("2024-05-01", topic=None)
    found = anyone.get("coverage", STANCE)
    counts = [(row["month"], row["passages"], row["on_topic"]) for row in found["months"]]
    assert counts == [("2024-03", 1, 1), ("2024-05", 1, 0)]
    assert anyone.get("coverage", {"actor": "ilva-marenko"})["months"][0]["on_topic"] is None


def test_coverage_is_that_of_the_moment_asked_for(anyone: Caller) -> None:
    records.statement("2024-03-01", recorded_at=records.NOW + timedelta(days=1))
    query = {"actor": "ilva-marenko", "known_at": records.NOW.isoformat()}
    assert anyone.get("coverage", query)["months"] == []
