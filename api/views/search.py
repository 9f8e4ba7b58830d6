"""Full text: statements that hold words, and when a phrase was used."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from api import asof, pagination
from api.errors import InvalidQueryError
from api.formats.linked import StatementAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.parameters import PageParameters, SpokenParameters
from api.resource import Resource, paged
from api.shapes.parts import Shape
from api.shapes.record import StatementShape
from tracker import search
from tracker.models import Statement
from tracker.prepared import Prepared

_FILTERS = (
    *("actor", "topic", "source", "attribution", "fidelity"),
    *("since", "until", "said_until", "known_at"),
)


class _Words(SpokenParameters):
    """Which words, and in which statements."""

    q = serializers.CharField(max_length=search.LONGEST_QUERY, help_text="what is looked for")


class SearchParameters(_Words, PageParameters):
    """Words, "phrases", begin*, -without, this OR that."""

    def validate_q(self, text: str) -> search.Query:
        """Return the query. Raises ValidationError where it asks for nothing."""
        return _asking(search.parse(text))


class PhraseParameters(_Words):
    """One phrase: these words in this order, in any case."""

    def validate_q(self, text: str) -> str:
        """Return the phrase. Raises ValidationError where it holds no word."""
        _asking(search.phrase_query(text))
        return text


def _asking(query: search.Query) -> search.Query:
    if query.refused:
        raise serializers.ValidationError(query.refused, "no_words")
    return query


class SnippetShape(Shape):
    """A stretch of a passage around what was found."""

    text = serializers.CharField()
    marks = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="[start, end] of each span of `text` that was looked for",
    )


class SearchHitShape(StatementShape):
    """A statement that holds the words."""

    snippet = SnippetShape()


class UsedMonthShape(Shape):
    """The uses of a phrase in a month."""

    month = serializers.CharField()
    passages = serializers.IntegerField()
    days = serializers.IntegerField()


class PhraseShape(Shape):
    """When a phrase was used: by the first day on which it can have been said."""

    phrase = serializers.CharField()
    passages = serializers.IntegerField(help_text="passages of documents that hold it")
    days = serializers.IntegerField(help_text="different days on which it was said")
    first = SearchHitShape(allow_null=True)
    last = SearchHitShape(allow_null=True)
    months = UsedMonthShape(many=True)


class SearchList(Resource):
    """Statements that hold the words, newest said first. Words stand as said: no stemming."""

    parameters = SearchParameters
    renderer_classes = (Json, Ndjson, Csv, StatementAnnotation)
    shape = SearchHitShape
    paged = True

    def get(self, request: Request) -> Response:
        """Search."""
        limit = self.asked["limit"]
        after = pagination.place(request, self.asked["cursor"]) if "cursor" in self.asked else ""
        rows, last = self._page(self.asked["q"], limit=limit, after=str(after))
        following = pagination.following(request, limit, last) if last else None
        shown = _with_snippets(rows, self.asked["q"])
        return paged(asof.statements_then(shown, self.asked.get("known_at")), following)

    def _page(self, query: search.Query, **page: Any) -> tuple[list[dict[str, Any]], str]:
        """Return the statements of a page, and where the next one begins."""
        filters = search.Filters(**_filters(self.asked))
        with _patiently():
            if self.is_quick:
                found = search.rows(query, filters, _PREPARED, **page)
                return found.rows, found.after
            places = search.places(query, filters, **page)
        return _rows(places.ids), places.after


class PhraseDetail(Resource):
    """First and last use of a phrase, and how often it was used in each month."""

    parameters = PhraseParameters
    shape = PhraseShape

    def get(self, request: Request) -> Response:
        """Count the uses of a phrase."""
        words = self.asked["q"]
        with _patiently():
            uses = search.phrase(words, **_filters(self.asked))
        query, known_at = search.phrase_query(words), self.asked.get("known_at")
        ends = [None if hit is None else hit.statement.pk for hit in (uses.first, uses.last)]
        found = _with_snippets(_rows([pk for pk in ends if pk]), query)
        rows = {row["id"]: row for row in asof.statements_then(found, known_at)}
        first, last = (rows.get(pk) if pk else None for pk in ends)
        return Response(
            {
                "phrase": words,
                "passages": uses.passages,
                "days": uses.days,
                "first": first,
                "last": last,
                "months": [
                    {"month": month.month, "passages": month.passages, "days": month.days}
                    for month in uses.months
                ],
            }
        )


@contextmanager
def _patiently() -> Iterator[None]:
    """Raise InvalidQueryError for a search that was given up."""
    try:
        yield
    except search.TooSlowError as error:
        raise InvalidQueryError({"q": [ErrorDetail(str(error), "too_slow")]}) from error


def _filters(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in _FILTERS if name in asked}


_PREPARED = Prepared(Statement, StatementShape.columns, StatementShape.of_values, filters={})


def _rows(ids: list[int]) -> list[dict[str, Any]]:
    """Return these statements in their order."""
    found = Statement.objects.filter(pk__in=ids).order_by().values(*StatementShape.columns)
    rows = {row["id"]: StatementShape.of(row) for row in found}
    return [rows[pk] for pk in ids if pk in rows]


def _with_snippets(rows: list[dict[str, Any]], query: search.Query) -> list[dict[str, Any]]:
    cut = search.snippets(query)
    for row in rows:
        text, marks = cut(row["exact"])
        row["snippet"] = {"text": text, "marks": marks}
    return rows
