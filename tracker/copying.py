"""The whole record out and in again, and a copy kept in step with another Stanceline."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import orjson
from django.db import connection, models, transaction
from django.db.models import Max

from tracker.models import Change, Document, FollowedRow, Following
from tracker.models.record import READ_ATTEMPTS
from tracker.rows import RESOURCES, BadRowError, Resource, encoded, renumber

_BLOCK = 64 * 1024
_CHUNK = 500


class NotEmptyError(Exception):
    """A record that holds rows of its own, whose numbers would collide with those that come."""


def export() -> Iterator[bytes]:
    """Yield the whole record as it is at one moment: lines of JSON, in blocks of lines.

    The same record gives the same bytes, on either database.
    """
    with _snapshot():
        block: list[bytes] = []
        size = 0
        for name, resource in RESOURCES.items():
            for row in resource.rows():
                line = encoded({"resource": name, "row": row})
                block += [line, b"\n"]
                size += len(line)
                if size > _BLOCK:
                    yield b"".join(block)
                    block, size = [], 0
        yield b"".join(block)


def load(lines: Iterable[bytes]) -> int:
    """Store an export in an empty record and return the number of rows; all of it or nothing.

    Raises NotEmptyError, BadRowError with the line's number, and IntegrityError where a row names
    one that is not there.
    """
    with transaction.atomic():
        _refuse_rows()
        loaded = 0
        for name, group in groupby(_read(lines), key=lambda pair: pair[0]):
            loaded += _store(RESOURCES[name], (row for _, row in group))
        renumber()
    return loaded


def apply_waiting(following: Following) -> int:
    """Apply what came from where we follow, all of it or nothing; return how many rows.

    Raises IntegrityError where a row names one that has not come yet: ask on, then try again.
    """
    with transaction.atomic():
        waiting = FollowedRow.objects.filter(following=following).order_by("id")
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
        waiting.delete()
        renumber()
    return applied


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


def _read(lines: Iterable[bytes]) -> Iterator[tuple[str, models.Model]]:
    for number, line in enumerate(lines, 1):
        try:
            entry = orjson.loads(line)
            resource = RESOURCES[entry["resource"]]
            yield resource.name, resource.instance(entry["row"])
        except orjson.JSONDecodeError as error:
            raise BadRowError(f"line {number} is not JSON: {error}") from error
        except (KeyError, TypeError) as error:
            raise BadRowError(f"line {number} names no resource and row of ours") from error
        except BadRowError as error:
            raise BadRowError(f"line {number}: {error}") from error


def _store(resource: Resource, rows: Iterable[models.Model]) -> int:
    stored = 0
    for chunk in _chunks(rows):
        resource.model._default_manager.bulk_create(chunk)
        stored += len(chunk)
    return stored


def _keep(resource: Resource, lines: Iterable[dict[str, Any]]) -> None:
    """Store rows or bring those that are there up to date.

    A document that nobody has read yet is not for us to read: its statements will come.
    """
    hidden = {"read_attempts": READ_ATTEMPTS} if resource.model is Document else {}
    for chunk in _chunks(resource.instance(line, **hidden) for line in lines):
        resource.model._default_manager.bulk_create(
            chunk,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[name for name in resource.fields if name != "id"],
        )


def _remove(resource: Resource, pks: list[int]) -> None:
    # Row by row as there: what Django would remove besides is removed by rows of its own.
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM {resource.table} WHERE id = %s",  # noqa: S608 - a name of ours
            [(pk,) for pk in pks],
        )


def _chunks(rows: Iterable[models.Model]) -> Iterator[list[models.Model]]:
    chunk: list[models.Model] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _refuse_other(following: Following) -> None:
    other = Following.objects.filter(applied_at__isnull=False).exclude(pk=following.pk).first()
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
