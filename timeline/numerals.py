"""What a single word or sign of a number is worth: digits, words, fractions, shares, scales."""

import re
from dataclasses import dataclass
from functools import lru_cache

from timeline.words import Words

_UNIT_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_ORDINAL_NAMES = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
CARDINALS = {word: value for value, word in enumerate(_UNIT_NAMES.split(" "))} | {
    word: 10 * value for value, word in enumerate(_TENS.split(" "), start=3)
}
ORDINALS = {word: value for value, word in enumerate(_ORDINAL_NAMES.split(" "))}
MULTIPLES = {"once": 1.0, "twice": 2.0, "thrice": 3.0, "half": 0.5, "dozen": 12.0}
SCALES = {
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
SCALES |= {f"{name}s": scale for name, scale in SCALES.items() if len(name) > 2}
PERCENT = frozenset(("percent", "%", "pct", "percentage"))
MONEY = frozenset(("$", "€", "£", "¥", "₹", "₽"))
SHARES = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
SHARES |= {f"{name}s": parts for name, parts in SHARES.items() if name != "half"}
AND_A_HALF = "and-a-half"
COARSE = 5.0  # percent: how finely "a quarter of", "two thirds" are meant
RATING_SCALES = frozenset(("5", "10", "20", "100"))
_DOTTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})*\.000")


@dataclass(slots=True)
class Read:
    """A number while it is read."""

    low: float
    high: float
    step: float
    unit: str
    last: int


def at(tokens: Words, index: int) -> str:
    """Return the folded token at `index`, "" before the first and after the last."""
    low = tokens.low
    return low[index] if 0 <= index < len(low) else ""


@lru_cache(maxsize=16384)
def number(word: str) -> tuple[float, float, str] | None:
    """Return (value, step, unit) of a folded token such as `5-1/4`, `1,200`, `four`, `13th`."""
    if word in CARDINALS:
        return float(CARDINALS[word]), 1.0, ""
    if word in ORDINALS:
        return float(ORDINALS[word]), 1.0, "ordinal"
    if word in MULTIPLES:
        return MULTIPLES[word], 1.0, "" if word in ("half", "dozen") else "multiple"
    if "-" in word and not word[0].isdigit():
        return _hyphenated(word)
    return _digits(word) if word[:1].isdigit() else None


def _hyphenated(word: str) -> tuple[float, float, str] | None:
    """Read `twenty-five`, `five-time`, `five-year`, `third-largest`."""
    head, _, tail = word.partition("-")
    if head in ORDINALS:
        return float(ORDINALS[head]), 1.0, "ordinal"
    if head not in CARDINALS:
        return None
    if tail in SHARES:
        return 100.0 * CARDINALS[head] / SHARES[tail], COARSE, "percent"
    if tail == AND_A_HALF:
        return CARDINALS[head] + 0.5, 0.5, ""
    if tail in CARDINALS:
        units = CARDINALS[tail] < 10 <= CARDINALS[head]
        return (float(CARDINALS[head] + CARDINALS[tail]), 1.0, "") if units else None
    return float(CARDINALS[head]), 1.0, "multiple" if tail in ("time", "times", "fold") else ""


def _digits(word: str) -> tuple[float, float, str] | None:
    unit = "ordinal" if word[-2:] in ("st", "nd", "rd", "th") else ""
    bare = word[:-2] if unit else word
    whole, _, fraction = bare.replace(" ", "-").partition("-")
    if "/" in whole:
        above, _, below = whole.partition("/")
        if "." in above or below in RATING_SCALES:
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
