"""What goes out: for each resource the columns to fetch, the row as sent, and its description.

The classes describe the answers in the schema; `of` builds them from `.values()` dictionaries,
because model serializers cost an answer most of its time. The tests hold every answer
against the schema, so that the two cannot part.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.choices import Choice, DeliveryState, DocumentState, Precision
from tracker.dates import EdtfDate
from tracker.models import (
    Actor,
    Decision,
    Document,
    Shift,
    ShiftEvent,
    Source,
    StanceEvent,
    Statement,
)
from tracker.models import Subscription as SubscriptionRow
from tracker.rendering import said_payload

Row = Mapping[str, Any]
_DATE = ("edtf", "earliest", "latest", "basis")


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


class RoleShape(Shape):
    """A dated office; an empty end means: still held."""

    title = serializers.CharField()
    organisation = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class ActorShape(Reference):
    """A person or an organisation that takes positions."""

    columns = ("id", "slug", "name", "kind", "pronoun", "description")
    kind = Choice(Actor.Kind)
    pronoun = serializers.CharField(help_text="he, she, they, or empty")
    description = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    roles = RoleShape(many=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return an actor without its aliases and roles, which come from rows of their own."""
        return _without(row, "id")


class TermShape(Shape):
    """A term that finds a topic."""

    text = serializers.CharField()
    weight = serializers.FloatField(required=False)


class TopicShape(Reference):
    """What a position is about."""

    columns = (
        *("id", "slug", "name", "description", "parent__slug", "orientation"),
        *("terms", "exclusions"),
    )
    description = serializers.CharField()
    parent = serializers.SlugField(allow_null=True)  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    orientation = serializers.CharField(help_text="more_is_harder or more_is_softer")
    terms = TermShape(many=True)
    exclusions = serializers.ListField(child=serializers.CharField())

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a topic."""
        return _without(row, "id", "parent__slug") | {"parent": row["parent__slug"]}


class SourceShape(SourceReference):
    """An outlet with its reliability grade."""

    columns = ("id", "slug", "name", "reliability", "home", "note")
    home = serializers.CharField()
    note = serializers.CharField(help_text="why this grade")

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a source."""
        return _without(row, "id")


class WarningShape(Shape):
    """A sign of trouble with a source; `start` and `end` point at the words that show it."""

    code = serializers.CharField()
    message = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)


class DocumentShape(Shape):
    """A captured text. `state` is `waiting`, `read`, or `triage` with the `problem` that it has."""

    columns = (
        *("id", "source__slug", "source__name", "source__reliability", "origin_id", "url"),
        *("title", "genre", "language", "translated", "venue", "warnings", "problem"),
        *(f"said_{part}" for part in _DATE),
        *(f"published_{part}" for part in _DATE),
        *("captured_at", "recorded_at", "read_at", "capture__sha256"),
    )
    id = serializers.IntegerField()
    state = Choice(DocumentState)
    problem = serializers.CharField(help_text="why it waits in triage; else empty")
    title = serializers.CharField()
    source = SourceReference()  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    origin = serializers.IntegerField(
        allow_null=True, help_text="the document that this one reprints or translates"
    )
    url = serializers.CharField()
    genre = serializers.CharField(help_text="empty before it is read")
    language = serializers.CharField()
    translated = serializers.BooleanField()
    venue = serializers.CharField()
    said = DateShape(allow_null=True)
    published = DateShape(allow_null=True)
    warnings = WarningShape(many=True)
    sha256 = serializers.CharField(allow_null=True, help_text="of the bytes as they came")
    captured_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a document."""
        return {
            "id": row["id"],
            "state": Document(read_at=row["read_at"], problem=row["problem"]).state,
            "problem": row["problem"],
            "title": row["title"],
            "source": _source(row, "source"),
            "origin": row["origin_id"],
            **_only(row, "url", "genre", "language", "translated", "venue"),
            "said": _date(row, "said"),
            "published": _date(row, "published"),
            "warnings": row["warnings"],
            "sha256": row["capture__sha256"],
            **_only(row, "captured_at", "recorded_at", "read_at"),
        }


class RegionShape(Shape):
    """A stretch of a document's text and what it was read as."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    kind = serializers.CharField()


