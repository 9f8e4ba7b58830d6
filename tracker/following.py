"""Follows another Stanceline: asks for its changes, keeps them, applies them when they are whole.

Each batch is stored with its place in one transaction, so that a killed run goes on where it was.
The copy itself moves from one whole state to the next: rows may name each other across batches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from time import sleep
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import IntegrityError, transaction

from tracker.copying import apply_waiting, end_of_log, refuse_own_rows
from tracker.fetching import FetchError, Limits, fetch
from tracker.models import FollowedRow, Following
from tracker.rows import RESOURCES, BadRowError

_LIMITS = Limits(seconds=120, wire_bytes=2**30, decoded_bytes=2**30, redirects=0)
_BATCH = 500
_ASKS = 50
_JSON = frozenset({"application/json"})
_LONGEST_PLACE = 60
_WAITS = 10  # times in a row that the other one may ask us to come again later
_LONGEST_WAIT = 60.0  # seconds
_ANSWERS = {
    "redirect": "Give the address that it leads to, with --moved-from this one where it was"
    " followed before.",
    400: "It does not know the place where this copy stopped (its log is another one: a backup was"
    " restored, or it is a new installation), or the key sees less than the one before. Begin with"
    " an empty database.",
    401: "SYNC_KEY has to hold a key that it knows.",
    403: "The key in SYNC_KEY has to have the scope `read`.",
    404: "Give the address of its API, up to /api/v1.",
}


class NotAnsweredError(Exception):
    """The other one did not answer, or not with a batch of its changes; nothing was lost."""


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
    applied. Raises NotAnsweredError, NotEmptyError, BadRowError, NotWholeError, NotFollowedError.
    """
    following = _following(url.rstrip("/"), moved_from.rstrip("/"))
    if since:
        _begin(following, since, now)
    refuse_own_rows(following)
    for batches in count(1):
        more = _ask(following, now, _Other(following.url, key, allow, said))
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
    """Go on from a place in the other's log: what is here was loaded from its export of then.

    Another place may be given as long as none was accepted there.
    """
    if following.fetched_at is not None:
        raise NotFollowedError(f"This record follows {following.url} from a place already.")
    if len(since) > _LONGEST_PLACE:
        raise NotFollowedError(f"A place has at most {_LONGEST_PLACE} characters.")
    following.cursor, following.applied_at, following.own_log = since, now, end_of_log()
    following.save()


def _applied(following: Following, batches: int, now: datetime) -> int | None:
    """Apply what waits; None where a row names one whose batch has not come yet: ask on."""
    try:
        with transaction.atomic():
            _lock(following)
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


def _lock(following: Following) -> None:
    """Hold others off until the end of the transaction. Raises NotFollowedError where one came."""
    stored = Following.objects.select_for_update().get(pk=following.pk)
    if stored.cursor != following.cursor:
        raise NotFollowedError(f"Another run brings this record in step with {following.url}.")


@dataclass(frozen=True, slots=True)
class _Other:
    """The one that is followed, and how it is asked."""

    url: str
    key: str
    allow: Sequence[str]
    said: Callable[[str], None]

    def changes(self, since: str) -> "_Batch":
        """Return its next batch. Raises NotAnsweredError, BadRowError."""
        for asked in count(1):
            try:
                return _batch(self._fetched(since), since)
            except FetchError as error:
                wait = error.retry_after
                if wait is None or wait > _LONGEST_WAIT or asked > _WAITS:
                    raise self._failed(error) from error
                self.said(f"asked to wait for {wait:g} seconds")
                sleep(wait)
        raise AssertionError("unreachable")

    def _fetched(self, since: str) -> bytes:
        query = {"limit": str(_BATCH)} | ({"since": since} if since else {})
        address = f"{self.url}/changes?{urlencode(query)}"
        return fetch(
            address, limits=_LIMITS, allow=self.allow, content_types=_JSON, bearer=self.key
        ).body

    def _failed(self, error: FetchError) -> NotAnsweredError:
        advice = _ANSWERS.get(error.code) or _ANSWERS.get(error.status or 0)
        if advice is None and error.retryable:
            advice = "What was fetched is kept: run this again."
        return NotAnsweredError(" ".join([error.reason, *([advice] if advice else [])]))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that changed, by resource and number; None where one is no more."""

    rows: dict[tuple[str, int], dict[str, Any] | None]
    next: str
    more: bool


def _ask(following: Following, now: datetime, other: _Other) -> bool:
    """Fetch and keep one batch; return whether there is more."""
    batch = other.changes(following.cursor)
    rows = [
        FollowedRow(
            following=following,
            resource=resource,
            row=pk,
            content="" if row is None else orjson.dumps(row).decode(),
        )
        for (resource, pk), row in batch.rows.items()
    ]
    with transaction.atomic():
        _lock(following)
        FollowedRow.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["following", "resource", "row"],
            update_fields=["content"],
        )
        following.cursor, following.fetched_at = batch.next, now
        following.save(update_fields=["cursor", "fetched_at"])
    return batch.more


def _batch(body: bytes, since: str) -> _Batch:
    """Return what was answered, each row judged. Raises NotAnsweredError, BadRowError."""
    try:
        answer = orjson.loads(body)
        rows = {(one["resource"], one["id"]): one["row"] for one in answer["results"]}
        batch = _Batch(rows, answer["next"], answer["more"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnsweredError(f"It did not answer with a batch of changes: {error!r}") from error
    if not isinstance(batch.next, str) or len(batch.next) > _LONGEST_PLACE:
        raise NotAnsweredError("It named no place to ask on from.")
    if batch.more and batch.next == since:
        raise NotAnsweredError("It has more, and no other place to ask on from.")
    for (resource, pk), row in rows.items():
        _judge(resource, pk, row)
    return batch


def _judge(resource: str, pk: Any, row: Any) -> None:
    """Raise BadRowError for a row that could not be stored."""
    if resource not in RESOURCES:
        raise BadRowError(f"{resource} is not known here: this Stanceline is older")
    if not isinstance(pk, int) or (row is not None and RESOURCES[resource].instance(row).pk != pk):
        raise BadRowError(f"{resource} {pk} has another number in its row")
