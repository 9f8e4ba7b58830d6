"""Captured texts: how they come in, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import asof, bodies, parameters, strict_json
from api.access import Need, caller
from api.errors import RefusedError
from api.formats.plain import Octets, Words
from api.idempotency import Effect
from api.resource import FORM, JSON, Detail, Listing, Making, Resource
from api.shapes.parts import Shape
from api.shapes.record import (
    DOCUMENT_OR_FETCH,
    DocumentDetailShape,
    DocumentShape,
    FetchShape,
    PassagesShape,
    passages,
)
from tracker import fetches, former, ingest, parsing
from tracker.models import Capture, Document, Fetch, Statement

_LONGEST_CONTENT_TYPE = 200
_PLAIN = "text/plain; charset=utf-8"
# Somebody else's bytes at our address: a browser is to run, frame and guess nothing of them.
_INERT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class _Documents(Resource):
    shape: ClassVar[type[Shape]] = DocumentShape

    def columns(self) -> Sequence[str]:
        """Return the columns of documents, and what they showed at `known_at`."""
        return (*self.shape.columns, *(["shown_then"] if "known_at" in self.asked else []))

    def as_known(self, found: QuerySet[Document]) -> QuerySet[Document]:
        """Return the documents that were on record at `known_at`, with what they showed then."""
        known_at = self.asked.get("known_at")
        if known_at is None:
            return found
        before = asof.content(asof.former_documents(known_at))
        day = asof.day_then("shown_then__published_earliest", now="published_earliest")
        held = found.filter(recorded_at__lte=known_at)
        return held.annotate(shown_then=before).annotate(day_then=day)

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return documents as they were shown at `known_at`."""
        if "known_at" not in self.asked:
            return [self.shape.of(row) for row in rows]
        return [self.shape.of(_as_shown(row)) | {"read_at": None} for row in rows]


def _as_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document's row as it was; of its way, only whether it had been read is known."""
    before: Mapping[str, Any] = row["shown_then"] or {}
    was = {**row, **{name: before[name] for name in former.SHOWN if name in before}}
    return was | {"problem": "", "read_at": row["recorded_at"] if was["genre"] else None}


class DocumentList(_Documents, Making):
    """Captured texts."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    of_record = True
    parameters = parameters.DocumentParameters
    days = {"published": "published_earliest"}
    bodies = {JSON: bodies.DocumentTextBody, FORM: bodies.DocumentFileBody}
    answers = {"POST": {202: DOCUMENT_OR_FETCH, 200: DocumentDetailShape}}

    _MOVING = {  # what may change while a document keeps its number
        "genre": "genre__in",
        "since": "published_earliest__gte",
        "until": "published_latest__lte",
    }

    def rows(self) -> QuerySet[Document]:
        """Return the documents that the filters let through."""
        state = Document.state.condition(self.asked.get("state"))
        found = Document.objects.filter(state, self._read(), **self.lookups({"source": "source"}))
        return self.as_known(found)

    def then(self, known_at: datetime) -> tuple[Q, Q]:
        """Return which documents show what they showed at `known_at`, and which do not."""
        return asof.documents_parted(known_at)

    def _read(self) -> Q:
        """Return the condition on what was read of a document, as it was known at `known_at`."""
        now, known_at = self.lookups(self._MOVING), self.asked.get("known_at")
        if known_at is None or not now:
            return Q(**now)
        before = {f"content__{name}": _plain_day(value) for name, value in now.items()}
        return asof.then(asof.former_documents(known_at), now, before)

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what takes in a text, a file or the address of one, once.

        202: stored, or ordered to be fetched; `Location` is where its `state` can be followed.
        200: these bytes were here already, and this is what became of them.
        """
        if posted.keys().isdisjoint({"file", "text"}):
            return partial(self._ordered, posted)
        return partial(self._kept, _prepared(posted, timezone.now()))

    def _kept(self, prepared: ingest.Prepared) -> Response:
        stored = ingest.keep(prepared)
        pk = stored.document.pk
        location = self.request.build_absolute_uri(reverse("api:document", args=[pk]))
        status = 202 if stored.created else 200
        return Response(_document(pk), status=status, headers={"Location": location})

    def _ordered(self, posted: dict[str, Any]) -> Response:
        try:
            made = fetches.order(**posted, by=caller(self.request), now=timezone.now())
        except ingest.BadInputError as error:
            raise RefusedError(error.code, str(error), field=_blamed(posted)) from error
        row = Fetch.objects.values(*FetchShape.columns).get(pk=made.pk)
        location = self.request.build_absolute_uri(reverse("api:fetch", args=[made.pk]))
        return Response(FetchShape.of(row), status=202, headers={"Location": location})


class DocumentDetail(_Documents, Detail):
    """One captured text: how far it is read, what is wrong with it, and its words."""

    of_record = True
    parameters = parameters.KnownParameters
    shape = DocumentDetailShape

    def rows(self, pk: int) -> QuerySet[Document]:
        """Return the document with this number."""
        return self.as_known(Document.objects.filter(pk=pk))


