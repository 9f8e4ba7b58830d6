"""Numbers in a passage: their value or range, unit, comparator, and what they measure."""

from dataclasses import dataclass

from timeline.words import Words

_NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=3
    )
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_PERCENT = frozenset(("percent", "%", "pct"))
_MONEY = frozenset(("$", "€", "£"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: `low` to `high` in `unit`, its comparator (`=><~`) and what it measures."""

    text: str
    start: int
    end: int
    low: float
    high: float
    unit: str
    comparator: str
    measures: str


def number(word: str) -> float | None:
    """Return the number that a folded token writes (`5-1/4`, `1,200`, `four`), or None."""
    if word in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[word])
    if not word[0].isdigit():
        return None
    whole, _, fraction = word.replace(" ", "-").partition("-")
    if "/" in whole:
        whole, fraction = "0", whole
    try:
        value = float(whole.rstrip("sthndr").replace(",", ""))
        if fraction:
            above, _, below = fraction.partition("/")
            value += float(above) / float(below)
    except (ValueError, ZeroDivisionError):
        return None
    return value


def quantities(tokens: Words) -> tuple[Quantity, ...]:
    """Return the quantities of a passage in order."""
    found = []
    for index, word in enumerate(tokens.low):
        value = number(word)
        if value is None:
            continue
        last = index
        following = tokens.low[index + 1] if index + 1 < len(tokens) else ""
        if following in _SCALES:
            value *= _SCALES[following]
            last += 1
            following = tokens.low[last + 1] if last + 1 < len(tokens) else ""
        unit = ""
        if following in _PERCENT:
            unit, last = "percent", last + 1
        elif index and tokens.low[index - 1] in _MONEY:
            unit = "money"
        start, end = tokens.span(index, last)
        measures = following if not unit and following.isalpha() else unit
        found.append(
            Quantity(tokens.text[start:end], start, end, value, value, unit, "=", measures)
        )
    return tuple(found)
