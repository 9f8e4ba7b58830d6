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

from tracker.copying import apply_waiting, refuse_own_rows
from tracker.fetching import Limits, fetch
from tracker.models import FollowedRow, Following
from tracker.rows import RESOURCES, BadRowError

_LIMITS = Limits(seconds=120, wire_bytes=2**30, decoded_bytes=2**30, redirects=0)
_BATCH = 500
_ASKS = 50
_JSON = frozenset({"application/json"})


class NotWholeError(Exception):
    """What came so far cannot be applied yet."""


def follow(
    url: str,
    *,
    now: datetime,
    key: str = "",
    allow: Sequence[str] = (),
    said: Callable[[str], None] = lambda line: None,
) -> int:
    """Bring this record in step with the one at `url` (its address up to `/api/v1`).

    Returns how many rows were applied. Raises FetchError, NotEmptyError, BadRowError,
    NotWholeError.
    """
    following, _ = Following.objects.get_or_create(url=url.rstrip("/"))
    refuse_own_rows(following)
    for batches in count(1):
        more = _ask(following, now, key, allow)
        said(f"{batches} batches fetched")
        if more:
            continue
        applied = _applied(following, batches)
        if applied is not None:
            Following.objects.filter(pk=following.pk).update(applied_at=now)
            return applied
    raise AssertionError("unreachable")


def _applied(following: Following, batches: int) -> int | None:
    """Apply what waits; None where a row names one whose batch has not come yet: ask on."""
    try:
        return apply_waiting(following)
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
