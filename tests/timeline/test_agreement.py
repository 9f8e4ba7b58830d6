"""Krippendorff's alpha, against the examples worked in his paper of 2011."""

import pytest

from timeline.agreement import nominal, ordinal

# "Computing Krippendorff's Alpha-Reliability", section D: four observers, twelve units.
FOUR_OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
# Section A: two observers, ten units, two values. Section B: two observers, twelve units.
BINARY = ["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"]
LETTERS = ["a a b b d c c c e d d a", "b a b b b c c c e d d d"]


def units(rows: list[str]) -> list[list[str]]:
    columns = zip(*(row.split() for row in rows), strict=True)
    return [[value for value in column if value != "."] for column in columns]


@pytest.mark.parametrize(
    ("rows", "alpha"), [(BINARY, 0.095), (LETTERS, 0.692), (FOUR_OBSERVERS, 0.743)]
)
def test_nominal_alpha_is_that_of_the_paper(rows: list[str], alpha: float) -> None:
    assert nominal(units(rows)) == pytest.approx(alpha, abs=0.0005)


def test_ordinal_alpha_is_that_of_the_paper() -> None:
    assert ordinal(units(FOUR_OBSERVERS), "12345") == pytest.approx(0.815, abs=0.0005)


def test_perfect_agreement_is_one_whatever_the_metric() -> None:
    agreed = [["a", "a"], ["b", "b"], ["c", "c"]]
    assert nominal(agreed) == ordinal(agreed, "abc") == 1


def test_taking_the_opposite_each_time_is_worse_than_chance() -> None:
    alpha = nominal([["a", "b"], ["b", "a"], ["a", "b"]])
    assert alpha is not None
    assert alpha < 0


def test_near_values_count_for_more_than_far_ones_where_there_is_an_order() -> None:
    anchors = [["1", "1"], ["2", "2"], ["3", "3"], ["4", "4"]]
    near = ordinal([*anchors, ["1", "2"]], "1234")
    far = ordinal([*anchors, ["1", "4"]], "1234")
    assert near is not None
    assert far is not None
    assert near > far


@pytest.mark.parametrize("given", [[], [["a"]], [["a"], ["b"]], [["a", "a"], ["a", "a"]]])
def test_nothing_is_said_where_nothing_varies_or_nobody_judged_twice(
    given: list[list[str]],
) -> None:
    assert nominal(given) is None
    assert ordinal(given, "ab") is None


def test_a_unit_judged_once_changes_nothing() -> None:
    given = units(LETTERS)
    assert nominal([*given, ["a"], []]) == nominal(given)


def test_a_value_outside_the_order_is_named() -> None:
    with pytest.raises(ValueError, match="'x' is not one of"):
        ordinal([["a", "x"]], "ab")
