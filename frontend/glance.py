"""The state of the whole record at one glance: stances as small pictures, what waits for review."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from frontend.evidence import shift_rows
from tracker.models import (
    Actor,
    Document,
    Shift,
    Source,
    Stance,
    Statement,
    Topic,
    Utterance,
    WatchedSource,
)

BUSIEST = 12
MOST_QUIET = 8  # sources that stopped delivering, listed
DOTS = 150  # utterances drawn in one small picture: the latest ones
HEIGHT = 58  # of a small picture, in pixels; its width is whatever the page gives it
QUIET = timedelta(days=14)  # without a document, after which a watched source is worth a look
_EDGE = 2  # per cent of the width
_SIGN = 2.5  # per cent of the width that a sign takes
_MARGIN = 5  # pixels


@dataclass(frozen=True, slots=True)
class Dot:
    """An utterance in a small picture: `x` in per cent, `y` in pixels.

    `stated` is false on the rail below.
    """

    x: float
    y: float
    stated: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A shift in a small picture, at the day of its newer side.

    `signed` is false where its sign would cover that of the shift before it.
    """

    x: float
    direction: str
    status: str
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that small pictures share; `years` has the place and the number of each."""

    since: date
    until: date

    @property
    def years(self) -> list[tuple[float, int]]:
        """The first days of years, at most a dozen."""
        every = 1 + (self.until.year - self.since.year) // 12
        numbers = range(self.since.year + 1, self.until.year + 1)
        return [(self.x(date(year, 1, 1)), year) for year in numbers if year % every == 0]

    def x(self, day: date) -> float:
        """Return where a day stands, in per cent of the width."""
        if self.since == self.until:
            return 50.0
        share = (day - self.since).days / (self.until - self.since).days
        return round(_EDGE + share * (100 - 2 * _EDGE), 2)


@dataclass(frozen=True, slots=True)
class Card:
    """A stance with its small picture: utterances as dots, shifts as ticks."""

    stance: Any  # a Stance with the annotations of `stances()`
    dots: Sequence[Dot]
    ticks: Sequence[Tick]
    axis: Axis | None


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
    days = [day for pairs in spoken.values() for day, _ in pairs]
    if not days:
        return [Card(stance, (), (), None) for stance in listed]
    axis = Axis(min(days), max(days))
    since = {stance: min(day for day, _ in pairs) for stance, pairs in spoken.items()}
    moved = _moved(since, axis)
    return [
        Card(
            stance,
            [_dot(day, value, axis) for day, value in spoken.get(stance.pk, ())],
            moved.get(stance.pk, ()),
            axis,
        )
        for stance in listed
    ]


def quiet_sources(now: datetime) -> QuerySet[WatchedSource]:
    """Return the watched sources that fail, or have brought nothing for a while; the worst first.

    Each has `delivered`: when the last document of its source was captured.
    """
    delivered = Document.objects.filter(source=OuterRef("source")).order_by().values("source")
    return (
        WatchedSource.objects.watched()
        .select_related("source")
        .annotate(delivered=Subquery(delivered.annotate(n=Max("captured_at")).values("n")))
        .filter(Q(failures__gt=0) | Q(delivered__lt=now - QUIET))
        .order_by("-failures", "delivered", "id")
    )


def glance(now: datetime) -> dict[str, Any]:
    """Return what the overview shows at `now`; a fixed number of queries."""
    return {
        "cards": cards(stances()[:BUSIEST]),
        "topics": Topic.objects.annotate(stance_count=Count("stances")),
        "actors": Actor.objects.annotate(stance_count=Count("stances")).filter(stance_count__gt=0),
        "latest": shift_rows().standing()[:8],
        "counts": counts(),
        "waits": waits(),
        "quiet": quiet_sources(now)[:MOST_QUIET],
        "quiet_days": QUIET.days,
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
        "triage": Document.objects.in_triage().select_related("source").briefly()[:4],
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


def _moved(since: Mapping[int, date], axis: Axis) -> dict[int, list[Tick]]:
    """Return stance -> its shifts since the first day of it that is drawn."""
    rows = (
        Shift.objects.standing()
        .filter(stance__in=since, newer__said_earliest__gte=axis.since)
        .order_by("newer__said_earliest", "id")
        .values_list("stance", "newer__said_earliest", "direction", "status")
    )
    found: dict[int, list[Tick]] = defaultdict(list)
    for stance, day, direction, status in rows:
        if day is not None and day >= since[stance]:
            found[stance].append(_tick(axis.x(day), direction, status, found[stance]))
    return found


def _tick(x: float, direction: str, status: str, before: Sequence[Tick]) -> Tick:
    last = next((tick.x for tick in reversed(before) if tick.signed), -100.0)
    return Tick(x, direction, status, signed=x - last >= _SIGN)


def _dot(day: date, value: int | None, axis: Axis) -> Dot:
    rail = HEIGHT - _MARGIN
    y = rail if value is None else round(_MARGIN + (10 - value) / 20 * (HEIGHT - 4 * _MARGIN), 1)
    return Dot(axis.x(day), y, value is not None)
