"""What rows showed at a moment, where they have been rewritten since.

A document, an utterance or a shift keeps its number while it is rewritten; what it showed before
is kept beside it (FormerDocument, FormerUtterance, FormerShift). To ask about then is to ask those
rows where there are any, and the row itself where there are none.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from tracker.former import shown_then
from tracker.models import Attestation, FormerDocument, FormerShift, FormerUtterance, Source


def former_documents(known_at: datetime, *, of: str = "pk") -> QuerySet[FormerDocument]:
    """Return what the document of an outer row (its number is in `of`) showed at `known_at`."""
    return FormerDocument.objects.held(known_at).filter(document=OuterRef(of)).order_by()


_LATER = {"retracted_at": None, "retracted_because": "", "replaced_by": None}


def statements_then(
    shown: Sequence[dict[str, Any]], known_at: datetime | None
) -> list[dict[str, Any]]:
    """Return statements without what became of them later, under the titles of then."""
    if known_at is None:
        return list(shown)
    then = shown_then({row["document"] for row in shown}, known_at)
    return [row | _LATER | {"title": then.get(row["document"], row)["title"]} for row in shown]


def former_utterances(known_at: datetime, *, of: str) -> QuerySet[FormerUtterance]:
    """Return what the utterance of an outer row (its number is in `of`) showed at `known_at`."""
    return FormerUtterance.objects.held(known_at).filter(utterance=OuterRef(of)).order_by()


def former_shifts(known_at: datetime) -> QuerySet[FormerShift]:
    """Return what the shift of an outer row showed at `known_at`."""
    return FormerShift.objects.held(known_at).filter(shift=OuterRef("pk")).order_by()


def content(former: QuerySet[Any]) -> Subquery:
    """Return the content of the former row, None where there is none."""
    return Subquery(former.values("content")[:1])


def since(former: QuerySet[Any]) -> Subquery:
    """Return since when the row showed the former content, None where there is none."""
    return Subquery(former.values("recorded_at")[:1])


def day_then(before: str, *, now: str) -> Case:
    """Return the day that a row showed: `before` in its former content, or `now` without one."""
    content = before.partition("__")[0]
    day = Cast(KT(before), DateField())
    return Case(When(**{f"{content}__isnull": True}, then=F(now)), default=day)


def utterances_parted(known_at: datetime, *, of: str) -> tuple[Q, Q]:
    """Return which rows' utterances (numbers in `of`) show what they showed then, and which not."""
    past = FormerUtterance.objects.order_by().values("utterance")
    return _parted(former_utterances(known_at, of=of), past, known_at, of)


def documents_parted(known_at: datetime) -> tuple[Q, Q]:
    """Return which documents show what they showed at `known_at`, and which do not."""
    past = FormerDocument.objects.order_by().values("document")
    return _parted(former_documents(known_at), past, known_at, "pk")


def _parted(
    former: QuerySet[Any], past: QuerySet[Any, Any], known_at: datetime, of: str
) -> tuple[Q, Q]:
    rewritten = past.filter(recorded_at__lte=known_at, retracted_at__gt=known_at)
    return ~Q(Exists(former)), Q(**{f"{of}__in": rewritten})


def then(former: QuerySet[Any], now: Mapping[str, Any], before: Mapping[str, Any]) -> Q:
    """Return the condition on a row as it was: `before` on its former content, else `now`."""
    return Q(~Exists(former), **now) | Q(Exists(former.filter(**before)))


def status_then(known_at: datetime, statuses: Sequence[str]) -> Q:
    """Return the condition that a shift had one of these statuses at `known_at`."""
    now, before = {"status__in": statuses}, {"content__status__in": statuses}
    return then(former_shifts(known_at), now, before)


def said_between(
    known_at: datetime | None, *, of: str, path: str, since: date | None, until: date | None
) -> Q:
    """Return the condition that an utterance was certainly said from `since` until `until`.

    `of` is where its number is, `path` how its columns begin.
    """
    now = {f"{path}said_earliest__gte": since, f"{path}said_latest__lte": until}
    now = {lookup: day for lookup, day in now.items() if day is not None}
    if known_at is None or not now:
        return Q(**now)
    before = {
        f"content__{lookup.removeprefix(path).replace('said_', 'said__')}": day.isoformat()
        for lookup, day in now.items()
        if day is not None
    }
    return then(former_utterances(known_at, of=of), now, before)


def attested_by(source: Source, known_at: datetime | None, *, of: Sequence[str]) -> Q:
    """Return the condition that a source attests one of the utterances of an outer row.

    `of` names the columns with their numbers.
    """
    held = Attestation.objects.held(known_at).filter(statement__document__source=source)
    found = Q()
    for column in of:
        found |= Q(Exists(held.filter(utterance=OuterRef(column))))
    return found
