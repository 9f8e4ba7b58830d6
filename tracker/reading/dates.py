"""Dates in a text: the forms they are written in, and the words they rest on.

Small explicit patterns, each with its precision. Nothing is taken from a clock, and relative
words ("on Wednesday") mean something only beside a known published date.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tracker.dates import EARLIEST_YEAR, LATEST_YEAR, EdtfDate, between, day

_MONTH_NAMES = (
    "january jan januar janvier enero января", "february feb februar février febrero февраля",
    "march mar märz mars marzo марта", "april apr avril abril апреля", "may mai mayo мая",
    "june jun juni juin junio июня", "july jul juli juillet julio июля",
    "august aug août agosto августа", "september sept sep septembre septiembre сентября",
    "october oct oktober octobre octubre октября", "november nov novembre noviembre ноября",
    "december dec dezember décembre diciembre декабря",
)  # fmt: skip
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = (
    re.compile(rf"(?<![\d-]){_YEAR}-(?P<number>\d{{2}})-(?P<day>\d{{2}})(?=$|[^\d-]|T\d)"),
    re.compile(rf"(?<!\d){_DAY}(?:\s(?:of|de))?\s{_MONTH}(?:\sde|,)?\s{_YEAR}\b", re.I),
    re.compile(rf"\b{_MONTH}\s{_DAY},?\s{_YEAR}\b", re.I),
    re.compile(rf"(?<![\d.])(?P<day>\d{{1,2}})\.(?P<number>\d{{1,2}})\.{_YEAR}(?![\d.]*\d)"),
    re.compile(rf"(?<![\d/])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/{_YEAR}(?![\d/])"),
    re.compile(rf"\b{_MONTH}\s(?:of\s)?{_YEAR}\b", re.I),
)
_NO_YEAR = r"(?!\s*,?\s?\d{4}|\w)"
_PARTIALS = (
    re.compile(rf"\b(?:on\s)?{_MONTH}\s{_DAY}{_NO_YEAR}", re.I),
    re.compile(rf"\b(?:on\s)?(?<!\d){_DAY}\s(?:of\s)?{_MONTH}{_NO_YEAR}", re.I),
)
_RELATIVE = re.compile(
    r"\b(?:(?P<near>today|yesterday|tonight|this (?:morning|afternoon|evening)|(?:the )?same day)"
    rf"|(?:(?:on|last|late|early|this)\s)?(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
    r"|(?:earlier\s)?(?P<span>this|last)\s(?P<unit>week|month|year)"
    rf"|(?P<which>last|in|this)\s{_MONTH}(?!\s?\d))",
    re.I,
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/\d{4}(?![\d/])")
_MIDDLE = 12  # a first or second number above this can only be a day


@dataclass(frozen=True, slots=True)
class Written:
    """A date written in the text at `start:end`."""

    start: int
    end: int
    value: EdtfDate


def day_first(text: str) -> bool | None:
    """Return whether slashed dates of this document put the day first; None where none tells."""
    pairs = [(int(first), int(second)) for first, second in _SLASHED.findall(text)]
    if any(first > _MIDDLE for first, _ in pairs):
        return True
    return False if any(second > _MIDDLE for _, second in pairs) else None


def explicit(text: str, start: int, end: int, *, order: bool | None = None) -> list[Written]:
    """Return the dates with a year in `text[start:end]`, by place; `order` as from `day_first`."""
    found: list[Written] = []
    for form in _FORMS:
        starts = [written.start for written in found]
        more = [
            Written(match.start(), match.end(), value)
            for match in form.finditer(text, start, end)
            if (value := _value(match, order)) is not None and _is_free(match, found, starts)
        ]
        found = sorted([*found, *more], key=lambda written: written.start)
    return found


def _is_free(match: re.Match[str], found: Sequence[Written], starts: Sequence[int]) -> bool:
    """Return whether nothing of `found`, which is in order and starts at `starts`, overlaps."""
    place = bisect_left(starts, match.end()) - 1
    return place < 0 or found[place].end <= match.start()


def _value(match: re.Match[str], order: bool | None) -> EdtfDate | None:
    parts = match.groupdict()
    year, basis = int(parts["year"]), match.group()
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    if parts.get("first"):
        return _slashed(year, int(parts["first"]), int(parts["second"]), order, basis)
    month = int(parts["number"]) if parts.get("number") else _MONTHS[parts["month"].lower()]
    if parts.get("day") is None:
        return _month(year, month, basis)
    return _day(year, month, int(parts["day"]), basis)


def _day(year: int, month: int, number: int, basis: str) -> EdtfDate | None:
    try:
        return day(date(year, month, number), basis=basis)
    except ValueError:
        return None


def _month(year: int, month: int, basis: str) -> EdtfDate:
    last = monthrange(year, month)[1]
    return EdtfDate(f"{year:04}-{month:02}", date(year, month, 1), date(year, month, last), basis)


def _slashed(year: int, first: int, second: int, order: bool | None, basis: str) -> EdtfDate | None:
    """Return the day where the order is known, else the interval of both readings."""
    as_day_first, as_month_first = (
        _day(year, second, first, basis),
        _day(year, first, second, basis),
    )
    if as_day_first is None or as_month_first is None:
        return as_day_first or as_month_first
    if order is not None:
        return as_day_first if order else as_month_first
    days = sorted((as_day_first.earliest, as_month_first.earliest))
    return between(days[0], days[1], basis=basis)


def spoken_of(text: str, start: int, end: int, *, published: EdtfDate | None) -> EdtfDate | None:
    """Return when the words of `text[start:end]` place something, the first of them that can be.

    Explicit dates stand for themselves; partial and relative ones are counted back from
    `published`; without it they mean nothing and None is returned.
    """
    candidates = [(written.start, written.value) for written in explicit(text, start, end)]
    if published is not None:
        candidates += _counted_back(text, start, end, published)
    return min(candidates, key=lambda found: found[0])[1] if candidates else None


def unresolved(text: str, start: int, end: int) -> str:
    """Return the first relative or partial date words of `text[start:end]`, empty without any."""
    found = [match for form in (_RELATIVE, *_PARTIALS) for match in form.finditer(text, start, end)]
    return min(found, key=lambda match: match.start()).group() if found else ""


def _counted_back(
    text: str, start: int, end: int, published: EdtfDate
) -> Iterator[tuple[int, EdtfDate]]:
    for match in _RELATIVE.finditer(text, start, end):
        ends = [_relative(match, published.earliest), _relative(match, published.latest)]
        yield match.start(), _hull(ends, match.group())
    for form in _PARTIALS:
        for match in form.finditer(text, start, end):
            month, number = _MONTHS[match["month"].lower()], int(match["day"])
            value = _last_such_day(published.latest, month, number, match.group())
            if value is not None:
                yield match.start(), value


def _hull(ends: list[EdtfDate], basis: str) -> EdtfDate:
    first, last = min(e.earliest for e in ends), max(e.latest for e in ends)
    if ends[0].edtf == ends[1].edtf:
        return replace(ends[0], basis=basis)
    return between(first, last, basis=basis)


def _relative(match: re.Match[str], anchor: date) -> EdtfDate:
    """Return what relative words mean in a text published on `anchor`, looking back."""
    if match["near"]:
        return day(anchor - timedelta(days=match["near"].lower() == "yesterday"))
    if match["weekday"]:
        back = (anchor.weekday() - _WEEKDAYS.index(match["weekday"].lower())) % 7
        return day(anchor - timedelta(days=back))
    if match["unit"]:
        return _unit(match["span"].lower(), match["unit"].lower(), anchor)
    month = _MONTHS[match["month"].lower()]
    last = match["which"].lower() == "last"
    passed = anchor.month > month or (anchor.month == month and not last)
    return _month(anchor.year if passed else anchor.year - 1, month, "")


def _unit(span: str, unit: str, anchor: date) -> EdtfDate:
    if unit == "week":
        monday = anchor - timedelta(days=anchor.weekday())
        if span == "this":
            return between(monday, anchor)
        return between(monday - timedelta(days=7), monday - timedelta(days=1))
    if unit == "month":
        first = anchor.replace(day=1)
        if span == "this":
            return between(first, anchor)
        before = first - timedelta(days=1)
        return _month(before.year, before.month, "")
    if span == "this":
        return between(anchor.replace(month=1, day=1), anchor)
    year = anchor.year - 1
    return EdtfDate(f"{year:04}", date(year, 1, 1), date(year, 12, 31))


def _last_such_day(anchor: date, month: int, number: int, basis: str) -> EdtfDate | None:
    for year in (anchor.year, anchor.year - 1):
        value = _day(year, month, number, basis)
        if value is not None and value.earliest <= anchor:
            return value
    return None
