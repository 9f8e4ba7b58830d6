"""Numbers in a passage: their value or range, unit, comparator, and what they measure.

Digits, words, fractions, ranges, percentages, basis points, money, dates and deadlines. A
quantity keeps the words that it was read from; its interval is what the passage allows.
"""

import calendar
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import compress, count
from typing import NamedTuple

from timeline.lexicon import Fired, Lexicon
from timeline.words import Words

_UNIT_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_ORDINAL_NAMES = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_CARDINALS = {word: value for value, word in enumerate(_UNIT_NAMES.split(" "))} | {
    word: 10 * value for value, word in enumerate(_TENS.split(" "), start=3)
}
_ORDINALS = {word: value for value, word in enumerate(_ORDINAL_NAMES.split(" "))}
_MULTIPLES = {"once": 1.0, "twice": 2.0, "thrice": 3.0, "half": 0.5, "dozen": 12.0}
_SCALES = {
    "dozen": 12.0,
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "m": 1e6,
    "bn": 1e9,
    "k": 1e3,
    "crore": 1e7,
    "lakh": 1e5,
}
_SCALES |= {f"{name}s": scale for name, scale in _SCALES.items() if len(name) > 2}
_PERCENT = frozenset(("percent", "%", "pct", "percentage"))
_MONEY = frozenset(("$", "€", "£", "¥", "₹", "₽"))
_MONEY_WORDS = frozenset(("dollar", "dollars", "euro", "euros", "pounds", "rubles", "yen", "yuan"))
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_SHARES = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_SHARES |= {f"{name}s": parts for name, parts in _SHARES.items() if name != "half"}
_AND_A_HALF = "and-a-half"
_COARSE = 5.0  # percent: how finely "a quarter of", "two thirds" are meant
_NUMBER_WORDS = frozenset((*_CARDINALS, *_ORDINALS, *_MULTIPLES, *_MONTHS, "quarter"))
_VERBS = frozenset(("may", "march"))  # months that are verbs too: read after "in", "by", "since"
_PARTS = {
    "early": (1, 4),
    "beginning": (1, 4),
    "start": (1, 4),
    "mid": (5, 8),
    "middle": (5, 8),
    "late": (9, 12),
    "end": (9, 12),
    "close": (9, 12),
}
_TIMES_OF_YEAR = {"of", "year", "spring", "summer", "autumn", "fall", "winter"}
_ENDS = {"end", "close", "beginning", "start", "middle"}
_RATING_SCALES = frozenset(("5", "10", "20", "100"))
_DOTTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})*\.000")
_CLOCK = frozenset(("am", "pm", "a.m.", "p.m.", "o'clock", "gmt", "edt", "est"))
_FIRST_YEAR, _LAST_YEAR = 1000, 2100
_DAYS_IN_MONTH = 31
_RANGE_MARKS = frozenset(("-", "–", "—", "to", "and", "or"))
_LEADS_TO_YEAR = (
    "in since until till by before after from during of through year late early mid - ( around "
    "about between to and ,"
)
_YEAR_LEADS = frozenset(_LEADS_TO_YEAR.split(" "))


class Quantity(NamedTuple):
    """A number or date: the closed interval `low` to `high` that the passage allows, in `unit`.

    `unit` is `percent`, `basis points`, `money`, `date` (days since year 1), `day` (of a year),
    `deadline` (days from the day of speaking), `ordinal`, `multiple` or "" for a count;
    `comparator` is one of `= > >= < <= ~`; `measures` is the noun counted; `value` the number as
    written; `step` how finely it is written.
    """

    text: str
    start: int
    end: int
    low: float
    high: float
    unit: str
    comparator: str
    measures: str
    value: float
    step: float
    first: int
    last: int
    nouns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Read:
    """A number while it is read."""

    low: float
    high: float
    step: float
    unit: str
    last: int


@lru_cache(maxsize=16384)
def number(word: str) -> tuple[float, float, str] | None:
    """Return (value, step, unit) of a folded token such as `5-1/4`, `1,200`, `four`, `13th`."""
    if word in _CARDINALS:
        return float(_CARDINALS[word]), 1.0, ""
    if word in _ORDINALS:
        return float(_ORDINALS[word]), 1.0, "ordinal"
    if word in _MULTIPLES:
        return _MULTIPLES[word], 1.0, "" if word in ("half", "dozen") else "multiple"
    if "-" in word and not word[0].isdigit():
        return _hyphenated(word)
    return _digits(word) if word[:1].isdigit() else None


