"""GET utterances."""

from tests.api import records
from tests.api.calling import Caller


def test_an_utterance_shows_what_it_says_and_who_stands_behind_it(anyone: Caller) -> None:
    kept = records.utterance(records.statement(), records.statement())
    (row,) = anyone.get("utterances")["results"]
    assert row["id"] == kept.pk
    assert row["text"] == records.TEXT
    assert (row["grade"], row["sources"]) == ("B2", 2)
    assert row["actor"]["slug"] == "ilva-marenko"


def test_utterances_are_filtered_by_stance_and_days(anyone: Caller) -> None:
    kept = records.utterance(records.statement("2024-03-01"))
    records.utterance(records.statement("2024-09-01"))
    records.utterance(records.statement(topic=records.topic("harbour", "The harbour")))
    query = {
        "actor": "ilva-marenko",
        "topic": "talks",
        "since": "2024-03-01",
        "until": "2024-03-01",
    }
    assert [row["id"] for row in anyone.get("utterances", query)["results"]] == [kept.pk]


def test_utterances_are_found_by_any_source_that_attests_them(anyone: Caller) -> None:
    herald = records.document(source=records.source("herald"))
    both = records.utterance(records.statement(), records.statement(document=herald))
    records.utterance()
    found = [row["id"] for row in anyone.get("utterances", {"source": "herald"})["results"]]
    assert found == [both.pk]


def test_a_retracted_utterance_is_shown_by_number_only(anyone: Caller) -> None:
    gone = records.utterance(retracted_at=records.NOW)
    assert anyone.get("utterances")["results"] == []
    assert anyone.get(f"utterances/{gone.pk}")["retracted_at"] is not None


def test_an_unknown_utterance_is_not_found(anyone: Caller) -> None:
    anyone.get("utterances/1", status=404)
