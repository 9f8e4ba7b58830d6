"""What a stance asks, promises and makes depend on something: how that differs between two.

Conditions, demands, modals and horizons ("for some time", "at least through mid-2015"), compared
where the rest of what is said is the same; and the number that belongs to the thing decided.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from timeline.amounts import agree
from timeline.coding import Condition, Demand
from timeline.contrasts import Contrast, Pair, pair
from timeline.frames import Frame, frame
from timeline.lexicon import Fired
from timeline.quantities import Quantity
from timeline.words import KEPT, edits

_REST = 0.7  # of the content outside a condition has to be shared for it to be added or dropped
_UNKNOWN = 0.34  # a clause of which less than this is found on the other side is not there
_OPEN = 0.26  # a clause that the other side has not is never silently the same
_MODAL_SCALE = {"may": 0, "should": 1, "would": 1, "will": 2, "must": 3}
_LONG = 40  # content words from which a passage is read as a whole statement


@dataclass(frozen=True, slots=True)
class Sides:
    """Two frames in order of time, and their content match."""

    older: Frame
    newer: Frame
    both: Pair

    def covered(self, frame: Frame, indexes: Sequence[int]) -> float:
        """Return the share of these tokens that the other frame has too."""
        other = self.newer if frame is self.older else self.older
        keys, found, match = frame.keys, other.found, other.match
        known = [keys(index)[0] in found or bool(match(keys(index))) for index in indexes]
        return sum(known) / len(known) if known else 1.0


def sides_of(older: Frame, newer: Frame) -> Sides:
    """Return both frames, matched with the shorter one first, whatever came first in time."""
    short, long = sorted((older, newer), key=lambda side: (len(side.content), side.tokens.text))
    return Sides(older, newer, pair(short, long))


def _tokens_of(frame: Frame, start: int, end: int) -> tuple[int, int]:
    starts = frame.tokens.starts
    first, after = bisect_left(starts, start), bisect_left(starts, end)
    return (first, after - 1) if first < after else (0, 0)


class Clause(NamedTuple):
    """A condition or demand, or one of several joined by "and": its words and content tokens."""

    text: str
    first: int
    last: int
    inside: tuple[int, ...]


@lru_cache(maxsize=KEPT)
def clauses_of(frame: Frame, kind: str) -> tuple[Clause, ...]:
    """Return the conditions or demands of a passage as a set, "if A and B" as two."""
    elements = frame.position.conditions if kind == "condition" else frame.position.demands
    return tuple([part for element in elements for part in _parts(frame, element)])


def _parts(frame: Frame, element: Condition | Demand, joint_word: str = "and") -> Iterator[Clause]:
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


def _clause_at(frame: Frame, first: int, last: int, inside: Sequence[int]) -> Clause:
    start, end = frame.tokens.span(first, last) if len(frame.tokens) else (0, 0)
    return Clause(frame.tokens.text[start:end], first, last, tuple(inside))


def alternatives(sides: Sides) -> Iterator[Contrast]:
    """One of several conditions of which each is enough, "if A or B", given up or added.

    With fewer ways to meet it a condition is harder, with more it is softer.
    """
    gone, come = _lost_ways(sides, sides.older), _lost_ways(sides, sides.newer)
    if gone and not come:
        yield _clause(sides, "alternative_dropped", gone, [])
    elif come and not gone:
        yield _clause(sides, "alternative_added", [], come)


def _lost_ways(sides: Sides, side: Frame) -> list[Clause]:
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


@lru_cache(maxsize=KEPT)
def _ways(side: Frame) -> list[list[Clause]]:
    """Return the conditions of which each is enough: "if A or B", "if A or if B"."""
    if "or" not in side.tokens.low:
        return []
    found: list[list[Clause]] = []
    for element in side.position.conditions:
        parts = list(_parts(side, element, "or"))
        joined = side.tokens.low[max(0, parts[0].first - 1)] == "or"
        if found and joined:
            found[-1] += parts
        else:
            found.append(parts)
    return [ways for ways in found if len(ways) > 1]


def clauses(sides: Sides, kind: str) -> Iterator[Contrast]:
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


def _missing(sides: Sides, frame: Frame, kind: str) -> list[Clause]:
    missing = [
        clause
        for clause in clauses_of(frame, kind)
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
        return not clauses_of(frame, kind)
    other = sides.newer if frame is sides.older else sides.older
    places = {i for clause in clauses_of(other, kind) for i in clause.inside}
    return all(
        sides.covered(frame, clause.inside) >= _REST
        and any(not places.isdisjoint(other.match(frame.keys(i))) for i in clause.inside)
        for clause in clauses_of(frame, kind)
        if clause.inside
    )


def _clause(
    sides: Sides, kind: str, dropped: Sequence[Clause], added: Sequence[Clause]
) -> Contrast:
    older, newer = sides.older, sides.newer
    rest = min(
        _rest(sides, frame, clauses)
        for frame, clauses in ((older, dropped), (newer, added))
        if clauses
    )
    freed = [
        frame
        for frame, clauses in ((newer, dropped), (older, added))
        if clauses and kind.startswith("condition") and _unconditional(frame)
    ]
    words = " -> ".join(f"'{clauses[0].text}'" for clauses in (dropped, added) if clauses)
    return Contrast(
        kind,
        f"{kind.replace('_', ' ')}: {words}",
        None,
        (dropped[0].first, dropped[0].last) if dropped else (0, len(older.tokens) - 1),
        (added[0].first, added[0].last) if added else (0, len(newer.tokens) - 1),
        (0.85 if freed else 0.75) * rest if rest >= _REST else max(_OPEN, 0.4 * rest),
    )


def _unconditional(frame: Frame) -> bool:
    """Return whether the passage says itself that it sets no condition."""
    return any(cue.entry.list == "unconditional" for cue in frame.position.fired)


def _rest(sides: Sides, frame: Frame, without: Sequence[Clause]) -> float:
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
        opening = _opening_name(frame)
        outside = [index for index in outside if index not in opening]
    return sides.covered(frame, outside)


_OURSELVES = frozenset(("we", "our", "us"))


def _opening_name(frame: Frame) -> range:
    """Return the tokens of the name that the passage begins with."""
    raw, size, first = frame.tokens.raw, len(frame.tokens), 0
    while first < size and (not raw[first][0].isalnum() or raw[first] == "The"):
        first += 1
    last = first
    while last < size and raw[last][0].isupper():
        last += 1
    return range(first, last)


def conditions(sides: Sides) -> Iterator[Contrast]:
    """Conditions added, dropped or changed while the rest is restated."""
    return clauses(sides, "condition")


def demands(sides: Sides) -> Iterator[Contrast]:
    """Demands added, dropped or changed while the rest is restated."""
    return clauses(sides, "demand")


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
    return next(
        (
            cue
            for cue in frame.position.fired
            if cue.entry.list == "latitude" and cue.first not in frame.negated
        ),
        None,
    )


def _obliging(frame: Frame) -> Demand | None:
    """Return the demand made with "must" or "have to" of somebody other than the speaker."""
    for demand in frame.position.demands:
        first, _ = _tokens_of(frame, demand.start, demand.end)
        before = frame.tokens.low[max(0, first - 4) : first]
        if frame.tokens.low[first] in _OBLIGING and _OURSELVES.isdisjoint(before):
            return demand
    return None


_OBLIGING = frozenset(("must", "has", "have"))


def modals(sides: Sides) -> Iterator[Contrast]:
    """A modal in the place of a stronger or weaker one, in otherwise nearly the same words."""
    older, newer = sides.older, sides.newer
    if _said_again(sides) < _NEARLY_ALL:
        return
    left, right = _modal_levels(older), _modal_levels(newer)
    for a, b, c, d in edits(older.stems, newer.stems):
        old = next((left[index] for index in range(a, b) if index in left), None)
        new = next((right[index] for index in range(c, d) if index in right), None)
        if not old or not new or old[1] == new[1]:
            continue
        up = new[1] > old[1]
        yield Contrast(
            "commitment_strengthened" if up else "commitment_weakened",
            "modal",
            (old[0], new[0]),
            (a, b - 1),
            (c, d - 1),
            0.7,
        )


_NEARLY_ALL = 0.9


def _said_again(sides: Sides) -> float:
    """Return how much either side says of the other, whatever boosters and hedges it has.

    In whole statements word for word: there much is said twice.
    """
    if whole_statements(sides):
        return min(sides.both.cover, sides.both.back)
    return min(sides.covered(side, _unshaded(side)) for side in (sides.older, sides.newer))


def _unshaded(frame: Frame) -> list[int]:
    """Return the content without boosters and hedges."""
    shaded = {cue.first for cue in frame.position.fired if cue.entry.list == "strength"}
    return [index for index in frame.content if index not in shaded]


def _modal_levels(frame: Frame) -> dict[int, tuple[str, int]]:
    """Return the modals by token. In a report "would" is the "will" that was said (CGEL 5.7)."""
    reported = "reported" in frame.position.aspects
    return {
        cue.first: (" ".join(cue.entry.words), _modal_level(frame, cue, reported=reported))
        for cue in frame.position.fired
        if cue.entry.list == "modality"
    }


def _modal_level(frame: Frame, cue: Fired, *, reported: bool) -> int:
    """Return the step of a modal; "there would be" promises nothing, no less than "will"."""
    nobody = frame.tokens.low[max(0, cue.first - 1)] == "there"
    kind = "will" if cue.entry.kind == "would" and (reported or nobody) else cue.entry.kind
    return _MODAL_SCALE[kind]


# ---- Forward guidance -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Horizon:
    """For how long, until when or how fast something is announced: its sign and its tokens."""

    sign: str
    first: int
    last: int


_FIRM = frozenset(("date", "duration"))  # horizons that are hardly said of anything but conduct


def horizons(frame: Frame) -> list[Horizon]:
    """Return the horizons of the sentences that state what the speaker expects of its conduct."""
    outlook = _sentences_with(frame, "outlook")
    own = outlook & _sentences_with(frame, "conduct")
    counted = {"tempo": own & _sentences_with(frame, "tempo")} | dict.fromkeys(_FIRM, outlook)
    found = []
    for cue in frame.position.fired:
        if cue.entry.list != "horizon":
            continue
        if frame.sentence[cue.first] in counted.get(cue.entry.kind, own):
            last, sign = _horizon_sign(frame, cue)
            if sign:
                found.append(Horizon(sign, cue.first, last))
    return found


def _sentences_with(frame: Frame, name: str) -> set[int]:
    """Return the sentences in which a cue of the list `name` stands."""
    return {frame.sentence[cue.first] for cue in frame.position.fired if cue.entry.list == name}


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


def whole_statements(sides: Sides) -> bool:
    """Return whether both passages are long enough to report many things besides the stance."""
    return min(len(sides.older.content), len(sides.newer.content)) >= _LONG


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


# ---- The number that belongs to the thing decided ----------------------------------------


def decided(frame: Frame, topic: Frame) -> Quantity | None:
    """Return the number that the passage gives for the topic: nearest its words, in one sentence.

    A change "by 25 basis points to 2 percent" is read as its outcome. Measured: old against new,
    this tells hardened, softened and same in the policy series better than any other feature.
    """
    wanted = {topic.keys(index)[0] for index in topic.content}
    best: tuple[int, int, Quantity] | None = None
    for quantity in frame.position.quantities:
        if quantity.unit not in ("percent", "money", ""):
            continue
        places = {key: _nearest(frame, key, quantity) for key in wanted}
        known = [place for place in places.values() if place is not None]
        if not known or 2 * len(known) <= len(wanted):
            continue
        rank = (-len(known), min(known))
        if best is None or rank < best[:2]:
            best = (*rank, quantity)
    return best[2] if best else None


def _nearest(frame: Frame, key: str, quantity: Quantity) -> int | None:
    """Return how many tokens off the nearest `key` in the quantity's sentence stands."""
    sentence = frame.sentence[quantity.first]
    return min(
        (
            abs(place - (quantity.first if place < quantity.first else quantity.last))
            for place in frame.found.get(key, ())
            if frame.sentence[place] == sentence
        ),
        default=None,
    )


