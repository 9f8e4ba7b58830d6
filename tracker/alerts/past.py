"""What a subscription would have asked for among the events of the past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from tracker.alerts import matching, messages
from tracker.models import Event, Subscription

YEAR = timedelta(days=365)
LOOKED_AT = 5_000  # events, the newest first: a preview is made within a request
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One event that a subscription would have heard of."""

    event: Event
    at: datetime
    kind: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a subscription would have sent from `since` to `until`.

    `events` is how many it would have told of, `messages` in how many messages; `lines` holds
    the newest of them. `complete` is false where there were too many events to look at.
    """

    since: datetime
    until: datetime
    events: int
    messages: int
    lines: tuple[Line, ...]
    complete: bool


def preview(subscription: Subscription, *, now: datetime) -> Preview:
    """Return what a subscription, saved or not, would have sent over the last year.

    Changes nothing. Judged by what the shifts show now.
    """
    since = now - YEAR
    found, complete = wanted(subscription, since=since, until=now)
    newest = [event.pk for event in reversed(found[-SHOWN:])]
    rows = {row.pk: row for row in messages.loaded(Event.objects.filter(pk__in=newest))}
    return Preview(
        since=since,
        until=now,
        events=len(found),
        messages=_messages(subscription, found),
        lines=tuple(_line(rows[pk]) for pk in newest),
        complete=complete,
    )


def wanted(
    subscription: Subscription, *, since: datetime, until: datetime
) -> tuple[list[Event], bool]:
    """Return the events of a time that a subscription asks for, oldest first; and if all.

    Withdrawals are among them where their shift is, as in what is sent.
    """
    newest = _narrowed(subscription).filter(at__gte=since, at__lt=until).order_by("-id")
    events = list(newest[: LOOKED_AT + 1])
    looked_at = events[:LOOKED_AT][::-1]
    return list(_wanted(subscription, looked_at)), len(events) <= LOOKED_AT


def _wanted(subscription: Subscription, events: Sequence[Event]) -> Iterator[Event]:
    told: set[int] = set()
    for event in events:
        known = event.shift_id in told
        again = event.kind == Event.Kind.WITHDRAWN and known
        repeated = event.kind == Event.Kind.STRENGTHENED and known
        if again or (not repeated and _asked(subscription, event)):
            if event.shift_id is not None:
                told.add(event.shift_id)
            yield event


def _asked(subscription: Subscription, event: Event) -> bool:
    facts = matching.facts_of(event)
    search = subscription.saved_search
    return matching.asked(subscription, event, facts) and (
        search is None or matching.search_lets_through(search, facts)
    )


def _narrowed(subscription: Subscription) -> QuerySet[Event]:
    """Return the events that may concern a subscription, with what filters look at."""
    about = Q()
    for name in ("actor", "topic"):
        pk = getattr(subscription, f"{name}_id")
        if pk is not None:
            of_stance = Q(shift=None, stance_event=None)
            about &= (
                Q(**{f"shift__stance__{name}": pk})
                | Q(**{f"stance_event__stance__{name}": pk})
                | of_stance
            )
    # Withdrawals belong to what was told of, whether they were asked for or not.
    kinds = [kind for kind in Event.Kind.values if subscription.wants_kind(kind)]
    kinds += [Event.Kind.WITHDRAWN, Event.Kind.STRENGTHENED]
    rows = Event.objects.filter(about, kind__in=kinds)
    shift = ("stance", "older", "newer", "older_statement", "newer_statement")
    happened = ("stance", "older__canonical", "newer__canonical")
    return (
        rows.select_related(
            *(f"shift__{name}" for name in shift),
            *(f"stance_event__{name}" for name in happened),
            *("document", "source"),
        )
        .defer("document__text", "document__regions", "document__warnings")
        .prefetch_related("shift__kind_rows")
    )


def _messages(subscription: Subscription, events: Sequence[Event]) -> int:
    """Return in how many messages these events would have come."""
    if subscription.frequency != Subscription.Frequency.IMMEDIATE:
        zone = ZoneInfo(subscription.time_zone)
        weekly = subscription.frequency == Subscription.Frequency.WEEKLY
        days = [event.at.astimezone(zone).date() for event in events]
        return len({day.isocalendar()[:2] if weekly else day for day in days})
    together: dict[datetime, int] = {}
    for event in events:
        together[event.at] = together.get(event.at, 0) + 1
    most = settings.FLOOD_EVENTS
    return sum(1 if most and count > most else count for count in together.values())


def _line(event: Event) -> Line:
    return Line(event, event.at, event.kind, messages.title(event), messages.summary(event))
