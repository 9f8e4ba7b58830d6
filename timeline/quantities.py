"""Numbers in a passage: their value or range, unit, comparator, and what they measure.

Digits, words, fractions, ranges, percentages, basis points, money, dates and deadlines. A
quantity keeps the words that it was read from; its interval is what the passage allows.
"""

import math
from collections.abc import Sequence
from itertools import compress, count
from typing import NamedTuple

from timeline.counted import labels, measured, nouns_after, nouns_before
from timeline.dates import (
    MONTHS,
    PARTS,
    day_date,
    month_date,
    opens_with_day,
    reads_as_year,
    year_date,
)
from timeline.lexicon import Fired, Lexicon
from timeline.numerals import (
    CARDINALS,
    COARSE,
    MONEY,
    MULTIPLES,
    ORDINALS,
    SCALES,
    SHARES,
    Read,
    at,
    number,
)
from timeline.units import unit_of
from timeline.words import ByWord, Words

_NUMBER_WORDS = frozenset((*CARDINALS, *ORDINALS, *MULTIPLES, *MONTHS, "quarter"))
_TIMES_OF_YEAR = {"of", "year", "spring", "summer", "autumn", "fall", "winter"}
_ENDS = {"end", "close", "beginning", "start", "middle"}
_RANGE_MARKS = frozenset(("-", "–", "—", "to", "and", "or"))


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


def _begins_number(word: str) -> bool:
    return word in _NUMBER_WORDS or word[0].isdigit() or ("-" in word and number(word) is not None)


_BEGINS_NUMBER = ByWord(_begins_number)


def quantities(
    tokens: Words, comparators: Sequence[Fired], lexicon: Lexicon
) -> tuple[Quantity, ...]:
    """Return the quantities of a passage in order, given what fired of its comparators."""
    found: list[Quantity] = []
    places = list(compress(count(), map(_BEGINS_NUMBER.__getitem__, tokens.low)))
    if not places:
        return ()
    index = 0
    opening = {cue.first: cue for cue in comparators}
    beside = _Comparators(opening, {cue.last: cue for cue in opening.values()})
    for place in places:
        if place < index:
            continue
        read = _date_or_number(tokens, place)
        if read is not None:
            found.append(_quantity(tokens, place, read, beside, lexicon))
            index = read.last + 1
    return tuple(found)


class _Comparators(NamedTuple):
    """The comparators of a passage, by their first and by their last token."""

    opening: dict[int, Fired]
    ending: dict[int, Fired]


def _date_or_number(tokens: Words, index: int) -> Read | None:
    if tokens.low[index] in MONTHS:
        return month_date(tokens, index) if tokens.raw[index][0].isupper() else None
    if _within_word(tokens, index):
        return None
    if opens_with_day(tokens, index):
        return day_date(tokens, index)
    if reads_as_year(tokens, index):
        return year_date(tokens, index)
    return _number(tokens, index)


def _within_word(tokens: Words, index: int) -> bool:
    """Return whether a number goes on a word that it stands at: the 19 of "COVID-19", of "B19"."""
    if not index or tokens.ends[index - 1] != tokens.starts[index]:
        return False
    if tokens.raw[index - 1] != "-":
        return tokens.raw[index - 1].isalpha()
    before = at(tokens, index - 2)
    joined = before.isalpha() and tokens.ends[index - 2] == tokens.starts[index - 1]
    return joined and before not in PARTS


def _number(tokens: Words, index: int) -> Read | None:
    word = tokens.low[index]
    if word == "one" and (at(tokens, index + 1) == "of" or at(tokens, index - 1) == "no"):
        return None
    value = _share(tokens, index) or number(word)
    if value is None:
        return None
    if value[2] == "percent" and at(tokens, index + 1) in SHARES:
        return Read(value[0], value[0], value[1], value[2], index + 1)
    read = Read(value[0], value[0], value[1], value[2], index)
    _and_a_half(tokens, read)
    _scale(tokens, read)
    _range(tokens, read)
    return read


def _share(tokens: Words, index: int) -> tuple[float, float, str] | None:
    """Read "a quarter of", "half of", "two thirds" as a percentage."""
    word, following = tokens.low[index], at(tokens, index + 1)
    before = at(tokens, index - 1)
    alone = before == "a" or (word == "half" and before not in ORDINALS)
    if alone and word in SHARES and following == "of":
        return 100.0 / SHARES[word], COARSE, "percent"
    count = CARDINALS.get(word, 0)
    if (
        following in SHARES
        and 0 < count < SHARES[following]
        and (count == 1) != (following[-1] == "s")
    ):
        return 100.0 * count / SHARES[following], COARSE, "percent"
    return None


