"""The whole record out and in again, and a copy kept in step with another Stanceline."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, TypeVar

import orjson
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import Max

from tracker.hosts import note_hosts
from tracker.models import Change, Document, FollowedRow, Following
from tracker.models.record import READ_ATTEMPTS
from tracker.rows import RESOURCES, BadRowError, Resource, encoded, renumber

_BLOCK = 64 * 1024
_CHUNK = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a host that came with a row was not asked from here

One = TypeVar("One")
Numbered = tuple[int, models.Model]
"""A row with the number of the line that it came in."""


class NotEmptyError(Exception):
    """A record that holds rows of its own, whose numbers would collide with those that come."""


def export(*, desk: bool = True) -> Iterator[bytes]:
    """Yield the whole record as it is at one moment: lines of JSON, in blocks of lines.

    The last line says how many rows there were, so that a file that was cut can be told. The same
    record gives the same bytes, on either database. Without `desk`, only what everybody who reads
    may see.
    """
    with _snapshot():
        block: list[bytes] = []
        size = rows = 0
        for line in _lines(desk=desk):
            block += [line, b"\n"]
            size, rows = size + len(line), rows + 1
            if size > _BLOCK:
                yield b"".join(block)
                block, size = [], 0
        block += [encoded({"rows": rows}), b"\n"]
        yield b"".join(block)


def load(lines: Iterable[bytes]) -> int:
    """Store an export in an empty record and return the number of rows; all of it or nothing.

    Raises NotEmptyError, and BadRowError with the number of the line that is wrong.
    """
    with transaction.atomic():
        _refuse_rows()
        loaded = 0
        for name, group in groupby(_read(lines), key=lambda line: line[0]):
            loaded += _store(RESOURCES[name], ((number, row) for _, number, row in group))
        _refuse_loose_ends()
        renumber()
    return loaded


def apply_waiting(following: Following) -> int:
    """Apply what came from where we follow, all of it or nothing; return how many rows.

    Raises IntegrityError where a row names one that has not come yet: ask on, then try again.
    """
    with transaction.atomic():
        waiting = FollowedRow.objects.filter(following=following).order_by("id")
        try:
            with transaction.atomic():
                applied = _apply(waiting)
        except IntegrityError:
            # Two rows may have changed places, such as names: then no order of changes will do.
            _make_room(waiting)
            applied = _apply(waiting)
        waiting.delete()
        renumber()
    return applied


def _apply(waiting: models.QuerySet[FollowedRow]) -> int:
    applied = 0
    for (name, gone), group in groupby(
        waiting.iterator(_CHUNK), key=lambda row: (row.resource, not row.content)
    ):
        rows = list(group)
        applied += len(rows)
        if gone:
            _remove(RESOURCES[name], [row.row for row in rows])
        else:
            _keep(RESOURCES[name], (orjson.loads(row.content) for row in rows))
    return applied


def _make_room(waiting: models.QuerySet[FollowedRow]) -> None:
    """Remove what is about to be stored anew; what names these rows is judged at the end."""
    named = waiting.order_by("resource", "id").values_list("resource", "row")
    for name, group in groupby(named, key=lambda pair: pair[0]):
        _remove(RESOURCES[name], [row for _, row in group])


def refuse_own_rows(following: Following) -> None:
    """Raise NotEmptyError where a record has rows that did not come from where it follows."""
    if following.applied_at is None:
        _refuse_other(following)
        _refuse_rows()
    elif following.own_log is not None:
        _refuse_additions(following.own_log)


def end_of_log() -> int:
    """Return the number of the last change of this record, 0 where there is none."""
    return Change.objects.aggregate(last=Max("id"))["last"] or 0


def _lines(*, desk: bool) -> Iterator[bytes]:
    for name, resource in RESOURCES.items():
        for row in resource.rows(desk=desk):
            yield encoded({"resource": name, "row": row})


def _read(lines: Iterable[bytes]) -> Iterator[tuple[str, int, models.Model]]:
    """Yield resource, line and row. Raises BadRowError, also where the end is missing."""
    number, promised = 0, None
    for number, line in enumerate(lines, 1):
        if promised is not None:
            raise BadRowError(f"line {number} stands after the line that ends an export")
        entry = _entry(number, line)
        if entry.keys() == {"rows"}:
            promised = entry["rows"]
        else:
            yield _row(number, entry)
    if promised is None:
        raise BadRowError(
            f'line {number} is the last, and not {{"rows": …}}, which ends an export: it was cut'
        )
    if promised != number - 1:
        raise BadRowError(f"line {number} speaks of {promised} rows, and {number - 1} came")


def _entry(number: int, line: bytes) -> dict[str, Any]:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRowError(f"line {number} is not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise BadRowError(f"line {number} names no resource and row of ours")
    return entry


def _row(number: int, entry: dict[str, Any]) -> tuple[str, int, models.Model]:
    name = entry.get("resource")
    if entry.keys() != {"resource", "row"} or not isinstance(name, str) or name not in RESOURCES:
        raise BadRowError(f"line {number} names no resource and row of ours")
    try:
        return name, number, RESOURCES[name].instance(entry["row"])
    except BadRowError as error:
        raise BadRowError(f"line {number}: {error}") from error


def _store(resource: Resource, rows: Iterable[Numbered]) -> int:
    stored = 0
    for chunk in _chunks(rows):
        _store_together(resource, chunk)
        stored += len(chunk)
    return stored


def _store_together(resource: Resource, chunk: Sequence[Numbered]) -> None:
    """Store rows in one statement; where the database refuses them, find the line that is wrong."""
    try:
        with transaction.atomic():
            _create(resource, [row for _, row in chunk])
    except (IntegrityError, DataError) as error:
        for one in chunk if len(chunk) > 1 else ():
            _store_together(resource, [one])
        raise BadRowError(f"line {chunk[0][0]}: {error}") from error


def _create(resource: Resource, rows: Sequence[models.Model], **conflicts: Any) -> None:
    """Store rows, after the hosts that they name, which are of each installation's own."""
    if "host" in resource.fields:
        note_hosts({getattr(row, "host_id") for row in rows}, _NEVER)  # noqa: B009 - of some only
    resource.model._default_manager.bulk_create(rows, **conflicts)


