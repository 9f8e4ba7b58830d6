"""The review desk: what waits for a person, the weightiest first, and what was decided last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from frontend.evidence import Sides, shift_rows, sides
from tracker.models import Decision, Document, Shift

PAGE = 20
DECIDED = 10  # latest decisions shown, each with its undo
_ON_SHIFTS = (Decision.Kind.CONFIRM, Decision.Kind.REJECT)


@dataclass(frozen=True, slots=True)
class Case:
    """A shift to be judged, with both passages."""

    shift: Shift
    sides: Sides


def open_shifts() -> QuerySet[Shift]:
    """Return the shifts that nobody has judged: by materiality, then by the score."""
    judged = Decision.objects.standing().filter(shift=OuterRef("pk"), kind__in=_ON_SHIFTS)
    waiting = [Shift.Status.PROVISIONAL, Shift.Status.UNDECIDED]
    return (
        shift_rows()
        .filter(~Exists(judged), status__in=waiting)
        .order_by("-materiality", "-score", "id")
    )


def cases(shifts: Sequence[Shift]) -> list[Case]:
    """Return shifts with their passages side by side."""
    return [
        Case(shift, sides(shift.older_statement.exact, shift.newer_statement.exact))
        for shift in shifts
    ]


def around() -> dict[str, Any]:
    """Return what stands beside the queue: documents in triage, and the latest decisions."""
    triage = Document.objects.in_triage().select_related("source").defer("text", "regions")
    decided = Decision.objects.standing().filter(kind__in=_ON_SHIFTS)
    return {
        "triage": triage[:PAGE],
        "triage_count": triage.count(),
        "decided": decided.select_related(
            "by", "shift__stance__actor", "shift__stance__topic"
        ).order_by("-id")[:DECIDED],
    }
