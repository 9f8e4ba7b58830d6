"""Documents, statements, and what people decided about them."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from api.choices import Choice, DocumentState, FetchState
from api.shapes.parts import (
    DATE,
    DateShape,
    JSONObjectField,
    Reference,
    Row,
    Shape,
    SourceReference,
    date_of,
    only,
    source_reference,
)
from tracker.models import Decision, Document, Fetch, Statement
from tracker.rendering import date_payload


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
        *(f"said_{part}" for part in DATE),
        *(f"published_{part}" for part in DATE),
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
            "source": source_reference(row, "source"),
            "origin": row["origin_id"],
            **only(row, "url", "genre", "language", "translated", "venue"),
            "said": date_of(row, "said"),
            "published": date_of(row, "published"),
            "warnings": row["warnings"],
            "sha256": row["capture__sha256"],
            **only(row, "captured_at", "recorded_at", "read_at"),
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
        return super().of(row) | only(row, "text", "regions")


class PassageShape(RegionShape):
    """A stretch of a document's text; `kind` is `unread` where no reading says what it is."""

    text = serializers.CharField()
    statements = serializers.ListField(
        child=serializers.IntegerField(), help_text="numbers of the statements with words in it"
    )


class PassagesShape(Shape):
    """A document's whole text in order."""

    results = PassageShape(many=True)


def passages(
    text: str, regions: Sequence[Mapping[str, Any]], statements: Sequence[tuple[int, int, int]]
) -> list[dict[str, Any]]:
    """Return a text cut at the edges of its regions; `statements` are (number, start, end)."""
    found: list[dict[str, Any]] = []
    place = 0
    for region in [*sorted(regions, key=itemgetter("start")), {"start": len(text)}]:
        if place < region["start"]:
            found.append({"start": place, "end": region["start"], "kind": "unread"})
        if "kind" in region:
            found.append({name: region[name] for name in ("start", "end", "kind")})
            place = region["end"]
    coming = sorted(statements, key=itemgetter(1), reverse=True)
    covering: list[tuple[int, int, int]] = []
    for one in found:
        while coming and coming[-1][1] < one["end"]:
            covering.append(coming.pop())
        covering = [span for span in covering if span[2] > one["start"]]
        one |= {"text": text[one["start"] : one["end"]], "statements": [pk for pk, *_ in covering]}
    return found


class FetchShape(Shape):
    """A document that was given by its address. `state` is `waiting`, `stored` or `refused`."""

    columns = (
        *("id", "url", "title", "source__slug", "source__name", "source__reliability"),
        *("document_id", "code", "problem", "attempts", "created_at", "next_try_at", "done_at"),
    )
    id = serializers.IntegerField()
    state = Choice(FetchState)
    url = serializers.CharField()
    title = serializers.CharField()
    source = SourceReference()  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    document = serializers.IntegerField(allow_null=True, help_text="what was stored")
    code = serializers.CharField(help_text="the machine's word for the problem; else empty")
    problem = serializers.CharField(help_text="why it was refused, or the last try failed")
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a fetch."""
        document, done = row["document_id"], row["done_at"]
        return {
            "id": row["id"],
            "state": Fetch(document_id=document, done_at=done).state,
            **only(row, "url", "title"),
            "source": source_reference(row, "source"),
            "document": document,
            **only(row, "code", "problem", "attempts", "created_at"),
            "next_try_at": row["next_try_at"] if done is None else None,
            "done_at": done,
        }


DOCUMENT_OR_FETCH = PolymorphicProxySerializer(
    component_name="DocumentOrFetch",
    serializers=[DocumentDetailShape, FetchShape],
    resource_type_field_name=None,
)


class StatementShape(Shape):
    """A passage that attributes words to an actor: offsets into its document's text."""

    columns = (
        *("id", "document_id", "document__title", "actor__slug", "actor__name"),
        *("topic__slug", "topic__name", "start", "end", "exact", "prefix", "suffix"),
        *("attributed_as", "cue", "attribution", "fidelity", "chain", "terms", "score"),
        *("confidence", "credibility", "recorded_at", "retracted_at", "retracted_because"),
        *("replaced_by_id", *(f"said_{part}" for part in DATE)),
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
        return cls.of_values([row[name] for name in cls.columns])

    @staticmethod
    def of_values(values: Sequence[Any]) -> dict[str, Any]:
        """Return a statement from its columns: lists of them are asked all the time."""
        pk, document, title, actor, actor_name, topic, topic_name, start, end = values[:9]
        exact, prefix, suffix, attributed_as, cue, attribution, fidelity = values[9:16]
        chain, terms, score, confidence, credibility, recorded_at, retracted_at = values[16:23]
        retracted_because, replaced_by, edtf, earliest, latest, basis = values[23:]
        return {
            "id": pk,
            "document": document,
            "title": title,
            "actor": {"slug": actor, "name": actor_name},
            "topic": None if topic is None else {"slug": topic, "name": topic_name},
            "said": date_payload(edtf, earliest, latest, basis),
            "start": start,
            "end": end,
            "exact": exact,
            "prefix": prefix,
            "suffix": suffix,
            "attributed_as": attributed_as,
            "cue": cue,
            "attribution": attribution,
            "fidelity": fidelity,
            "chain": chain,
            "terms": terms,
            "score": score,
            "confidence": confidence,
            "credibility": credibility,
            "recorded_at": recorded_at,
            "retracted_at": retracted_at,
            "retracted_because": retracted_because,
            "replaced_by": replaced_by,
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
            **only(row, "id", "kind"),
            **{name: row[f"{name}_id"] for name in targets},
            **only(row, "detail", "note", "at", "undone_at"),
        }
