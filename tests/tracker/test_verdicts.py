"""An analyst's verdict on a pair: an input of detection, like a statement."""

import pytest

from tests.tracker.records import NOT_READY, READY, dump, known_people, later, record, row, settle
from timeline import shifts
from timeline.shifts import Change, Verdict
from tracker import detection, review
from tracker.models import Event, Shift
from tracker.verdicts import (
    DECIDED,
    DIRECTIONS_TO_CHOOSE,
    KINDS_TO_CHOOSE,
    Choice,
    choice_of,
    decided,
    suggested,
)

pytestmark = pytest.mark.django_db

RIGHTS = "We are ready to negotiate with Karsk about trade and fishing rights."
NARROWER = Choice(("condition_added", "scope_changed"), "hardened")
DETECTED, CONFIRMED, WITHDRAWN = Event.OF_SHIFTS


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def undecided() -> Shift:
    """Record two statements that no rule decides; return their pair."""
    record(row(READY, "2023-05-24"), row(RIGHTS, "2024-05-24"))
    pair = Shift.objects.get()
    assert (pair.status, pair.direction, pair.kinds) == ("undecided", "none", [])
    return pair


def now_held() -> Shift:
    return Shift.objects.get(withdrawn_at=None)


def detect_again(*, hours: float) -> list[tuple[str, bool]]:
    """Detect everything anew; return the events."""
    detection.mark_all(now=later(hours=hours))
    return happened(settle(later(hours=hours)))


def happened(events: list[Event]) -> list[tuple[str, bool]]:
    return [(event.kind, event.correction) for event in events]


def test_an_accepted_pair_is_a_confirmed_shift_of_the_kinds_and_direction_chosen() -> None:
    pair = undecided()
    decision = review.confirm(pair, by=None, now=later(hours=1), choice=NARROWER)
    assert choice_of(decision) == NARROWER
    assert happened(settle(later(hours=1))) == [(DETECTED, True), (CONFIRMED, True)]
    shift = now_held()
    assert (shift.status, shift.direction) == ("confirmed", "hardened")
    assert shift.kinds == ["condition_added", "scope_changed", "hardening"]
    assert (shift.score, shift.confidence, shift.materiality) == (1.0, 1.0, 0.8)
    assert shift.reasons == [DECIDED, *pair.reasons]
    assert {**shift.evidence, "counterfactual": ""} == {**pair.evidence, "counterfactual": ""}
    pair.refresh_from_db()
    assert (pair.status, pair.replaced_by, pair.withdrawn_because) == ("withdrawn", shift, DECIDED)


def test_without_a_choice_an_accepted_pair_is_what_is_suggested() -> None:
    review.confirm(undecided(), by=None, now=later(hours=1))
    settle(later(hours=1))
    assert (now_held().kinds, now_held().direction) == (["reframing"], "changed")


def test_an_accepted_pair_survives_detection_which_then_changes_no_row() -> None:
    review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    before = dump()
    assert detect_again(hours=2) == []
    assert dump() == before


def test_an_accepted_pair_survives_what_comes_after_it() -> None:
    review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    shift = now_held()
    record(row(READY, "2025-05-24"), now=later(hours=2))
    assert Shift.objects.get(pk=shift.pk).status == "confirmed"


def test_undoing_makes_the_pair_undecided_again_and_tells_that_the_shift_is_withdrawn() -> None:
    decision = review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    shift = now_held()
    review.undo(decision, by=None, now=later(hours=2))
    assert happened(settle(later(hours=2))) == [(WITHDRAWN, True)]
    shift.refresh_from_db()
    assert shift.withdrawn_because == "the analyst's decision was taken back"
    assert shift.replaced_by == now_held()
    assert (now_held().status, now_held().kinds) == ("undecided", [])
    before = dump()
    assert detect_again(hours=3) == []
    assert dump() == before


def test_a_rejected_pair_is_gone_until_that_is_undone() -> None:
    decision = review.reject(undecided(), by=None, now=later(hours=1))
    assert settle(later(hours=1)) == []
    assert detect_again(hours=2) == []
    assert not Shift.objects.filter(withdrawn_at=None).exists()
    review.undo(decision, by=None, now=later(hours=3))
    assert settle(later(hours=3)) == []
    assert now_held().status == "undecided"


def test_rejecting_what_was_accepted_takes_the_place_of_the_acceptance() -> None:
    review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    shift = now_held()
    review.reject(shift, by=None, now=later(hours=2))
    assert happened(settle(later(hours=2))) == [(WITHDRAWN, True)]
    shift.refresh_from_db()
    assert shift.withdrawn_because == "an analyst found no shift here"
    assert not Shift.objects.filter(withdrawn_at=None).exists()


def test_confirming_what_was_accepted_keeps_what_was_chosen() -> None:
    review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    shift = now_held()
    again = review.confirm(shift, by=None, now=later(hours=2), note="seen by a second analyst")
    assert choice_of(again) == NARROWER
    assert settle(later(hours=2)) == []
    assert now_held() == shift


def test_an_edited_shift_gives_way_to_one_with_the_verdict_chosen_until_that_is_undone() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    found = now_held()
    decision = review.confirm(found, by=None, now=later(hours=1), choice=NARROWER)
    assert happened(settle(later(hours=1))) == [
        *((WITHDRAWN, True), (DETECTED, True), (CONFIRMED, True)),
    ]
    found.refresh_from_db()
    edited = now_held()
    assert (found.replaced_by, found.kinds, found.direction) == (edited, ["reversal"], "reversed")
    assert (edited.direction, edited.kinds[:2]) == ("hardened", list(NARROWER.kinds))
    before = dump()
    assert detect_again(hours=2) == []
    assert dump() == before
    review.undo(decision, by=None, now=later(hours=3))
    settle(later(hours=3))
    assert (now_held().kinds, now_held().status) == (["reversal"], "provisional")


def test_confirming_what_the_detector_found_leaves_the_verdict_to_it() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    decision = review.confirm(
        now_held(), by=None, now=later(hours=1), choice=Choice(("reversal",), "reversed")
    )
    assert decision.detail == {}
    assert happened(settle(later(hours=1))) == [(CONFIRMED, False)]


def test_a_verdict_outlasts_a_detector_that_finds_the_position_unmoved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review.confirm(undecided(), by=None, now=later(hours=1), choice=NARROWER)
    settle(later(hours=1))
    shift = now_held()
    monkeypatch.setattr(shifts, "_restated", lambda sides: True)  # a detector that knows better
    assert detect_again(hours=2) == []
    assert now_held() == shift


@pytest.mark.parametrize("event", ["reversion", "fallen"])
def test_a_verdict_is_no_answer_to_another_event(event: str) -> None:
    change = Change(1, 2, event, Verdict("no_shift", 0.1), "provisional", "B2")
    assert decided(change, NARROWER) is change


def test_the_surest_contrast_of_an_undecided_pair_is_what_is_suggested() -> None:
    pair = undecided()
    pair.evidence["differences"] = [{"kind": "condition_dropped"}, {"kind": "name"}]
    assert suggested(pair) == Choice(("condition_dropped",), "softened")
    pair.evidence["differences"] = [{"kind": "quantity"}]
    assert suggested(pair) == Choice(("scope_changed",), "changed")


def test_a_clear_direction_is_no_kind_to_choose() -> None:
    assert not {"hardening", "softening"} & set(KINDS_TO_CHOOSE)
    assert "none" not in DIRECTIONS_TO_CHOOSE
