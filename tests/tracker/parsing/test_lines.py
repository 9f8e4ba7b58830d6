"""Printed lines put together to the paragraphs that their author wrote."""

import pytest

from tracker.parsing.lines import Line, paragraphs, text_of

WIDE = 400.0


def printed(*texts: str, top: float = 700.0, size: float = 12.0) -> list[Line]:
    """Return lines of full width, one below the other; a text that ends in `/` stops short."""
    return [
        Line(
            text=text.rstrip("/"),
            left=72.0,
            right=72.0 + (WIDE / 2 if text.endswith("/") else WIDE),
            baseline=top - 14.0 * number,
            size=size,
        )
        for number, text in enumerate(texts)
    ]


def test_lines_of_one_paragraph_are_joined() -> None:
    assert paragraphs(printed("Ostravia is ready", "for talks", "with Karsk./")) == [
        "Ostravia is ready for talks with Karsk."
    ]


def test_more_space_begins_a_paragraph() -> None:
    lines = [*printed("Ready for talks", "with Karsk."), *printed("Velgrad waits", top=660.0)]
    assert paragraphs(lines) == ["Ready for talks with Karsk.", "Velgrad waits"]


def test_a_line_that_stops_short_ends_its_paragraph() -> None:
    assert paragraphs(printed("Ready for talks/", "Velgrad waits", "for them")) == [
        "Ready for talks",
        "Velgrad waits for them",
    ]


def test_a_short_line_inside_a_sentence_ends_nothing() -> None:
    assert paragraphs(printed("Velgrad waits", "for/", "talks", "today")) == [
        "Velgrad waits for talks today"
    ]


def test_an_indent_begins_a_paragraph() -> None:
    lines = printed("Velgrad waits for talks.", "Karsk is silent,", "as ever.")
    lines[1] = Line(lines[1].text, 100.0, 472.0, lines[1].baseline, 12.0)
    assert paragraphs(lines) == ["Velgrad waits for talks.", "Karsk is silent, as ever."]


def test_another_size_begins_a_paragraph() -> None:
    lines = [*printed("A heading", size=20.0), *printed("and its text", top=686.0)]
    assert paragraphs(lines) == ["A heading", "and its text"]


def test_a_turn_begins_a_paragraph() -> None:
    assert paragraphs(printed("Will you talk?", "Ilva Marenko: Yes, we", "will.")) == [
        "Will you talk?",
        "Ilva Marenko: Yes, we will.",
    ]


@pytest.mark.parametrize("mark", ["\x02", "\ufffe", "\N{SOFT HYPHEN}"])
def test_a_word_cut_at_a_line_end_is_put_together(mark: str) -> None:
    assert paragraphs(printed(f"negoti{mark}", "ations")) == ["negotiations"]


def test_a_sentence_may_run_into_the_next_column() -> None:
    right = [Line("of talks.", 500.0, 900.0, 700.0, 12.0)]
    assert paragraphs([*printed("Velgrad waits", "for the first round"), *right]) == [
        "Velgrad waits for the first round of talks."
    ]


def test_what_is_printed_higher_up_in_the_same_column_begins_a_paragraph() -> None:
    head = [Line("Velgrad Post", 72.0, 200.0, 800.0, 9.0)]
    assert paragraphs([*printed("Ready for the first"), *head]) == [
        "Ready for the first",
        "Velgrad Post",
    ]


def test_heads_and_feet_cut_no_sentence() -> None:
    head = printed("Velgrad Post 29 July 2024", top=800.0)
    pages = [
        [
            *head,
            *printed("Ostravia is ready for", "the first round"),
            *printed("Page 1 of 2", top=40.0),
        ],
        [*head, *printed("of talks.", "Velgrad waits."), *printed("Page 2 of 2", top=40.0)],
    ]
    assert text_of(pages).split("\n") == [
        "Ostravia is ready for the first round of talks. Velgrad waits.",
        "Velgrad Post 29 July 2024",
        "Page 1 of 2",
    ]


def test_a_line_that_two_pages_share_in_their_middle_stays_in_its_place() -> None:
    one = printed("Ilva Marenko:", "Yes,", "we are ready", "for talks", "today.")
    two = printed("Question:", "Really,", "we are ready", "for peace", "now?")
    assert text_of([one, two]).split("\n") == [
        "Ilva Marenko: Yes, we are ready for talks today.",
        "Question: Really, we are ready for peace now?",
    ]


def test_no_lines_are_no_paragraphs() -> None:
    assert paragraphs([]) == []
    assert text_of([[], []]) == ""