class DocumentDetailShape(DocumentShape):
    """A document with its text."""

    columns = (*DocumentShape.columns, "text", "regions")
    text = serializers.CharField()
    regions = RegionShape(many=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a document with its text."""
        return super().of(row) | _only(row, "text", "regions")


class StatementShape(Shape):
    """A passage that attributes words to an actor: offsets into its document's text."""

    columns = (
        *("id", "document_id", "document__title", "actor__slug", "actor__name"),
        *("topic__slug", "topic__name", "start", "end", "exact", "prefix", "suffix"),
        *("attributed_as", "cue", "attribution", "fidelity", "chain", "terms", "score"),
        *("confidence", "credibility", "recorded_at", "retracted_at", "retracted_because"),
        *("replaced_by_id", *(f"said_{part}" for part in _DATE)),
    )
    id = serializers.IntegerField()
    document = serializers.IntegerField()
    title = serializers.CharField(help_text="of the document")
    actor = Reference()
    topic = Reference(allow_null=True)
    said = DateShape(allow_null=True)
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    exact = serializers.CharField()
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    attributed_as = serializers.CharField(help_text="the speaker as printed")
    cue = serializers.CharField()
    attribution = Choice(Statement.Attribution)
    fidelity = Choice(Statement.Fidelity)
    chain = serializers.ListField(child=serializers.CharField(), help_text="what A says B said")
    terms = serializers.ListField(child=serializers.CharField())
    score = serializers.FloatField()
    confidence = serializers.FloatField()
    credibility = serializers.IntegerField(help_text="Admiralty code, 1 to 6")
    recorded_at = serializers.DateTimeField()
    retracted_at = serializers.DateTimeField(allow_null=True)
    retracted_because = serializers.CharField()
    replaced_by = serializers.IntegerField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a statement."""
        return {
            "id": row["id"],
            "document": row["document_id"],
            "title": row["document__title"],
            "actor": _reference(row, "actor"),
            "topic": _reference(row, "topic"),
            "said": _date(row, "said"),
            **_only(row, "start", "end", "exact", "prefix", "suffix", "attributed_as", "cue"),
            **_only(row, "attribution", "fidelity", "chain", "terms", "score", "confidence"),
            **_only(row, "credibility", "recorded_at", "retracted_at", "retracted_because"),
            "replaced_by": row["replaced_by_id"],
        }


@extend_schema_field({"type": "object", "additionalProperties": True})
class JSONObjectField(serializers.JSONField):
    """An object whose names are not fixed here."""


class UtteranceShape(Shape):
    """The speech act itself, in its best rendering."""

    columns = (
        *("id", "stance__actor__slug", "stance__actor__name", "stance__topic__slug"),
        *("stance__topic__name", "canonical_id", "canonical__exact", "position", "value"),
        *("fidelity", "grade", "sources", "variance", "recorded_at", "retracted_at"),
        *(f"said_{part}" for part in _DATE),
    )
    id = serializers.IntegerField()
    actor = Reference()
    topic = Reference()
    said = DateShape(allow_null=True)
    text = serializers.CharField()
    statement = serializers.IntegerField(help_text="the statement that the text is from")
    value = serializers.IntegerField(allow_null=True, help_text="-10 to 10; null: not stated")
    position = JSONObjectField(help_text="what it says, coded")
    fidelity = Choice(Statement.Fidelity)
    grade = serializers.CharField(help_text="Admiralty code, such as B2")
    sources = serializers.IntegerField(help_text="independent sources")
    variance = serializers.ListField(child=JSONObjectField(), help_text="where reports differ")
    recorded_at = serializers.DateTimeField()
    retracted_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return an utterance."""
        return {
            "id": row["id"],
            "actor": _reference(row, "stance__actor"),
            "topic": _reference(row, "stance__topic"),
            "said": _date(row, "said"),
            "text": row["canonical__exact"],
            "statement": row["canonical_id"],
            **_only(row, "value", "position", "fidelity", "grade", "sources", "variance"),
            **_only(row, "recorded_at", "retracted_at"),
        }


class StanceShape(Shape):
    """One actor on one topic. `in_step` is false while new statements wait for detection."""

    columns = (
        *("id", "actor__slug", "actor__name", "topic__slug", "topic__name", "marked_at"),
        *("detected_at", "detector_version", "problem"),
        *("utterance_count", "shift_count", "first_said", "last_said"),
    )
    actor = Reference()
    topic = Reference()
    utterances = serializers.IntegerField()
    shifts = serializers.IntegerField(help_text="that the record stands by")
    first_said = serializers.DateField(allow_null=True)
    last_said = serializers.DateField(allow_null=True)
    in_step = serializers.BooleanField()
    detected_at = serializers.DateTimeField(allow_null=True)
    detector_version = serializers.CharField()
    problem = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a stance."""
        return {
            "actor": _reference(row, "actor"),
            "topic": _reference(row, "topic"),
            "utterances": row["utterance_count"],
            "shifts": row["shift_count"],
            **_only(row, "first_said", "last_said"),
            "in_step": row["marked_at"] is None,
            **_only(row, "detected_at", "detector_version", "problem"),
        }


class SideShape(Shape):
    """One side of a shift."""

    utterance = serializers.IntegerField()
    statement = serializers.IntegerField(help_text="the statement that the evidence is in")
    said = DateShape(allow_null=True)
    text = serializers.CharField()


class ShiftShape(Shape):
    """The change of a stated position between two utterances, with its evidence and reasons."""

    columns = (
        *("id", "stance__actor__slug", "stance__actor__name", "stance__topic__slug"),
        *("stance__topic__name", "direction", "status", "score", "materiality", "confidence"),
        *("grade", "reasons", "evidence", "detector_version", "recorded_at", "withdrawn_at"),
        *("withdrawn_because", "replaced_by_id"),
        *(
            f"{side}{column}"
            for side in ("older", "newer")
            for column in ("_id", "_statement_id", "_statement__exact")
        ),
        *(f"{side}__said_{part}" for side in ("older", "newer") for part in _DATE),
    )
    id = serializers.IntegerField()
    actor = Reference()
    topic = Reference()
    kinds = serializers.ListField(child=Choice(Shift.Kind))
    direction = Choice(Shift.Direction)
    status = Choice(Shift.Status)
    score = serializers.FloatField()
    materiality = serializers.FloatField()
    confidence = serializers.FloatField()
    grade = serializers.CharField(help_text="the weaker of the two sides' grades")
    reasons = serializers.ListField(child=serializers.CharField())
    evidence = JSONObjectField(help_text="spans in the two texts, differences, what would undo it")
    older = SideShape()
    newer = SideShape()
    detector_version = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField()
    replaced_by = serializers.IntegerField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a shift without its kinds, which come from rows of their own."""
        return {
            "id": row["id"],
            "actor": _reference(row, "stance__actor"),
            "topic": _reference(row, "stance__topic"),
            **_only(row, "direction", "status", "score", "materiality", "confidence", "grade"),
            **_only(row, "reasons", "evidence"),
            "older": cls._side(row, "older"),
            "newer": cls._side(row, "newer"),
            **_only(row, "detector_version", "recorded_at", "withdrawn_at", "withdrawn_because"),
            "replaced_by": row["replaced_by_id"],
        }

    @staticmethod
    def _side(row: Row, side: str) -> dict[str, Any]:
        return {
            "utterance": row[f"{side}_id"],
            "statement": row[f"{side}_statement_id"],
            "said": _date(row, f"{side}__said"),
            "text": row[f"{side}_statement__exact"],
        }


class DecisionShape(Shape):
    """What a person decided, when and why. Who it was stays inside the house."""

    columns = (
        *("id", "kind", "document_id", "statement_id", "other_statement_id", "shift_id"),
        *("detail", "note", "at", "undone_at"),
    )
    id = serializers.IntegerField()
    kind = Choice(Decision.Kind)
    document = serializers.IntegerField(allow_null=True)
    statement = serializers.IntegerField(allow_null=True)
    other_statement = serializers.IntegerField(allow_null=True)
    shift = serializers.IntegerField(allow_null=True)
    detail = JSONObjectField()
    note = serializers.CharField()
    at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a decision."""
        targets = ("document", "statement", "other_statement", "shift")
        return {
            **_only(row, "id", "kind"),
            **{name: row[f"{name}_id"] for name in targets},
            **_only(row, "detail", "note", "at", "undone_at"),
        }


class SubscriptionShape(Shape):
    """A wish to hear of shifts. Nothing is sent before `confirmed_at`."""

    columns = (
        *("id", "channel", "address", "actor__slug", "topic__slug", "kinds", "directions"),
        *("events", "minimum_materiality", "minimum_confidence", "note", "created_at"),
        *("confirmed_at", "paused_at", "expires_at", "disabled_at", "disabled_because"),
    )
    id = serializers.IntegerField()
    channel = Choice(SubscriptionRow.Channel)
    address = serializers.CharField()
    actor = serializers.SlugField(allow_null=True)
    topic = serializers.SlugField(allow_null=True)
    kinds = serializers.ListField(child=Choice(Shift.Kind))
    directions = serializers.ListField(child=Choice(Shift.Direction))
    events = serializers.ListField(child=Choice(ShiftEvent.Kind))
    minimum_materiality = serializers.FloatField()
    minimum_confidence = serializers.FloatField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_because = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a subscription; its secret was shown once and is not."""
        slugs = {"actor": row["actor__slug"], "topic": row["topic__slug"]}
        return _without(row, "actor__slug", "topic__slug") | slugs


class NewSubscriptionShape(SubscriptionShape):
    """A subscription as it is answered once, with the secret that signs its webhooks."""

    secret = serializers.CharField(help_text="whsec_…, shown only now; empty for e-mail")


class EventShape(Shape):
    """What happened to a shift."""

    kind = Choice(ShiftEvent.Kind)
    shift = serializers.IntegerField()
    correction = serializers.BooleanField()
    at = serializers.DateTimeField()


class DeliveryShape(Shape):
    """One message owed to one subscription; the id is the message's own, at every try."""

    columns = (
        *("id", "message_id", "subscription_id", "event_id", "event__kind", "event__shift_id"),
        *("event__correction", "event__at", "attempts", "created_at", "next_try_at"),
        *("sent_at", "dead_at", "problem"),
    )
    id = serializers.UUIDField()
    subscription = serializers.IntegerField()
    event = EventShape(allow_null=True)
    state = Choice(DeliveryState)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    dead_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a delivery."""
        names = ("kind", "shift_id", "correction", "at")
        event = {name.removesuffix("_id"): row[f"event__{name}"] for name in names}
        sent, dead = row["sent_at"] is not None, row["dead_at"] is not None
        return {
            "id": row["message_id"],
            "subscription": row["subscription_id"],
            "event": event if row["event_id"] is not None else None,
            "state": "sent" if sent else "dead" if dead else "owed",
            **_only(row, "attempts", "created_at", "next_try_at", "sent_at", "dead_at", "problem"),
        }


# --- The reads that are made for one question -----------------------------------------------


class AttestationShape(Shape):
    """A statement that attests an utterance, with its source."""

    statement = serializers.IntegerField()
    document = serializers.IntegerField()
    title = serializers.CharField()
    source = SourceReference()  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    url = serializers.CharField()
    published = DateShape(allow_null=True)
    attributed_as = serializers.CharField()
    attribution = Choice(Statement.Attribution)
    fidelity = Choice(Statement.Fidelity)
    credibility = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    exact = serializers.CharField()
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    canonical = serializers.BooleanField(help_text="whether its words stand for the utterance")


class PlainUtteranceShape(Shape):
    """An utterance as of a day and a moment."""

    id = serializers.IntegerField()
    said = DateShape()
    text = serializers.CharField()
    value = serializers.IntegerField(allow_null=True, help_text="-10 to 10; null: not stated")
    act = serializers.CharField(allow_null=True)
    position = JSONObjectField(help_text="what it says, coded")
    fidelity = Choice(Statement.Fidelity)
    grade = serializers.CharField()
    sources = serializers.IntegerField()


class HistoryUtteranceShape(PlainUtteranceShape):
    """An utterance with its attestations."""

    role = serializers.CharField(help_text="the office held when it was said; or empty")
    variance = serializers.ListField(child=JSONObjectField())
    attestations = AttestationShape(many=True)


class HistoryShiftShape(Shape):
    """A shift between two utterances of a history, by their numbers."""

    id = serializers.IntegerField()
    older = serializers.IntegerField()
    newer = serializers.IntegerField()
    kinds = serializers.ListField(child=Choice(Shift.Kind))
    direction = Choice(Shift.Direction)
    status = Choice(Shift.Status)
    score = serializers.FloatField()
    materiality = serializers.FloatField()
    confidence = serializers.FloatField()
    grade = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    evidence = JSONObjectField()
    older_statement = serializers.IntegerField()
    newer_statement = serializers.IntegerField()
    detector_version = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class HistoryEventShape(Shape):
    """Something on a timeline that is no shift."""

    kind = Choice(StanceEvent.Kind)
    older = serializers.IntegerField()
    newer = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())


class MonthShape(Shape):
    """How much was recorded from the actor in a month, on any topic."""

    month = serializers.CharField()
    statements = serializers.IntegerField()


class GapShape(Shape):
    """A time in which nothing was said on the topic."""

    since = serializers.DateField()
    until = serializers.DateField()
    days = serializers.IntegerField()
    recorded = serializers.IntegerField(help_text="statements on anything else meanwhile")


class DescribedReference(Reference):
    """A topic with its description."""

    description = serializers.CharField()


class StanceReference(Shape):
    """A stance by its two halves."""

    actor = Reference()
    topic = DescribedReference()


class CountsShape(Shape):
    """How much stands behind a history."""

    utterances = serializers.IntegerField()
    statements = serializers.IntegerField()
    documents = serializers.IntegerField()
    sources = serializers.IntegerField()


class HistoryShape(Shape):
    """A stance over time: what the page draws."""

    stance = StanceReference()
    said_until = serializers.DateField(allow_null=True)
    known_at = serializers.DateTimeField(allow_null=True)
    utterances = HistoryUtteranceShape(many=True)
    shifts = HistoryShiftShape(many=True)
    events = HistoryEventShape(many=True)
    coverage = MonthShape(many=True)
    gaps = GapShape(many=True)
    counts = CountsShape()


class HeldPositionShape(Shape):
    """The last thing said on a topic."""

    topic = Reference()
    utterance = PlainUtteranceShape()


class PositionShape(Shape):
    """An actor's positions as of a day and a moment; a topic not spoken of is absent."""

    actor = Reference()
    said_until = serializers.DateField(allow_null=True)
    known_at = serializers.DateTimeField(allow_null=True)
    positions = HeldPositionShape(many=True)


class IndexShape(Shape):
    """Where everything is, name by name."""

    resources = serializers.DictField(child=serializers.CharField())


# --- Parts of rows ----------------------------------------------------------------------------


def _only(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _reference(row: Row, path: str) -> dict[str, str] | None:
    slug = row[f"{path}__slug"]
    return None if slug is None else {"slug": slug, "name": row[f"{path}__name"]}


def _source(row: Row, path: str) -> dict[str, str]:
    return {name: row[f"{path}__{name}"] for name in ("slug", "name", "reliability")}


def _date(row: Row, path: str) -> dict[str, str] | None:
    edtf, earliest, latest, basis = (row[f"{path}_{part}"] for part in _DATE)
    if earliest is None or latest is None:
        return None
    return said_payload(EdtfDate(edtf, earliest, latest, basis))
