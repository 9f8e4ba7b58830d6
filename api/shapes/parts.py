"""What several answers are made of: the base of all shapes, references, dates."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.choices import Choice, Precision
from tracker.models import Source
from tracker.rendering import date_payload

Row = Mapping[str, Any]
DATE = ("edtf", "earliest", "latest", "basis")


class Shape(serializers.Serializer[Any]):
    """An object as it is sent. `columns` are what `of` needs of `.values()`."""

    columns: ClassVar[Sequence[str]] = ()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a row of `.values(*columns)` as it is sent."""
        return dict(row)


class Reference(Shape):
    """An actor, topic or stance's half, by its slug."""

    slug = serializers.SlugField()
    name = serializers.CharField()


class SourceReference(Reference):
    """A source with its grade."""

    reliability = Choice(Source.Reliability)


class DateShape(Shape):
    """A date as far as it is known."""

    edtf = serializers.CharField(help_text="Extended Date/Time Format, such as 2022-04-01~")
    earliest = serializers.DateField(help_text="first day that it can mean")
    latest = serializers.DateField(help_text="last day that it can mean")
    precision = Choice(Precision)
    basis = serializers.CharField(help_text="the words that it rests on; empty if a person gave it")


@extend_schema_field({"type": "object", "additionalProperties": True})
class JSONObjectField(serializers.JSONField):
    """An object whose names are not fixed here."""


def only(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def reference(row: Row, path: str) -> dict[str, str] | None:
    slug = row[f"{path}__slug"]
    return None if slug is None else {"slug": slug, "name": row[f"{path}__name"]}


def source_reference(row: Row, path: str) -> dict[str, str]:
    return {name: row[f"{path}__{name}"] for name in ("slug", "name", "reliability")}


def date_of(row: Row, path: str) -> dict[str, str] | None:
    return date_payload(*_date_columns(path)(row))


@cache
def _date_columns(path: str) -> Callable[[Row], tuple[Any, ...]]:
    return itemgetter(*(f"{path}_{part}" for part in DATE))
