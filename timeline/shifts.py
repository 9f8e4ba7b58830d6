"""Whether a position moved between two utterances, how, and why.

Distance between wordings never decides. What is coded on both sides is compared; what cannot both
be held is a contrast (`rules`, `commitments`); the table KINDS says which kind of shift a
contrast is. What no rule decides is "undecided".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from math import isfinite
from typing import Any, NamedTuple

from timeline import commitments, extents
from timeline.contrasts import ABOUT_ONE, Contrast, Pair
from timeline.decided import decision
from timeline.denials import negation
from timeline.diff import Difference
from timeline.frames import Frame, frame
from timeline.names import other_names
from timeline.positions import Position
from timeline.quantities import Quantity
from timeline.rules import contrasts
from timeline.sides import Sides, sides_of, whole_statements

DETECTOR_VERSION = "5"
LOOKBACK = 12
SHIFT_FROM = 0.62  # certainty from which a contrast is called a shift
NO_SHIFT_BELOW = 0.25
_RESTATED = 0.75  # of the shorter passage's content has to be shared to restate it
_VERBATIM = 0.85  # of both sides' content is shared where the words are nearly the same
_PASSING = 0.45  # in a whole statement what differs outside its commitments stays open
_UNKNOWN_SCORE = 0.3  # of a pair that says different things, and that much more of a weak contrast
_HINT = 0.05  # more where one side denies something, or each names somebody else
_WEAK_KINDS = frozenset(("opposite", "exclusive", "commitment_strengthened", "commitment_weakened"))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a contrast means as a shift: its kind, its direction, how much it matters."""

    slug: str
    direction: str
    materiality: float


