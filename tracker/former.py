"""Keeps what a document showed before it shows something else, and gives it back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from django.db.models import QuerySet

from tracker.models import Document, FormerDocument
from tracker.rows import encoded

# Without how far it is on its way, which is a matter of now.
SHOWN = (
    *("id", "origin_id", "title", "genre", "language", "translated", "venue", "warnings"),
    *("regions", "said_edtf", "said_earliest", "said_latest", "said_basis"),
    *("published_edtf", "published_earliest", "published_latest", "published_basis"),
)


def keep_former(document: Document, *, now: datetime) -> None:
    """Keep what is stored of a document, where the row about to be saved shows anything else."""
    before = encoded(Document.objects.values(*SHOWN).get(pk=document.pk))
    if before == encoded({name: getattr(document, name) for name in SHOWN}):
        return
    last = FormerDocument.objects.filter(document=document).last()
    FormerDocument.objects.create(
        document=document,
        content=orjson.loads(before),
        recorded_at=last.retracted_at if last else document.recorded_at,
        retracted_at=now,
    )


def shown_then(
    documents: Collection[int] | QuerySet[Any, Any], known_at: datetime
) -> dict[int, dict[str, Any]]:
    """Return document -> what it showed at `known_at`, for those that have shown else since.

    `documents` are numbers, or a query for them.
    """
    held = FormerDocument.objects.held(known_at).filter(document__in=documents)
    return dict(held.values_list("document", "content"))
