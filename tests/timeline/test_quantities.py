"""Numbers and dates as they are written."""

import math
from datetime import date

import pytest

from timeline.coding import code
from timeline.quantities import Quantity


def only(said: str) -> Quantity:
    """Return the one quantity of a passage."""
    (found,) = code(said).quantities
    return found


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        ("They hold four regions.", 4, ""),
        ("They hold twenty-five regions.", 25, ""),
        ("It costs $1,200.50 today.", 1200.5, "money"),
        ("The rate is 5-1/4 percent.", 5.25, "percent"),
        ("The rate is 1 3/4 percent.", 1.75, "percent"),
        ("The rate rose by 25 basis points.", 25, "basis points"),
        ("They lost 3 million people.", 3e6, ""),
        ("We ask for 3 million", 3e6, ""),
        ("It scored 8.6/10 in the test.", 8.6, "rating"),
        ("It was the third visit.", 3, "ordinal"),
        ("It is a five-year plan.", 5, ""),
        ("It brought in 16 crores.", 16e7, ""),
        ("It is a 50-percent cut.", 50, "percent"),
        ("They hold three dozen islands.", 36, ""),
        ("It is a quarter of the budget.", 25, "percent"),
        ("Half of the voters stayed away.", 50, "percent"),
        ("It takes three quarters of the seats.", 75, "percent"),
        ("They lost half a million people.", 5e5, ""),
        ("It lasts two and a half years.", 2.5, ""),
        ("It is a two-and-a-half year plan.", 2.5, ""),
        ("No one doubts that they hold four regions.", 4, ""),
    ],
)
def test_a_number_is_read_with_its_unit(said: str, value: float, unit: str) -> None:
    found = only(said)

    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("at least 40 ships", 40, math.inf),
        ("no more than 40 ships", -math.inf, 40),
        ("40 or more ships", 40, math.inf),
        ("0 to 1/4 percent", 0, 0.25),
        ("between 3 and 5 ships", 3, 5),
    ],
)
def test_a_comparator_or_range_gives_an_interval(said: str, low: float, high: float) -> None:
    found = only(said)

    assert (found.low, found.high) == (low, high)


def test_more_than_a_number_excludes_it() -> None:
    assert only("more than 40 ships").low > 40


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("on 15 March 2024", date(2024, 3, 15), date(2024, 3, 15)),
        ("on March 15, 2024", date(2024, 3, 15), date(2024, 3, 15)),
        ("in March 2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("in 2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("in mid-2024", date(2024, 5, 1), date(2024, 8, 31)),
        ("in the 1990s", date(1990, 1, 1), date(1999, 12, 31)),
        ("in the 19th century", date(1800, 1, 1), date(1899, 12, 31)),
    ],
)
def test_a_date_is_the_interval_that_it_can_mean(said: str, first: date, last: date) -> None:
    found = only(said)

    assert found.unit == "date"
    assert (found.low, found.high) == (first.toordinal(), last.toordinal())


@pytest.mark.parametrize("said", ["season 1", "the match ended 4-3", "the disease COVID-19"])
def test_a_number_that_names_or_scores_counts_nothing(said: str) -> None:
    assert all(found.unit == "label" for found in code(said).quantities)


def test_what_is_counted_is_named() -> None:
    assert only("They hold four large regions.").measures == "regions"


def test_a_colon_after_a_space_makes_no_time_of_a_number() -> None:
    dated, counted = code("17 April : 89 cases were counted.").quantities

    assert (dated.unit, counted.unit, counted.measures) == ("day", "", "cases")


def test_a_month_and_its_year_are_one_date() -> None:
    first, last = date(2017, 6, 1).toordinal(), date(2017, 6, 30).toordinal()

    found = only("The works end in June of 2017.")

    assert (found.low, found.high) == (first, last)


def test_a_comparator_reaches_over_the_name_of_a_currency() -> None:
    assert only("It earned over US $ 10 million.").comparator == ">"


def test_the_number_in_a_name_is_not_the_noun_counted() -> None:
    counted = code("They have 4,050 COVID-19 cases.").quantities[0]

    assert counted.measures == "cases"


@pytest.mark.parametrize(
    ("said", "text", "value"),
    [
        ("We withdraw by the end of the year.", "the end of the year", 365),
        ("We withdraw before the end of next month.", "the end of next month", 60),
        ("We withdraw by early next year.", "early next year", 456.25),
        ("We withdraw no later than next week.", "next week", 14),
    ],
)
def test_a_deadline_without_a_number_is_told_in_days_from_the_day_of_speaking(
    said: str, text: str, value: float
) -> None:
    found = only(said)

    assert (found.text, found.unit, found.comparator) == (text, "deadline", "<=")
    assert (found.value, found.high) == (value, value)
    assert said[found.start : found.end] == text


@pytest.mark.parametrize("said", ["It is paid by the week.", "They met last year.", "By the way."])
def test_other_spans_of_time_are_no_deadlines(said: str) -> None:
    assert code(said).quantities == ()


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("We withdraw by the end of 2025.", date(2025, 12, 31)),
        ("We withdraw by the middle of 2025.", date(2025, 8, 31)),
        ("We withdraw by the year 2025.", date(2025, 12, 31)),
    ],
)
def test_a_part_of_a_year_ends_a_deadline(said: str, last: date) -> None:
    found = only(said)

    assert (found.low, found.high) == (-math.inf, last.toordinal())


def test_the_third_quarter_of_a_year_is_no_share() -> None:
    ordinal, year = code("in the third quarter of 2024").quantities

    assert (ordinal.unit, year.unit) == ("ordinal", "date")