def _hyphenated(word: str) -> tuple[float, float, str] | None:
    """Read `twenty-five`, `five-time`, `five-year`, `third-largest`."""
    head, _, tail = word.partition("-")
    if head in _ORDINALS:
        return float(_ORDINALS[head]), 1.0, "ordinal"
    if head not in _CARDINALS:
        return None
    if tail in _SHARES:
        return 100.0 * _CARDINALS[head] / _SHARES[tail], _COARSE, "percent"
    if tail == _AND_A_HALF:
        return _CARDINALS[head] + 0.5, 0.5, ""
    if tail in _CARDINALS:
        units = _CARDINALS[tail] < 10 <= _CARDINALS[head]
        return (float(_CARDINALS[head] + _CARDINALS[tail]), 1.0, "") if units else None
    return float(_CARDINALS[head]), 1.0, "multiple" if tail in ("time", "times", "fold") else ""


def _digits(word: str) -> tuple[float, float, str] | None:
    unit = "ordinal" if word[-2:] in ("st", "nd", "rd", "th") else ""
    bare = word[:-2] if unit else word
    whole, _, fraction = bare.replace(" ", "-").partition("-")
    if "/" in whole:
        above, _, below = whole.partition("/")
        if "." in above or below in _RATING_SCALES:
            return _rated(above)
        whole, fraction = "0", whole
    if _DOTTED_THOUSANDS.fullmatch(whole):
        whole = whole.replace(".", "")
    whole = whole.replace(",", "")
    try:
        value = float(whole)
        step = 10.0 ** -len(whole.partition(".")[2])
        if fraction:
            above, _, below = fraction.partition("/")
            value, step = value + float(above) / float(below), 1 / float(below)
    except (ValueError, ZeroDivisionError):
        return None
    return value, step, unit


def _rated(above: str) -> tuple[float, float, str] | None:
    try:
        return float(above), 10.0 ** -len(above.partition(".")[2]), "rating"
    except ValueError:
        return None


def days(year: int, month: int = 0, day: int = 0) -> tuple[float, float]:
    """Return the first and last day (proleptic ordinals) of a year, month or day."""
    first = date(year, month or 1, day or 1)
    if day:
        return float(first.toordinal()), float(first.toordinal())
    last_month = month or 12
    last = date(year, last_month, calendar.monthrange(year, last_month)[1])
    return float(first.toordinal()), float(last.toordinal())


@lru_cache(maxsize=65536)
def _begins_number(word: str) -> bool:
    return word in _NUMBER_WORDS or word[0].isdigit() or ("-" in word and number(word) is not None)


def quantities(tokens: Words, cues: Sequence[Fired], lexicon: Lexicon) -> tuple[Quantity, ...]:
    """Return the quantities of a passage in order."""
    found: list[Quantity] = []
    places = list(compress(count(), map(_begins_number, tokens.low)))
    if not places:
        return ()
    index = 0
    comparators = {cue.first: cue for cue in cues if cue.entry.list == "comparator"}
    ends = {cue.last: cue for cue in comparators.values()}
    for place in places:
        if place < index:
            continue
        index = place
        if tokens.low[index] in _MONTHS:
            read = _month_date(tokens, index) if tokens.raw[index][0].isupper() else None
        else:
            read = _number(tokens, index)
        if read is None:
            continue
        found.append(_quantity(tokens, index, read, comparators, ends, lexicon))
        index = read.last + 1
    return tuple(found)


def _at(tokens: Words, index: int) -> str:
    low = tokens.low
    return low[index] if 0 <= index < len(low) else ""


def _day_of_month(word: str) -> int:
    read = number(word) if word and word[0].isdigit() else None
    if read and read[0] == int(read[0]) and 1 <= read[0] <= _DAYS_IN_MONTH and read[1] == 1:
        return int(read[0])
    return 0


def _year(word: str) -> int:
    if len(word) == 4 and word.isdigit() and _FIRST_YEAR <= int(word) < _LAST_YEAR:
        return int(word)
    return 0


def _month_date(tokens: Words, index: int) -> _Read | None:
    """Read `March 15, 2020`, `March 15`, `March 2020`, `March`; the day before is read apart."""
    month, last = _MONTHS[tokens.low[index]], index
    day = _day_of_month(_at(tokens, index + 1))
    if day:
        last += 1
    joined = _at(tokens, last + 1) in (",", "in", "of")
    year = _year(_at(tokens, last + 1 + joined))
    if year:
        last += 1 + joined
    if not day and not year and tokens.low[index] in _VERBS:
        return _dated(0, month, 0, last) if _at(tokens, index - 1) in _YEAR_LEADS - {","} else None
    return _dated(year, month, day, last)


