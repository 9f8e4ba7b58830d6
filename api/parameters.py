"""The query parameters of each endpoint, each with its type and its limits.

A name that is not listed is refused, and so is a parameter given twice that is no list.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import empty

from api import strict_json
from api.choices import (
    Choice,
    DeliveryState,
    DocumentState,
    EntryState,
    FetchState,
    NumberOrder,
    PublishedOrder,
    SaidOrder,
    SchemaFormat,
    SweepState,
    WatchState,
)
from api.errors import InvalidQueryError
from api.fields import (
    ActorField,
    Fraction,
    InstantField,
    Key,
    SearchField,
    SourceField,
    Strict,
    TopicField,
)
from tracker.models import Decision, Document, Shift, Statement, Sweep

PAGE, LARGEST_PAGE = 50, 200
LONGEST_CURSOR = 400

_ORDER = "`{day}`: by {first}, undated last; `id`: by number; `-`: backwards; without it `-id`"
_BY_DAY = _ORDER.format(day="said", first="the first day that it can mean")
_DISORDER = serializers.ErrorDetail("This day lies before `since`.", "disorder")
_UNKNOWN = serializers.ErrorDetail("This name is not known here.", "unknown")


class Parameters(Strict):
    """No parameters."""

    def of_query(self, query: QueryDict) -> dict[str, Any]:
        """Return the validated parameters. Raises InvalidQueryError."""
        reasons, given = {}, {}
        for name, values in query.lists():
            many = isinstance(self._known.get(name), serializers.ListField)
            if not many and len(values) > 1:
                reasons[name] = [serializers.ErrorDetail("Give this once.", "repeated")]
            if not all(strict_json.is_storable(value) for value in [name, *values]):
                reasons[name] = [serializers.ErrorDetail("This holds NUL.", "invalid")]
            given[name] = values if many else values[-1]
        if reasons:
            raise InvalidQueryError(reasons)
        try:
            asked = self.to_internal_value(given)
            _refuse_disorder(asked)
            return dict(self.validate(asked))
        except serializers.ValidationError as error:
            raise InvalidQueryError(serializers.as_serializer_error(error)) from error

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the validated values, looking at no parameter that may be absent and is.

        Raises ValidationError. The framework looks at each: most of the time of a search.
        """
        reasons: dict[str, Any] = {name: [_UNKNOWN] for name in data if name not in self._known}
        values: dict[str, Any] = {}
        for name, field in self._known.items():
            if name not in data and name not in self._demanded:
                continue
            judged = getattr(self, f"validate_{name}", None)
            try:
                value = field.run_validation(data.get(name, empty))
                values[name] = judged(value) if judged else value
            except serializers.ValidationError as error:
                reasons[name] = error.detail
        if reasons:
            raise serializers.ValidationError(reasons)
        return values

    @cached_property
    def _known(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The framework's fields in a plain dictionary: its own takes ten times as long."""
        return dict(self.fields)

    @cached_property
    def _demanded(self) -> frozenset[str]:
        """The parameters that are required, or have a value where none is given."""
        return frozenset(
            name
            for name, field in self.fields.items()
            if field.required or field.default is not empty
        )


class PageParameters(Parameters):
    """One page of a list."""

    limit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=PAGE, help_text="rows a page"
    )
    cursor = serializers.CharField(
        max_length=LONGEST_CURSOR, required=False, help_text="where a page's `next` goes on"
    )


class KnownParameters(Parameters):
    """As of when the record is asked."""

    known_at = InstantField(
        required=False, help_text="as this record stood at this moment; a bare day: at its end"
    )


class AsOfParameters(KnownParameters):
    """The two time axes."""

    said_until = serializers.DateField(
        required=False, help_text="only what had certainly been said by the end of this day"
    )


