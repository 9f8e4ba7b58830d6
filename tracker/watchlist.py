"""What is watched: sources added to the list, changed, stopped, taken up again and forgotten.

Nothing is fetched here: the workers poll what stands on the list (tracker/watching.py).
"""

import urllib.parse
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from tracker.hosts import LONGEST_URL, host_of, note_hosts
from tracker.models import Source, WatchedSource
from tracker.models.watch import FEWEST_MINUTES, MOST_MINUTES
from tracker.parsing.links import ascii_url


class CannotWatchError(ValueError):
    """An address that cannot be watched, or a watch that cannot be stopped; `code` is for code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def add(
    url: str,
    *,
    source: Source,
    now: datetime,
    kind: WatchedSource.Kind = WatchedSource.Kind.FEED,
    every: int = 60,
    prefix: str = "",
) -> WatchedSource:
    """Watch `url`, polled every so many minutes from `now` on.

    `prefix` is how the links of a page begin that are documents, absolute or relative to `url`.
    Raises CannotWatchError.
    """
    url = ascii_url(url)
    host = host_of(url)
    if not host:
        raise CannotWatchError("url", f"'{url[:200]}' is no http or https address")
    told = _told(url, kind, every=every, prefix=prefix)
    note_hosts({host}, now)
    try:
        with transaction.atomic():
            return WatchedSource.objects.create(
                source=source,
                host_id=host,
                url=url,
                kind=kind,
                next_poll_at=now,
                created_at=now,
                **told,
            )
    except IntegrityError as error:
        raise _watched(url) from error


def change(
    watched: WatchedSource,
    *,
    now: datetime,
    source: Source | None = None,
    every: int | None = None,
    prefix: str | None = None,
) -> None:
    """Change what is given; a shorter time between polls counts from `now` on.

    Raises CannotWatchError.
    """
    told = _told(
        watched.url,
        WatchedSource.Kind(watched.kind),
        every=watched.every if every is None else every,
        prefix=watched.prefix if prefix is None else prefix,
    )
    rows = WatchedSource.objects.filter(pk=watched.pk)
    rows.update(source=source or watched.source, **told)
    soon = now + timedelta(minutes=told["every"])
    rows.filter(failures=0, next_poll_at__gt=soon).update(next_poll_at=soon)


def check(watched: WatchedSource, *, now: datetime) -> None:
    """Have it polled as soon as its host may be asked. Raises CannotWatchError."""
    if not WatchedSource.objects.watched().filter(pk=watched.pk).update(next_poll_at=now):
        raise _stopped(watched)


def stop(watched: WatchedSource, *, now: datetime) -> None:
    """Poll this no more, and capture none of the entries that still wait.

    Raises CannotWatchError where that is so already.
    """
    if not WatchedSource.objects.watched().filter(pk=watched.pk).update(stopped_at=now):
        raise _stopped(watched)


def resume(watched: WatchedSource, *, now: datetime) -> None:
    """Poll a stopped one again, from `now` on; its entries that still waited are captured.

    Raises CannotWatchError where it is watched, or its address is under another number.
    """
    stopped = WatchedSource.objects.filter(pk=watched.pk, stopped_at__isnull=False)
    try:
        with transaction.atomic():
            resumed = stopped.update(stopped_at=None, next_poll_at=now)
    except IntegrityError as error:
        raise _watched(watched.url) from error
    if not resumed:
        raise _watched(watched.url)


def _told(url: str, kind: WatchedSource.Kind, *, every: int, prefix: str) -> dict[str, Any]:
    """Return how often to poll and what to take, as stored. Raises CannotWatchError."""
    if not FEWEST_MINUTES <= every <= MOST_MINUTES:
        reason = f"{FEWEST_MINUTES} to {MOST_MINUTES:,} minutes lie between two polls"
        raise CannotWatchError("every", f"{reason}, not {every:,}")
    if (kind == WatchedSource.Kind.PAGES) != bool(prefix):
        raise CannotWatchError("prefix", "a prefix of links belongs to the kind 'pages', only")
    whole = ascii_url(urllib.parse.urljoin(url, prefix)) if prefix else ""
    if len(whole) > LONGEST_URL:
        raise CannotWatchError("prefix", f"a prefix has at most {LONGEST_URL:,} characters")
    return {"every": every, "prefix": whole}


def _watched(url: str) -> CannotWatchError:
    return CannotWatchError("watched", f"{url} is watched already")


def _stopped(watched: WatchedSource) -> CannotWatchError:
    return CannotWatchError("stopped", f"{watched.url} is not watched any more")