def decision(sides: Sides, names: Iterable[str]) -> Contrast | None:
    """Return the contrast of the numbers decided for a topic, by the first of its names that fits.

    Certainty 0 where the numbers are the same; None where either passage gives none.
    """
    return next(filter(None, (_decision(sides, frame(name)) for name in names)), None)


def _decision(sides: Sides, topic: Frame) -> Contrast | None:
    old, new = decided(sides.older, topic), decided(sides.newer, topic)
    if old is None or new is None or old.unit != new.unit:
        return None
    same = (old.low, old.high) == (new.low, new.high) or (
        agree(old, new) and old.value == new.value
    )
    return Contrast(
        "quantity",
        topic.tokens.text,
        (old.text, new.text),
        (old.first, old.last),
        (new.first, new.last),
        0.0 if same else 0.95,
        (old, new),
    )


def decided_numbers(sides: Sides) -> Iterator[Contrast]:
    """Rates that both passages say were decided, where no topic is given."""
    old, new = (_rates(frame) for frame in (sides.older, sides.newer))
    if old and new and not any(agree(one, other) for one in old for other in new):
        said = old[0].text, new[0].text
        places = (old[0].first, old[0].last), (new[0].first, new[0].last)
        yield Contrast("quantity", "decided", said, *places, 0.9, (old[0], new[0]))


def _rates(frame: Frame) -> list[Quantity]:
    own = _sentences_with(frame, "decision")
    return [
        quantity
        for quantity in frame.position.quantities
        if quantity.unit == "percent" and frame.sentence[quantity.first] in own
    ]


RULES: tuple[Callable[[Sides], Iterator[Contrast]], ...] = (
    conditions,
    alternatives,
    demands,
    latitude,
    modals,
    guidance,
    decided_numbers,
)