class PositionParameters(AsOfParameters):
    """Whose position, on what, as of when."""

    actor = ActorField(help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic; without it, every topic")


class RoleParameters(PageParameters):
    """Which roles."""

    actor = ActorField(required=False, help_text="slug of the actor")
    on = serializers.DateField(required=False, help_text="held on this day, as far as is known")


class DocumentParameters(PageParameters, KnownParameters):
    """Which documents."""

    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of the source"
    )
    state = Choice(DocumentState, required=False)
    genre = serializers.ListField(
        child=Choice(Document.Genre), required=False, help_text="any of these"
    )
    since = serializers.DateField(required=False, help_text="first day of publication")
    until = serializers.DateField(required=False, help_text="last day of publication")
    order = Choice(
        PublishedOrder,
        required=False,
        help_text=_ORDER.format(day="published", first="the first day that it can mean"),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError for a state of the past: none is kept."""
        if "known_at" in attrs and "state" in attrs:
            reason = "How far a document is on its way is only known of now: leave known_at out."
            raise serializers.ValidationError({"state": [reason]}, "mismatch")
        return attrs


class FetchParameters(PageParameters):
    """Which fetches."""

    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of the source"
    )
    state = Choice(FetchState, required=False)


class SweepParameters(PageParameters):
    """Which sweeps."""

    kind = Choice(Sweep.Kind, required=False)
    state = Choice(SweepState, required=False)


class SpokenParameters(AsOfParameters):
    """Which statements: by whom, on what, from where, how and when."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of the source of their documents"
    )
    attribution = serializers.ListField(
        child=Choice(Statement.Attribution), required=False, help_text="any of these"
    )
    fidelity = serializers.ListField(
        child=Choice(Statement.Fidelity), required=False, help_text="any of these"
    )
    since = serializers.DateField(required=False, help_text="said on this day or later")
    until = serializers.DateField(required=False, help_text="said on this day or earlier")


class StatementParameters(PageParameters, SpokenParameters):
    """Which statements, in which order."""

    document = Key(required=False, help_text="number of the document")
    utterance = Key(required=False, help_text="number of the utterance that they attest")
    order = Choice(SaidOrder, required=False, help_text=_BY_DAY)


class UtteranceParameters(PageParameters, AsOfParameters):
    """Which utterances."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of a source that attests them"
    )
    since = serializers.DateField(required=False, help_text="said on this day or later")
    until = serializers.DateField(required=False, help_text="said on this day or earlier")
    order = Choice(SaidOrder, required=False, help_text=_BY_DAY)


class StanceParameters(PageParameters, AsOfParameters):
    """Which stances."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")


class ShiftParameters(PageParameters, AsOfParameters):
    """Which shifts."""

    search = SearchField(required=False, help_text="mark of a saved search: see its `feed`")

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of a source that attests either side"
    )
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
    minimum_materiality = Fraction(required=False, help_text="how much it matters, 0 to 1")
    minimum_confidence = Fraction(required=False, help_text="how sure the verdict is, 0 to 1")
    worst_grade = serializers.RegexField(
        r"^[A-F][1-6]$",
        required=False,
        help_text="a letter and a digit that must not be worse, such as C3",
    )
    minimum_sources = serializers.IntegerField(
        min_value=1, max_value=100, required=False, help_text="independent ones, on either side"
    )
    since = serializers.DateField(required=False, help_text="newer side said on this day or later")
    until = serializers.DateField(
        required=False, help_text="newer side said on this day or earlier"
    )
    order = Choice(
        SaidOrder,
        required=False,
        help_text=_ORDER.format(day="said", first="the first day of the newer side"),
    )


class DecisionParameters(PageParameters, KnownParameters):
    """Which decisions."""

    kind = serializers.ListField(
        child=Choice(Decision.Kind), required=False, help_text="any of these"
    )
    document = Key(required=False, help_text="number of the document")
    statement = Key(required=False, help_text="number of a statement, either of two")
    shift = Key(required=False, help_text="number of the shift")
    order = Choice(NumberOrder, required=False, help_text="by number; `-`: backwards, as without")


class MergeParameters(PageParameters, KnownParameters):
    """Which doubts of grouping."""

    actor = ActorField(required=False, help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of the topic")
    statement = Key(required=False, help_text="number of a statement, either of two")
    joined = serializers.BooleanField(required=False, help_text="how grouping left the two")
    decided = serializers.BooleanField(
        default=False, help_text="true: also those on which a decision to join or split stands"
    )


class WatchedParameters(PageParameters):
    """Which watched sources."""

    source = SourceField(  # type: ignore[assignment]  # a parameter, not the serializer's own
        required=False, help_text="slug of the source"
    )
    state = Choice(WatchState, required=False)


class EntryParameters(PageParameters):
    """Which entries of a watched source."""

    state = Choice(EntryState, required=False)


class CodingParameters(Parameters):
    """On what to code next."""

    topic = TopicField(required=False, help_text="slug of the topic; without it, every topic")


class DeliveryParameters(PageParameters):
    """Which of one's own deliveries."""

    subscription = Key(required=False, help_text="number of the subscription")
    state = Choice(DeliveryState, required=False, help_text="how far they are")


class SchemaParameters(Parameters):
    """Which form of the schema."""

    format = Choice(SchemaFormat, required=False)


def _refuse_disorder(values: Mapping[str, Any]) -> None:
    """Raise ValidationError for days between which there is none: no list should look empty."""
    since, until = values.get("since"), values.get("until")
    if isinstance(since, date) and isinstance(until, date) and until < since:
        raise serializers.ValidationError({"until": [_DISORDER]})
