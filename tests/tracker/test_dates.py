"""Dates with a precision."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.dates import BadDateError, EdtfDate, between, day, parse

EDTF_ALPHABET = "0123456789-/~?%.[]{},XYTZ:+ "


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2022-04-01", date(2022, 4, 1), date(2022, 4, 1), "day"),
        ("2022-02", date(2022, 2, 1), date(2022, 2, 28), "month"),
        ("2022", date(2022, 1, 1), date(2022, 12, 31), "year"),
        ("2024-07-26/2024-07-27", date(2024, 7, 26), date(2024, 7, 27), "interval"),
        ("2022-04-10~", date(2022, 4, 9), date(2022, 4, 11), "day"),
    ],
)
def test_a_date_has_a_first_and_a_last_day(
    text: str, earliest: date, latest: date, precision: str
) -> None:
    found = parse(text)
    assert (found.earliest, found.latest, found.precision) == (earliest, latest, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "yesterday",
        "2022-13",
        "2022-02-30",
        "2022/..",
        "../2022",
        "0044-03-15",
        "２０２２",
    ],
)
def test_what_has_no_first_and_last_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadDateError, match=r"such as 2022-04-01|no first and last day"):
        parse(text)


def test_a_date_longer_than_its_column_is_refused() -> None:
    with pytest.raises(BadDateError):
        parse("[" + ",".join(["2022-04-01"] * 12) + "]")


def test_an_interval_of_one_day_is_that_day() -> None:
    assert between(date(2022, 4, 1), date(2022, 4, 1)) == day(date(2022, 4, 1))


@settings(deadline=None)
@given(st.one_of(st.text(EDTF_ALPHABET, max_size=24), st.text(max_size=30)))
def test_any_text_is_a_date_in_order_or_a_bad_one(text: str) -> None:
    try:
        found = parse(text)
    except BadDateError:
        return
    assert found.earliest <= found.latest
    assert found.precision in ("day", "month", "year", "interval")


@settings(deadline=None)
@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)), st.integers(0, 4000))
def test_what_is_written_is_read_back(first: date, days: int) -> None:
    last = date.fromordinal(min(first.toordinal() + days, date(9999, 12, 31).toordinal()))
    written = between(first, last)
    assert parse(written.edtf) == EdtfDate(written.edtf, first, last)