def _dated(year: int, month: int, day: int, last: int) -> _Read | None:
    if year:
        try:
            low, high = days(year, month, day)
        except ValueError:
            return None
        return _Read(low, high, 1.0, "date", last)
    low = month * 100.0 + day
    return _Read(low, low if day else low + 99, 1.0, "day", last)


def _number(tokens: Words, index: int) -> _Read | None:
    word = tokens.low[index]
    if index and tokens.raw[index - 1] == "-" and tokens.ends[index - 1] == tokens.starts[index]:
        before = _at(tokens, index - 2)
        joined = before.isalpha() and tokens.ends[index - 2] == tokens.starts[index - 1]
        if joined and before not in _PARTS:
            return None
    if index and tokens.ends[index - 1] == tokens.starts[index] and tokens.raw[index - 1].isalpha():
        return None
    if word == "one" and (_at(tokens, index + 1) == "of" or _at(tokens, index - 1) == "no"):
        return None
    day = _day_of_month(word)
    year = _year(_at(tokens, index + 2))
    month = _at(tokens, index + 1) in _MONTHS
    if day and month and (year or tokens.raw[index + 1][0].isupper()):
        return _dated(year, _MONTHS[tokens.low[index + 1]], day, index + 1 + bool(year))
    if _year(word) and _reads_as_year(tokens, index):
        return _year_read(tokens, index)
    value = _share(tokens, index) or number(word)
    if value is None:
        return None
    if value[2] == "percent" and _at(tokens, index + 1) in _SHARES:
        return _Read(value[0], value[0], value[1], value[2], index + 1)
    read = _Read(value[0], value[0], value[1], value[2], index)
    _and_a_half(tokens, read)
    _scale(tokens, read)
    _range(tokens, read)
    return read


def _share(tokens: Words, index: int) -> tuple[float, float, str] | None:
    """Read "a quarter of", "half of", "two thirds" as a percentage."""
    word, following = tokens.low[index], _at(tokens, index + 1)
    before = _at(tokens, index - 1)
    alone = before == "a" or (word == "half" and before not in _ORDINALS)
    if alone and word in _SHARES and following == "of":
        return 100.0 / _SHARES[word], _COARSE, "percent"
    count = _CARDINALS.get(word, 0)
    if (
        following in _SHARES
        and 0 < count < _SHARES[following]
        and (count == 1) != (following[-1] == "s")
    ):
        return 100.0 * count / _SHARES[following], _COARSE, "percent"
    return None


def _reads_as_year(tokens: Words, index: int) -> bool:
    following = _at(tokens, index + 1)
    if _at(tokens, index - 1) in _MONEY or following in _PERCENT or following in _SCALES:
        return False
    return (
        _at(tokens, index - 1) in _YEAR_LEADS
        or not following[:1].isalpha()
        or (index == 0 or tokens.raw[index + 1][0].isupper())
        or not following.endswith("s")
    )


def _year_read(tokens: Words, index: int) -> _Read:
    year, last = int(tokens.low[index]), index
    months = (1, 12)
    lead = _at(tokens, index - 1)
    if lead in ("-", "of"):
        lead = _at(tokens, index - 2)
    months = _PARTS.get(lead, months)
    to = year
    if _at(tokens, index + 1) in ("-", "–", "to") and (end := _year(_at(tokens, index + 2))) > year:
        to, last = end, index + 2
    return _Read(days(year, months[0])[0], days(to, months[1])[1], 1.0, "date", last)


def _and_a_half(tokens: Words, read: _Read) -> None:
    """Read "two and a half" as 2.5, "half a million" as a half of it."""
    following = tokens.low[read.last + 1 : read.last + 4]
    if read.low == 0.5 and following[:1] == ("a",) and following[1:2] and following[1] in _SCALES:
        read.last += 1
    elif following == ("and", "a", "half") and not read.unit:
        read.low, read.high, read.step = read.low + 0.5, read.high + 0.5, 0.5
        read.last += 3


