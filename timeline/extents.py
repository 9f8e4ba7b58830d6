"""How far a stance goes: of all or of some, in principle or firmly, for a thing or against it.

Each is looked at where the rest is said again: then the measure is what changed.
"""

from collections.abc import Callable, Iterator, Sequence

from timeline.contrasts import Contrast
from timeline.frames import Frame
from timeline.lexicon import Fired
from timeline.sides import Sides, whole_statements
from timeline.words import edits

_REPEATED = 0.9  # of the content words on both sides, for a small word to be what changed
_SCALE = {"few": 0, "some": 1, "many": 2, "most": 3, "all": 4}
_ONLY_STRENGTH = 0.5  # a hedge more or less is never silently the same, and alone no shift


def extent(sides: Sides) -> Iterator[Contrast]:
    """A word for how many in the place of another: "all troops", "some troops"."""
    if min(sides.both.cover, sides.both.back) < _REPEATED:
        return
    left, right = sides.older.position.fired_of("extent"), sides.newer.position.fired_of("extent")
    if not left or not right:
        return
    old, new = ({cue.first: cue for cue in cues} for cues in (left, right))
    for a, b, c, d in edits(sides.older.stems, sides.newer.stems):
        here = next((old[index] for index in range(a, b) if index in old), None)
        there = next((new[index] for index in range(c, d) if index in new), None)
        if here is None or there is None or _level(here) == _level(there):
            continue
        if here.first not in sides.older.negated and there.first not in sides.newer.negated:
            places = (here.first, here.last), (there.first, there.last)
            said = _text(sides.older, here), _text(sides.newer, there)
            yield Contrast("extent", "of how many", said, *places, 0.7)


def _level(cue: Fired) -> int:
    return _SCALE[cue.entry.kind]


def _text(frame: Frame, cue: Fired) -> str:
    start, end = frame.tokens.span(cue.first, cue.last)
    return frame.tokens.text[start:end]


def strength(sides: Sides) -> Iterator[Contrast]:
    """A booster or hedge more or less, where nothing else is said otherwise."""
    older, newer = sides.older, sides.newer
    if older.position.strength == newer.position.strength or whole_statements(sides):
        return
    left, right = older.position.fired_of("strength"), newer.position.fired_of("strength")
    rest = min(_rest(sides, older, left), _rest(sides, newer, right))
    if rest < _REPEATED:
        return
    up = newer.position.strength > older.position.strength
    said = (
        _text(older, left[0]) if left else "plain",
        _text(newer, right[0]) if right else "plain",
    )
    places = (_place(older, left), _place(newer, right))
    kind = "commitment_strengthened" if up else "commitment_weakened"
    yield Contrast(kind, "strength", said, *places, _ONLY_STRENGTH)


def _place(frame: Frame, cues: Sequence[Fired]) -> tuple[int, int]:
    return (cues[0].first, cues[0].last) if cues else (0, len(frame.tokens) - 1)


def _rest(sides: Sides, frame: Frame, without: Sequence[Fired]) -> float:
    """Return the share of the content outside of some cues that the other passage has."""
    inside = {index for cue in without for index in range(cue.first, cue.last + 1)}
    rest = [index for index in frame.content if index not in inside]
    return sides.covered(frame, rest) if rest else 0.0


def side_taken(sides: Sides) -> Iterator[Contrast]:
    """An act for a thing on one side, one against it on the other: "open to", "out of question"."""
    old, new = sides.older.position.value, sides.newer.position.value
    if old is None or new is None or min(old, new) > _AGAINST or max(old, new) < _FOR:
        return
    if whole_statements(sides) or len(sides.older.position.scopes) != len(
        sides.newer.position.scopes
    ):
        return
    left, right = _own_deeds(sides.older, sides.newer), _own_deeds(sides.newer, sides.older)
    if not left or not right or (left[0].entry.value > 0) == (right[0].entry.value > 0):
        return
    rest = min(_rest(sides, sides.older, left), _rest(sides, sides.newer, right))
    if rest < 1.0:
        return
    said = _text(sides.older, left[0]), _text(sides.newer, right[0])
    places = _place(sides.older, left), _place(sides.newer, right)
    yield Contrast("side", "for and against", said, *places, 0.7)


_FOR, _AGAINST = 3, -3


def _own_deeds(frame: Frame, other: Frame) -> list[Fired]:
    """Return the acts told by verbs of which the other passage has none of that kind."""
    known = {cue.entry.kind for cue in other.position.fired_of("act")}
    acts = frame.position.fired_of("act")
    return [cue for cue in acts if not cue.entry.weak and cue.entry.kind not in known]


RULES: tuple[Callable[[Sides], Iterator[Contrast]], ...] = (extent, strength, side_taken)
