"""Laws that hold whatever is said: tried on generated statements and on arbitrary text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.statements import Statement, statements
from timeline.diff import diff
from timeline.likeness import likeness
from timeline.shifts import compare

QUICK = settings(max_examples=60, deadline=None)
MIRRORED = {
    "hardened": "softened",
    "softened": "hardened",
    "reversed": "reversed",
    "changed": "changed",
    "none": "none",
}
MIRRORED_KINDS = {
    "condition_added": "condition_dropped",
    "condition_dropped": "condition_added",
    "demand_added": "demand_dropped",
    "demand_dropped": "demand_added",
    "commitment_strengthened": "commitment_weakened",
    "commitment_weakened": "commitment_strengthened",
}
VARIANTS = (
    ("harbour", "harbor"),
    ("recognise", "recognize"),
    ("labour", "labor"),
    ("defence", "defense"),
    ("Kyiv", "Kiev"),
    ("Kharkiv", "Kharkov"),
    ("Dvořák", "Dvorak"),
    ("the programme", "the program"),
)
QUOTES = (('"', '"'), ("“", "”"), ("«", "»"), ("``", "''"), ("„", "“"), ("'", "'"))


@QUICK
@given(statements())
def test_a_statement_beside_itself_is_a_reaffirmation(statement: Statement) -> None:
    verdict = compare(str(statement), str(statement))

    assert verdict.verdict == "no_shift"


@QUICK
@given(st.text(max_size=300))
def test_no_text_beside_itself_is_a_shift(text: str) -> None:
    assert compare(text, text).verdict != "shift"


@QUICK
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_are_compared_with_a_score_that_is_a_probability(a: str, b: str) -> None:
    assert 0.0 <= compare(a, b).score <= 1.0
    assert 0.0 <= likeness(a, b) <= 1.0


@QUICK
@given(statements(), statements())
def test_swapping_the_sides_mirrors_the_verdict(one: Statement, other: Statement) -> None:
    there, back = compare(str(one), str(other)), compare(str(other), str(one))

    assert there.verdict == back.verdict
    assert there.score == back.score
    assert MIRRORED[there.direction] == back.direction
    assert {MIRRORED_KINDS.get(kind, kind) for kind in there.kinds} == set(back.kinds)


@QUICK
@given(statements())
def test_a_not_in_the_main_clause_is_never_the_same_position(statement: Statement) -> None:
    verdict = compare(str(statement), str(statement.denied()))

    assert verdict.verdict == "shift"
    assert verdict.direction == "reversed"


@QUICK
@given(statements(), st.integers(2, 900))
def test_another_number_is_never_the_same_position(statement: Statement, number: int) -> None:
    if number == statement.number:
        number += 1
    verdict = compare(str(statement), str(statement.numbered(number)))

    assert verdict.verdict == "shift"
    assert verdict.quantities[0].change == ("raised" if number > statement.number else "lowered")


@QUICK
@given(statements(), st.sampled_from(QUOTES), st.sampled_from(QUOTES))
def test_the_style_of_quotation_marks_is_no_shift(
    statement: Statement, one: tuple[str, str], other: tuple[str, str]
) -> None:
    older, newer = (f"{marks[0]}{statement}{marks[1]}" for marks in (one, other))

    assert compare(older, newer).verdict == "no_shift"


@QUICK
@given(statements(), st.sampled_from(VARIANTS))
def test_another_spelling_of_a_word_or_name_is_no_shift(
    statement: Statement, variant: tuple[str, str]
) -> None:
    older, newer = (f"{statement} We spoke of {form} there." for form in variant)

    assert compare(older, newer).verdict == "no_shift"
    assert compare(newer, older).verdict == "no_shift"


@QUICK
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_diff_of_any_two_texts_rebuilds_both(older: str, newer: str) -> None:
    _rebuilds(older, newer)


@QUICK
@given(st.lists(statements(), max_size=5), st.randoms(use_true_random=False))
def test_a_diff_with_moved_sentences_rebuilds_both(said: list[Statement], random: object) -> None:
    again = list(said)
    random.shuffle(again)  # type: ignore[attr-defined]  # hypothesis hands over a random.Random
    _rebuilds(" ".join(map(str, said)), "\n".join(map(str, again)))


def _rebuilds(older: str, newer: str) -> None:
    drawn = diff(older, newer)

    assert "".join(run.text for run in drawn.older_runs()) == older
    assert "".join(run.text for run in drawn.newer_runs()) == newer
    for run in drawn.runs:
        if run.kind != "added":
            assert older[run.older_start : run.older_end] == run.text
        if run.kind != "dropped":
            assert newer[run.newer_start : run.newer_end] == run.text
