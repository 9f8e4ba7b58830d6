"""Several events in one message: the digest of a day or a week, the summary of a flood.

A digest covers exactly from the end of the one before to a boundary in the subscriber's own
time zone. If nobody made digests for some time, the next one covers all of it: one message
with explicit bounds, and nothing left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet

from tracker.alerts import messages, past
from tracker.models import Delivery, Digest, Endpoint, Event, Match, Subscription

HOUR = time(8)  # of the subscriber's morning; weekly ones on Mondays
QUIET = timedelta(seconds=30)  # a flood is over after this, and
LONGEST = timedelta(minutes=15)  # is told of after this whether it is over or not


def begin(subscription: Subscription, *, now: datetime) -> None:
    """Let a subscription begin: from now on it is sent what it asks for, and its backlog at once.

    Belongs in a transaction.
    """
    subscription.confirmed_at = now
    start_period(subscription, now=now)
    subscription.save(update_fields=["confirmed_at", "period_since", "period_until"])
    if subscription.backlog_since is not None and subscription.backlog_since < now:
        _owe_backlog(subscription, subscription.backlog_since, now)


def start_period(subscription: Subscription, *, now: datetime) -> None:
    """Put on a subscription (not saved) the period that its next digest covers."""
    if subscription.frequency == Subscription.Frequency.IMMEDIATE:
        subscription.period_since = subscription.period_until = None
        return
    subscription.period_since = now
    subscription.period_until = next_boundary(
        now, frequency=subscription.frequency, zone=subscription.time_zone
    )


def next_boundary(after: datetime, *, frequency: str, zone: str) -> datetime:
    """Return the first moment after `after` at which a daily or weekly digest is made."""
    local = ZoneInfo(zone)
    day = after.astimezone(local).date()
    step = _step(frequency)
    day += timedelta(days=-day.weekday() % step if step > 1 else 0)
    while (boundary := _morning(day, local)) <= after:
        day += timedelta(days=step)
    return boundary


def last_boundary(until: datetime, *, frequency: str, zone: str) -> datetime:
    """Return the last moment up to `until` at which a digest was to be made."""
    local = ZoneInfo(zone)
    following = next_boundary(until, frequency=frequency, zone=zone).astimezone(local).date()
    return _morning(following - timedelta(days=_step(frequency)), local)


def _step(frequency: str) -> int:
    return 7 if frequency == Subscription.Frequency.WEEKLY else 1


def _morning(day: date, zone: ZoneInfo) -> datetime:
    """Return the morning of a day as an instant: its distance to the next varies with the clock."""
    return datetime.combine(day, HOUR, zone).astimezone(ZoneInfo("UTC"))


def digest_due(*, now: datetime) -> int:
    """Write the digests whose period has ended; return how many messages this owes.

    Subscriptions of one endpoint with the same rhythm share one, which tells of each event once.
    """
    due = Subscription.objects.due(now).order_by("endpoint", "frequency", "time_zone")
    keys = due.values_list("endpoint", "frequency", "time_zone").distinct()
    return sum(_digest(*key, now) for key in list(keys))


def _digest(endpoint: int, frequency: str, zone: str, now: datetime) -> int:
    with transaction.atomic():
        due = Subscription.objects.due(now).filter(
            endpoint=endpoint, frequency=frequency, time_zone=zone
        )
        rows = list(due.select_for_update(of=("self",)).order_by("id"))
        if not rows:
            return 0  # another worker was faster
        until = last_boundary(now, frequency=frequency, zone=zone)
        since = min(row.period_since for row in rows if row.period_since is not None)
        waiting = Match.objects.filter(subscription__in=rows, at__lt=until)
        owed = _tell(
            _unsaved(endpoint, Digest.Kind(frequency), zone, since, until), waiting, now=now
        )
        Subscription.objects.filter(pk__in=[row.pk for row in rows]).update(
            period_since=until,
            period_until=next_boundary(until, frequency=frequency, zone=zone),
        )
    return owed


def summarise_due(*, now: datetime) -> int:
    """Tell of events that were held back because many came at once; return the messages owed."""
    immediate = Subscription.objects.going_on().filter(frequency=Subscription.Frequency.IMMEDIATE)
    held = _untold(Match.objects.filter(subscription__in=immediate.values("pk")))
    over = (
        held.order_by()
        .values("subscription__endpoint")
        .annotate(first=Min("at"), last=Max("at"))
        .filter(Q(last__lte=now - QUIET) | Q(first__lte=now - LONGEST))
    )
    endpoints = list(over.values_list("subscription__endpoint", flat=True))
    return sum(_summarise(endpoint, held, now) for endpoint in endpoints)


def _summarise(endpoint: int, held: QuerySet[Match], now: datetime) -> int:
    with transaction.atomic():
        # The lock lets one worker tell; a second one then finds nothing held back.
        Endpoint.objects.select_for_update().get(pk=endpoint)
        waiting = held.filter(subscription__endpoint=endpoint, at__lt=now)
        since = waiting.aggregate(first=Min("at"))["first"]
        if since is None:
            return 0
        events = waiting.order_by().values("event").distinct().count()
        if events <= settings.FLOOD_EVENTS:
            return _tell_singly(endpoint, waiting, now)
        digest = _unsaved(endpoint, Digest.Kind.SUMMARY, "UTC", since, now)
        return _tell(digest, waiting, now=now)


def _owe_backlog(subscription: Subscription, since: datetime, now: datetime) -> int:
    found, _ = past.wanted(subscription, since=since, until=now)
    made = Match.objects.bulk_create(
        (Match(subscription=subscription, event=event, at=now) for event in found),
        ignore_conflicts=True,
    )
    digest = _unsaved(subscription.endpoint_id, Digest.Kind.BACKLOG, "UTC", since, now)
    waiting = Match.objects.filter(
        subscription=subscription, event__in=[match.event_id for match in made]
    )
    return _tell(digest, waiting, now=now)


def _unsaved(
    endpoint: int, kind: Digest.Kind, zone: str, since: datetime, until: datetime
) -> Digest:
    return Digest(endpoint_id=endpoint, kind=kind, time_zone=zone, since=since, until=until)


def _untold(matches: QuerySet[Match]) -> QuerySet[Match]:
    return matches.filter(delivery=None, flapping=False)


def _tell(digest: Digest, waiting: QuerySet[Match], *, now: datetime) -> int:
    """Write a digest of what waits and owe it; return 1, or 0 where nothing waits."""
    matches = list(_untold(waiting).select_related("subscription").order_by("event", "id"))
    if not matches or not _is_new(digest):
        return 0
    digest.save()
    delivery = Delivery.objects.create(
        endpoint_id=digest.endpoint_id,
        digest=digest,
        body=messages.digest_body(digest, _by_event(matches), _subscriptions(matches)),
        created_at=now,
        next_try_at=now,
    )
    Match.objects.filter(pk__in=[match.pk for match in matches]).update(delivery=delivery)
    return 1


def _is_new(digest: Digest) -> bool:
    """Say whether this period has no digest yet: one that came back from a pause joins the next."""
    return not Digest.objects.filter(
        endpoint=digest.endpoint_id,
        kind=digest.kind,
        time_zone=digest.time_zone,
        until=digest.until,
    ).exists()


def _tell_singly(endpoint: int, waiting: QuerySet[Match], now: datetime) -> int:
    """Owe one message for each event that waits; return how many."""
    matches = list(_untold(waiting).select_related("subscription").order_by("event", "id"))
    for event, asking in _by_event(matches):
        rows = [match for match in matches if match.subscription_id in asking]
        delivery, _ = Delivery.objects.get_or_create(
            endpoint_id=endpoint,
            event=event,
            defaults={
                "body": messages.body(
                    event,
                    _subscriptions([match for match in rows if match.event_id == event.pk]),
                    messages.content_of(event),
                ),
                "created_at": now,
                "next_try_at": now,
            },
        )
        Match.objects.filter(
            pk__in=[match.pk for match in rows if match.event_id == event.pk]
        ).update(delivery=delivery)
    return len({match.event_id for match in matches})


def _by_event(matches: Iterable[Match]) -> list[tuple[Event, set[int]]]:
    """Return each event, in order, with the subscriptions that asked for it."""
    asking: dict[int, set[int]] = defaultdict(set)
    for match in matches:
        asking[match.event_id].add(match.subscription_id)
    events = messages.loaded(Event.objects.filter(pk__in=asking)).order_by("id")
    return [(event, asking[event.pk]) for event in events]


def _subscriptions(matches: Sequence[Match]) -> list[Subscription]:
    pks = {match.subscription_id for match in matches}
    rows = Subscription.objects.filter(pk__in=pks).order_by("id")
    return list(
        rows.select_related("actor", "topic", "saved_search").prefetch_related(
            "saved_search__actors", "saved_search__topics"
        )
    )
