"""The verdict that an analyst gives on a pair of utterances: that it is a shift, and which.

It is kept in the `detail` of the decision, and detection puts it in place of the detector's own
as long as the decision stands and the pair is compared at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from timeline.shifts import KINDS, Change
from tracker.models import Decision, Shift

DECIDED: Final = "an analyst decided that the position moved here"
_COUNTERFACTUAL: Final = "The shift goes when the analyst's decision is undone."
_JUDGED: Final = frozenset(("shift", "undecided", "reaffirmation"))
# A clear direction is a kind of its own; it is added to the kinds, not chosen besides.
BY_DIRECTION: Final = {
    Shift.Direction.HARDENED.value: Shift.Kind.HARDENING.value,
    Shift.Direction.SOFTENED.value: Shift.Kind.SOFTENING.value,
}
KINDS_TO_CHOOSE: Final = [kind for kind in Shift.Kind.values if kind not in BY_DIRECTION.values()]
DIRECTIONS_TO_CHOOSE: Final = [
    direction for direction in Shift.Direction.values if direction != Shift.Direction.NONE
]
_MATTERS: Final = {
    slug: max(kind.materiality for kind in KINDS.values() if kind.slug == slug)
    for slug in {kind.slug for kind in KINDS.values()}
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The kinds and the direction of a shift, as an analyst chose them."""

    kinds: tuple[str, ...] = (Shift.Kind.REFRAMING.value,)
    direction: str = Shift.Direction.CHANGED.value

    def as_detail(self) -> dict[str, Any]:
        """Return the choice as a decision keeps it."""
        return asdict(self) | {"kinds": list(self.kinds)}


def choice_of(decision: Decision) -> Choice | None:
    """Return what a decision chose; nothing where it leaves the verdict to the detector."""
    detail = decision.detail
    return Choice(tuple(detail["kinds"]), detail["direction"]) if "kinds" in detail else None


def suggested(shift: Shift) -> Choice:
    """Return what a form starts from: the verdict, of an undecided pair its surest contrast."""
    if shift.status != Shift.Status.UNDECIDED:
        return _verdict_of(shift)
    differences: Sequence[Mapping[str, Any]] = shift.evidence.get("differences", ())
    known = [KINDS[item["kind"]] for item in differences if item["kind"] in KINDS]
    if not known:
        return Choice()
    direction = known[0].direction
    clear = direction in DIRECTIONS_TO_CHOOSE
    return Choice((known[0].slug,), direction if clear else Shift.Direction.CHANGED.value)


def chosen_now(shift: Shift, choice: Choice | None) -> Choice | None:
    """Return what a confirmation of this row chooses, given what was asked for, if anything.

    An undecided pair needs a verdict. One that was given before is kept where no other is asked
    for, and who asks for what the detector found leaves the verdict to the detector.
    """
    before = Decision.objects.standing().on_pair(shift.older_id, shift.newer_id)
    earlier = [given for row in before.filter(kind="confirm") if (given := choice_of(row))]
    if choice is None and earlier:
        return earlier[-1]
    if shift.status == Shift.Status.UNDECIDED:
        return choice or suggested(shift)
    return None if not earlier and choice == _verdict_of(shift) else choice


def decided(change: Change, choice: Choice | None) -> Change:
    """Return what stands between two utterances once an analyst's verdict on them is obeyed."""
    if choice is None or change.event not in _JUDGED:
        return change
    verdict = replace(
        change.verdict,
        verdict="shift",
        score=1.0,
        kinds=choice.kinds,
        direction=choice.direction,
        materiality=max(_MATTERS.get(kind, 0.0) for kind in choice.kinds),
        confidence=1.0,
        reasons=(DECIDED, *change.verdict.reasons),
        counterfactual=_COUNTERFACTUAL,
    )
    return replace(change, event="shift", status="confirmed", verdict=verdict)


def _verdict_of(shift: Shift) -> Choice:
    kinds = tuple(kind for kind in KINDS_TO_CHOOSE if kind in shift.kinds)
    return Choice(kinds or Choice().kinds, shift.direction)
