"""Full text over statements, and the uses of a phrase, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api import records
from tracker import search
from tracker.models import Statement

pytestmark = pytest.mark.django_db


def _said(day: str, text: str, **fields: Any) -> int:
    return records.statement(day, text, **fields).pk


def _found(query: str, **asked: Any) -> list[int]:
    return [hit.statement.pk for hit in search.statements(query, **asked).hits]


def test_newest_said_comes_first_whatever_was_recorded_first() -> None:
    middle = _said("2024-03-01", "We want talks.")
    newest = _said("2024-09-01", "No talks now.")
    oldest = _said("2023-01-01", "Talks are off.")
    _said("2024-05-01", "The harbour is ours.")
    assert _found("talks") == [newest, middle, oldest]
    assert _found("TALKS", newest_first=False) == [oldest, middle, newest]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("not ready", ["We are not ready to talk.", "Ready or not, here we come."]),
        ('"not ready"', ["We are not ready to talk."]),
        ("ready -not", ["We are ready to talk."]),
        ('ready -"not ready"', ["Ready or not, here we come.", "We are ready to talk."]),
        ("harb*", ["The harbour is ours."]),
        ("harb", []),
        ("harbour OR come", ["The harbour is ours.", "Ready or not, here we come."]),
        ("harbour OR ready talk", ["We are not ready to talk.", "We are ready to talk."]),
        ("can't", ["We can't give up Sarn-on-Sea, U.S. or not."]),
        ("sarn", ["We can't give up Sarn-on-Sea, U.S. or not."]),
        ('"sarn on sea"', ["We can't give up Sarn-on-Sea, U.S. or not."]),
        ("U.S.", ["We can't give up Sarn-on-Sea, U.S. or not."]),
        ("переговоры", ["Переговоры возможны."]),
    ],
)
def test_a_query_finds_what_it_says(query: str, texts: list[str]) -> None:
    for text in (
        "We are ready to talk.",
        "We are not ready to talk.",
        "Ready or not, here we come.",
        "The harbour is ours.",
        "We can't give up Sarn-on-Sea, U.S. or not.",
        "Переговоры возможны.",
    ):
        _said("2024-03-01", text)
    found = [hit.statement.exact for hit in search.statements(query).hits]
    assert sorted(found) == sorted(texts)


@pytest.mark.parametrize(
    ("kept", "dropped"),
    [
        ({"attribution": ["direct"]}, {"attribution": ["mixed", "indirect"]}),
        ({"fidelity": ["verbatim"]}, {"fidelity": ["translated"]}),
        ({"since": date(2024, 3, 1)}, {"since": date(2024, 3, 2)}),
        ({"until": date(2024, 3, 31)}, {"until": date(2024, 3, 30)}),
        ({"said_until": date(2024, 3, 31)}, {"said_until": date(2024, 3, 30)}),
        ({"known_at": records.NOW}, {"known_at": records.NOW - timedelta(seconds=1)}),
    ],
)
def test_a_filter_keeps_what_it_names(kept: dict[str, Any], dropped: dict[str, Any]) -> None:
    found = _said("2024-03", "Talks.")
    assert _found("talks", **kept) == [found]
    assert _found("talks", **dropped) == []


def test_actor_topic_and_source_are_filters_too() -> None:
    records.statement(text="Talks.")
    other = {
        "actor": records.actor("tomas-brel", "Tomas Brel"),
        "topic": records.topic("harbour", "The harbour"),
    }
    outlet = records.source("ostravia-post")
    found = _said("2024-03-01", "Talks.", document=records.document(source=outlet), **other)
    for filters in ({"actor": other["actor"]}, {"topic": other["topic"]}, {"source": outlet}):
        assert _found("talks", **filters) == [found]


def test_pages_go_on_after_a_row_and_inserts_move_nothing() -> None:
    ids = [_said(f"2024-03-{day:02}", "Talks.") for day in (1, 2, 2, 3, 4)]
    first = search.statements("talks", limit=2)
    _said("2024-04-01", "Talks.")
    second = search.statements("talks", limit=2, after=first.after)
    third = search.statements("talks", limit=2, after=second.after)
    pages = [[hit.statement.pk for hit in page.hits] for page in (first, second, third)]
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert third.after == ""


@pytest.mark.parametrize("after", ["x", "2024-01-01", "2024-01-01.", "2024-13-01.1", "1.2.3"])
def test_a_place_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        search.statements("talks", after=after)


def test_a_retracted_statement_is_found_only_as_of_then() -> None:
    later = records.NOW + timedelta(days=1)
    gone = _said("2024-03-01", "Talks.", retracted_at=later)
    assert _found("talks") == []
    assert _found("talks", known_at=records.NOW) == [gone]


def test_the_index_follows_every_change_of_a_row() -> None:
    row = records.statement("2024-03-01", "Talks.")
    Statement.objects.filter(pk=row.pk).update(exact="Harbour.", said_earliest=date(2024, 2, 1))
    assert _found("talks") == []
    assert _found("harbour", since=date(2024, 2, 1), until=date(2024, 3, 1)) == [row.pk]
    row.delete()
    assert _found("harbour") == []


def test_the_words_are_marked_in_a_stretch_around_them() -> None:
    text = (
        "Nothing of note was said at all. " * 30
        + "We are ready to talk, ready indeed. "
        + "x " * 300
    )
    snippet = search.snippets(search.parse('"ready to talk" indeed re*'))(text)
    shown = [snippet.text[start:end] for start, end in snippet.marks]
    assert shown == ["ready to talk", "ready", "indeed"]
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert len(snippet.text) < 260


def test_a_short_passage_is_shown_whole() -> None:
    assert search.snippets(search.parse("talk"))("We talk.") == search.Snippet("We talk.", [(3, 7)])


HOSTILE = [
    "",
    " ",
    "*",
    '"',
    '"" OR ""',
    "OR",
    "OR OR -",
    "-talks",
    "--talks",
    "AND NOT NEAR(",
    "exact: talks",
    "talks AND ) (",
    "tal'ks';--",
    "\\",
    "a\0b",
    "\ud800",
    "²½",
    "'talk':* & !x",
    "{talks} ^talks + x",
    "x" * 500,
    "a " * 200,
    '"' + "a " * 200,
    "talks " * 2000,
    "é" * 10_000,
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_query_finds_little_and_breaks_nothing(query: str) -> None:
    _said("2024-03-01", "Talks.")
    assert len(search.statements(query).hits) <= 1
    assert search.phrase(query).passages <= 1


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(alphabet=st.characters() | st.sampled_from(list("\"*-'()|&!:<>OR ")), max_size=60))
def test_no_query_breaks_anything(query: str) -> None:
    search.statements(query)
    search.phrase(query)


def test_a_query_that_asks_for_nothing_says_why() -> None:
    assert search.parse("-talks").refused == "There is no word to look for."
    assert "500" in search.parse("x" * 501).refused
    assert "40" in search.parse("a " * 41).refused
    assert search.parse("a " * 40).refused == ""


def test_the_uses_of_a_phrase_are_counted_by_month() -> None:
    first = _said("2024-03-01", "We are ready to talk.")
    _said("2024-03-01", "She said: READY – to talk!")
    _said("2024-05-02", "Ready; to-day talk is cheap.")
    last = _said("2024-05-03", "Nobody is ready to talk, nobody.")
    uses = search.phrase("ready to talk")
    assert uses.first is not None
    assert uses.last is not None
    assert (uses.first.statement.pk, uses.last.statement.pk) == (first, last)
    assert uses.months == [search.Month("2024-03", 2, 1), search.Month("2024-05", 1, 1)]
    assert (uses.passages, uses.days) == (3, 2)


def test_a_passage_on_two_topics_is_one_use() -> None:
    document = records.document("Talks and the harbour.")
    for topic in (records.topic(), records.topic("harbour", "The harbour")):
        records.statement("2024-03-01", "Talks and the harbour.", document=document, topic=topic)
    assert search.phrase("the harbour").passages == 1


def test_a_phrase_that_was_never_used_has_no_first_use() -> None:
    assert search.phrase("ready") == search.Uses(None, None, 0, 0, [])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL needs no triggers")
def test_the_triggers_are_there_after_all_migrations() -> None:
    """A migration that makes Django rebuild the table drops them: call `keep_in_step` there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        names = {name for (name,) in cursor.fetchall()}
    assert names >= {"statement_words_added", "statement_words_taken", "statement_words_changed"}