def _refuse_loose_ends() -> None:
    """Raise BadRowError where a row names one that is not there."""
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BadRowError(f"a row names another that did not come: {error}") from error


def _keep(resource: Resource, lines: Iterable[dict[str, Any]]) -> None:
    """Store rows or bring those that are there up to date.

    A document that nobody has read yet is not for us to read: its statements will come.
    """
    hidden = {"read_attempts": READ_ATTEMPTS} if resource.model is Document else {}
    columns = [name for name in resource.fields if name != "id"]
    for chunk in _chunks(resource.instance(line, **hidden) for line in lines):
        _create(resource, chunk, update_conflicts=True, unique_fields=["id"], update_fields=columns)


def _remove(resource: Resource, pks: list[int]) -> None:
    # Row by row as there: what Django would remove besides is removed by rows of its own.
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM {resource.table} WHERE id = %s",  # noqa: S608 - a name of ours
            [(pk,) for pk in pks],
        )


def _chunks(rows: Iterable[One]) -> Iterator[list[One]]:
    chunk: list[One] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _refuse_other(following: Following) -> None:
    other = Following.objects.copied().exclude(pk=following.pk).first()
    if other is not None:
        raise NotEmptyError(
            f"This record is a copy of {other.url} already, and follows one other only. If that is"
            f" the same record at a new address, say so: `sync-from {following.url} --moved-from"
            f" {other.url}`. Else begin with an empty database."
        )


def _refuse_additions(after: int) -> None:
    added = Change.objects.filter(id__gt=after, kind=Change.Kind.RECORDED).order_by("id").first()
    if added is not None:
        raise NotEmptyError(
            f"Since it was last brought in step, this copy got {added.resource} of its own (number"
            f" {added.row}). Rows keep their numbers when they are copied, so that those to come"
            " would take their places: remove what was added here, or begin with an empty database"
            " and write at home."
        )


def _refuse_rows() -> None:
    for resource in RESOURCES.values():
        if resource.model._default_manager.exists():
            raise NotEmptyError(
                f"This record has {resource.name} of its own. Rows keep their numbers when they"
                " are copied: begin with an empty database (`manage.py migrate`, no demo)."
            )


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let everything that is read inside be of one moment, without holding writers up."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            # Django's own transactions take the lock for writing at once.
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
