"""Deadlines without a number: by the end of the year, before next month, by early next week.

They are told from a number of days on from the day of speaking, which the words alone do not
give: one is earlier or later than another of the same kind, and no date.
"""

import math
from collections.abc import Iterator, Sequence

from timeline.lexicon import Fired
from timeline.quantities import Quantity
from timeline.words import Words

_DAYS = {"week": 7, "month": 30, "quarter": 91, "year": 365, "decade": 3650, "century": 36500}
_AHEAD = {"this": 1.0, "the": 1.0, "current": 1.0, "next": 2.0, "coming": 2.0}
_PARTS = {
    "end": 1.0,
    "close": 1.0,
    "late": 1.0,
    "middle": 0.5,
    "mid": 0.5,
    "beginning": 0.25,
    "start": 0.25,
    "early": 0.25,
}
_JOINING = frozenset(("the", "of", "-"))
_LONGEST = 6  # words of such a deadline


def deadlines(tokens: Words, comparators: Sequence[Fired]) -> Iterator[Quantity]:
    """Yield the deadlines of a passage in order, each from its first word to its last."""
    for cue in comparators:
        if cue.entry.kind in ("@<=", "@<"):
            found = _deadline(tokens, cue.last + 1)
            if found is not None:
                yield found


def _deadline(tokens: Words, first: int) -> Quantity | None:
    part, ahead = "", ""
    for last in range(first, min(first + _LONGEST, len(tokens))):
        word = tokens.low[last]
        if word in _DAYS:
            return _read(tokens, first, last, part, ahead)
        if word in _PARTS and not part:
            part = word
        elif word in _AHEAD:
            ahead = word
        elif word not in _JOINING:
            return None
    return None


def _read(tokens: Words, first: int, last: int, part: str, ahead: str) -> Quantity | None:
    """Return the deadline; None for "by the year", which tells a rate or goes on with a number."""
    if not ahead or (ahead == "the" and not part):
        return None
    length = float(_DAYS[tokens.low[last]])
    value = length * (_AHEAD[ahead] - 1 + _PARTS.get(part, 1.0))
    start, end = tokens.span(first, last)
    return Quantity(
        text=tokens.text[start:end],
        start=start,
        end=end,
        low=-math.inf,
        high=value,
        unit="deadline",
        comparator="<=",
        measures="deadline",
        value=value,
        step=1.0,
        first=first,
        last=last,
    )
