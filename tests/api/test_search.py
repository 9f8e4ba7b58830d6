"""GET search and phrases."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.records import fill
from tests.api import records
from tests.api.calling import Caller
from tracker import search


def _ids(caller: Caller, **query: Any) -> list[int]:
    return [row["id"] for row in caller.get("search", query)["results"]]


def test_a_hit_is_a_statement_with_its_words_marked(anyone: Caller) -> None:
    kept = records.statement()
    (row,) = anyone.get("search", {"q": '"ready to talk" karsk'})["results"]
    snippet = row.pop("snippet")
    assert row == anyone.get(f"statements/{kept.pk}")
    marked = [snippet["text"][start:end] for start, end in snippet["marks"]]
    assert marked == ["ready to talk", "Karsk"]


def test_following_next_gives_every_hit_once(anyone: Caller) -> None:
    ids = [records.statement(f"2024-03-0{day}").pk for day in (1, 2, 2)]
    first = anyone.get("search", {"q": "talk", "limit": 2})
    second = anyone.get(first["next"])
    pages = [[row["id"] for row in page["results"]] for page in (first, second)]
    assert pages == [[ids[2], ids[1]], [ids[0]]]
    assert second["next"] is None
    anyone.get(first["next"].replace("q=talk", "q=ready"), status=400)


def test_hits_are_filtered(anyone: Caller) -> None:
    kept = records.statement("2024-03-01", document=records.document(source=records.source("post")))
    records.statement("2024-03-02", actor=records.actor("tomas-brel", "Tomas Brel"))
    records.topic("harbour", "The harbour")
    for query in ({"source": "post"}, {"until": "2024-03-01"}, {"actor": "ilva-marenko"}):
        assert _ids(anyone, q="talk", **query) == [kept.pk]
    assert _ids(anyone, q="talk", topic="harbour") == []


def test_known_at_shows_what_was_held_and_nothing_later(anyone: Caller) -> None:
    gone = records.statement(
        retracted_at=records.NOW + timedelta(days=1), retracted_because="the date was wrong"
    )
    assert _ids(anyone, q="talk") == []
    query = {"q": "talk", "known_at": records.NOW.isoformat()}
    (row,) = anyone.get("search", query)["results"]
    assert (row["id"], row["retracted_at"], row["retracted_because"]) == (gone.pk, None, "")


@pytest.mark.parametrize("path", ["search", "phrases"])
@pytest.mark.parametrize("q", ["", "!!", "x" * 501])
def test_a_query_without_words_is_refused(anyone: Caller, path: str, q: str) -> None:
    problem = anyone.get(path, {"q": q}, status=400)
    assert [field["name"] for field in problem["fields"]] == ["q"]


def test_a_search_asks_one_question_for_any_number_of_hits(anyone: Caller) -> None:
    for _ in range(5):
        records.statement()
    with CaptureQueriesContext(connection) as captured:
        assert len(_ids(anyone, q="talk")) == 5
    # Besides, PostgreSQL is asked how many it expects, and of how many, in a transaction with a
    # limit of time.
    assert len(captured) == (6 if connection.vendor == "postgresql" else 1)


def test_a_phrase_shows_its_first_and_last_use(anyone: Caller) -> None:
    days = ("2024-06-01", "2024-03-01", "2024-03-09")
    last, first, _ = (records.statement(day).pk for day in days)
    found = anyone.get("phrases", {"q": "Ready to talk"})
    assert (found["first"]["id"], found["last"]["id"]) == (first, last)
    assert found["months"][0] == {"month": "2024-03", "passages": 2, "days": 2}


def test_a_phrase_never_used_has_no_use(anyone: Caller) -> None:
    records.statement()
    found = anyone.get("phrases", {"q": "talk ready to"})
    assert (found["first"], found["last"], found["passages"]) == (None, None, 0)


@pytest.mark.parametrize("path", ["search", "phrases"])
def test_a_search_that_takes_too_long_is_given_up_with_a_reason(
    anyone: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    fill(0, 6000)
    # All statements hold both words, and none holds them side by side; none is a paraphrase.
    slow = {"q": "delay", "fidelity": "paraphrased"}
    if connection.vendor == "postgresql":
        slow = {"q": '"delay partners"'}
    with monkeypatch.context() as hurried:
        hurried.setattr(search, "PATIENCE", 0.0001)  # PostgreSQL has at least a millisecond
        (reason,) = anyone.get(path, slow, status=400)["fields"]
    assert (reason["name"], reason["code"]) == ("q", "too_slow")
    assert "rarer word" in reason["reason"]
    # The next one has all its time.
    assert anyone.get("search", {"q": "harbour"})["results"]
