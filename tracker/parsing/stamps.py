"""Machine-written moments -> EDTF days, as the writer's own calendar had them."""

import email.utils
import re
from datetime import date

_ISO = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?:$|[T ]\d)")
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_DAY_MONTH_YEAR = re.compile(r"(?:\w+,? +)?(\d{1,2})\.? +([A-Za-z]{3})[a-z]*\.?,? +(\d{4})")
_MONTH_DAY_YEAR = re.compile(r"(?:\w+,? +)?([A-Za-z]{3})[a-z]*\.? +(\d{1,2}),? +(\d{4})")
_EARLIEST = 1990  # no web page is older; a zero clock says 1970


def edtf_of(stamp: str) -> str:
    """Return the EDTF day, month or year that `stamp` names, '' where it names none surely.

    Read are ISO 8601, RFC 5322, and dates with the month in English letters. The day stays the
    one written, whatever its time zone; `03/04/2024` is nobody's day.
    """
    stamp = stamp.strip()[:100]
    if iso := _ISO.match(stamp):
        return _edtf(*(int(part) if part else None for part in iso.groups()))
    if written := _DAY_MONTH_YEAR.match(stamp):
        day, month, year = written.groups()
    elif written := _MONTH_DAY_YEAR.match(stamp):
        month, day, year = written.groups()
    else:
        return _edtf(*(email.utils.parsedate(stamp) or (None,))[:3])
    return _edtf(int(year), _MONTHS.get(month.lower()), int(day))


def _edtf(year: int | None, month: int | None = None, day: int | None = None) -> str:
    if year is None or year < _EARLIEST:
        return ""
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return "-".join([str(year), *(f"{part:02}" for part in (month, day) if part)])
