"""Which documents are one origin: a reprint or a translation is no second witness.

Found when a document is read, among documents published within days of it; or given by an
analyst, whose word stands. Origins are flat: every reprint names the first text itself.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from timeline import reprints
from timeline.words import sentences, words
from tracker.former import keep_former
from tracker.models import Decision, Document, Statement
from tracker.models.stances import mark_stances

DAYS = timedelta(days=7)
MOST = 200  # documents of one fortnight that are looked at, newest first
REPORTS = (Document.Genre.WIRE, Document.Genre.ARTICLE)


def settle(document: Document, *, now: datetime) -> None:
    """Find the documents that are of one origin with this one, which has been read, and say so.

    The first of them is the origin: an original before a translation, then by the day of
    publication, then by when it came in. The order in which they come in does not matter.
    """
    document.fingerprint = reprints.fingerprint(document.text)
    document.save(update_fields=["fingerprint"])
    if document.genre not in REPORTS or document.published is None or _is_given(document):
        return
    narration = _narration(document)
    family = [
        other
        for other in _candidates(document)
        if reprints.worth_comparing(document.fingerprint, other.fingerprint)
        and reprints.same_origin(narration, _narration(other))
    ]
    if family:
        _join([document, *family], now)


def set_origin(
    document: Document,
    origin: Document | None,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record an analyst's word that `document` reprints or translates `origin`, or nothing."""
    root = origin.origin or origin if origin is not None else None
    with transaction.atomic():
        decision = Decision.objects.create(
            kind=Decision.Kind.SET_ORIGIN,
            document=document,
            detail={"origin": root.pk if root else None, "before": document.origin_id},
            note=note,
            by_id=by.pk if by else None,
            at=now,
        )
        give(document, root, now=now)
    return decision


def _is_given(document: Document) -> bool:
    decided = Decision.objects.standing().filter(document=document)
    return decided.filter(kind=Decision.Kind.SET_ORIGIN).exists()


def _candidates(document: Document) -> Sequence[Document]:
    published = document.published
    if published is None:
        return []
    return list(
        Document.objects.filter(
            genre__in=REPORTS,
            published_latest__gte=published.earliest - DAYS,
            published_earliest__lte=published.latest + DAYS,
        )
        .exclude(pk=document.pk)
        .select_related("origin")
        .order_by("-id")[:MOST]
    )


def _narration(document: Document) -> list[str]:
    """Return the sentences of a report in its own words: without what stands in quotation marks."""
    text = re.sub(r"“[^“”]*”|\"[^\"\n]*\"", " ", document.text)
    found = []
    for paragraph in text.split("\n"):
        tokens = words(paragraph)
        for first, last in sentences(tokens):
            start, end = tokens.span(first, last - 1)
            found.append(paragraph[start:end])
    return found


def _join(family: Sequence[Document], now: datetime) -> None:
    known = {member.origin for member in family if member.origin is not None}
    root = min({*family, *known}, key=_precedence)
    for member in family:
        if not _is_given(member):
            give(member, None if member == root else root, now=now)


def _precedence(document: Document) -> tuple[bool, str, int]:
    return document.translated, str(document.published_earliest or "9999"), document.pk


def give(document: Document, root: Document | None, *, now: datetime) -> None:
    """Write an origin; the stances that counted its witnesses are looked at again."""
    if document.origin_id == (root.pk if root else None):
        return
    document.origin = root
    keep_former(document, now=now)
    document.save(update_fields=["origin"])
    mark_stances(Statement.objects.held().filter(document=document), now)
