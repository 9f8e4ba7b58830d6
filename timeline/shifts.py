"""When a position moved: two utterances compared, and a series of them."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from timeline.coding import Position, code
from timeline.diff import Difference, differences
from timeline.likeness import likeness

DETECTOR_VERSION = "1"
LOOKBACK = 5
_SAME_ASPECT = 0.3


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
    """Whether the position moved between two utterances, how, how sure, and why."""

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


@dataclass(frozen=True, slots=True)
class Change:
    """An event of a series between two utterances, named by their keys."""

    older: int
    newer: int
    event: str
    verdict: Verdict
    status: str
    grade: str


def compare(older: Utterance | str, newer: Utterance | str) -> Verdict:
    """Return whether `newer` takes another position than `older`, and the reasons."""
    before = older if isinstance(older, str) else older.text
    after = newer if isinstance(newer, str) else newer.text
    left, right = code(before), code(after)
    alike = likeness(before, after)
    found = differences(left, right)
    features = {"likeness": alike}
    kinds: list[str] = []
    if alike >= _SAME_ASPECT and left.polarity != right.polarity:
        kinds.append("reversal")
    moved = [item for item in found if item.kind == "quantity"] if alike >= _SAME_ASPECT else []
    if moved:
        kinds.append("scope_changed")
    if not kinds:
        verdict = "no_shift" if alike > 0.9 and not found else "undecided"
        score = 0.05 if verdict == "no_shift" else 0.3
        return Verdict(
            verdict,
            score,
            differences=found,
            features=features,
            older_span=(0, len(before)),
            newer_span=(0, len(after)),
        )
    return Verdict(
        "shift",
        0.9,
        tuple(kinds),
        "reversed" if "reversal" in kinds else "changed",
        0.8,
        0.6,
        tuple(item.note for item in found),
        found,
        tuple(QuantityChange("", item.older, item.newer, "changed") for item in moved),
        "without these differences the two would be one position",
        features=features,
        older_span=(0, len(before)),
        newer_span=(0, len(after)),
    )


def _weaker(one: str, other: str) -> str:
    return max(one[:1], other[:1]) + max(one[1:], other[1:])


def changes(series: Sequence[Utterance], *, of: Collection[int] | None = None) -> list[Change]:
    """Return the events of a series, each utterance against at most LOOKBACK earlier ones.

    `of` names the utterances to decide (default: all). The order given does not matter.
    """
    ordered = sorted(series, key=_when)
    wanted = ordered if of is None else sorted((u for u in ordered if u.key in of), key=_when)
    found = []
    for newer in wanted:
        place = bisect_left(ordered, _when(newer), key=_when)
        for older in reversed(ordered[max(0, place - LOOKBACK) : place]):
            verdict = compare(older, newer)
            if verdict.features["likeness"] < _SAME_ASPECT:
                continue
            found.append(_change(older, newer, verdict))
            break
    return found


def _when(utterance: Utterance) -> tuple[date, date, int]:
    return utterance.earliest, utterance.latest, utterance.key


def _change(older: Utterance, newer: Utterance, verdict: Verdict) -> Change:
    event = {"shift": "shift", "no_shift": "reaffirmation"}.get(verdict.verdict, "undecided")
    sure = newer.confirmed or min(older.sources, newer.sources) > 1
    status = "confirmed" if sure else "provisional"
    return Change(older.key, newer.key, event, verdict, status, _weaker(older.grade, newer.grade))
