"""The reads that are made for one question: a history, a position."""

from rest_framework import serializers

from api.choices import Choice
from api.shapes.parts import DateShape, JSONObjectField, Reference, Shape, SourceReference
from tracker.models import Shift, StanceEvent, Statement


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


class AttestationsShape(Shape):
    """All statements that attest an utterance."""

    results = AttestationShape(many=True)


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
