"""What events owe to whom: matches, and the deliveries that tell of them.

Writing it belongs in the transaction that stores the events. Whoever has several
subscriptions at one address gets one message that names them all; daily and weekly ones wait
for their digest; many events that are no news of today wait for one summary.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from django.conf import settings
from django.db import transaction

from tracker.alerts import matching, messages
from tracker.alerts.matching import Facts
from tracker.models import Delivery, Event, Match, Shift, Subscription
from tracker.models.stances import ShiftQuerySet

CHUNK = 1000  # endpoints written in one statement
OLD = timedelta(days=30)  # said so long before it was recorded: no news of today
FLOOD_WINDOW = timedelta(minutes=15)
FLAPS = 3  # reversals of one stance within FLAP_DAYS make it flap
FLAP_DAYS = timedelta(days=30)


def owe(events: Iterable[Event], *, now: datetime) -> int:
    """Write what each event owes to each subscription that asked for it; return the deliveries.

    Belongs in the transaction that stores the events. Owing an event twice owes nothing twice.
    """
    events = list(events)
    old = sum(map(_is_old, events))
    return sum(_owe(event, now, old=old) for event in events)


def owe_waiting(*, now: datetime, limit: int = 100) -> int:
    """Owe what follows from events that were stored without it; return how many events.

    Those are the events of documents and sources. Each is a transaction of its own.
    """
    waiting = list(Event.objects.unowed()[:limit])
    old = sum(map(_is_old, waiting))
    for event in waiting:
        with transaction.atomic():
            _owe(event, now, old=old)
    return len(waiting)


def _owe(event: Event, now: datetime, *, old: int) -> int:
    if not Event.objects.filter(pk=event.pk, owed_at=None).update(owed_at=now):
        return 0
    if _flaps(event):
        event.flapping = True
        Event.objects.filter(pk=event.pk).update(flapping=True)
    task = _Owing(event, matching.facts_of(event), now, old=old)
    return sum(task.write(chunk) for chunk in _chunks(task.wanting()))


def _chunks(subscriptions: Iterable[Subscription]) -> Iterator[list[list[Subscription]]]:
    """Yield the subscriptions of at most CHUNK endpoints at a time, grouped by endpoint."""
    chunk: list[list[Subscription]] = []
    for _, group in groupby(subscriptions, key=lambda row: row.endpoint_id):
        chunk.append(list(group))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass
class _Owing:
    """One event on its way to its subscriptions."""

    event: Event
    facts: Facts
    now: datetime
    old: int  # how many events that are no news of today come together with this one

    def __post_init__(self) -> None:
        self.is_old = _is_old(self.event)

    @cached_property
    def content(self) -> messages.Content:
        """What a message says to everybody; made only where somebody gets one."""
        return messages.content_of(messages.loaded(Event.objects.all()).get(pk=self.event.pk))

    def wanting(self) -> Iterator[Subscription]:
        """Yield who wants to hear of the event, in the order of their endpoints.

        Of a withdrawal that is everybody who was told of what no longer stands, asked for or not.
        """
        event = self.event
        rows = matching.candidates(event, self.facts, now=self.now)
        told: Collection[int] = ()
        subject = event.shift or event.stance_event
        if subject is not None and event.kind in (Event.Kind.WITHDRAWN, Event.Kind.UNSAID):
            active = Subscription.objects.active(self.now)
            told = set(active.told_of(subject).values_list("pk", flat=True))
            rows = rows | active.filter(pk__in=active.told_of(subject).values("pk"))
        rows = rows.select_related("actor", "topic", "saved_search").prefetch_related(
            "saved_search__actors", "saved_search__topics"
        )
        for row in rows.distinct().order_by("endpoint", "id").iterator(chunk_size=CHUNK):
            if row.pk in told or matching.asked(row, event, self.facts):
                yield row

    def write(self, groups: Sequence[Sequence[Subscription]]) -> int:
        """Write matches and deliveries of some endpoints; return how many deliveries."""
        muted = self._muted(groups)
        held = self._flooded(groups) if self.is_old else frozenset()
        heard = [
            [row for row in group if row.pk not in muted]
            for group in groups
            if group[0].endpoint_id not in held
        ]
        deliveries = self._deliver([group for group in heard if any(map(_immediate, group))])
        Match.objects.bulk_create(
            (
                Match(
                    subscription=row,
                    event=self.event,
                    delivery_id=None if row.pk in muted else deliveries.get(row.endpoint_id),
                    old=self.is_old,
                    flapping=row.pk in muted,
                    at=self.now,
                )
                for group in groups
                for row in group
            ),
            ignore_conflicts=True,
            batch_size=CHUNK,
        )
        return len(deliveries)

    def _deliver(self, groups: Sequence[Sequence[Subscription]]) -> dict[int, int]:
        """Write one delivery for each endpoint; return endpoint -> delivery."""
        Delivery.objects.bulk_create(
            (
                Delivery(
                    endpoint_id=group[0].endpoint_id,
                    event=self.event,
                    body=messages.body(self.event, group, self.content),
                    created_at=self.now,
                    next_try_at=self.now,
                )
                for group in groups
            ),
            ignore_conflicts=True,
            batch_size=CHUNK,
        )
        endpoints = [group[0].endpoint_id for group in groups]
        rows = Delivery.objects.filter(event=self.event, endpoint__in=endpoints)
        return dict(rows.values_list("endpoint", "pk"))

    def _muted(self, groups: Sequence[Sequence[Subscription]]) -> frozenset[int]:
        """Return the subscriptions that were told already that this stance goes back and forth."""
        shift = self.event.shift
        if shift is None or not self.event.flapping:
            return frozenset()
        told = Match.objects.filter(
            subscription__in=[row.pk for group in groups for row in group],
            event__flapping=True,
            event__shift__stance=shift.stance_id,
            event__shift__newer__in=_turns(shift).values("newer"),
        )
        return frozenset(told.exclude(event=self.event).values_list("subscription", flat=True))

    def _flooded(self, groups: Sequence[Sequence[Subscription]]) -> frozenset[int]:
        """Return the endpoints to which too many events go at once that are no news of today."""
        most = settings.FLOOD_EVENTS
        endpoints = {group[0].endpoint_id for group in groups}
        if not most:
            return frozenset()
        if self.old > most:
            return frozenset(endpoints)
        lately = Match.objects.filter(
            subscription__endpoint__in=endpoints, old=True, at__gt=self.now - FLOOD_WINDOW
        )
        pairs = lately.values_list("subscription__endpoint", "event").distinct().order_by()
        counts = Counter(endpoint for endpoint, _ in pairs)
        return frozenset(endpoint for endpoint, count in counts.items() if count >= most)


def _immediate(subscription: Subscription) -> bool:
    return subscription.frequency == Subscription.Frequency.IMMEDIATE


def _is_old(event: Event) -> bool:
    """Say whether an event is no news of today, so that many at once become one summary."""
    if event.kind == Event.Kind.FAILED or event.correction:
        return True
    happened = event.shift or event.stance_event
    newer = happened.newer if happened is not None else None
    said = newer.said_latest if newer is not None else None
    return said is not None and said < (event.at - OLD).date()


def _flaps(event: Event) -> bool:
    """Say whether an event is one of many reversals of a stance within a short time."""
    shift = event.shift
    if shift is None or event.kind != Event.Kind.DETECTED or not _reverses(shift):
        return False
    return _turns(shift).count() >= FLAPS


def _reverses(shift: Shift) -> bool:
    return shift.direction == Shift.Direction.REVERSED


def _turns(shift: Shift) -> ShiftQuerySet:
    """Return the standing reversals of a stance that end in a shift, within FLAP_DAYS."""
    said = shift.newer.said_latest
    standing = Shift.objects.standing().filter(
        stance=shift.stance_id, direction=Shift.Direction.REVERSED
    )
    if said is None:
        return standing.none()
    return standing.filter(newer__said_latest__gt=said - FLAP_DAYS, newer__said_latest__lte=said)