def _scale(tokens: Words, read: _Read) -> None:
    while (following := _at(tokens, read.last + 1)) in _SCALES:
        if len(following) <= 2 and tokens.ends[read.last] != tokens.starts[read.last + 1]:
            return
        factor = _SCALES[following]
        read.low, read.high, read.step = read.low * factor, read.high * factor, read.step * factor
        read.last += 1
        tail = number(_at(tokens, read.last + 1)) if read.step >= 100 else None
        if tail and not tail[2] and tail[0] < factor and _at(tokens, read.last + 1) in _CARDINALS:
            read.low, read.high, read.step = read.low + tail[0], read.high + tail[0], 1.0
            read.last += 1


def _range(tokens: Words, read: _Read) -> None:
    """Read `0 to 1/4`, `3-5`, `between 3 and 5` as one range."""
    mark = _at(tokens, read.last + 1)
    if mark not in _RANGE_MARKS or (
        mark in ("and", "or") and "between" not in _words_before(tokens, read.last)
    ):
        return
    at = read.last + 2 + (_at(tokens, read.last + 2) in _MONEY)
    upper = number(_at(tokens, at))
    if upper is None or upper[2] != read.unit or upper[0] <= read.low:
        return
    other = _Read(upper[0], upper[0], upper[1], upper[2], at)
    _scale(tokens, other)
    if mark == "to" and _at(tokens, read.last - 1) == "from":
        return
    if other.step >= 1e3 > read.step:
        read.low *= other.low / upper[0]
    read.high, read.last, read.step = other.high, other.last, min(read.step, other.step)


def _words_before(tokens: Words, index: int) -> tuple[str, ...]:
    """Return the word before a number, and the one before a sign of money between them."""
    word = _at(tokens, index - 1)
    return (word, _at(tokens, index - 2)) if word in _MONEY else (word,)


def _unit(tokens: Words, index: int, read: _Read) -> str:
    following = _at(tokens, read.last + 1)
    if size := _percent_sign(tokens, read.last + 1):
        read.last += size
        return "percent"
    if following == "basis" and _at(tokens, read.last + 2).startswith("point"):
        read.last += 2
        return "basis points"
    if _at(tokens, index - 1) in _MONEY:
        return "money"
    if following in _MONEY or following in _MONEY_WORDS:
        read.last += 1
        return "money"
    if _rating_follows(tokens, read.last):
        read.last += 2 + (following == "out")
        return "rating"
    if following == "century" and read.unit == "ordinal":
        return _century(read)
    if following in _CLOCK or _colon(tokens, index - 1) or _colon(tokens, read.last + 1):
        return "time"
    if following == "s" and tokens.ends[read.last] == tokens.starts[read.last + 1]:
        return _decade(read)
    if following in ("times", "x") or (following == "-" and _at(tokens, read.last + 2) == "time"):
        return "multiple"
    return read.unit


def _percent_sign(tokens: Words, index: int) -> int:
    """Return how many tokens from `index` on say "percent": `%`, `per cent`, `-percent`."""
    word = _at(tokens, index)
    if word in _PERCENT:
        return 1
    following = _at(tokens, index + 1)
    return 2 if (word == "-" and following in _PERCENT) or (word, following) == _PER_CENT else 0


_PER_CENT = ("per", "cent")


def _colon(tokens: Words, colon: int) -> bool:
    """Return whether a colon stands between two numbers without a space, as in 10:30."""
    return (
        0 < colon < len(tokens) - 1
        and tokens.low[colon] == ":"
        and tokens.ends[colon - 1] == tokens.starts[colon]
        and tokens.ends[colon] == tokens.starts[colon + 1]
    )


def _rating_follows(tokens: Words, last: int) -> bool:
    following = _at(tokens, last + 1)
    if following == "out" and _at(tokens, last + 2) == "of":
        return _at(tokens, last + 3) in _RATING_SCALES
    return following == "/" and _at(tokens, last + 2) in _RATING_SCALES


def _decade(read: _Read) -> str:
    year = int(read.low)
    if not (_FIRST_YEAR <= year < _LAST_YEAR and year % 10 == 0):
        return read.unit
    length = 100 if year % 100 == 0 else 10
    read.low, read.high, read.last = days(year)[0], days(year + length - 1)[1], read.last + 1
    return "date"


def _century(read: _Read) -> str:
    century = int(read.low)
    if not 10 < century <= _LAST_YEAR // 100:
        return read.unit
    read.low, read.high = days(100 * century - 100)[0], days(100 * century - 1)[1]
    read.last += 1
    return "date"


