"""What changed since a follower last asked, without ever skipping a change that commits late.

Numbers are given before commits: a change numbered 5 may become visible after number 6 was
read. On PostgreSQL the order is therefore by transaction, and only transactions older than all
that still run (the snapshot's xmin) are shown: nothing can come to stand before them any more.
A transaction that stays open holds the log back, and so no reader is ever ahead of it. SQLite
has one writer at a time, and its ids are in the order of commits.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from tracker.models import Change
from tracker.rows import RESOURCES, Line

LARGEST_BATCH = 1000
_BYTES = 4_000_000  # a batch ends after so many characters of its texts
_AT_ONCE = 20  # rows fetched together: a document and its bytes may have megabytes
_LAST = 2**63 - 1


class LostError(ValueError):
    """A place that this log does not have: the follower has to begin again."""


class Position(NamedTuple):
    """A place in the log, after a change."""

    transaction: int
    id: int

    def __str__(self) -> str:
        return f"{self.transaction}.{self.id}"


BEGINNING = Position(0, 0)


@dataclass(slots=True)
class Changed:
    """What happened to a row within a batch; `row` is as it is now, None where it is no more."""

    resource: str
    id: int
    kinds: list[str] = field(default_factory=list)
    at: datetime | None = None
    row: Line | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order in which they first changed; `next` is where to ask on."""

    changed: list[Changed]
    next: Position
    more: bool


def position(text: str) -> Position:
    """Return the place that a batch's `next` named. Raises LostError."""
    named = re.fullmatch(r"([0-9]{1,18})\.([0-9]{1,19})", text)
    if named is None or int(named[2]) > _LAST:
        raise LostError("This is no place in the log of changes.")
    return Position(int(named[1]), int(named[2]))


def latest() -> Position:
    """Return the place after everything that may be shown now."""
    if connection.vendor == "postgresql":
        return Position(_horizon()[0] - 1, _LAST)
    last = Change.objects.order_by("-id").values_list("id", flat=True).first()
    return Position(0, last or 0)


def settled_since() -> datetime | None:
    """Return when the record last changed; None while anybody may be writing to it.

    A change has the time of its writing and shows at its commit: as long as a transaction runs on
    PostgreSQL, one with an earlier time may still come. SQLite has one writer at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED[connection.vendor])
        found: Any = cursor.fetchone()
    if found is None:
        return datetime.min.replace(tzinfo=UTC)
    at: datetime = found[0]
    if not found[1]:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite's driver leaves the zone off


_LATEST = "SELECT at, {} FROM tracker_change ORDER BY transaction DESC, id DESC LIMIT 1"
_SETTLED = {
    "postgresql": _LATEST.format(
        "(SELECT pg_snapshot_xmin(s) >= pg_snapshot_xmax(s) FROM pg_current_snapshot() AS s)"
    ),
    "sqlite": _LATEST.format("1").replace("transaction", '"transaction"'),
}


def since(place: Position, *, limit: int = 200) -> Batch:
    """Return the next changes after `place`. Raises LostError where the log never got so far.

    A row is given as it is now, which may be newer than the change: whatever made it so comes
    later in the log.
    """
    _refuse_future(place)
    rows = _logged(place, limit + 1)
    shown: dict[tuple[str, int], Changed] = {}
    size, place_now, more = 0, place, len(rows) > limit
    rows = rows[:limit]
    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        size += _add(shown, part)
        place_now = Position(part[-1].transaction, part[-1].id)
        if size > _BYTES and first + _AT_ONCE < len(rows):
            more = True
            break
    return Batch(list(shown.values()), place_now, more)


def _add(shown: dict[tuple[str, int], Changed], part: Sequence[Change]) -> int:
    """Put changes among those shown, with their rows; return how large they are."""
    fresh: dict[str, list[int]] = defaultdict(list)
    for change in part:
        key = change.resource, change.row
        if key not in shown:
            shown[key] = Changed(*key)
            fresh[change.resource].append(change.row)
        if change.kind not in shown[key].kinds:
            shown[key].kinds.append(change.kind)
        shown[key].at = change.at
    size = 0
    for name, pks in fresh.items():
        for row in RESOURCES[name].rows(pks):
            shown[name, row["id"]].row = row
            size += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
    return size


def _logged(place: Position, limit: int) -> list[Change]:
    if connection.vendor != "postgresql":
        return list(Change.objects.filter(id__gt=place.id).order_by("id")[:limit])
    sql = (
        "SELECT * FROM tracker_change WHERE (transaction, id) > (%s, %s)"
        " AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " ORDER BY transaction, id LIMIT %s"
    )
    return list(Change.objects.raw(sql, [*place, limit]))


def _refuse_future(place: Position) -> None:
    if connection.vendor == "postgresql":
        lost = place.transaction >= _horizon()[1]
    else:
        lost = place.transaction > 0 or place > latest()
    if lost:
        raise LostError("The log of changes never got so far: begin again from a fresh copy.")


def _horizon() -> tuple[int, int]:
    """Return the oldest transaction that still runs, and the next one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
            " FROM pg_current_snapshot() AS s"
        )
        found: Any = cursor.fetchone()
    return int(found[0]), int(found[1])