class PassageList(_Documents):
    """A document's text, cut into what each stretch was read as."""

    parameters = parameters.KnownParameters
    shape = PassagesShape

    def columns(self) -> Sequence[str]:
        """Return what a document is cut by."""
        before = ["shown_then"] if "known_at" in self.asked else []
        return ("text", "regions", *before)

    def get(self, request: Request, pk: int) -> Response:
        """Show the whole text in order, each stretch with the statements that lie in it."""
        rows = list(self.as_known(Document.objects.filter(pk=pk)).values(*self.columns())[:1])
        if not rows:
            raise NotFound()
        regions = (rows[0].get("shown_then") or rows[0])["regions"]
        held = Statement.objects.held(self.asked.get("known_at")).filter(document=pk)
        spans = held.order_by("start", "id").values_list("pk", "start", "end")
        return Response({"results": passages(rows[0]["text"], regions, list(spans))})


class DocumentTextDetail(Resource):
    """The words of one document alone: what offsets, which count characters, are offsets into."""

    of_record = True
    parameters = parameters.KnownParameters
    renderer_classes: Sequence[type[BaseRenderer]] = (Words,)
    answers: ClassVar[Mapping[str, Mapping[Any, Any]]] = {
        "GET": {(200, Words.media_type): OpenApiTypes.STR}
    }

    def get(self, request: Request, pk: int) -> HttpResponse:
        """Send the text in UTF-8."""
        headers, there = self.dated(), self.lookups({"known_at": "recorded_at__lte"})
        text = Document.objects.filter(pk=pk, **there).values_list("text", flat=True).first()
        if text is None:
            raise NotFound()
        return HttpResponse(text, content_type=_PLAIN, headers=headers | _INERT)


class DocumentRawDetail(Resource):
    """The bytes of one document as they came."""

    parameters = parameters.KnownParameters
    renderer_classes: Sequence[type[BaseRenderer]] = (Octets, Words)
    answers: ClassVar[Mapping[str, Mapping[Any, Any]]] = {
        "GET": {
            (200, Octets.media_type): OpenApiTypes.BINARY,
            (200, Words.media_type): OpenApiTypes.BINARY,
        }
    }

    def get(self, request: Request, pk: int) -> HttpResponse:
        """Send the bytes to be saved, as plain text or as nothing in particular, never as HTML."""
        names = ("body", "sha256", "content_type", "document__recorded_at")
        there = self.lookups({"known_at": "document__recorded_at__lte"})
        found = Capture.objects.filter(document=pk, **there).values_list(*names).first()
        if found is None:
            raise NotFound()
        body, sha256, came_as, since = found
        plain = came_as.partition(";")[0].strip().lower() == Words.media_type
        name = f"document-{pk}.{'txt' if plain else 'bin'}"
        headers = {
            "ETag": f'"{sha256}"',
            "Last-Modified": http_date(since.timestamp()),  # bytes never change
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        media_type = Words.media_type if plain else Octets.media_type
        return HttpResponse(bytes(body), content_type=media_type, headers=headers | _INERT)


def _document(pk: int) -> dict[str, Any]:
    shape = DocumentDetailShape
    return shape.of(Document.objects.values(*shape.columns).get(pk=pk))


def _prepared(posted: dict[str, Any], now: datetime) -> ingest.Prepared:
    """Return what was posted, ready to be stored. Raises RefusedError with the field to blame."""
    file = posted.pop("file", None)
    try:
        if file is None:
            text = posted.pop("text").encode()
            return ingest.prepare(text, now=now, content_type=_PLAIN, **posted)
        content_type = _content_type(file)
        return ingest.prepare(
            file.read(), now=now, content_type=content_type, filename=file.name, **posted
        )
    except parsing.Refused as error:
        field = "text" if file is None else "file"
        raise RefusedError(error.code, error.reason, field=field) from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field=_blamed(posted)) from error


def _blamed(posted: Mapping[str, Any]) -> str:
    """Return the date that lies in the future."""
    until = ingest.today(timezone.now())
    said = posted.get("said")
    return "said" if said is not None and said.earliest > until else "published"


def _content_type(upload: Any) -> str:
    """Return what the client calls its file, where that can be kept."""
    named = upload.content_type or ""
    usable = len(named) <= _LONGEST_CONTENT_TYPE and strict_json.is_storable(named)
    return named if usable else ""


def _plain_day(value: Any) -> Any:
    """Return a day as it stands in the content of a former row."""
    return value.isoformat() if isinstance(value, date) else value


class FetchList(Listing):
    """Documents that were given by their address, and what became of them."""

    needs = {"GET": Need.WRITE}
    parameters = parameters.FetchParameters
    shape = FetchShape

    def rows(self) -> QuerySet[Fetch]:
        """Return the fetches that the filters let through."""
        state = Fetch.outcome.condition(self.asked.get("state"))
        return Fetch.objects.filter(state, preview=False, **self.lookups({"source": "source"}))


class FetchDetail(Detail):
    """One fetch: whether the document is here, and if not, why."""

    needs = {"GET": Need.WRITE}
    shape = FetchShape

    def rows(self, pk: int) -> QuerySet[Fetch]:
        """Return the fetch with this number."""
        return Fetch.objects.filter(pk=pk, preview=False)
