"""What may come in: the query parameters and bodies, each with its type and its limits.

A name that is not listed is refused, and so is a parameter given twice that is no list.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator, URLValidator
from django.http import QueryDict
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api import bodies
from api.choices import Choice, DeliveryState, DocumentState, SchemaFormat
from api.errors import InvalidQueryError
from tracker import dates
from tracker.dates import EdtfDate
from tracker.models import (
    Actor,
    Decision,
    Document,
    Shift,
    ShiftEvent,
    Source,
    Statement,
    Subscription,
    Topic,
)

PAGE, LARGEST_PAGE = 50, 200
LARGEST_KEY = 2**63 - 1
LONGEST_CURSOR = 400
_TEXT_LIMIT = 5_000_000


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


class ActorField(serializers.SlugRelatedField[Actor]):
    """The slug of an actor."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Actor.objects.all(), **options)


class TopicField(serializers.SlugRelatedField[Topic]):
    """The slug of a topic."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Topic.objects.all(), **options)


class SourceField(serializers.SlugRelatedField[Source]):
    """The slug of a source."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="slug", queryset=Source.objects.all(), **options)


@extend_schema_field(OpenApiTypes.STR)
class EdtfField(serializers.Field[EdtfDate, Any, str, EdtfDate]):
    """A date in the Extended Date/Time Format: `2022-04-01`, `2022-04`, `2022-04-01~`."""

    _text = serializers.CharField(max_length=64)

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


# --- Query parameters --------------------------------------------------------------------


class Parameters(Strict):
    """No parameters."""

    def of_query(self, query: QueryDict) -> dict[str, Any]:
        """Return the validated parameters. Raises InvalidQueryError."""
        reasons, given = {}, {}
        for name, values in query.lists():
            many = isinstance(self.fields.get(name), serializers.ListField)
            if not many and len(values) > 1:
                reasons[name] = [serializers.ErrorDetail("Give this once.", "repeated")]
            if not all(bodies.is_storable(value) for value in [name, *values]):
                reasons[name] = [serializers.ErrorDetail("This holds NUL.", "invalid")]
            given[name] = values if many else values[-1]
        if reasons:
            raise InvalidQueryError(reasons)
        try:
            return dict(self.run_validation(given))
        except serializers.ValidationError as error:
            raise InvalidQueryError(error.detail) from error


class PageParameters(Parameters):
    """One page of a list."""

    limit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=PAGE, help_text="rows a page"
    )
    cursor = serializers.CharField(
        max_length=LONGEST_CURSOR, required=False, help_text="where a page's `next` goes on"
    )


class AsOfParameters(Parameters):
    """The two time axes."""

    said_until = serializers.DateField(
        required=False, help_text="only what had certainly been said by the end of this day"
    )
    known_at = InstantField(
        required=False, help_text="as this record stood at this moment; a bare day: at its end"
    )


class PositionParameters(AsOfParameters):
    """Whose position, on what, as of when."""

    actor = ActorField(help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic; without it, every topic")


class DocumentParameters(PageParameters):
    """Which documents."""

    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of the source"
    )
    state = Choice(DocumentState, required=False)
    genre = serializers.ListField(child=Choice(Document.Genre), required=False)
    since = serializers.DateField(required=False, help_text="first day of publication")
    until = serializers.DateField(required=False, help_text="last day of publication")


class StatementParameters(PageParameters, AsOfParameters):
    """Which statements."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    document = Key(required=False, help_text="number of the document")
    utterance = Key(required=False, help_text="number of the utterance that they attest")
    attribution = serializers.ListField(child=Choice(Statement.Attribution), required=False)
    fidelity = serializers.ListField(child=Choice(Statement.Fidelity), required=False)


class UtteranceParameters(PageParameters):
    """Which utterances."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    since = serializers.DateField(required=False, help_text="said on this day or later")
    until = serializers.DateField(required=False, help_text="said on this day or earlier")


class StanceParameters(PageParameters):
    """Which stances."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")


class ShiftParameters(PageParameters):
    """Which shifts."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    kind = serializers.ListField(
        child=Choice(Shift.Kind),
        required=False,
        help_text="any of these",
    )
    direction = serializers.ListField(
        child=Choice(Shift.Direction),
        required=False,
        help_text="any of these",
    )
    status = serializers.ListField(
        child=Choice(Shift.Status),
        default=[Shift.Status.PROVISIONAL.value, Shift.Status.CONFIRMED.value],
        help_text="any of these; without it, the shifts that the record stands by",
    )
    minimum_materiality = Fraction(required=False)
    minimum_confidence = Fraction(required=False)
    since = serializers.DateField(required=False, help_text="newer side said on this day or later")
    until = serializers.DateField(
        required=False, help_text="newer side said on this day or earlier"
    )


class DecisionParameters(PageParameters):
    """Which decisions."""

    kind = serializers.ListField(child=Choice(Decision.Kind), required=False)
    document = Key(required=False, help_text="number of the document")
    shift = Key(required=False, help_text="number of the shift")


