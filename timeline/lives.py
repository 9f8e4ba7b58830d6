"""A life in brackets after a name: "(14 June 1866 - 20 October 1936)" is a birth and a death."""

import itertools
from collections.abc import Iterator

from timeline.amounts import agree
from timeline.contrasts import ABOUT_ONE, Contrast, Pair
from timeline.frames import Frame
from timeline.quantities import Quantity

_DASHES = frozenset(("-", "–", "—", "―"))
_LIFE = 12 * 366  # days from one date to the other, at least: what is shorter is an office or a war
_SAID_OF = 6  # tokens before a date in which "born" or "died" stands
_SURE = 0.8


def lives(both: Pair) -> Iterator[Contrast]:
    """Another day of birth or death than that of the life given on the other side."""
    if both.cover < ABOUT_ONE:
        return
    for said, told in ((both.short, both.long), (both.long, both.short)):
        life = _life(told)
        for one in said.position.quantities if life else ():
            event = _event(said, one)
            if event is None or life is None or agree(one, other := life[event]):
                continue
            here, there = (one.first, one.last), (other.first, other.last)
            on_short = said is both.short
            pair = (one, other) if on_short else (other, one)
            yield Contrast(
                "quantity",
                event,
                (pair[0].text, pair[1].text),
                here if on_short else there,
                there if on_short else here,
                _SURE,
                pair,
            )


def _life(frame: Frame) -> dict[str, Quantity] | None:
    """Return the first two days with nothing but a dash between them, as a birth and a death."""
    days = [quantity for quantity in frame.position.quantities if quantity.unit == "date"]
    for born, died in itertools.pairwise(days):
        between = frame.tokens.low[born.last + 1 : died.first]
        if between and _DASHES.issuperset(between) and died.low - born.high > _LIFE:
            return {"born": born, "died": died}
    return None


def _event(frame: Frame, day: Quantity) -> str | None:
    """Return whether a date is said to be that of a birth or of a death."""
    if day.unit not in ("date", "day"):
        return None
    before = frame.stems[max(0, day.first - _SAID_OF) : day.first]
    known = frame.lexicon.lives
    return next((known[stem] for stem in reversed(before) if stem in known), None)
