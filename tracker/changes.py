"""What changed since a follower last asked, without ever skipping a change that commits late.

Numbers are given before commits: a change numbered 5 may become visible after number 6 was
read. On PostgreSQL the order is therefore by transaction, and only transactions older than all
that still run (the snapshot's xmin) are shown: nothing can come to stand before them any more.
A transaction that stays open holds the log back, and so no reader is ever ahead of it. SQLite
has one writer at a time, and its ids are in the order of commits.

A place says which change stands there: in another log (a new installation, a restored backup that
went another way) there is none like it, and the follower is told instead of led astray.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from tracker.models import Change
from tracker.rows import EVERY_ROW, RESOURCES, Line

LARGEST_BATCH = 1000
_BYTES = 4_000_000  # a batch ends after so many characters of its texts
_AT_ONCE = 20  # rows fetched together
_LARGE = frozenset({"documents", "captures"})  # one row may have many megabytes
_LAST = 2**63 - 1
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,19})\.([0-9a-f]{8})(\.desk)?")


class LostError(ValueError):
    """A place that this log does not have: the follower has to begin again."""


class DeskError(ValueError):
    """A place of who sees all rows, asked from by who does not."""


class Position(NamedTuple):
    """A place in the log: after the change with this number; `seen` is what it said, in short.

    With `desk`, the log is followed with the rows that only those see who may add and decide.
    """

    transaction: int
    id: int
    seen: str
    desk: bool

    def __str__(self) -> str:
        return f"{self.transaction}.{self.id}.{self.seen}" + (".desk" if self.desk else "")


def beginning(*, desk: bool = True) -> Position:
    """Return the place before everything."""
    return Position(0, 0, "0" * 8, desk)


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


def position(text: str, *, desk: bool = True) -> Position:
    """Return the place that a batch's `next` named. Raises LostError, DeskError.

    Who sees more than whoever began at the beginning goes on with what was seen from there.
    """
    named = _PLACE.fullmatch(text)
    if named is None or int(named[2]) > _LAST:
        raise LostError("This is no place in the log of changes.")
    if named[4] and not desk:
        raise DeskError("From this place on, only those may follow who add and decide.")
    return Position(int(named[1]), int(named[2]), named[3], bool(named[4]))


def latest(*, desk: bool = True) -> Position:
    """Return the place after everything that may be shown now."""
    last = Change.objects.order_by("-transaction", "-id")
    if connection.vendor == "postgresql":
        last = last.filter(transaction__lt=_horizon()[0])
    change = last.first()
    return beginning(desk=desk) if change is None else _after(change, desk=desk)


def _after(change: Change, *, desk: bool) -> Position:
    told = f"{change.resource} {change.row} {change.kind} {change.at.timestamp():.6f}"
    seen = blake2b(told.encode(), digest_size=4).hexdigest()
    return Position(change.transaction, change.id, seen, desk)


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
    """Return the next changes after `place`. Raises LostError where this log has no such place.

    A row is given as it is now, which may be newer than the change: whatever made it so comes
    later in the log.
    """
    _refuse_other_log(place)
    end = latest(desk=place.desk)
    rows = _logged(place, limit + 1)
    shown: dict[tuple[str, int], Changed] = {}
    size, more = 0, len(rows) > limit
    for part in _parts(rows[:limit]):
        if size > _BYTES:
            more = True
            break
        size += _add(shown, part, desk=place.desk)
        place = _after(part[-1], desk=place.desk)
    # What is not shown to this follower is passed over for good, once nothing else is before it.
    return Batch(list(shown.values()), place if more else max(place, end), more)


def _parts(rows: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield changes as their rows are to be fetched: together, and what may be large alone."""
    for large, run in groupby(rows, key=lambda change: change.resource in _LARGE):
        found, size = list(run), 1 if large else _AT_ONCE
        yield from (found[first : first + size] for first in range(0, len(found), size))


def _add(shown: dict[tuple[str, int], Changed], part: Sequence[Change], *, desk: bool) -> int:
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
        for pk in [] if desk else RESOURCES[name].kept_at_the_desk(pks):
            del shown[name, pk]
    return size


def _logged(place: Position, limit: int) -> list[Change]:
    """Return the next changes of the rows that this follower sees."""
    names = [name for name, one in RESOURCES.items() if place.desk or one.desk != EVERY_ROW]
    if connection.vendor != "postgresql":
        known = Change.objects.filter(id__gt=place.id, resource__in=names)
        return list(known.order_by("id")[:limit])
    sql = (
        "SELECT * FROM tracker_change WHERE (transaction, id) > (%s, %s)"
        " AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " AND resource = ANY(%s) ORDER BY transaction, id LIMIT %s"
    )
    return list(Change.objects.raw(sql, [place.transaction, place.id, names, limit]))


def _refuse_other_log(place: Position) -> None:
    """Raise LostError where another change, or none, stands at this place."""
    if connection.vendor == "postgresql":
        last = Change.objects.order_by("-transaction", "-id").first()
        if last is not None and last.transaction >= _horizon()[1]:
            raise LostError(_OTHER_CLUSTER)
    if place[:2] == (0, 0):
        return
    change = Change.objects.filter(pk=place.id).first()
    if change is None or _after(change, desk=place.desk) != place:
        raise LostError("The log of changes has no such place: begin again from a fresh copy.")


_OTHER_CLUSTER = (
    "The log of changes was restored from another PostgreSQL cluster; whoever runs this server has"
    " to let it begin anew (docs/operations.md, Copies)."
)


def _horizon() -> tuple[int, int]:
    """Return the oldest transaction that still runs, and the next one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
            " FROM pg_current_snapshot() AS s"
        )
        found: Any = cursor.fetchone()
    return int(found[0]), int(found[1])
