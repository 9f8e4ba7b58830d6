"""Ready statements: each row's refusal says what is wrong with it."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import chronology
from tracker.chronology import Known

KNOWN = Known(
    actors={"ilva-marenko"}, topics={"talks", "pact"}, sources={"wire"}, today=date(2026, 1, 5)
)
GOOD: dict[str, Any] = {
    "actor": "ilva-marenko",
    "topic": "talks",
    "said": "2023-05",
    "text": "She was ready for talks.",
    "source": "wire",
}


def parse(**fields: Any) -> tuple[list[chronology.Row], list[str]]:
    return chronology.parse(json.dumps({**GOOD, **fields}), known=KNOWN, form="jsonl")


def test_a_good_row_has_the_defaults_of_a_paraphrase() -> None:
    (row,), errors = parse()
    assert errors == []
    assert (row.topics, row.attribution, row.fidelity) == (("talks",), "indirect", "paraphrased")


@pytest.mark.parametrize("topic", ["talks, pact", ["talks", "pact"], ["talks", "pact", "talks"]])
def test_a_row_may_be_on_two_topics_each_once(topic: object) -> None:
    (row,), _ = parse(topic=topic)
    assert row.topics == ("talks", "pact")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"actor": "nobody"}, "actor 'nobody' is not known"),
        ({"topic": "weather"}, "topic 'weather' is not known"),
        ({"topic": 3}, "topic must be a slug or a list of slugs"),
        ({"source": "rumour"}, "source 'rumour' is not known"),
        ({"said": "last week"}, "said: 'last week' is not an EDTF date"),
        ({"said": ""}, "said missing"),
        ({"said": "2031-01-01"}, "said: 2031-01-01 lies in the future"),
        ({"published": "soon"}, "published: 'soon' is not an EDTF date"),
        ({"published": "2031"}, "published: 2031 lies in the future"),
        ({"text": "  "}, "text must be words"),
        ({"text": 12}, "text must be words"),
        ({"text": "a\x00b"}, "text holds control characters"),
        ({"text": "half \ud83d pair"}, "text holds control characters or half a character pair"),
        ({"text": "long " * 1001}, "text has 5004 characters; at most 5000 are taken"),
        ({"url": "javascript:alert(1)"}, "is not an http(s) address"),
        ({"url": "https://example.org/" + "a" * 2000}, "at most 2000 are taken"),
        ({"fidelity": "exact"}, "fidelity 'exact' is not known"),
        ({"attribution": "hearsay"}, "attribution 'hearsay' is not known"),
        ({"mood": "grim"}, "unknown field mood"),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_the_reason(
    fields: dict[str, Any], reason: str
) -> None:
    rows, errors = parse(**fields)
    assert rows == []
    assert len(errors) == 1
    assert errors[0].startswith("row 1: ")
    assert reason in errors[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not an object with fields"),
        ("[" * 100_000, "not JSON"),
        ('{"actor": ' + "1" * 5000 + "}", "not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_refused(line: str, reason: str) -> None:
    assert reason in chronology.parse(line, known=KNOWN, form="jsonl")[1][0]


def test_rows_count_as_an_editor_counts_lines() -> None:
    lines = "\n".join([json.dumps(GOOD), "", json.dumps({**GOOD, "actor": "nobody"})])
    rows, errors = chronology.parse(lines, known=KNOWN, form="jsonl")
    assert len(rows) == 1
    assert errors[0].startswith("row 3: ")


def test_a_line_separator_inside_a_text_ends_no_row() -> None:
    line = json.dumps({**GOOD, "text": "one\u2028two"}, ensure_ascii=False)
    rows, errors = chronology.parse(line, known=KNOWN, form="jsonl")
    assert ([row.text for row in rows], errors) == (["one\u2028two"], [])


def test_a_table_is_read_like_lines() -> None:
    table = (
        'actor,topic,said,text,source\nilva-marenko,"talks,pact",2023-05,"Ready, she said.",wire\n'
    )
    (row,), errors = chronology.parse(table, known=KNOWN, form="csv")
    assert (row.text, row.topics, errors) == ("Ready, she said.", ("talks", "pact"), [])


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("actor,topic\nilva-marenko,talks,more\n", "unknown field"),
        ("actor,topic\nilva-marenko\n", "topic, said, text, source missing"),
        ("text\n" + "a" * 140_000 + "\n", "not CSV"),
    ],
)
def test_a_bad_table_row_is_refused(table: str, reason: str) -> None:
    assert reason in chronology.parse(table, known=KNOWN, form="csv")[1][0]


def test_the_captured_bytes_do_not_depend_on_the_order_of_fields() -> None:
    turned = json.dumps(dict(reversed(GOOD.items())))
    (one,), _ = parse()
    (other,), _ = chronology.parse(turned, known=KNOWN, form="jsonl")
    assert one.as_json() == other.as_json()


def test_a_captured_row_reads_as_one_passage_of_all_its_words() -> None:
    (row,), _ = parse(topic=["talks", "pact"])
    reading = chronology.reading(row.as_json(), said=row.said)
    (passage,) = reading.passages
    assert row.text[passage.start : passage.end] == row.text
    assert [match.topic for match in passage.topics] == ["talks", "pact"]
    assert passage.said == row.said


@given(st.text(max_size=200), st.sampled_from(["jsonl", "csv"]))
def test_any_text_gives_rows_or_reasons(text: str, form: Any) -> None:
    rows, errors = chronology.parse(text, known=KNOWN, form=form)
    assert rows == []
    assert all(error.startswith("row ") for error in errors)
