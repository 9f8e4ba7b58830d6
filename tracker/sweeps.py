"""A pass over the whole record in the background: reading or detecting everything again.

A sweep is a row with a cursor. Each tick it orders the next chunk of work by the same marks
as any new document does, and only while little waits, so that what is new never queues up
behind it. It can be stopped, resumed and killed at any moment.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from tracker import detection, ingest
from tracker.models import Document, Stance, Sweep

CHUNK = 50


class CannotSweepError(ValueError):
    """A sweep that cannot be started, stopped or resumed now; the message says why."""


def start(kind: Sweep.Kind, *, now: datetime, reason: str = "") -> Sweep:
    """Start a pass over all documents (reread) or all stances (redetect).

    A second sweep of a kind starts over: the one that runs is ended.
    """
    with transaction.atomic():
        Sweep.objects.unfinished().filter(kind=kind).update(finished_at=now)
        rows = _rows(kind)
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        return Sweep.objects.create(
            kind=kind, reason=reason, total=rows.count(), last=last, started_at=now
        )


def stop(sweep: Sweep, *, now: datetime) -> None:
    """Stop a sweep after its present chunk; `resume` goes on from there."""
    if not Sweep.objects.unfinished().filter(pk=sweep.pk, stopped_at=None).update(stopped_at=now):
        raise CannotSweepError("this sweep does not run")


def resume(sweep: Sweep) -> None:
    """Let a stopped sweep go on from where it was."""
    waiting = Sweep.objects.unfinished().filter(pk=sweep.pk, stopped_at__isnull=False)
    if not waiting.update(stopped_at=None):
        raise CannotSweepError("this sweep is not stopped")


def advance(*, now: datetime) -> int:
    """Order the next chunk of each running sweep; return how many rows were ordered."""
    ordered = 0
    for sweep in Sweep.objects.unfinished().filter(stopped_at=None):
        if _busy(sweep.kind) < CHUNK:
            ordered += _order_chunk(sweep, now)
    return ordered


def _order_chunk(sweep: Sweep, now: datetime) -> int:
    rows = _rows(sweep.kind).filter(pk__gt=sweep.cursor, pk__lte=sweep.last).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:CHUNK])
    with transaction.atomic():
        # The cursor is moved by whoever finds it unmoved: a second worker orders nothing.
        mine = Sweep.objects.unfinished().filter(pk=sweep.pk, cursor=sweep.cursor)
        if not ids:
            mine.update(finished_at=now)
            return 0
        if not mine.update(cursor=ids[-1], done=sweep.done + len(ids)):
            return 0
        if sweep.kind == Sweep.Kind.REREAD:
            ingest.order_reading(Document.objects.filter(pk__in=ids))
        else:
            detection.mark_all(now=now, stances=ids)
    return len(ids)


def _rows(kind: str) -> QuerySet[Document] | QuerySet[Stance]:
    return Document.objects.all() if kind == Sweep.Kind.REREAD else Stance.objects.all()


def _busy(kind: str) -> int:
    if kind == Sweep.Kind.REREAD:
        return Document.objects.filter(read_at=None, problem="").count()
    return Stance.objects.out_of_step().count()
