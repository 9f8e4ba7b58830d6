"""The unit of a number, by the words and signs around it."""

from timeline.dates import century, decade
from timeline.numerals import MONEY, PERCENT, RATING_SCALES, Read, at
from timeline.words import Words

_MONEY_WORDS = frozenset(("dollar", "dollars", "euro", "euros", "pounds", "rubles", "yen", "yuan"))
_CLOCK = frozenset(("am", "pm", "a.m.", "p.m.", "o'clock", "gmt", "edt", "est"))


def unit_of(tokens: Words, index: int, read: Read) -> str:
    """Return the unit of the number read at `index`, and read on the words that tell it."""
    following = at(tokens, read.last + 1)
    if size := _percent_sign(tokens, read.last + 1):
        read.last += size
        return "percent"
    if following == "basis" and at(tokens, read.last + 2).startswith("point"):
        read.last += 2
        return "basis points"
    if at(tokens, index - 1) in MONEY:
        return "money"
    if following in MONEY or following in _MONEY_WORDS:
        read.last += 1
        return "money"
    if _rating_follows(tokens, read.last):
        read.last += 2 + (following == "out")
        return "rating"
    if following == "century" and read.unit == "ordinal":
        return century(read)
    if following in _CLOCK or _colon(tokens, index - 1) or _colon(tokens, read.last + 1):
        return "time"
    if following == "s" and tokens.ends[read.last] == tokens.starts[read.last + 1]:
        return decade(read)
    if following in ("times", "x") or (following == "-" and at(tokens, read.last + 2) == "time"):
        return "multiple"
    return read.unit


def _percent_sign(tokens: Words, index: int) -> int:
    """Return how many tokens from `index` on say "percent": `%`, `per cent`, `-percent`."""
    word = at(tokens, index)
    if word in PERCENT:
        return 1
    following = at(tokens, index + 1)
    return 2 if (word == "-" and following in PERCENT) or (word, following) == _PER_CENT else 0


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
    following = at(tokens, last + 1)
    if following == "out" and at(tokens, last + 2) == "of":
        return at(tokens, last + 3) in RATING_SCALES
    return following == "/" and at(tokens, last + 2) in RATING_SCALES