def _quantity(
    tokens: Words,
    index: int,
    read: _Read,
    leading: dict[int, Fired],
    ending: dict[int, Fired],
    lexicon: Lexicon,
) -> Quantity:
    unit = _unit(tokens, index, read)
    comparator = "="
    before = _leading(tokens, index, ending)
    after = leading.get(read.last + 1)
    if before and (before.entry.kind[0] != "@") == (unit not in ("date", "day")):
        comparator = before.entry.kind.lstrip("@")
    elif after and after.entry.kind[0] == "+":
        comparator = after.entry.kind[1:]
    elif _at(tokens, read.last + 1) == "+":
        comparator = ">="
    nouns = _nouns(tokens, read.last, lexicon)
    plain = not unit and comparator == "=" and read.last == index
    if plain and not nouns and _labels(tokens, index, lexicon):
        unit = "label"
    elif not nouns:
        nouns = _nouns_before(tokens, index, lexicon)
    low, high = allowed(comparator, read.low, read.high)
    start, end = tokens.span(index, read.last)
    return Quantity(
        tokens.text[start:end],
        start,
        end,
        low,
        high,
        unit,
        comparator,
        _measured(nouns),
        read.low,
        read.step,
        index,
        read.last,
        nouns,
    )


def _leading(tokens: Words, index: int, ending: dict[int, Fired]) -> Fired | None:
    """Return the comparator that ends before a number, "a", "the" or a currency between them."""
    for last in range(index - 1, max(-1, index - 6), -1):
        if last in ending:
            return ending[last]
        if tokens.low[last] not in _SKIPPED:
            return None
    return None


_SKIPPED = (
    _MONEY | {"the", "a", "an", "late", "early", "mid", "-", "us", "u.s."} | _ENDS | _TIMES_OF_YEAR
)


def allowed(comparator: str, low: float, high: float) -> tuple[float, float]:
    """Return the closed interval that a number with its comparator allows."""
    if comparator == ">":
        return math.nextafter(high, math.inf), math.inf
    if comparator == ">=":
        return low, math.inf
    if comparator == "<":
        return -math.inf, math.nextafter(low, -math.inf)
    if comparator == "<=":
        return -math.inf, high
    return low, high


def _labels(tokens: Words, index: int, lexicon: Lexicon) -> bool:
    """Return whether a bare number names its noun (`season 1`) or scores (`4-3`), not counts it."""
    if "," in tokens.low[index]:
        return False
    before = _at(tokens, index - 1)
    if before in ("-", "–") or _at(tokens, index + 1) in ("-", "–"):
        return True
    return before.isalpha() and before not in lexicon.stops and before not in lexicon.by_first


def _nouns(tokens: Words, last: int, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the content words right after a number: the noun counted is among them.

    A second number joined by `and` or a comma is stepped over: `second and third singles`. In
    `five-year plan` and `10-year plan` the unit joined by the hyphen is what is counted.
    """
    head, _, tail = tokens.low[last].partition("-")
    if head in _CARDINALS and tail and tail not in _SHARES and tail != _AND_A_HALF:
        return (tail,)
    joined = _at(tokens, last + 1) == "-" and tokens.ends[last] == tokens.starts[last + 1]
    if joined and _at(tokens, last + 2)[:1].isalpha():
        return (tokens.low[last + 2],)
    nouns: list[str] = []
    for index in range(last + 1, min(last + 6, len(tokens))):
        word = tokens.low[index]
        if word in lexicon.stops or not word[0].isalpha():
            steps = word in _STEPPED or word in _JOINING
            if word.isdigit() and tokens.raw[index - 1] == "-":
                continue  # the 19 of COVID-19
            if (nouns and word not in ("-", "–", "and")) or not steps:
                break
        elif number(word) is None:
            nouns.append(word)
    return tuple(nouns)


def _nouns_before(tokens: Words, index: int, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the noun that a number after "is", "of" or "to" is of: `the population is 190,000`."""
    linked = False
    for at in range(index - 1, max(-1, index - 7), -1):
        word = tokens.low[at]
        if not word[0].isalnum() and word not in _MONEY:
            break
        if word in _LINKS:
            linked = True
        elif linked and word not in lexicon.stops and word.isalpha():
            return (word,)
    return ()


_LINKS = frozenset(("is", "was", "are", "were", "of", "to", "at", "reached", "stood"))
_STEPPED = frozenset(("of", "the", "more", "other", "new", "total", "-", "–", "+"))
_JOINING = frozenset((",", "and", "or"))


def _measured(nouns: tuple[str, ...]) -> str:
    """Return the noun to name: the first plural, else the last word."""
    return next((noun for noun in nouns if noun[-1] == "s"), nouns[-1] if nouns else "")
