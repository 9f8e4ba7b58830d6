"""What differs between two utterances, two documents, or a stance on two days."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from api import asof
from api.choices import Choice, Compared, VerdictWord
from api.errors import InvalidQueryError
from api.fields import ActorField, InstantField, TopicField
from api.parameters import Parameters
from api.resource import Resource
from api.shapes.parts import DATE, DateShape, JSONObjectField, Shape, date_of
from timeline import series
from timeline.diff import WORD_LIMIT, TooLongError, diff
from tracker.former import shown_then
from tracker.models import Document, FormerUtterance, Shift, Stance, Statement, Utterance
from tracker.positions import last_said
from tracker.rendering import as_compared, utterance_content

Side = tuple[dict[str, Any], dict[str, Any] | None]
"""What is shown of a side, and for an utterance its content (`rendering.utterance_content`)."""
_OF_DOCUMENT = ("text", *(f"said_{part}" for part in DATE))
_HELD = [status.value for status in Shift.Status if status is not Shift.Status.WITHDRAWN]
_BACKWARDS = "`from` is the older side: this lies before it."
_NAMED = re.compile(r"(?:(utterance|document):)?([0-9]{1,18})")


@extend_schema_field(OpenApiTypes.STR)
class SideField(serializers.CharField):
    """`17` or `utterance:17`, `document:3`, or a day such as `2024-03-01`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def to_internal_value(self, data: Any) -> tuple[str, Any]:  # type: ignore[override]  # parsed
        """Return (what is named, its number or day)."""
        text = super().to_internal_value(data)
        named = _NAMED.fullmatch(text)
        if named:
            return named[1] or "utterance", int(named[2])
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None:
            raise serializers.ValidationError("This is no number and no day.", "invalid")
        return "day", day


class DiffParameters(Parameters):
    """Two utterances, two documents, or two days of a stance."""

    to = SideField(help_text="the newer side, named in the same way")
    actor = ActorField(required=False, help_text="with days: slug of the actor")
    topic = TopicField(required=False, help_text="with days: slug of the topic")
    known_at = InstantField(required=False, help_text="as this record stood at this moment")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with `from`, which is no name in the language."""
        older = SideField(
            help_text="the older side: `17` or `utterance:17`, `document:3`, or a day 2024-03-01"
        )
        return {"from": older, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError where the two sides are not of one kind."""
        kind, other = attrs["from"][0], attrs["to"][0]
        if kind != other:
            reason = f"`from` names a {kind}, so this has to name one too."
            raise serializers.ValidationError({"to": [reason]}, "mismatch")
        for name in ("actor", "topic"):
            if kind != "day" and name in attrs:
                raise serializers.ValidationError({name: ["Only days take this."]}, "mismatch")
            if kind == "day" and name not in attrs:
                raise serializers.ValidationError({name: ["Days need this."]}, "required")
        if kind == "day" and attrs["to"][1] < attrs["from"][1]:
            raise serializers.ValidationError({"to": [_BACKWARDS]}, "disorder")
        return attrs


class RunShape(Shape):
    """A stretch of one text or both."""

    kind = serializers.CharField(help_text="kept, dropped, added, moved")
    text = serializers.CharField()
    older_start = serializers.IntegerField()
    older_end = serializers.IntegerField()
    newer_start = serializers.IntegerField()
    newer_end = serializers.IntegerField()


class DiffSideShape(Shape):
    """One side; for documents without `utterance` and `statement`."""

    utterance = serializers.IntegerField(allow_null=True)
    statement = serializers.IntegerField(allow_null=True)
    document = serializers.IntegerField()
    said = DateShape(allow_null=True)
    text = serializers.CharField()


class VerdictShape(Shape):
    """What today's detector says of two utterances; nothing is stored."""

    verdict = Choice(VerdictWord)
    kinds = serializers.ListField(child=Choice(Shift.Kind))
    direction = Choice(Shift.Direction)
    score = serializers.FloatField()
    materiality = serializers.FloatField()
    confidence = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())
    counterfactual = serializers.CharField(help_text="what would have changed the verdict")


class DiffShape(Shape):
    """The difference of two wordings in runs, what differs in what they say, and a verdict."""

    compared = Choice(Compared)
    older = DiffSideShape()
    newer = DiffSideShape()
    restated = serializers.BooleanField(help_text="too unlike to be drawn word by word")
    runs = RunShape(many=True)
    differences = serializers.ListField(child=JSONObjectField())
    verdict = VerdictShape(allow_null=True, help_text="null for documents")
    shift = serializers.IntegerField(
        allow_null=True, help_text="the shift that the record holds between the two"
    )


