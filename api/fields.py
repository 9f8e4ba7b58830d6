"""The kinds of values that may come in, each with its limits."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core import signing
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import URLValidator
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tracker import dates
from tracker.dates import EdtfDate
from tracker.models import Actor, SavedSearch, Source, Topic
from tracker.models.filters import marked
from tracker.prepared import named

LARGEST_KEY = 2**63 - 1
MOST_ROWS = 100


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses names that it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values. Raises ValidationError, unknown names among the reasons."""
        reasons: dict[str, Any] = {}
        if isinstance(data, Mapping):
            reasons = {
                str(name): [serializers.ErrorDetail("This name is not known here.", "unknown")]
                for name in data
                if name not in self.fields
            }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**reasons, **error.detail}) from error  # type: ignore[dict-item]  # a mapping, whenever a serializer raises it
        if reasons:
            raise serializers.ValidationError(reasons)
        return values


class _OnlyText:
    """Refuses what is no text: the framework would write a number as one."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if not isinstance(data, str):
            self.fail("invalid")  # type: ignore[attr-defined]  # a field has it
        return str(super().to_internal_value(data))  # type: ignore[misc]  # likewise


class Text(_OnlyText, serializers.CharField):
    """A text."""


class WebAddress(Text):
    """The address of something on the web."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address as given."""
        return web_address(super().to_internal_value(data))


def web_address(text: str) -> str:
    """Return an http or https address as given. Raises ValidationError for anything else."""
    try:
        URLValidator(schemes=["http", "https"])(text)
    except DjangoValidationError as error:
        raise serializers.ValidationError(error.messages, "invalid") from error
    if "@" in urlsplit(text).netloc:
        reason = "An address with a user name in it is refused."
        raise serializers.ValidationError(reason, "invalid")
    return text


class Slug(_OnlyText, serializers.SlugField):
    """Letters, digits, hyphens and underscores."""


class Patterned(_OnlyText, serializers.RegexField):
    """A text of a certain form."""


class Key(serializers.IntegerField):
    """The number of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_KEY, **options)


class Fraction(serializers.FloatField):
    """A number from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=1, **options)

    def to_internal_value(self, data: Any) -> float:
        """Return the number; NaN, which compares as neither too small nor too large, is none."""
        value = super().to_internal_value(data)
        if math.isnan(value):
            self.fail("invalid")
        return value


class _Named(serializers.SlugRelatedField[Any]):
    """The slug of a row, which is loaded with its name only: mostly its number is wanted."""

    model: ClassVar[type[Model]]

    def __init__(self, **options: Any) -> None:
        missing = f"There is no {self.model._meta.verbose_name} with this slug."
        super().__init__(
            slug_field="slug",
            queryset=self.model._default_manager.all(),
            error_messages={"does_not_exist": missing},
            **options,
        )

    def to_internal_value(self, data: Any) -> Any:
        """Return the row. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        found = named(self.model, data)
        if found is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return found


class ActorField(_Named):
    """The slug of an actor."""

    model = Actor


class TopicField(_Named):
    """The slug of a topic."""

    model = Topic


class SourceField(_Named):
    """The slug of a source."""

    model = Source


class Numbered(serializers.PrimaryKeyRelatedField[Any]):
    """The number of a row that is there."""

    default_error_messages = {
        "does_not_exist": "There is none with the number {pk_value}.",
        "incorrect_type": "A number is needed here, not {data_type}.",
    }


class RowsField(serializers.ListField):
    """1 to MOST_ROWS objects, which are judged one by one later: each has a result of its own."""

    def __init__(self, *, child: serializers.Serializer[Any]) -> None:
        super().__init__(child=child, min_length=1, max_length=MOST_ROWS)

    def run_child_validation(self, data: Any) -> Any:
        """Return the rows as they came."""
        return data


class OwnSearchField(Numbered):
    """The number of one of the caller's own saved searches."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=SavedSearch.objects.all(), **options)

    def get_queryset(self) -> QuerySet[SavedSearch]:
        """Return the caller's saved searches."""
        return SavedSearch.objects.filter(owner=self.context["owner"])


@extend_schema_field(OpenApiTypes.STR)
class SearchField(serializers.Field[SavedSearch, str, str, SavedSearch]):
    """A saved search, by the mark in the address of its feed."""

    def to_internal_value(self, data: Any) -> SavedSearch:
        """Return the saved search. Raises ValidationError."""
        try:
            pk = marked(str(data))
        except (signing.BadSignature, ValueError) as error:
            raise serializers.ValidationError("No saved search has this mark.") from error
        found = SavedSearch.objects.filter(pk=pk).prefetch_related("actors", "topics").first()
        if found is None:
            raise serializers.ValidationError("This saved search is no more.")
        return found


@extend_schema_field(OpenApiTypes.STR)
class EdtfField(serializers.Field[EdtfDate, Any, str, EdtfDate]):
    """A date in the Extended Date/Time Format: `2022-04-01`, `2022-04`, `2022-04-01~`."""

    _text = Text(max_length=64)

    def to_internal_value(self, data: Any) -> EdtfDate:
        """Return the date."""
        try:
            return dates.parse(self._text.run_validation(data))
        except dates.BadDateError as error:
            raise serializers.ValidationError(str(error), "invalid") from error


@extend_schema_field(OpenApiTypes.STR)
class InstantField(serializers.DateTimeField):
    """A moment in ISO 8601, UTC where no offset is given; a bare day means the end of it."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment, with a time zone."""
        try:
            day = parse_date(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if day is not None:
            return datetime.combine(day, time.max, UTC)
        return super().to_internal_value(value)
