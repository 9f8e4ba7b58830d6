"""The state of the whole record at one glance: stances as small pictures, what waits for review."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, IntegerField, Max, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from frontend.evidence import shift_rows
from tracker.models import Actor, Document, Shift, Source, Stance, Statement, Topic, Utterance

BUSIEST = 12
DOTS = 150  # utterances drawn in one small picture: the latest ones
WIDTH, HEIGHT = 220, 58  # of a small picture, in its own units
_EDGE = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """An utterance in a small picture; `stated` is false on the rail below."""

    x: float
    y: float
    stated: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A stance with its small picture: utterances as dots, shifts as ticks (x)."""

    stance: Any  # a Stance with the annotations of `stances()`
    dots: Sequence[Dot]
    ticks: Sequence[float]
    since: date | None
    until: date | None


def stances() -> QuerySet[Stance]:
    """Return the stances with something said, the busiest first.

    Each has `spoken` (utterances held), `moved` (shifts that stand) and `last_said`.
    """
    held = Utterance.objects.held().filter(stance=OuterRef("pk")).order_by().values("stance")
    moved = Shift.objects.standing().filter(stance=OuterRef("pk")).order_by().values("stance")
    return (
        Stance.objects.select_related("actor", "topic")
        .annotate(
            spoken=Coalesce(_number(held.annotate(n=Count("pk"))), 0),
            moved=Coalesce(_number(moved.annotate(n=Count("pk"))), 0),
            last_said=Subquery(held.annotate(n=Max("said_latest")).values("n")),
        )
        .filter(spoken__gt=0)
        .order_by("-spoken", "actor__name", "topic__name")
    )


def cards(chosen: Iterable[Stance]) -> list[Card]:
    """Return the stances with their small pictures, all on one time axis; two queries."""
    listed = list(chosen)
    spoken = _spoken(listed)
    days = [day for day, _ in (pair for pairs in spoken.values() for pair in pairs)]
    since, until = min(days, default=None), max(days, default=None)
    moved = _moved(listed, since) if since else {}
    return [
        Card(
            stance,
            [_dot(day, value, since, until) for day, value in spoken.get(stance.pk, ())],
            [_x(day, since, until) for day in moved.get(stance.pk, ())],
            since,
            until,
        )
        for stance in listed
    ]


def glance() -> dict[str, Any]:
    """Return what the overview shows; a fixed number of queries."""
    return {
        "cards": cards(stances()[:BUSIEST]),
        "topics": Topic.objects.annotate(stance_count=Count("stances")),
        "actors": Actor.objects.annotate(stance_count=Count("stances")).filter(stance_count__gt=0),
        "latest": shift_rows().standing()[:8],
        "counts": counts(),
        "waits": waits(),
    }


def counts() -> dict[str, int]:
    """Return how much the record holds."""
    return {
        "utterances": Utterance.objects.held().count(),
        "statements": Statement.objects.held().count(),
        "documents": Document.objects.count(),
        "sources": Source.objects.filter(documents__isnull=False).distinct().count(),
    }


def waits() -> dict[str, Any]:
    """Return what waits for a person, and what waits for the reader."""
    return {
        "triage": Document.objects.in_triage()
        .select_related("source")
        .defer("text", "regions")[:4],
        "triage_count": Document.objects.in_triage().count(),
        "undecided": Shift.objects.filter(status=Shift.Status.UNDECIDED).count(),
        "provisional": Shift.objects.filter(status=Shift.Status.PROVISIONAL).count(),
        "unread": Document.objects.filter(read_at=None, problem="").count(),
    }


def _number(rows: QuerySet[Any, Any]) -> Subquery:
    return Subquery(rows.values("n"), output_field=IntegerField())


def _spoken(listed: Sequence[Stance]) -> dict[int, list[tuple[date, int | None]]]:
    rows = (
        Utterance.objects.held()
        .filter(stance__in=listed)
        .annotate(
            place=Window(RowNumber(), partition_by=F("stance"), order_by=F("said_earliest").desc())
        )
        .filter(place__lte=DOTS)
        .values_list("stance", "said_earliest", "value")
    )
    found: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for stance, day, value in rows:
        if day is not None:
            found[stance].append((day, value))
    return found


def _moved(listed: Sequence[Stance], since: date) -> dict[int, list[date]]:
    rows = (
        Shift.objects.standing()
        .filter(stance__in=listed, newer__said_earliest__gte=since)
        .values_list("stance", "newer__said_earliest")
    )
    found: dict[int, list[date]] = defaultdict(list)
    for stance, day in rows:
        if day is not None:
            found[stance].append(day)
    return found


def _x(day: date, since: date | None, until: date | None) -> float:
    if since is None or until is None or since == until:
        return WIDTH / 2
    share = (day - since).days / (until - since).days
    return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)


def _dot(day: date, value: int | None, since: date | None, until: date | None) -> Dot:
    rail = HEIGHT - _EDGE
    y = rail if value is None else round(_EDGE + (10 - value) / 20 * (HEIGHT - 4 * _EDGE), 1)
    return Dot(_x(day, since, until), y, value is not None)
