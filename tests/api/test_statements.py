"""GET and POST statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api import records
from tests.api.calling import Caller
from tracker import dates, ingest
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


# --- Statements that the reading overlooked ---------------------------------------------------


WORDS = "Talks, talks. We will talk if they do. We will talk next year."


@pytest.fixture
def given(db: None) -> dict[str, Any]:
    """A statement in a document of ours."""
    records.topic()
    document = records.document(WORDS)
    document.set_said(dates.parse("2024-03-01"))
    document.save()
    return {
        "document": document.pk,
        "actor": records.actor().slug,
        "topic": "talks",
        "exact": "We will talk",
        "attribution": "direct",
        "fidelity": "verbatim",
    }


@pytest.mark.parametrize(
    ("anchor", "start"),
    [
        ({"start": 14}, 14),
        ({"end": 51}, 39),
        ({"start": 39, "end": 51, "prefix": "do. ", "suffix": " next"}, 39),
        ({"prefix": "talks. "}, 14),
        ({"suffix": " next year."}, 39),
        ({"exact": "talks"}, 7),
    ],
)
def test_the_words_of_a_given_statement_are_found_where_it_says(
    writer: Caller, given: dict[str, Any], anchor: dict[str, Any], start: int
) -> None:
    made = writer.post("statements", given | anchor, status=202)
    assert made["kind"] == "add_statement"
    exact = anchor.get("exact", given["exact"])
    assert (made["detail"]["start"], made["detail"]["exact"]) == (start, exact)


def test_a_given_statement_is_held_after_the_next_reading(
    writer: Caller, given: dict[str, Any]
) -> None:
    writer.post("statements", given | {"start": 39}, status=202)
    ingest.read_waiting(now=timezone.now())
    found = writer.get("statements", {"document": given["document"]})["results"]
    assert [(row["exact"], row["start"]) for row in found if row["start"] == 39] == [
        ("We will talk", 39)
    ]


@pytest.mark.parametrize(
    ("anchor", "field"),
    [
        ({}, "exact"),
        ({"exact": "we will talk"}, "exact"),
        ({"start": 15}, "start"),
        ({"start": 5_000_000}, "start"),
        ({"end": 50}, "end"),
        ({"start": 14, "end": 51}, "prefix"),
        ({"prefix": "never"}, "prefix"),
        ({"start": 14, "suffix": " next"}, "prefix"),
        ({"start": 14, "said": "2999-01-01"}, "said"),
    ],
)
def test_words_that_do_not_stand_there_are_refused(
    writer: Caller, given: dict[str, Any], anchor: dict[str, Any], field: str
) -> None:
    problem = writer.post("statements", given | anchor, status=422)
    assert [row["name"] for row in problem["fields"]] == [field]


def test_words_without_a_day_are_refused(writer: Caller, given: dict[str, Any]) -> None:
    undated = records.document("We will talk about it.").pk
    writer.post("statements", given | {"document": undated}, status=422)
    writer.post("statements", given | {"document": undated, "said": "2024-03"}, status=202)


def test_statements_are_found_by_source_and_days(anyone: Caller) -> None:
    herald = records.document(source=records.source("herald"))
    kept = records.statement("2024-03", document=herald)
    records.statement("2024-03")
    for query, found in (
        ({"source": "herald"}, [kept.pk]),
        ({"source": "herald", "since": "2024-03-01", "until": "2024-03-31"}, [kept.pk]),
        ({"source": "herald", "until": "2024-03-30"}, []),
        ({"source": "herald", "since": "2024-03-02"}, []),
    ):
        assert [row["id"] for row in anyone.get("statements", query)["results"]] == found
