"""Dates with a precision: what is known of a day, never an invented midnight.

Values are written in the Extended Date/Time Format (EDTF, ISO 8601-2): `2022-12`,
`2022-04-01~`, `2024-07-26/2024-07-27`. Each is kept beside the first and last day that it
can mean, so that a database can sort and filter it.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

EARLIEST_YEAR, LATEST_YEAR = 1000, 9999
LONGEST = 64  # characters; what a column of the record takes
_MONTH_LENGTH = 7  # "2022-12"
_YEAR_LENGTH = 4  # "2022"
_DAY = re.compile(r"[1-9]\d{3}-\d\d-\d\d")


class BadDateError(ValueError):
    """A text that is no EDTF date, or one without a first and a last day."""


@dataclass(frozen=True, slots=True)
class EdtfDate:
    """A date as far as it is known.

    `earliest` and `latest` are the first and last day it can mean; `basis` is the words of
    the document that it rests on, empty where a person gave it.
    """

    edtf: str
    earliest: date
    latest: date
    basis: str = ""

    @property
    def precision(self) -> str:
        """One of `day`, `month`, `year`, `interval`."""
        return _precision(self.edtf)

    def __str__(self) -> str:
        return self.edtf


@lru_cache(maxsize=10_000)
def _precision(edtf: str) -> str:
    bare = re.sub(r"[~?%]", "", edtf)
    if "/" in bare or "[" in bare:
        return "interval"
    return {_YEAR_LENGTH: "year", _MONTH_LENGTH: "month"}.get(len(bare), "day")


def day(value: date, *, basis: str = "") -> EdtfDate:
    """Return the EDTF date of one known day."""
    return EdtfDate(value.isoformat(), value, value, basis)


def between(earliest: date, latest: date, *, basis: str = "") -> EdtfDate:
    """Return the interval from `earliest` to `latest`, both included."""
    if earliest == latest:
        return day(earliest, basis=basis)
    return EdtfDate(f"{earliest.isoformat()}/{latest.isoformat()}", earliest, latest, basis)


def parse(text: str, *, basis: str = "") -> EdtfDate:
    """Return the date that an EDTF text means; raise BadDateError with a reason to act on.

    Open intervals (`2022/..`) are refused: a statement was said on some day, and a series
    cannot place a date without a first and a last one.
    """
    cleaned = text.strip()
    if not cleaned.isascii() or not 0 < len(cleaned) <= LONGEST:
        raise _not_a_date(text)
    if _DAY.fullmatch(cleaned) and (known := _known_day(cleaned)):
        return EdtfDate(cleaned, known, known, basis)
    try:
        value = parse_edtf(cleaned)
        bounds = value.lower_strict(), value.upper_strict()
        earliest, latest = (date(point.tm_year, point.tm_mon, point.tm_mday) for point in bounds)
        earliest, latest = _widened(cleaned, earliest, latest)
    except (
        EDTFParseException,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        IndexError,
    ) as error:
        raise _not_a_date(text) from error
    if earliest > latest or not EARLIEST_YEAR <= earliest.year <= latest.year <= LATEST_YEAR:
        raise BadDateError(f"'{cleaned}' has no first and last day between the years 1000 and 9999")
    return EdtfDate(cleaned, earliest, latest, basis)


def _known_day(text: str) -> date | None:
    """Return the day of `2022-04-01`, which the grammar takes milliseconds to read."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _not_a_date(text: str) -> BadDateError:
    return BadDateError(
        f"'{text[:LONGEST]}' is not an EDTF date such as 2022-04-01, 2022-04 or "
        "2022-04-01/2022-04-03"
    )


def _widened(edtf: str, earliest: date, latest: date) -> tuple[date, date]:
    """Return the bounds of an approximate date ("~"), a unit of its precision wider each way."""
    first, _, last = edtf.partition("/")
    return earliest - _margin(first), latest + _margin(last or first)


def _margin(end: str) -> timedelta:
    if "~" not in end and "%" not in end:
        return timedelta(0)
    length = len(re.sub(r"[~?%]", "", end))
    return timedelta(days={_YEAR_LENGTH: 365, _MONTH_LENGTH: 30}.get(length, 1))