def _and_a_half(tokens: Words, read: Read) -> None:
    """Read "two and a half" as 2.5, "half a million" as a half of it."""
    following = tokens.low[read.last + 1 : read.last + 4]
    if read.low == 0.5 and following[:1] == ("a",) and following[1:2] and following[1] in SCALES:
        read.last += 1
    elif following == ("and", "a", "half") and not read.unit:
        read.low, read.high, read.step = read.low + 0.5, read.high + 0.5, 0.5
        read.last += 3


def _scale(tokens: Words, read: Read) -> None:
    while (following := at(tokens, read.last + 1)) in SCALES:
        if len(following) <= 2 and tokens.ends[read.last] != tokens.starts[read.last + 1]:
            return
        factor = SCALES[following]
        read.low, read.high, read.step = read.low * factor, read.high * factor, read.step * factor
        read.last += 1
        tail = number(at(tokens, read.last + 1)) if read.step >= 100 else None
        if tail and not tail[2] and tail[0] < factor and at(tokens, read.last + 1) in CARDINALS:
            read.low, read.high, read.step = read.low + tail[0], read.high + tail[0], 1.0
            read.last += 1


def _range(tokens: Words, read: Read) -> None:
    """Read `0 to 1/4`, `3-5`, `between 3 and 5` as one range."""
    mark = at(tokens, read.last + 1)
    if mark not in _RANGE_MARKS or (
        mark in ("and", "or") and "between" not in _words_before(tokens, read.last)
    ):
        return
    place = read.last + 2 + (at(tokens, read.last + 2) in MONEY)
    upper = number(at(tokens, place))
    if upper is None or upper[2] != read.unit or upper[0] <= read.low:
        return
    other = Read(upper[0], upper[0], upper[1], upper[2], place)
    _scale(tokens, other)
    if mark == "to" and at(tokens, read.last - 1) == "from":
        return
    if other.step >= 1e3 > read.step:
        read.low *= other.low / upper[0]
    read.high, read.last, read.step = other.high, other.last, min(read.step, other.step)


def _words_before(tokens: Words, index: int) -> tuple[str, ...]:
    """Return the word before a number, and the one before a sign of money between them."""
    word = at(tokens, index - 1)
    return (word, at(tokens, index - 2)) if word in MONEY else (word,)


def _quantity(
    tokens: Words, index: int, read: Read, comparators: _Comparators, lexicon: Lexicon
) -> Quantity:
    unit = unit_of(tokens, index, read)
    comparator = _comparator(tokens, index, read.last, unit, comparators)
    nouns = nouns_after(tokens, read.last, lexicon)
    plain = not unit and comparator == "=" and read.last == index
    if plain and not nouns and labels(tokens, index, lexicon):
        unit = "label"
    elif not nouns:
        nouns = nouns_before(tokens, index, lexicon)
    low, high = _allowed(comparator, read.low, read.high)
    start, end = tokens.span(index, read.last)
    return Quantity(
        tokens.text[start:end],
        start,
        end,
        low,
        high,
        unit,
        comparator,
        measured(nouns),
        read.low,
        read.step,
        index,
        read.last,
        nouns,
    )


def _comparator(tokens: Words, first: int, last: int, unit: str, comparators: _Comparators) -> str:
    """Return the comparator before a number, else the one after it; those of dates have an @."""
    before = _leading(tokens, first, comparators.ending)
    if before and (before.entry.kind[0] != "@") == (unit not in ("date", "day")):
        return before.entry.kind.lstrip("@")
    after = comparators.opening.get(last + 1)
    if after and after.entry.kind[0] == "+":
        return after.entry.kind[1:]
    return ">=" if at(tokens, last + 1) == "+" else "="


def _leading(tokens: Words, index: int, ending: dict[int, Fired]) -> Fired | None:
    """Return the comparator that ends before a number, "a", "the" or a currency between them."""
    for last in range(index - 1, max(-1, index - 6), -1):
        if last in ending:
            return ending[last]
        if tokens.low[last] not in _SKIPPED:
            return None
    return None


_SKIPPED = (
    MONEY | {"the", "a", "an", "late", "early", "mid", "-", "us", "u.s."} | _ENDS | _TIMES_OF_YEAR
)


def _allowed(comparator: str, low: float, high: float) -> tuple[float, float]:
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
