"""Utterances, stances and shifts."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from api.choices import Choice
from api.shapes.parts import (
    DATE,
    DateShape,
    JSONObjectField,
    Reference,
    Row,
    Shape,
    date_of,
    only,
    reference,
)
from tracker.models import Shift, Statement
from tracker.rendering import date_payload


class UtteranceShape(Shape):
    """The speech act itself, in its best rendering."""

    columns = (
        *("id", "stance__actor__slug", "stance__actor__name", "stance__topic__slug"),
        *("stance__topic__name", "canonical_id", "canonical__exact", "position", "value"),
        *("fidelity", "grade", "sources", "variance", "recorded_at", "retracted_at"),
        *(f"said_{part}" for part in DATE),
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
            "actor": reference(row, "stance__actor"),
            "topic": reference(row, "stance__topic"),
            "said": date_of(row, "said"),
            "text": row["canonical__exact"],
            "statement": row["canonical_id"],
            **only(row, "value", "position", "fidelity", "grade", "sources", "variance"),
            **only(row, "recorded_at", "retracted_at"),
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
    in_step = serializers.BooleanField(allow_null=True, help_text="null as of a moment")
    detected_at = serializers.DateTimeField(allow_null=True)
    detector_version = serializers.CharField()
    problem = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a stance."""
        return {
            "actor": reference(row, "actor"),
            "topic": reference(row, "topic"),
            "utterances": row["utterance_count"],
            "shifts": row["shift_count"],
            **only(row, "first_said", "last_said"),
            "in_step": row["marked_at"] is None,
            **only(row, "detected_at", "detector_version", "problem"),
        }


class SideShape(Shape):
    """One of two utterances, by its words."""

    utterance = serializers.IntegerField()
    statement = serializers.IntegerField(help_text="the statement that the words are from")
    said = DateShape(allow_null=True)
    text = serializers.CharField()


class AnchoredSideShape(SideShape):
    """One side of a shift: the passage, and where it stands in the text of its document."""

    document = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


_ANCHOR = ("document_id", "start", "end")


class ProposedShape(Shape):
    """One of two statements that may be one utterance."""

    statement = serializers.IntegerField()
    document = serializers.IntegerField()
    said = DateShape(allow_null=True)
    text = serializers.CharField()


class MergeShape(Shape):
    """Two statements of one stance that are hardly, or nearly, alike enough to be one utterance."""

    columns = (
        *("id", "stance__actor__slug", "stance__actor__name", "stance__topic__slug"),
        *("stance__topic__name", "joined", "likeness", "recorded_at"),
        *(
            f"{side}{column}"
            for side in ("one", "other")
            for column in ("_id", "__document_id", "__exact", *(f"__said_{part}" for part in DATE))
        ),
    )
    id = serializers.IntegerField()
    actor = Reference()
    topic = Reference()
    joined = serializers.BooleanField(help_text="how grouping left them")
    likeness = serializers.FloatField(help_text="0 to 1")
    one = ProposedShape()
    other = ProposedShape()
    recorded_at = serializers.DateTimeField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a proposal."""
        return {
            "id": row["id"],
            "actor": reference(row, "stance__actor"),
            "topic": reference(row, "stance__topic"),
            **only(row, "joined", "likeness"),
            **{side: cls._side(row, side) for side in ("one", "other")},
            "recorded_at": row["recorded_at"],
        }

    @staticmethod
    def _side(row: Row, side: str) -> dict[str, Any]:
        return {
            "statement": row[f"{side}_id"],
            "document": row[f"{side}__document_id"],
            "said": date_of(row, f"{side}__said"),
            "text": row[f"{side}__exact"],
        }


class ShiftShape(Shape):
    """The change of a stated position between two utterances, with its evidence and reasons."""

    columns = (
        *("id", "stance__actor__slug", "stance__actor__name", "stance__topic__slug"),
        *("stance__topic__name", "direction", "status", "score", "materiality", "confidence"),
        *("grade", "reasons", "evidence", "detector_version", "recorded_at", "withdrawn_at"),
        *("withdrawn_because", "replaced_by_id", "content_since"),
        *(
            f"{side}{column}"
            for side in ("older", "newer")
            for column in (
                *("_id", "_statement_id", "_statement__exact"),
                *(f"_statement__{column}" for column in _ANCHOR),
            )
        ),
        *(f"{side}__said_{part}" for side in ("older", "newer") for part in DATE),
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
    older = AnchoredSideShape()
    newer = AnchoredSideShape()
    detector_version = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(help_text="since when status, measures, evidence are so")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField()
    replaced_by = serializers.IntegerField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a shift without its kinds, which come from rows of their own."""
        return cls.of_values([row[name] for name in cls.columns])

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> dict[str, Any]:
        """Return a shift from its columns: lists of them are asked all the time."""
        pk, actor, actor_name, topic, topic_name, direction, status, score = values[:8]
        materiality, confidence, grade, reasons, evidence, detector_version = values[8:14]
        recorded_at, withdrawn_at, withdrawn_because, replaced_by, changed_at = values[14:19]
        sides, said = values[19:31], values[31:]
        return {
            "id": pk,
            "actor": {"slug": actor, "name": actor_name},
            "topic": {"slug": topic, "name": topic_name},
            "direction": direction,
            "status": status,
            "score": score,
            "materiality": materiality,
            "confidence": confidence,
            "grade": grade,
            "reasons": reasons,
            "evidence": evidence,
            "older": cls._side(sides[:6], said[:4]),
            "newer": cls._side(sides[6:], said[4:]),
            "detector_version": detector_version,
            "recorded_at": recorded_at,
            "changed_at": changed_at,
            "withdrawn_at": withdrawn_at,
            "withdrawn_because": withdrawn_because,
            "replaced_by": replaced_by,
        }

    @staticmethod
    def _side(values: Sequence[Any], said: Sequence[Any]) -> dict[str, Any]:
        utterance, statement, text, document, start, end = values
        return {
            "utterance": utterance,
            "statement": statement,
            "said": date_payload(*said),
            "text": text,
            "document": document,
            "start": start,
            "end": end,
        }
