"""Watched sources from which nothing new comes any more."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery

from tracker.models import Event, Following, WatchedEntry, WatchedSource


def note_silent(*, now: datetime) -> int:
    """Record an event for each watched source that has fallen silent; return how many.

    Silent is one that gave something once and nothing new for SOURCE_SILENT_DAYS, whether its
    polls fail or find nothing. Each silence is one event, however long it lasts. In a copy of
    another's record none is noted: it comes from there.
    """
    if Following.objects.copied().exists():
        return 0
    limit = now - timedelta(days=settings.SOURCE_SILENT_DAYS)
    entries = WatchedEntry.objects.filter(watched=OuterRef("pk")).order_by("-found_at")
    silent = (
        WatchedSource.objects.watched()
        .annotate(last=Subquery(entries.values("found_at")[:1]))
        .filter(last__lte=limit)
        .select_related("source")
        .order_by("id")
    )
    # The same words for one silence, so that it is told once.
    return sum(
        Event.objects.silent(
            row.source,
            reason=f"nothing new since {row.last:%Y-%m-%d} at {row.url}",  # type: ignore[attr-defined]
            at=now,
        )
        for row in silent
    )
