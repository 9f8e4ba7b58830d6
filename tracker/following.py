"""Follows another Stanceline: asks for its changes, keeps them, applies them when they are whole.

Each batch is stored with its place in one transaction, so that a killed run goes on where it was.
The copy itself moves from one whole state to the next: rows may name each other across batches.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import IntegrityError, transaction

from tracker.copying import apply_waiting, end_of_log, refuse_own_rows
from tracker.fetching import Limits, fetch
from tracker.models import FollowedRow, Following
from tracker.rows import RESOURCES, BadRowError

_LIMITS = Limits(seconds=120, wire_bytes=2**30, decoded_bytes=2**30, redirects=0)
_BATCH = 500
_ASKS = 50
_JSON = frozenset({"application/json"})


class NotWholeError(Exception):
    """What came so far cannot be applied yet."""


class NotFollowedError(Exception):
    """A way to begin or to go on that does not fit what this record follows."""


def follow(
    url: str,
    *,
    now: datetime,
    key: str = "",
    allow: Sequence[str] = (),
    since: str = "",
    moved_from: str = "",
    said: Callable[[str], None] = lambda line: None,
) -> int:
    """Bring this record in step with the one at `url` (its address up to `/api/v1`).

    `since` is a place in its log, where this record was loaded from its export of that time;
    `moved_from` the address under which it was followed before. Returns how many rows were
    applied. Raises FetchError, NotEmptyError, BadRowError, NotWholeError, NotFollowedError.
    """
    following = _following(url.rstrip("/"), moved_from.rstrip("/"))
    if since:
        _begin(following, since, now)
    refuse_own_rows(following)
    for batches in count(1):
        more = _ask(following, now, key, allow)
        said(f"{batches} batches fetched")
        if more:
            continue
        applied = _applied(following, batches, now)
        if applied is not None:
            return applied
    raise AssertionError("unreachable")


def _following(url: str, moved_from: str) -> Following:
    """Return what is known of the other one. Raises NotFollowedError where it did not move."""
    if moved_from:
        Following.objects.filter(url=url, cursor="", applied_at=None).delete()  # a refused try
        moved = Following.objects.filter(url=moved_from)
        if Following.objects.filter(url=url).exists() or not moved.update(url=url):
            raise NotFollowedError(
                f"This record does not follow {moved_from}, or follows {url} already."
            )
    return Following.objects.get_or_create(url=url)[0]


def _begin(following: Following, since: str, now: datetime) -> None:
    """Go on from a place in the other's log: what is here was loaded from its export of then."""
    if following.cursor:
        raise NotFollowedError(f"This record follows {following.url} from a place already.")
    following.cursor, following.applied_at, following.own_log = since, now, end_of_log()
    following.save()


def _applied(following: Following, batches: int, now: datetime) -> int | None:
    """Apply what waits; None where a row names one whose batch has not come yet: ask on."""
    try:
        with transaction.atomic():
            applied = apply_waiting(following)
            following.applied_at, following.own_log = now, end_of_log()
            following.save(update_fields=["applied_at", "own_log"])
        return applied
    except IntegrityError as error:
        if batches % _ASKS == 0:
            raise NotWholeError(
                "A row names one that has not come yet. What was fetched is kept: run this again."
            ) from error
        return None


def _ask(following: Following, now: datetime, key: str, allow: Sequence[str]) -> bool:
    """Fetch and keep one batch; return whether there is more."""
    query = {"limit": str(_BATCH)} | ({"since": following.cursor} if following.cursor else {})
    answer = fetch(
        f"{following.url}/changes?{urlencode(query)}",
        limits=_LIMITS,
        allow=allow,
        content_types=_JSON,
        bearer=key,
    )
    batch = orjson.loads(answer.body)
    rows = [_row(following, entry) for entry in batch["results"]]
    with transaction.atomic():
        FollowedRow.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["following", "resource", "row"],
            update_fields=["content"],
        )
        following.cursor, following.fetched_at = batch["next"], now
        following.save(update_fields=["cursor", "fetched_at"])
    return bool(batch["more"])


def _row(following: Following, entry: dict[str, Any]) -> FollowedRow:
    if entry["resource"] not in RESOURCES:
        raise BadRowError(f"{entry['resource']} is not known here: this Stanceline is older")
    content = "" if entry["row"] is None else orjson.dumps(entry["row"]).decode()
    return FollowedRow(
        following=following, resource=entry["resource"], row=entry["id"], content=content
    )