class DiffDetail(Resource):
    """What differs between two utterances, two documents, or a stance on two days.

    A day stands for the last that had certainly been said by its end.
    """

    parameters = DiffParameters
    shape = DiffShape

    def get(self, request: Request) -> Response:
        """Compare."""
        (older, first), (newer, second) = (self._side(name) for name in ("from", "to"))
        if first and second and second["said"]["latest"] < first["said"]["earliest"]:
            raise _refused("to", _BACKWARDS, "disorder")
        try:
            difference = diff(older["text"], newer["text"])
        except TooLongError as error:
            reason = f"A text has more than {WORD_LIMIT:,} words; a diff is not drawn."
            raise _refused("from", reason, "too_long") from error
        verdict, shift = None, None
        if first is not None and second is not None:
            verdict = _verdict(first, second)
            shift = _standing(first, second, self.asked.get("known_at"))
        differences = [] if verdict is None else [row.as_dict() for row in difference.differences]
        return Response(
            {
                "compared": self.asked["from"][0],
                "older": older,
                "newer": newer,
                "restated": difference.restated,
                "runs": [run._asdict() for run in difference.runs],
                "differences": differences,
                "verdict": verdict,
                "shift": shift,
            }
        )

    def _side(self, name: str) -> Side:
        (kind, value), known_at = self.asked[name], self.asked.get("known_at")
        if kind == "document":
            return _document(name, value, known_at)
        if kind == "utterance":
            return _said(_utterance(name, value, known_at))
        stance = Stance.objects.filter(actor=self.asked["actor"], topic=self.asked["topic"])
        found = list(last_said(stance, said_until=value, known_at=known_at).values())
        if not found:
            raise _refused(name, "Nothing on this topic had been said by then.", "nothing_said")
        return _said(found[0])


def _document(name: str, pk: int, known_at: datetime | None) -> Side:
    there = {} if known_at is None else {"recorded_at__lte": known_at}
    row = Document.objects.filter(pk=pk, **there).values(*_OF_DOCUMENT).first()
    if row is None:
        raise _refused(name, "There is no document of this number.", "does_not_exist")
    then = {} if known_at is None else shown_then({pk}, known_at).get(pk, {})
    said = date_of({**row, **then}, "said")
    return _shown(None, None, pk, said, row["text"]), None


def _utterance(name: str, pk: int, known_at: datetime | None) -> dict[str, Any]:
    """Return what an utterance shows, or showed at `known_at`."""
    rows = Utterance.objects.all() if known_at is None else Utterance.objects.held(known_at)
    row = rows.select_related("canonical").filter(pk=pk).first()
    if row is None:
        raise _refused(name, "There is no utterance of this number.", "does_not_exist")
    if known_at is not None:
        for former in FormerUtterance.objects.held(known_at).filter(utterance=row):
            content: dict[str, Any] = former.content
            return content
    return utterance_content(row)


def _said(content: dict[str, Any]) -> Side:
    statement = content["canonical"]
    document = Statement.objects.values_list("document", flat=True).get(pk=statement)
    shown = _shown(content["id"], statement, document, content["said"], content["text"])
    return shown, content


def _shown(
    utterance: int | None, statement: int | None, document: int, said: Any, text: str
) -> dict[str, Any]:
    return {
        "utterance": utterance,
        "statement": statement,
        "document": document,
        "said": said,
        "text": text,
    }


def _verdict(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    found = series.between(as_compared(older), as_compared(newer)).as_dict()
    return {str(name): found[str(name)] for name in VerdictShape().fields}


def _standing(
    older: Mapping[str, Any], newer: Mapping[str, Any], known_at: datetime | None
) -> int | None:
    """Return the shift that the record holds between the two, or held at `known_at`."""
    rows = Shift.objects.filter(older=older["id"], newer=newer["id"])
    if known_at is None:
        rows = rows.filter(withdrawn_at=None)
    else:
        was_there = asof.status_then(known_at, _HELD)
        rows = rows.filter(was_there, recorded_at__lte=known_at)
    return rows.values_list("pk", flat=True).first()


def _refused(name: str, reason: str, code: str) -> InvalidQueryError:
    return InvalidQueryError({name: [ErrorDetail(reason, code)]})
