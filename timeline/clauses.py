"""Conditions and demands that one of two passages has and the other, saying the rest, has not.

A clause is compared by what it says, so that one of several can be dropped or added; ways of
which each is enough ("if A or B") are told apart from what is required together.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from timeline.contrasts import ABOUT_ONE, Contrast
from timeline.frames import Frame
from timeline.lexicon import Fired
from timeline.positions import Condition, Demand
from timeline.sides import Sides, whole_statements
from timeline.words import kept

_REST = 0.7  # of the content outside a condition has to be shared for it to be added or dropped
_UNKNOWN = 0.34  # a clause of which less than this is found on the other side is not there
_OPEN = 0.26  # a clause that the other side has not is never silently the same


class _Clause(NamedTuple):
    """A condition or demand, or one of several joined by "and": its words and content tokens."""

    text: str
    first: int
    last: int
    inside: tuple[int, ...]


@kept
def _clauses_of(frame: Frame, kind: str) -> tuple[_Clause, ...]:
    """Return the conditions or demands of a passage as a set, "if A and B" as two."""
    elements = frame.position.conditions if kind == "condition" else frame.position.demands
    return tuple([part for element in elements for part in _parts(frame, element)])


def _parts(frame: Frame, element: Condition | Demand, joint_word: str = "and") -> Iterator[_Clause]:
    """Return a clause cut at "and" where both sides of it say enough to stand alone."""
    first, last = _tokens_of(frame, element.start, element.end)
    content, begun = frame.content, 0
    inside = content[bisect_left(content, first) : bisect_right(content, last)]
    between = frame.tokens.low[first + 1 : last]
    if joint_word not in between:
        yield _clause_at(frame, first, last, inside)
        return
    joints = [i for i, word in enumerate(between, first + 1) if word == joint_word]
    for joint in joints:
        at = bisect_left(inside, joint)
        if min(at - begun, len(inside) - at) >= _ALONE:
            yield _clause_at(frame, first, joint - 1, inside[begun:at])
            first, begun = joint + 1, at
    yield _clause_at(frame, first, last, inside[begun:])


_ALONE = 2  # content words from which what "and" joins is a clause of its own


def _clause_at(frame: Frame, first: int, last: int, inside: Sequence[int]) -> _Clause:
    start, end = frame.tokens.span(first, last) if len(frame.tokens) else (0, 0)
    return _Clause(frame.tokens.text[start:end], first, last, tuple(inside))


def alternatives(sides: Sides) -> Iterator[Contrast]:
    """One of several conditions of which each is enough, "if A or B", given up or added.

    With fewer ways to meet it a condition is harder, with more it is softer.
    """
    gone, come = _lost_ways(sides, sides.older), _lost_ways(sides, sides.newer)
    if gone and not come:
        yield _clause(sides, "alternative_dropped", gone, [])
    elif come and not gone:
        yield _clause(sides, "alternative_added", [], come)


def _lost_ways(sides: Sides, side: Frame) -> list[_Clause]:
    """Return the alternatives that the other passage, which has another of them, has not."""
    other = sides.newer if side is sides.older else sides.older
    if not side.position.conditions or not other.position.conditions or whole_statements(sides):
        return []
    return [
        way
        for ways in _ways(side)
        if any(sides.covered(side, way.inside) >= _REST for way in ways)
        for way in ways
        if way.inside and sides.covered(side, way.inside) < _UNKNOWN
    ]


@kept
def _ways(side: Frame) -> list[list[_Clause]]:
    """Return the conditions of which each is enough: "if A or B", "if A or if B"."""
    if "or" not in side.tokens.low:
        return []
    found: list[list[_Clause]] = []
    for element in side.position.conditions:
        parts = list(_parts(side, element, "or"))
        joined = side.tokens.low[max(0, parts[0].first - 1)] == "or"
        if found and joined:
            found[-1] += parts
        else:
            found.append(parts)
    return [ways for ways in found if len(ways) > 1]


def _unshared(sides: Sides, kind: str) -> Iterator[Contrast]:
    """Return conditions or demands that one side has and the other, saying the rest, has not.

    One of several is dropped or added where the others are said on both sides.
    """
    dropped, added = (_missing(sides, frame, kind) for frame in (sides.older, sides.newer))
    if dropped and added:
        yield _clause(sides, f"{kind}_changed", dropped, added)
    elif dropped and _all_known(sides, sides.newer, kind):
        yield _clause(sides, f"{kind}_dropped", dropped, [])
    elif added and _all_known(sides, sides.older, kind):
        yield _clause(sides, f"{kind}_added", [], added)


def _missing(sides: Sides, frame: Frame, kind: str) -> list[_Clause]:
    missing = [
        clause
        for clause in _clauses_of(frame, kind)
        if clause.inside and sides.covered(frame, clause.inside) < _UNKNOWN
    ]
    if kind == "condition" and missing:
        lost = {way.first for way in _lost_ways(sides, frame)}
        return [clause for clause in missing if clause.first not in lost]
    return missing


def _all_known(sides: Sides, frame: Frame, kind: str) -> bool:
    """Return whether what one side asks, the other asks as well, in whatever words.

    A whole statement says many things besides: there only one that asks nothing counts.
    """
    if whole_statements(sides):
        return not _clauses_of(frame, kind)
    other = sides.newer if frame is sides.older else sides.older
    places = {i for clause in _clauses_of(other, kind) for i in clause.inside}
    return all(
        sides.covered(frame, clause.inside) >= _REST
        and any(not places.isdisjoint(other.match(frame.keys(i))) for i in clause.inside)
        for clause in _clauses_of(frame, kind)
        if clause.inside
    )


def _clause(
    sides: Sides, kind: str, dropped: Sequence[_Clause], added: Sequence[_Clause]
) -> Contrast:
    older, newer = sides.older, sides.newer
    changed = [(older, dropped), (newer, added)]
    rest = min(_rest(sides, frame, clauses) for frame, clauses in changed if clauses)
    freed = [
        frame
        for frame, clauses in ((newer, dropped), (older, added))
        if clauses and kind.startswith("condition") and _unconditional(frame)
    ]
    return Contrast(
        kind,
        kind.replace("_", " "),
        (dropped[0].text if dropped else "", added[0].text if added else ""),
        (dropped[0].first, dropped[0].last) if dropped else (0, len(older.tokens) - 1),
        (added[0].first, added[0].last) if added else (0, len(newer.tokens) - 1),
        (0.85 if freed else 0.75) * rest if rest >= _REST else max(_OPEN, 0.4 * rest),
    )


def _unconditional(frame: Frame) -> bool:
    """Return whether the passage says itself that it sets no condition."""
    return bool(frame.position.fired_of("unconditional"))


def _rest(sides: Sides, frame: Frame, without: Sequence[_Clause]) -> float:
    """Return how much of the main clause around these clauses the other passage says too.

    What a further clause adds ("..., and we keep our word") says nothing about it. The
    name that opens it is known where the other passage says "we": both speak for one side.
    """
    other = sides.newer if frame is sides.older else sides.older
    inside = {index for clause in without for index in clause.inside}
    outside = [index for index in frame.content if index not in inside]
    if not whole_statements(sides):
        around = frame.clause_around(without[0].first)
        outside = [index for index in outside if index in around] or outside
    if outside and not _OURSELVES.isdisjoint(other.tokens.low):
        opening = frame.opening_name()
        outside = [index for index in outside if index not in opening]
    if not outside or (sides.both.cover < ABOUT_ONE and len(outside) < _ENOUGH):
        return 0.0
    return sides.covered(frame, outside)


_ENOUGH = 3  # content words around a clause that tell what it is of where little else is shared


_OURSELVES = frozenset(("we", "our", "us"))


def conditions(sides: Sides) -> Iterator[Contrast]:
    """Conditions added, dropped or changed while the rest is restated."""
    return _unshared(sides, "condition")


def demands(sides: Sides) -> Iterator[Contrast]:
    """Demands added, dropped or changed while the rest is restated."""
    return _unshared(sides, "demand")


def latitude(sides: Sides) -> Iterator[Contrast]:
    """What one side leaves to another party to decide, and the other side demands or forbids."""
    left, right = _left_open(sides.older), _left_open(sides.newer)
    if (left is None) == (right is None) or len(sides.both.matched) < 2:
        return
    leaving, bound = (sides.older, sides.newer) if left else (sides.newer, sides.older)
    cue, demand = left or right, _obliging(bound)
    if cue is None or demand is None:
        return
    places = (cue.first, cue.last), _tokens_of(bound, demand.start, demand.end)
    said = " ".join(leaving.tokens.raw[cue.first : cue.last + 1]), demand.text
    yield Contrast(
        "demand_added" if left else "demand_dropped",
        "left open and demanded",
        said if left else said[::-1],
        *(places if left else places[::-1]),
        0.9 * sides.both.cover if sides.both.cover >= _REST else 0.5 * sides.both.cover,
    )


def _left_open(frame: Frame) -> Fired | None:
    """Return the cue by which the passage leaves a matter to another party."""
    cues = frame.position.fired_of("latitude")
    return next((cue for cue in cues if cue.first not in frame.negated), None)


def _obliging(frame: Frame) -> Demand | None:
    """Return the demand made with "must" or "have to" of somebody other than the speaker."""
    for demand in frame.position.demands:
        first, _ = _tokens_of(frame, demand.start, demand.end)
        before = frame.tokens.low[max(0, first - 4) : first]
        if frame.tokens.low[first] in _OBLIGING and _OURSELVES.isdisjoint(before):
            return demand
    return None


_OBLIGING = frozenset(("must", "has", "have"))


def _tokens_of(frame: Frame, start: int, end: int) -> tuple[int, int]:
    starts = frame.tokens.starts
    first, after = bisect_left(starts, start), bisect_left(starts, end)
    return (first, after - 1) if first < after else (0, 0)