class DeliveryParameters(PageParameters):
    """Which of one's own deliveries."""

    subscription = Key(required=False, help_text="number of the subscription")
    state = Choice(DeliveryState, required=False)


class SchemaParameters(Parameters):
    """Which form of the schema."""

    format = Choice(SchemaFormat, required=False)


# --- Bodies ------------------------------------------------------------------------------


class DocumentBody(Strict):
    """What is known of a document besides its text. Given dates win over what the text says."""

    source = SourceField(  # type: ignore[assignment]  # a field, not the serializer's own
        help_text="slug of the source"
    )
    title = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$",
        max_length=12,
        required=False,
        default="",
        help_text="BCP 47, such as en",
    )
    said = EdtfField(required=False, help_text="EDTF: when it was said")
    published = EdtfField(required=False, help_text="EDTF: when it came out")


class DocumentTextBody(DocumentBody):
    """A document as text, or the address of one: exactly one of the two."""

    text = serializers.CharField(max_length=_TEXT_LIMIT, required=False, trim_whitespace=False)
    url = serializers.CharField(
        max_length=2000, required=False, help_text="fetched if there is no text, else kept with it"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError where there is nothing to store."""
        if "text" not in attrs and "url" not in attrs:
            raise serializers.ValidationError({"text": ["Give text or url."]}, "required")
        if "url" in attrs:
            attrs["url"] = web_address(attrs["url"], field="url")
        return attrs


class DocumentFileBody(DocumentBody):
    """A document as a file: text, HTML, PDF or .docx."""

    file = serializers.FileField(
        allow_empty_file=True, use_url=False, max_length=300, help_text="the file"
    )


class DecisionBody(Strict):
    """A person's word: on a shift, on two statements, or on when a document was said."""

    NEEDED: ClassVar[Mapping[str, frozenset[str]]] = {
        Decision.Kind.CONFIRM: frozenset({"shift"}),
        Decision.Kind.REJECT: frozenset({"shift"}),
        Decision.Kind.JOIN: frozenset({"statement", "other_statement"}),
        Decision.Kind.SPLIT: frozenset({"statement", "other_statement"}),
        Decision.Kind.SET_DATE: frozenset({"document", "said"}),
    }

    kind = Choice(Decision.Kind, among=NEEDED)
    shift = serializers.PrimaryKeyRelatedField(
        queryset=Shift.objects.select_related("older", "newer"),
        required=False,
        help_text="with confirm and reject: number of the shift",
    )
    statement = serializers.PrimaryKeyRelatedField(
        queryset=Statement.objects.all(),
        required=False,
        help_text="with join and split: number of a statement",
    )
    other_statement = serializers.PrimaryKeyRelatedField(
        queryset=Statement.objects.all(),
        required=False,
        help_text="with join and split: number of the other",
    )
    document = serializers.PrimaryKeyRelatedField(
        queryset=Document.objects.all(),
        required=False,
        help_text="with set_date: number of the document",
    )
    said = EdtfField(required=False, help_text="with set_date: EDTF")
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError unless exactly what the kind needs is there."""
        needed = self.NEEDED[attrs["kind"]]
        given = attrs.keys() - {"kind", "note"}
        reasons = {name: ["This kind needs it."] for name in needed - given}
        reasons |= {name: ["This kind does not take it."] for name in given - needed}
        if reasons:
            raise serializers.ValidationError(reasons, "mismatch")
        return attrs


class SubscriptionBody(Strict):
    """Which shifts to hear of, and where. Empty lists mean all."""

    channel = Choice(Subscription.Channel)
    address = serializers.CharField(max_length=2000, help_text="e-mail address or webhook's URL")
    actor = ActorField(required=False, help_text="slug; without it, every actor")
    topic = TopicField(required=False, help_text="slug; without it, every topic")
    kinds = serializers.ListField(child=Choice(Shift.Kind), max_length=12, default=list)
    directions = serializers.ListField(child=Choice(Shift.Direction), max_length=5, default=list)
    events = serializers.ListField(child=Choice(ShiftEvent.Kind), max_length=3, default=list)
    minimum_materiality = Fraction(default=0.0)
    minimum_confidence = Fraction(default=0.0)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)
    expires_at = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError for an address that is not of the channel."""
        if attrs["channel"] == Subscription.Channel.WEBHOOK:
            attrs["address"] = web_address(attrs["address"], field="address")
            return attrs
        try:
            EmailValidator()(attrs["address"])
        except DjangoValidationError as error:
            raise serializers.ValidationError({"address": error.messages}, "invalid") from error
        return attrs


def web_address(text: str, *, field: str) -> str:
    """Return a web address as given. Raises ValidationError naming `field` for anything else."""
    try:
        URLValidator(schemes=["http", "https"])(text)
        if "@" in urlsplit(text).netloc:
            raise DjangoValidationError("An address with a user name in it is refused.")
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: error.messages}, "invalid") from error
    return text
