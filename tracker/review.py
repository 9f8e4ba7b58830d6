"""What analysts decide. A decision is recorded and orders detection; detection obeys it.

Nothing here changes a shift or an utterance itself: decisions are inputs like statements,
which is why they survive every detection, and why undoing one is enough.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from tracker import corrections, verdicts
from tracker.models import Decision, Shift, Stance, Statement
from tracker.models.stances import mark_stances


class CannotDecideError(ValueError):
    """A decision that makes no sense; the message says why."""


def confirm(
    shift: Shift,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
    choice: verdicts.Choice | None = None,
) -> Decision:
    """Record that an analyst stands behind this shift, with the kinds and direction chosen.

    An undecided pair becomes a shift: without a choice, that which its contrasts suggest.
    """
    return _on_shift(Decision.Kind.CONFIRM, shift, by, now, note, choice)


def reject(shift: Shift, *, by: AbstractBaseUser | None, now: datetime, note: str = "") -> Decision:
    """Record that an analyst finds no shift here; detection withdraws it."""
    return _on_shift(Decision.Kind.REJECT, shift, by, now, note)


def join(
    one: Statement,
    other: Statement,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record that two statements attest one utterance."""
    return _on_statements(Decision.Kind.JOIN, one, other, by, now, note)


def split(
    one: Statement,
    other: Statement,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record that two statements do not attest one utterance."""
    return _on_statements(Decision.Kind.SPLIT, one, other, by, now, note)


def undo(decision: Decision, *, by: AbstractBaseUser | None, now: datetime) -> None:
    """Record that a decision no longer stands; what follows from it is done over without it.

    Raises CannotDecideError for an order to read again: there is nothing to take back.
    """
    if decision.document_id is None:
        _undo_judgement(decision, by, now)
        return
    try:
        corrections.undo(decision, by=by, now=now)
    except corrections.CorrectionError as error:
        raise CannotDecideError(str(error)) from error


def _undo_judgement(decision: Decision, by: AbstractBaseUser | None, now: datetime) -> None:
    with transaction.atomic():
        Decision.objects.filter(pk=decision.pk, undone_at=None).update(
            undone_at=now, undone_by_id=by.pk if by else None
        )
        if decision.shift is not None:
            _order_detection(decision.shift.stance_id, _days_of(decision.shift), now)
        named = Q(pk=decision.statement_id) | Q(pk=decision.other_statement_id)
        _order_for_statements(Statement.objects.filter(named), now)


def _on_shift(
    kind: Decision.Kind,
    shift: Shift,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str,
    choice: verdicts.Choice | None = None,
) -> Decision:
    if shift.status == Shift.Status.WITHDRAWN:
        raise CannotDecideError("this shift has been withdrawn")
    with transaction.atomic():
        confirms = kind == Decision.Kind.CONFIRM
        chosen = verdicts.chosen_now(shift, choice) if confirms else None
        # A later word on the same pair takes the place of an earlier one.
        Decision.objects.standing().on_pair(shift.older_id, shift.newer_id).filter(
            kind__in=[Decision.Kind.CONFIRM, Decision.Kind.REJECT]
        ).update(undone_at=now, undone_by_id=by.pk if by else None)
        decision = Decision.objects.create(
            kind=kind,
            shift=shift,
            by_id=by.pk if by else None,
            at=now,
            note=note,
            detail=chosen.as_detail() if chosen else {},
        )
        _order_detection(shift.stance_id, _days_of(shift), now)
    return decision


def _on_statements(
    kind: Decision.Kind,
    one: Statement,
    other: Statement,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str,
) -> Decision:
    if one.pk == other.pk:
        raise CannotDecideError("a statement cannot be joined to or split from itself")
    if (one.actor_id, one.topic_id) != (other.actor_id, other.topic_id):
        raise CannotDecideError("the two statements belong to different stances")
    with transaction.atomic():
        decision = Decision.objects.create(
            kind=kind,
            statement=one,
            other_statement=other,
            by_id=by.pk if by else None,
            at=now,
            note=note,
        )
        _order_for_statements((one, other), now)
    return decision


def _days_of(shift: Shift) -> tuple[date, date]:
    """Return the days of both utterances: a rejected pair may give way to another pair."""
    days = [
        day
        for utterance in (shift.older, shift.newer)
        for day in (utterance.said_earliest, utterance.said_latest)
        if day is not None
    ]
    return min(days), max(days)


def _order_for_statements(statements: Iterable[Statement], now: datetime) -> None:
    mark_stances([statement.heir for statement in statements], now)


def _order_detection(stance_id: int, days: tuple[date, date], now: datetime) -> None:
    Stance.objects.mark(stance_id, first=days[0], last=days[1], now=now)
