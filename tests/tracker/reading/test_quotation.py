"""Quotation marks, whole and broken."""

import pytest

from tests.tracker.reading.sayings import reading_of
from tracker.reading.layout import lines
from tracker.reading.quotation import quotations


def quoted(text: str) -> list[str]:
    return [text[q.inner_start : q.inner_end] for q in quotations(text, lines(text)).quotes]


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("He said “one” and “two”.", ["one", "two"]),
        ('He said "one" and "two".', ["one", "two"]),
        ("He said ``one'' there.", ["one"]),
        ("He said “one “inner” two” there.", ["one “inner” two"]),
        ("„Eins“, sagte er.", ["Eins"]),
        ("The workers’ wages aren’t “high”.", ["high"]),
        ("It isn't the state's business.", []),
    ],
)
def test_the_outermost_stretches_are_found(text: str, inner: list[str]) -> None:
    assert quoted(text) == inner


def test_a_missing_mark_never_swallows_the_next_paragraph() -> None:
    text = "She spoke of “a door and a house. Snow fell.\n\nThe second paragraph is narration."
    found = quotations(text, lines(text))
    assert all(quote.end <= text.index("\n") for quote in found.quotes)
    assert found.faults


def test_a_mark_left_open_because_the_next_paragraph_goes_on_is_no_fault() -> None:
    text = "“The first paragraph.\n\n“The second paragraph.”"
    found = quotations(text, lines(text))
    assert found.faults == []
    assert quoted(text) == ["The first paragraph.", "The second paragraph."]


def test_an_opening_mark_in_the_place_of_a_closing_one_is_understood() -> None:
    assert quoted("They want it “really“and soon.") == ["really"]


def test_a_broken_quotation_is_a_warning_at_the_mark() -> None:
    text = "The minister named it “a wall. Snow fell on the town for days.\n\nIt was cold."
    (warning,) = [w for w in reading_of(text).warnings if w.code == "broken_quotation"]
    assert text[warning.start : warning.end] == "“"
