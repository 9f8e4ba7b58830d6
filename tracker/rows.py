"""The rows of the record as they leave and enter: one JSON object each, every column that counts.

Not among them: accounts, keys, subscriptions, and columns that only say who works on a row at
present (leases, attempts, marks). tests/api/test_copied.py has each table with its reason.
"""

import base64
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from django.db import connection, models
from django.db.models import Q
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
    MergeProposal,
    Role,
    Shift,
    ShiftKind,
    Source,
    Stance,
    StanceEvent,
    Statement,
    Topic,
    Utterance,
    WatchedEntry,
    WatchedSource,
)

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
_CHUNK = 2000

Line = dict[str, Any]
"""A row as it leaves: column -> plain value."""


class BadRowError(ValueError):
    """A row that is none of ours; the message says why."""


@dataclass(frozen=True)
class Resource:
    """A table that is copied. `ends` is the column whose filling ends a row, and what that is.

    `desk` are the rows that only those see who may add and decide; None: everybody who reads
    sees all.
    """

    name: str
    model: type[models.Model]
    hidden: frozenset[str] = frozenset()
    ends: tuple[str, str] | None = None
    desk: Q | None = None

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

    def rows(self, pks: Collection[int] | None = None, *, desk: bool = True) -> Iterator[Line]:
        """Yield the rows (those with these numbers) in order of their numbers.

        Without `desk`, those that everybody who reads may see.
        """
        found = self.model._default_manager.order_by("pk")
        if pks is not None:
            found = found.filter(pk__in=pks)
        if not desk and self.desk is not None:
            found = found.exclude(self.desk)
        names = list(self.fields)
        values = found.values_list(*(field.attname for field in self.fields.values()))
        for row in values.iterator(_CHUNK) if pks is None else values:
            yield dict(zip(names, row, strict=True))

    def kept_at_the_desk(self, pks: Collection[int]) -> list[int]:
        """Return those of these rows that not everybody who reads may see."""
        if self.desk is None:
            return []
        found = self.model._default_manager.filter(self.desk, pk__in=pks)
        return list(found.values_list("pk", flat=True))

    def instance(self, line: Mapping[str, Any], **hidden: Any) -> models.Model:
        """Return a row (not saved) as it came. Raises BadRowError."""
        if not isinstance(line, Mapping):
            raise BadRowError(f"a row of {self.name} is an object, not {line!r:.40}")
        if line.keys() != self._readers.keys():
            odd = sorted(set(line) ^ self._readers.keys())
            raise BadRowError(f"a row of {self.name} has to have {odd}, or may not have it")
        values = {}
        for name, (attname, read) in self._readers.items():
            try:
                values[attname] = read(line[name])
            except (TypeError, ValueError, OverflowError) as error:
                raise BadRowError(f"{name} in a row of {self.name}: {error}") from error
        return self.model(**values, **hidden)

    @cached_property
    def _readers(self) -> "dict[str, tuple[str, Reader]]":
        """Name as sent -> attribute, and what makes its value of what came."""
        return {name: (field.attname, _reader(field)) for name, field in self.fields.items()}


EVERY_ROW = Q(pk__isnull=False)  # an empty condition would exclude nothing
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
        Resource("merges", MergeProposal, ends=_RETRACTED),
        Resource("shifts", Shift, ends=("withdrawn_at", Change.Kind.WITHDRAWN)),
        Resource("shift_kinds", ShiftKind),
        Resource("former_shifts", FormerShift),
        Resource("stance_events", StanceEvent, ends=_RETRACTED),
        # That a source fell silent names the address that is watched.
        Resource("events", Event, desk=Q(kind=Event.Kind.SILENT)),
        Resource(
            "decisions",
            Decision,
            frozenset({"by", "undone_by"}),
            ends=("undone_at", Change.Kind.UNDONE),
        ),
        Resource("watched", WatchedSource, frozenset({"attempts"}), desk=EVERY_ROW),
        Resource("watched_entries", WatchedEntry, desk=EVERY_ROW),
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


Reader = Callable[[Any], Any]
_LARGEST = {
    "PositiveSmallIntegerField": 2**15 - 1,
    "SmallIntegerField": 2**15 - 1,
    "PositiveIntegerField": 2**31 - 1,
}


def _reader(field: "models.Field[Any, Any]") -> Reader:
    """Return what takes a value that came for a column; it raises TypeError or ValueError.

    It judges all that PostgreSQL would: SQLite would store a word as a number, and too long.
    """
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    read = next(make(target) for kind, make in _READERS if isinstance(target, kind))

    def value(given: Any) -> Any:
        if given is not None:
            return read(given)
        if not field.null:
            raise ValueError("null")
        return None

    return value


def _whole_number(field: "models.Field[Any, Any]") -> Reader:
    kind = field.get_internal_type()
    largest = _LARGEST.get(kind, 2**63 - 1)
    smallest = 0 if "Positive" in kind or "Auto" in kind else -largest - 1

    def read(given: Any) -> int:
        number: int = _of(int, given)
        if isinstance(given, bool) or not smallest <= number <= largest:
            raise ValueError(f"{given} is no number from {smallest} to {largest}")
        return number

    return read


def _text(field: "models.Field[Any, Any]") -> Reader:
    longest = field.max_length
    chosen = {value for value, _ in field.flatchoices} | ({""} if field.blank else set())

    def read(given: Any) -> str:
        text: str = _of(str, given)
        if longest is not None and len(text) > longest:
            raise ValueError(f"{len(text)} characters, where {longest} fit")
        if "\0" in text:
            raise ValueError("a NUL in a text")
        if field.choices and text not in chosen:
            raise ValueError(f"'{text}' is none of {sorted(chosen)}")
        return text

    return read


def _json(given: Any) -> Any:
    if b"\\u0000" in orjson.dumps(given) and _has_nul(given):
        raise ValueError("a NUL in a text")
    return given


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_nul, (*value, *value.values())))
    return "\0" in value if isinstance(value, str) else any(map(_has_nul, _listed(value)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(given: Any) -> datetime:
    moment = datetime.fromisoformat(_of(str, given))
    if moment.tzinfo is None:
        raise ValueError(f"{given} has no zone")
    return moment


def _fraction(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise ValueError(f"{given} is no number")
    return float(given)


# The first that fits counts: a moment is a kind of day for Django.
_READERS: "tuple[tuple[type[models.Field[Any, Any]], Callable[[Any], Reader]], ...]" = (
    (JSONField, lambda field: _json),
    (models.DateTimeField, lambda field: _moment),
    (models.DateField, lambda field: lambda given: date.fromisoformat(_of(str, given))),
    (models.BinaryField, lambda field: lambda given: base64.b64decode(given, validate=True)),
    (models.BooleanField, lambda field: lambda given: _of(bool, given)),
    (models.FloatField, lambda field: _fraction),
    (models.IntegerField, _whole_number),
    (models.CharField, _text),
    (models.TextField, _text),
)


def _of(kind: type[Any], given: Any) -> Any:
    """Return the value, which has to be of this kind. Raises TypeError."""
    if not isinstance(given, kind):
        raise TypeError(f"{type(given).__name__}, where {kind.__name__} is needed")
    return given
