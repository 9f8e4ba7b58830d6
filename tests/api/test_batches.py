"""Many rows in one request."""

import pytest

from tests.api import records
from tests.api.calling import Caller, conforms
from tracker.models import Decision, Document


def _document(text: str, source: str = "velgrad-wire") -> dict[str, str]:
    return {"source": source, "text": text}


def test_each_row_has_a_result_of_its_own(writer: Caller) -> None:
    records.source()
    rows = [_document("We are ready."), _document("We are not.", "nowhere"), _document("Never.")]
    results = writer.post("documents/batch", {"rows": rows}, status=200)["results"]
    assert [result["status"] for result in results] == [202, 400, 202]
    assert results[1]["problem"]["fields"][0]["name"] == "source"
    assert results[1]["result"] is None
    assert writer.get(results[2]["location"])["text"] == "Never."
    assert Document.objects.count() == 2


def test_two_rows_of_one_text_are_one_document(writer: Caller) -> None:
    records.source()
    rows = [_document("We are ready.")] * 2
    results = writer.post("documents/batch", {"rows": rows}, status=200)["results"]
    assert [result["status"] for result in results] == [202, 200]
    assert results[0]["location"] == results[1]["location"]


def test_a_row_that_cannot_be_done_costs_the_others_nothing(writer: Caller) -> None:
    standing = records.shift()
    gone = records.shift(status="withdrawn", withdrawn_at=records.NOW)
    rows = [{"kind": "reject", "shift": shift.pk} for shift in (gone, standing)]
    results = writer.post("decisions/batch", {"rows": rows}, status=200)["results"]
    assert [result["status"] for result in results] == [422, 201]
    assert Decision.objects.get().shift == standing


@pytest.mark.parametrize(
    "rows", [[], [1] * 101, "x", {"a": 1}, None], ids=["none", "101", "text", "object", "null"]
)
def test_what_are_no_rows_is_refused_as_a_whole(writer: Caller, rows: object) -> None:
    problem = writer.post("documents/batch", {"rows": rows}, status=400)
    assert problem["fields"][0]["name"].startswith("rows")


@pytest.mark.parametrize("row", [1, None, "x", [], [[]]])
def test_a_row_that_is_no_object_is_refused_by_itself(writer: Caller, row: object) -> None:
    results = writer.post("documents/batch", {"rows": [row]}, status=200)["results"]
    assert [result["status"] for result in results] == [400]


def test_a_whole_batch_is_done_once(writer: Caller) -> None:
    records.source()
    headers = writer.headers | {"Idempotency-Key": "a"}
    body = {"rows": [_document("We are ready."), _document("No.", "nowhere")]}
    answers = [
        writer.client.post(
            "/api/v1/documents/batch", body, content_type="application/json", headers=headers
        )
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    conforms("post", answers[1])
    assert Document.objects.count() == 1
