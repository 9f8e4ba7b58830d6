"""Captured texts: how they come in, and what became of them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, parameters, strict_json
from api.access import Need
from api.errors import RefusedError
from api.resource import FORM, JSON, Detail, Listing
from api.shapes.record import DocumentDetailShape, DocumentShape
from tracker import ingest, parsing
from tracker.fetching import FetchError
from tracker.models import Document

_LONGEST_CONTENT_TYPE = 200


class DocumentList(Listing):
    """Captured texts."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    parameters = parameters.DocumentParameters
    bodies = {JSON: bodies.DocumentTextBody, FORM: bodies.DocumentFileBody}
    shape = DocumentShape
    answers = {"POST": {202: DocumentDetailShape, 200: DocumentDetailShape}}

    _STATES = {
        "waiting": Q(read_at=None, problem=""),
        "triage": ~Q(problem=""),
        "read": Q(read_at__isnull=False, problem=""),
    }
    _FILTERS = {
        "source": "source",
        "genre": "genre__in",
        "since": "published_earliest__gte",
        "until": "published_latest__lte",
    }

    def rows(self) -> QuerySet[Document]:
        """Return the documents that the filters let through."""
        state = self._STATES.get(self.asked.get("state", ""), Q())
        return Document.objects.filter(state, **self.lookups(self._FILTERS))

    def post(self, request: Request) -> Response:
        """Take in a text, a file or the address of one, once.

        202: stored; it is read within seconds, and `Location` is where its `state` can be
        followed. 200: these bytes were here already, and this is what became of them.
        """
        stored = _store(self.posted(), timezone.now())
        status = 202 if stored.created else 200
        pk = stored.document.pk
        location = request.build_absolute_uri(reverse("api:document", args=[pk]))
        return Response(_document(pk), status=status, headers={"Location": location})


class DocumentDetail(Detail):
    """One captured text: how far it is read, what is wrong with it, and its words."""

    shape = DocumentDetailShape

    def rows(self, pk: int) -> QuerySet[Document]:
        """Return the document with this number."""
        return Document.objects.filter(pk=pk)


def _document(pk: int) -> dict[str, Any]:
    shape = DocumentDetailShape
    return shape.of(Document.objects.values(*shape.columns).get(pk=pk))


def _store(posted: dict[str, Any], now: datetime) -> ingest.Stored:
    """Store what was posted. Raises RefusedError with the field that is to blame."""
    for name in ("said", "published"):
        try:
            ingest.refuse_future(posted.get(name), name=name, today=ingest.today(now))
        except ingest.BadInputError as error:
            raise RefusedError(error.code, str(error), field=name) from error
    field = next(name for name in ("file", "text", "url") if name in posted)
    content = posted.pop(field)
    try:
        if field == "url":
            return ingest.capture_url(content, now=now, allow=settings.FETCH_ALLOW, **posted)
        if field == "file":
            return ingest.store(
                content.read(),
                now=now,
                content_type=_content_type(content),
                filename=content.name,
                **posted,
            )
        return ingest.store(
            content.encode(), now=now, content_type="text/plain; charset=utf-8", **posted
        )
    except (parsing.Refused, FetchError) as error:
        raise RefusedError(error.code, error.reason, field=field) from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field=field) from error


def _content_type(upload: Any) -> str:
    """Return what the client calls its file, where that can be kept."""
    named = upload.content_type or ""
    usable = len(named) <= _LONGEST_CONTENT_TYPE and strict_json.is_storable(named)
    return named if usable else ""
