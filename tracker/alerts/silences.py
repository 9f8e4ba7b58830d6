"""Watched sources from which nothing new comes any more."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from tracker.models import Event, WatchedSource


def note_silent(*, now: datetime) -> int:
    """Record an event for each watched source that has fallen silent; return how many.

    Silent is one that gave something once and nothing new for SOURCE_SILENT_DAYS, whether its
    polls fail or find nothing. Each silence is one event, however long it lasts.
    """
    limit = now - timedelta(days=settings.SOURCE_SILENT_DAYS)
    watched = WatchedSource.objects.watched().order_by("id")
    last = watched.annotate(last=Max("entries__found_at")).filter(last__lte=limit)
    since = dict(last.values_list("pk", "last"))
    # The same words for one silence, so that it is told once.
    return sum(
        Event.objects.silent(
            row.source, reason=f"nothing new since {since[row.pk]:%Y-%m-%d} at {row.url}", at=now
        )
        for row in watched.filter(pk__in=since).select_related("source")
    )
