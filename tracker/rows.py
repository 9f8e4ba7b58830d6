"""The rows of the record as they leave and enter: one JSON object each, every column that counts.

Not among them: accounts, keys, subscriptions, and columns that only say who works on a row at
present (leases, attempts, marks).
"""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.fields.json import JSONField

from tracker.models import (
    Actor,
    Alias,
    Attestation,
    Capture,
    Change,
    Decision,
    Document,
    Event,
    FormerDocument,
    FormerShift,
    FormerUtterance,
    Role,
    Shift,
    ShiftKind,
    Source,
    Stance,
    StanceEvent,
    Statement,
    Topic,
    Utterance,
)

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
_CHUNK = 2000

Line = dict[str, Any]
"""A row as it leaves: column -> plain value."""


class BadRowError(ValueError):
    """A row that is none of ours; the message says why."""


@dataclass(frozen=True)
class Resource:
    """A table that is copied. `ends` is the column whose filling ends a row, and what that is."""

    name: str
    model: type[models.Model]
    hidden: frozenset[str] = frozenset()
    ends: tuple[str, str] | None = None

    @cached_property
    def fields(self) -> "dict[str, models.Field[Any, Any]]":
        """Name as sent -> field; a reference is sent under its own name as a number."""
        found = self.model._meta.concrete_fields
        return {field.name: field for field in found if field.name not in self.hidden}

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.model._meta.db_table

    @property
    def columns(self) -> list[str]:
        """The database's columns that are copied."""
        return [str(field.column) for field in self.fields.values()]

    def rows(self, pks: Collection[int] | None = None) -> Iterator[Line]:
        """Yield the rows (those with these numbers) in order of their numbers."""
        found = self.model._default_manager.order_by("pk")
        if pks is not None:
            found = found.filter(pk__in=pks)
        names = list(self.fields)
        values = found.values_list(*(field.attname for field in self.fields.values()))
        for row in values.iterator(_CHUNK) if pks is None else values:
            yield dict(zip(names, row, strict=True))

    def instance(self, line: Mapping[str, Any], **hidden: Any) -> models.Model:
        """Return a row (not saved) as it came. Raises BadRowError."""
        if line.keys() != self.fields.keys():
            odd = sorted(line.keys() ^ self.fields.keys())
            raise BadRowError(f"a row of {self.name} has to have {odd}, or may not have it")
        try:
            values = {
                field.attname: _value(field, line[name]) for name, field in self.fields.items()
            }
        except (TypeError, ValueError, binascii.Error) as error:
            raise BadRowError(f"a value in a row of {self.name} is wrong: {error}") from error
        return self.model(**values, **hidden)


_RETRACTED = ("retracted_at", Change.Kind.RETRACTED)
# In an order in which each row comes after those that it names.
RESOURCES = {
    resource.name: resource
    for resource in (
        Resource("sources", Source),
        Resource("topics", Topic),
        Resource("actors", Actor),
        Resource("aliases", Alias),
        Resource("roles", Role),
        Resource("documents", Document, frozenset({"read_lease", "read_attempts"})),
        Resource("former_documents", FormerDocument),
        Resource("captures", Capture),
        Resource("statements", Statement, ends=_RETRACTED),
        Resource(
            "stances",
            Stance,
            frozenset({"marked_at", "marked_from", "marked_until", "attempts", "lease"}),
        ),
        Resource("utterances", Utterance, ends=_RETRACTED),
        Resource("former_utterances", FormerUtterance),
        Resource("attestations", Attestation, ends=_RETRACTED),
        Resource("shifts", Shift, ends=("withdrawn_at", Change.Kind.WITHDRAWN)),
        Resource("shift_kinds", ShiftKind),
        Resource("former_shifts", FormerShift),
        Resource("stance_events", StanceEvent, ends=_RETRACTED),
        Resource("events", Event),
        Resource(
            "decisions",
            Decision,
            frozenset({"by", "undone_by"}),
            ends=("undone_at", Change.Kind.UNDONE),
        ),
    )
}


def encoded(value: Any) -> bytes:
    """Return a value as JSON: names in order, moments in UTC with Z, bytes in base64."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def renumber(resources: Iterable[Resource] = RESOURCES.values()) -> None:
    """Let new rows be numbered after those that came with their numbers."""
    from django.core.management.color import no_style  # only where rows are copied

    tables = [resource.model for resource in resources]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(sql)


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value)} is in no row")


def _value(field: "models.Field[Any, Any]", value: Any) -> Any:
    if value is None or isinstance(field, JSONField):
        return value
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(field, models.DateField):
        return date.fromisoformat(value)
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value, validate=True)
    return value
