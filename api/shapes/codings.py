"""Pairs of utterances as analysts code them, and how far they agree."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice
from api.shapes.parts import Reference, Row, Shape, only
from api.shapes.stances import SideShape
from tracker.double_coding import Agreement, CodedPair
from tracker.models import PairCoding


class CodingShape(Shape):
    """One's own answer on a pair of utterances."""

    columns = ("id", "older_id", "newer_id", "direction", "degree", "note", "at", "withdrawn_at")
    id = serializers.IntegerField()
    older = serializers.IntegerField(help_text="number of the older utterance")
    newer = serializers.IntegerField(help_text="number of the newer utterance")
    direction = Choice(PairCoding.Direction)
    degree = serializers.IntegerField(allow_null=True, help_text="0 to 3; null: cannot tell")
    note = serializers.CharField()
    at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a coding, without its coder: it is the caller's own."""
        return {
            "id": row["id"],
            "older": row["older_id"],
            "newer": row["newer_id"],
            **only(row, "direction", "degree", "note", "at", "withdrawn_at"),
        }


class PairShape(Shape):
    """Two utterances to be coded: their words and days, nothing that the machine found."""

    actor = Reference()
    topic = Reference()
    older = SideShape()
    newer = SideShape()


class NextPairShape(Shape):
    """What to code next."""

    pair = PairShape(allow_null=True, help_text="null: there is none")


class AnswerShape(Shape):
    """What one of the coders of a pair said."""

    direction = Choice(PairCoding.Direction)
    degree = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()


class DisagreementShape(Shape):
    """A pair that was coded differently, with the answers in the order of coming."""

    older = serializers.IntegerField(help_text="number of the older utterance")
    newer = serializers.IntegerField(help_text="number of the newer utterance")
    answers = AnswerShape(many=True)


class TopicAgreementShape(Shape):
    """Agreement on one topic: Krippendorff's alpha, 1 perfect, 0 chance, null: nothing to say."""

    topic = Reference()
    once = serializers.IntegerField(help_text="pairs that one has coded so far")
    twice = serializers.IntegerField(help_text="pairs that two or more have coded")
    direction = serializers.FloatField(allow_null=True, help_text="nominal alpha")
    degree = serializers.FloatField(allow_null=True, help_text="ordinal alpha")
    disagreements = DisagreementShape(many=True, help_text="the latest")

    @classmethod
    def of_agreement(cls, found: Agreement) -> dict[str, Any]:
        """Return the agreement on a topic, without the names of the coders."""
        return {
            "topic": {"slug": found.topic.slug, "name": found.topic.name},
            **{name: getattr(found, name) for name in ("once", "twice", "direction", "degree")},
            "disagreements": [_disagreement(pair) for pair in found.disagreements],
        }


class AgreementShape(Shape):
    """The agreement on each topic that was coded."""

    results = TopicAgreementShape(many=True)


def _disagreement(pair: CodedPair) -> dict[str, Any]:
    names = ("direction", "degree", "note")
    answers = [{name: getattr(one, name) for name in names} for one in pair.codings]
    return {"older": pair.older, "newer": pair.newer, "answers": answers}