KINDS: dict[str, Kind] = {
    "polarity": Kind("reversal", "reversed", 1.0),
    "opposite": Kind("reversal", "reversed", 0.9),
    "roles": Kind("reframing", "changed", 0.7),
    "exclusive": Kind("scope_changed", "changed", 0.6),
    "name": Kind("scope_changed", "changed", 0.6),
    "side": Kind("reversal", "reversed", 0.9),
    "extent": Kind("scope_changed", "changed", 0.6),
    "quantity": Kind("scope_changed", "quantity", 0.7),
    "condition_added": Kind("condition_added", "hardened", 0.8),
    "condition_dropped": Kind("condition_dropped", "softened", 0.8),
    "condition_changed": Kind("condition_changed", "changed", 0.7),
    "alternative_added": Kind("condition_changed", "softened", 0.7),
    "alternative_dropped": Kind("condition_changed", "hardened", 0.7),
    "demand_added": Kind("demand_added", "hardened", 0.8),
    "demand_dropped": Kind("demand_dropped", "softened", 0.8),
    "demand_changed": Kind("reframing", "changed", 0.6),
    "commitment_strengthened": Kind("commitment_strengthened", "value", 0.5),
    "commitment_weakened": Kind("commitment_weakened", "value", 0.5),
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said: its best wording, when, how faithfully kept, how graded, how attested."""

    key: int
    text: str
    earliest: date
    latest: date
    fidelity: str = "verbatim"
    grade: str = "F6"
    sources: int = 1
    position: Position = field(default_factory=Position)
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """A number that moved: what it measures, from, to, and `raised`, `lowered` or `changed`."""

    measures: str
    older: str
    newer: str
    change: str

    def as_dict(self) -> dict[str, str]:
        """Return the change with the keys of the exchange format."""
        return {
            "measures": self.measures,
            "from": self.older,
            "to": self.newer,
            "change": self.change,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the position moved between two utterances, how, how sure, and why.

    `score` is the probability of a shift, 0 to 1; spans are characters of the two texts.
    """

    verdict: str
    score: float
    kinds: tuple[str, ...] = ()
    direction: str = "none"
    materiality: float = 0.0
    confidence: float = 0.5
    reasons: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    quantities: tuple[QuantityChange, ...] = ()
    counterfactual: str = ""
    older_span: tuple[int, int] = (0, 0)
    newer_span: tuple[int, int] = (0, 0)
    features: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values, ready for JSON."""
        payload = asdict(self)
        payload["quantities"] = [change.as_dict() for change in self.quantities]
        return payload


@dataclass(frozen=True, slots=True)
class Change:
    """An event of a series between two utterances, named by their keys.

    `event` is `shift`, `undecided`, `reaffirmation`, `reversion` or `fallen` (a shift that a
    later utterance takes away); `status` `provisional` or `confirmed`; `grade` the weaker of
    both grades.
    """

    older: int
    newer: int
    event: str
    verdict: Verdict
    status: str
    grade: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What a number has to be of to decide: names of the thing, and which way a larger one points.

    Without names no number counts more than others; the orientation holds for every number.
    """

    names: tuple[str, ...] = ()
    more_is_softer: bool = False


Judge = Callable[[Position, Position], Verdict]
"""The seam for a stronger judge: two coded passages to a verdict with reasons. Nothing depends on
it; `compare` asks it, where one is given, only for a pair that the rules leave undecided."""


class _Finding(NamedTuple):
    """A contrast in order of time, with what it means."""

    contrast: Contrast
    kind: Kind
    direction: str
    older: tuple[int, int]
    newer: tuple[int, int]
    reason: str
    named: str
    change: QuantityChange | None


def compare(
    older: Utterance | str,
    newer: Utterance | str,
    *,
    topic: Topic | str = "",
    judge: Judge | None = None,
) -> Verdict:
    """Return whether `newer` takes another position than `older`, and the reasons.

    With a `topic` for which both passages give a number, of all numbers that one counts: like is
    compared with like. Where either side is no verbatim record, lone adjectives and modals do not
    count.
    """
    before, after = _text(older), _text(newer)
    sides = sides_of(frame(before), frame(after))
    verbatim = _fidelity(older) == _fidelity(newer) == "verbatim"
    about = Topic((topic,) if topic else ()) if isinstance(topic, str) else topic
    named = decision(sides, about.names)
    if named is not None:
        found = [_ordered(sides, named, in_time=True)] if named.certainty else []
        found += _besides_numbers(sides, verbatim=verbatim)
    elif sides.older.stems == sides.newer.stems or not (before.strip() and after.strip()):
        found = []  # the same words, at most spelled or inflected otherwise; or none on a side
    else:
        found = _findings(sides, verbatim=verbatim)
    if about.more_is_softer:
        found = [_turned(item) for item in found]
    verdict = _verdict(sides, found, on_topic=named is not None)
    if judge is not None and verdict.verdict == "undecided":
        return judge(sides.older.position, sides.newer.position)
    return verdict


def _turned(item: _Finding) -> _Finding:
    """Return a number that moved with the direction that it has where more is softer."""
    if item.contrast.kind not in ("quantity", "condition_changed"):
        return item
    return item._replace(direction=_OTHER_WAY.get(item.direction, item.direction))


_OTHER_WAY = {"hardened": "softened", "softened": "hardened"}


def _text(side: Utterance | str) -> str:
    return side if isinstance(side, str) else side.text


def _fidelity(side: Utterance | str) -> str:
    return "verbatim" if isinstance(side, str) else side.fidelity


def _findings(sides: Sides, *, verbatim: bool) -> list[_Finding]:
    pairs = contrasts(sides.both)
    if whole_statements(sides):
        pairs = [item._replace(certainty=min(item.certainty, _PASSING)) for item in pairs]
    found = [_ordered(sides, contrast, in_time=False) for contrast in pairs]
    rules = (*commitments.RULES, *extents.RULES)
    found += [_ordered(sides, item, in_time=True) for rule in rules for item in rule(sides)]
    if not _reversed(found):
        found += _of_first_clauses(sides)
    if _reversed(found):
        found = [item for item in found if not _moot(sides, item)]
    found += [_in_condition(item) for item in found if _conditional(sides, item)]
    if not verbatim:
        found = [finding for finding in found if finding.contrast.kind not in _WEAK_KINDS]
    return sorted(found, key=lambda finding: -finding.contrast.certainty)


def _reversed(found: Sequence[_Finding]) -> bool:
    """Return whether one side surely denies what the other affirms."""
    return any(
        item.contrast.kind == "polarity" and item.contrast.certainty >= SHIFT_FROM for item in found
    )


def _moot(sides: Sides, item: _Finding) -> bool:
    """Return whether a condition is gone because what it was set for is now refused outright."""
    side = {"condition_dropped": sides.older, "condition_added": sides.newer}.get(
        item.contrast.kind
    )
    return side is not None and side.position.polarity > 0


def _besides_numbers(sides: Sides, *, verbatim: bool) -> list[_Finding]:
    """Return what is denied, asked or made to depend on something, whatever the numbers say.

    A whole statement reports much besides: there the number of the topic decides alone.
    """
    if whole_statements(sides):
        return []
    found = _findings(sides, verbatim=verbatim)
    sure = (finding for finding in found if finding.contrast.certainty >= SHIFT_FROM)
    return [finding for finding in sure if finding.contrast.kind in _SAID_BESIDES]


_SAID_BESIDES = frozenset(
    ("polarity", "condition_added", "condition_dropped", "demand_added", "demand_dropped")
)


def _of_first_clauses(sides: Sides) -> list[_Finding]:
    """Return what the first main clauses deny of each other where either passage goes on.

    "We have no claims" is taken back by "we have claims, and we name them": what is added besides
    does not make the first clause another one. Only of single sentences: a series compares those.
    """
    whole = sides.older, sides.newer
    denies = any(side.position.scopes for side in whole)
    if not denies or any(side.sentence and side.sentence[-1] for side in whole):
        return []
    older, newer = map(_head, whole)
    if older is sides.older and newer is sides.newer:
        return []
    first = sides_of(older, newer)
    if min(first.both.cover, first.both.back) < _RESTATED or len(first.both.matched) < _TOLD:
        return []
    return [_ordered(first, contrast, in_time=False) for contrast in negation(first.both)]


_TOLD = 2  # shared content words from which two first clauses say one thing


def _head(side: Frame) -> Frame:
    """Return the first main clause; its tokens have the places that they have in the passage."""
    first, last = side.clauses[0]
    if last == len(side.tokens) or last <= first:
        return side
    return frame(side.tokens.text[: side.tokens.ends[last - 1]])


def _conditional(sides: Sides, item: _Finding) -> bool:
    """Return whether a number or name that surely differs stands in a condition on both sides."""
    return (
        item.contrast.kind in ("quantity", "name")
        and item.contrast.certainty >= SHIFT_FROM
        and _stands_in(sides.older, item.older)
        and _stands_in(sides.newer, item.newer)
    )


def _stands_in(side: Frame, place: tuple[int, int]) -> bool:
    start, end = side.tokens.span(*place)
    return any(item.start <= start and end <= item.end for item in side.position.conditions)


def _in_condition(item: _Finding) -> _Finding:
    """Return that the condition in which something differs is another one, in its direction."""
    kind = KINDS["condition_changed"]
    contrast = item.contrast._replace(kind="condition_changed", quantities=None)
    return item._replace(
        contrast=contrast, kind=kind, reason=f"in a condition, {item.reason}", change=None
    )


def _ordered(sides: Sides, contrast: Contrast, *, in_time: bool) -> _Finding:
    kind = KINDS[contrast.kind]
    swapped = not in_time and sides.both.short is not sides.older
    older, newer = (contrast.long, contrast.short) if swapped else (contrast.short, contrast.long)
    change = _quantity_change(contrast, swapped=swapped) if contrast.quantities else None
    direction = kind.direction
    if direction == "quantity":
        moved = change.change if change else "changed"
        direction = {"raised": "hardened", "lowered": "softened"}.get(moved, "changed")
    elif direction == "value":
        direction = _value_direction(sides)
    reason, named = contrast.reason(swapped=swapped), contrast.named(swapped=swapped)
    return _Finding(contrast, kind, direction, older, newer, reason, named, change)


def _quantity_change(contrast: Contrast, *, swapped: bool) -> QuantityChange | None:
    if contrast.quantities is None:
        return None
    old, new = contrast.quantities[::-1] if swapped else contrast.quantities
    change = "changed"
    if old.unit == new.unit not in _TIMES and old.comparator == new.comparator:
        rise = _middle(new) - _middle(old)
        change = "raised" if rise > 0 else "lowered" if rise < 0 else "changed"
    return QuantityChange(old.measures or old.unit, old.text, new.text, change)


_TIMES = ("date", "day", "deadline")  # later is no more than earlier


def _middle(quantity: Quantity) -> float:
    middle = (quantity.low + quantity.high) / 2
    return middle if isfinite(middle) else quantity.value


def _value_direction(sides: Sides) -> str:
    old, new = sides.older.position.value, sides.newer.position.value
    if old is None or new is None or old == new:
        return "changed"
    return "softened" if new > old else "hardened"


def _restated(sides: Sides) -> bool:
    """Return whether the newer passage says again what the older one says, nothing left open."""
    both = sides.both
    if both.cover < _RESTATED or not both.short.content:
        return sides.older.stems == sides.newer.stems
    return sides.older.negators == sides.newer.negators and not _loose_numbers(both)


def _loose_numbers(both: Pair) -> bool:
    """Return whether each side has a number that the other has not, or not as often.

    In nearly the same words a number on one side only is enough.
    """
    values, others = both.short.numbers, both.long.numbers
    if both.cover >= _VERBATIM and both.back >= _VERBATIM:
        return values != others
    return bool(values - others) and bool(others - values)


def _verdict(sides: Sides, found: Sequence[_Finding], *, on_topic: bool) -> Verdict:
    restated = on_topic or _restated(sides)
    sure = [item for item in found if item.contrast.certainty >= SHIFT_FROM]
    score = _score(sides, found, restated=restated)
    label = "shift" if sure else "no_shift" if score < NO_SHIFT_BELOW and restated else "undecided"
    shown = sure or found[:1]
    return Verdict(
        label,
        round(score, 4),
        tuple(dict.fromkeys(item.kind.slug for item in sure)),
        _direction(item.direction for item in sure),
        max((item.kind.materiality for item in sure), default=0.0),
        round(max(score, 1 - score), 4),
        tuple(dict.fromkeys(item.reason for item in shown)),
        tuple(_difference(sides, item) for item in found),
        tuple(item.change for item in shown if item.change is not None),
        _counterfactual(sure, found),
        _span(sides.older, [item.older for item in shown]),
        _span(sides.newer, [item.newer for item in shown]),
        {
            "on_topic": on_topic,
            "cover": round(sides.both.cover, 4),
            "back": round(sides.both.back, 4),
            "rules": [[item.contrast.kind, round(item.contrast.certainty, 4)] for item in found],
        },
    )


def _score(sides: Sides, found: Sequence[_Finding], *, restated: bool) -> float:
    """Return the probability of a shift: the surest contrast, else what is left open."""
    top = max((item.contrast.certainty for item in found), default=0.0)
    if restated:
        return max(top, 0.02 + 0.1 * (2 - sides.both.cover - sides.both.back))
    denied = sides.both.cover >= ABOUT_ONE and sides.older.negators % 2 != sides.newer.negators % 2
    hints = _HINT * (denied + other_names(sides.both))
    weak = (item.contrast for item in found if item.contrast.kind not in _LEFT_OPEN)
    hint = max((contrast.certainty for contrast in weak), default=0.0)
    return max(top, _UNKNOWN_SCORE * (1 + hint) + hints)


# A condition or demand beside other words is no sign of a shift: what it was set for is not known.
_LEFT_OPEN = frozenset(
    (
        *("condition_added", "condition_dropped", "condition_changed"),
        *("demand_added", "demand_dropped", "demand_changed"),
    )
)


def _direction(directions: Iterable[str]) -> str:
    seen = set(directions)
    if "reversed" in seen:
        return "reversed"
    clear = seen & {"hardened", "softened"}
    if len(clear) == 1:
        return clear.pop()
    return "changed" if seen else "none"


def _difference(sides: Sides, item: _Finding) -> Difference:
    old, new = _characters(sides.older, item.older), _characters(sides.newer, item.newer)
    return Difference(
        item.contrast.kind,
        sides.older.tokens.text[slice(*old)],
        sides.newer.tokens.text[slice(*new)],
        *old,
        *new,
        item.reason,
    )


def _counterfactual(sure: Sequence[_Finding], found: Sequence[_Finding]) -> str:
    """Return in a sentence what would have changed the verdict."""
    if sure:
        *others, last = dict.fromkeys(item.named for item in sure)
        listed = f"{', '.join(others)} and {last}" if others else last
        return f"Without {listed} no shift would be called."
    if found:
        return f"A shift would be called if {found[0].named} were surer."
    return "A shift would be called if a number, denial, condition, demand or name differed."


def _span(side: Frame, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if not spans:
        return 0, len(side.tokens.text)
    return _characters(side, (min(first for first, _ in spans), max(last for _, last in spans)))


def _characters(side: Frame, place: tuple[int, int]) -> tuple[int, int]:
    """Return the character span of a span of tokens, of which a blank passage has none."""
    return side.tokens.span(*place) if len(side.tokens) else (0, 0)
