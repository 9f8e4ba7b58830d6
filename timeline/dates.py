"""Dates in a passage: days, months, years, decades and centuries, as intervals of days."""

import calendar
from datetime import date

from timeline.numerals import MONEY, PERCENT, SCALES, Read, at, number
from timeline.words import Words

MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_VERBS = frozenset(("may", "march"))  # months that are verbs too: read after "in", "by", "since"
PARTS = {
    "early": (1, 4),
    "beginning": (1, 4),
    "start": (1, 4),
    "mid": (5, 8),
    "middle": (5, 8),
    "late": (9, 12),
    "end": (9, 12),
    "close": (9, 12),
}
_FIRST_YEAR, _LAST_YEAR = 1000, 2100
_DAYS_IN_MONTH = 31
_LEADS_TO_YEAR = (
    "in since until till by before after from during of through year late early mid - ( around "
    "about between to and ,"
)
_YEAR_LEADS = frozenset(_LEADS_TO_YEAR.split(" "))


def month_date(tokens: Words, index: int) -> Read | None:
    """Read `March 15, 2020`, `March 15`, `March 2020`, `March`; the day before is read apart."""
    month, last = MONTHS[tokens.low[index]], index
    day = _day_of_month(at(tokens, index + 1))
    if day:
        last += 1
    joined = at(tokens, last + 1) in (",", "in", "of")
    year = _year(at(tokens, last + 1 + joined))
    if year:
        last += 1 + joined
    if not day and not year and tokens.low[index] in _VERBS:
        return _dated(0, month, 0, last) if at(tokens, index - 1) in _YEAR_LEADS - {","} else None
    return _dated(year, month, day, last)


def opens_with_day(tokens: Words, index: int) -> bool:
    """Return whether a number is the day of the month that follows it: `15 March`."""
    if at(tokens, index + 1) not in MONTHS or not _day_of_month(tokens.low[index]):
        return False
    return tokens.raw[index + 1][0].isupper() or bool(_year(at(tokens, index + 2)))


def day_date(tokens: Words, index: int) -> Read | None:
    """Read `15 March 2020`, `15 March`; None for a day that the month has not."""
    year, month = _year(at(tokens, index + 2)), MONTHS[tokens.low[index + 1]]
    return _dated(year, month, _day_of_month(tokens.low[index]), index + 1 + bool(year))


def reads_as_year(tokens: Words, index: int) -> bool:
    """Return whether a number is a year: not one with a unit, nor one that counts a plural."""
    if not _year(tokens.low[index]):
        return False
    following = at(tokens, index + 1)
    if at(tokens, index - 1) in MONEY or following in PERCENT or following in SCALES:
        return False
    return (
        at(tokens, index - 1) in _YEAR_LEADS
        or not following[:1].isalpha()
        or (index == 0 or tokens.raw[index + 1][0].isupper())
        or not following.endswith("s")
    )


def year_date(tokens: Words, index: int) -> Read:
    """Read `2020`, `early 2020`, `2020 to 2022`."""
    year, last = int(tokens.low[index]), index
    lead = at(tokens, index - 1)
    if lead in ("-", "of"):
        lead = at(tokens, index - 2)
    months = PARTS.get(lead, (1, 12))
    to = year
    if at(tokens, index + 1) in ("-", "–", "to") and (end := _year(at(tokens, index + 2))) > year:
        to, last = end, index + 2
    return Read(_days(year, months[0])[0], _days(to, months[1])[1], 1.0, "date", last)


def decade(read: Read) -> str:
    """Read on the "s" of `1990s` or `1900s`; return the unit."""
    year = int(read.low)
    if not (_FIRST_YEAR <= year < _LAST_YEAR and year % 10 == 0):
        return read.unit
    length = 100 if year % 100 == 0 else 10
    read.low, read.high, read.last = _days(year)[0], _days(year + length - 1)[1], read.last + 1
    return "date"


def century(read: Read) -> str:
    """Read on the "century" of `19th century`; return the unit."""
    nth = int(read.low)
    if not 10 < nth <= _LAST_YEAR // 100:
        return read.unit
    read.low, read.high = _days(100 * nth - 100)[0], _days(100 * nth - 1)[1]
    read.last += 1
    return "date"


def _dated(year: int, month: int, day: int, last: int) -> Read | None:
    if year:
        try:
            low, high = _days(year, month, day)
        except ValueError:
            return None
        return Read(low, high, 1.0, "date", last)
    low = month * 100.0 + day
    return Read(low, low if day else low + 99, 1.0, "day", last)


def _days(year: int, month: int = 0, day: int = 0) -> tuple[float, float]:
    """Return the first and last day (proleptic ordinals) of a year, month or day."""
    first = date(year, month or 1, day or 1)
    if day:
        return float(first.toordinal()), float(first.toordinal())
    last_month = month or 12
    last = date(year, last_month, calendar.monthrange(year, last_month)[1])
    return float(first.toordinal()), float(last.toordinal())


def _day_of_month(word: str) -> int:
    read = number(word) if word and word[0].isdigit() else None
    if read and read[0] == int(read[0]) and 1 <= read[0] <= _DAYS_IN_MONTH and read[1] == 1:
        return int(read[0])
    return 0


def _year(word: str) -> int:
    if len(word) == 4 and word.isdigit() and _FIRST_YEAR <= int(word) < _LAST_YEAR:
        return int(word)
    return 0
