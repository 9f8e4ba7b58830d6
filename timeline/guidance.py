"""Forward guidance: for how long, until when or how fast a course is announced to be kept.

Horizons ("for some time", "at least through mid-2015") are compared between whole statements.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from timeline.contrasts import Contrast
from timeline.frames import Frame
from timeline.lexicon import Fired
from timeline.sides import Sides, whole_statements


@dataclass(frozen=True, slots=True)
class Horizon:
    """For how long, until when or how fast something is announced: its sign and its tokens."""

    sign: str
    first: int
    last: int


_FIRM = frozenset(("date", "duration"))  # horizons that are hardly said of anything but conduct


def horizons(frame: Frame) -> list[Horizon]:
    """Return the horizons of the sentences that state what the speaker expects of its conduct."""
    outlook = frame.sentences_with("outlook")
    own = outlook & frame.sentences_with("conduct")
    counted = {"tempo": own & frame.sentences_with("tempo")} | dict.fromkeys(_FIRM, outlook)
    found = []
    for cue in frame.position.fired_of("horizon"):
        if frame.sentence[cue.first] in counted.get(cue.entry.kind, own):
            last, sign = _horizon_sign(frame, cue)
            if sign:
                found.append(Horizon(sign, cue.first, last))
    return found


def _horizon_sign(frame: Frame, cue: Fired) -> tuple[int, str]:
    """Return the last token and the sign: the cue's own words, for a date cue what it names."""
    if cue.entry.kind != "date":
        return cue.last, " ".join(cue.entry.words)
    end = cue.last + _TO_DATE
    named = [q for q in frame.position.quantities if cue.last < q.first <= end]
    if named:
        return named[0].last, f"until {named[0].low:g}..{named[0].high:g}"
    return cue.last, ""


_TO_DATE = 10  # words after "at least until" or "well past" in which its date or number stands


def guidance(sides: Sides) -> Iterator[Contrast]:
    """A horizon given up, announced, or put in another's place, in whole statements."""
    if not whole_statements(sides):
        return
    old, new = horizons(sides.older), horizons(sides.newer)
    signs, others = {item.sign for item in old}, {item.sign for item in new}
    gone = [item for item in old if item.sign not in others]
    come = [item for item in new if item.sign not in signs]
    if not gone and not come:
        return
    before = _words(sides.older, gone[0]) if gone else "nothing said"
    after = _words(sides.newer, come[0]) if come else "nothing said"
    yield Contrast(
        "condition_changed" if gone and come else f"condition_{'added' if come else 'dropped'}",
        "horizon",
        (before, after),
        (gone[0].first, gone[0].last) if gone else (0, len(sides.older.tokens) - 1),
        (come[0].first, come[0].last) if come else (0, len(sides.newer.tokens) - 1),
        0.75,
    )


def _words(frame: Frame, item: Horizon) -> str:
    start, end = frame.tokens.span(item.first, item.last)
    return frame.tokens.text[start:end]
