"""Who wants to hear of which events, and what is owed to them."""

import uuid
import zoneinfo
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from tracker.models.endpoints import Endpoint
from tracker.models.events import Event
from tracker.models.filters import Filters, SavedSearch
from tracker.models.people import Actor, Topic
from tracker.models.stances import Shift, StanceEvent
from tracker.models.states import State

# After each try the wait for the next (Standard Webhooks' schedule); then the letter is dead.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(WAITS) + 1


def known_time_zone(name: str) -> None:
    """Raise ValidationError for what is no name of a time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(
            f"'{name}' is no time zone; one is called Europe/Berlin, say."
        ) from error


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions by what they ask for."""

    def going_on(self) -> "SubscriptionQuerySet":
        """Return those that are sent what they are owed, also of the time before they expired."""
        return self.filter(
            confirmed_at__isnull=False,
            paused_at=None,
            disabled_at=None,
            endpoint__disabled_at=None,
        )

    def active(self, now: datetime) -> "SubscriptionQuerySet":
        """Return the subscriptions that want to hear of what happens at `now`."""
        return self.going_on().filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def told_of(self, subject: Shift | StanceEvent) -> "SubscriptionQuerySet":
        """Return the subscriptions that were told of this shift or event, or are about to be."""
        of_shift = isinstance(subject, Shift)
        about = Q(event__shift=subject) if of_shift else Q(event__stance_event=subject)
        told = Match.objects.filter(about, flapping=False).values("subscription")
        return self.filter(pk__in=told)

    def due(self, now: datetime) -> "SubscriptionQuerySet":
        """Return those whose period has ended without its digest; who expired in it has a last."""
        lasted = Q(expires_at=None) | Q(expires_at__gt=F("period_since"))
        return self.going_on().filter(lasted, period_until__lte=now)

    def disable(self, pks: Collection[int], *, because: str, now: datetime) -> int:
        """End these subscriptions; return how many were not ended before."""
        going_on = self.filter(pk__in=pks, disabled_at=None)
        return going_on.update(disabled_at=now, disabled_because=because[:300])


class Subscription(Filters):
    """A wish to hear of events: on whom, on what, which, how often, and where to send them.

    Empty `events` means all that happens to shifts. Nothing is sent before `confirmed_at`.
    The next digest of a daily or weekly subscription covers `period_since` to `period_until`.
    `backlog_since` asks for one summary of what happened before the subscription began.
    """

    Channel = Endpoint.Channel

    class Frequency(models.TextChoices):
        """How often messages come."""

        IMMEDIATE = "immediate"
        DAILY = "daily"
        WEEKLY = "weekly"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
    )
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="subscriptions")
    actor = models.ForeignKey(Actor, null=True, blank=True, on_delete=models.CASCADE)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.CASCADE)
    saved_search = models.ForeignKey(
        SavedSearch, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    events = models.JSONField(default=list, blank=True)
    frequency = models.CharField(max_length=9, choices=Frequency, default=Frequency.IMMEDIATE)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    period_since = models.DateTimeField(null=True, blank=True)
    period_until = models.DateTimeField(null=True, blank=True)
    backlog_since = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="why; echoed in each message")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=300, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta(Filters.Meta):
        ordering = ["id"]
        constraints = [
            *Filters.Meta.constraints,
            models.CheckConstraint(
                condition=Q(frequency="immediate", period_since=None, period_until=None)
                | Q(
                    frequency__in=["daily", "weekly"],
                    period_since__isnull=False,
                    period_until__isnull=False,
                    period_since__lt=F("period_until"),
                ),
                name="subscription_digests_have_a_period",
            ),
        ]
        indexes = [
            models.Index(
                fields=["period_until"],
                condition=Q(period_until__isnull=False),
                name="subscription_next_digest",
            )
        ]

    def __str__(self) -> str:
        return self.note or str(self.endpoint)

    @property
    def state(self) -> str:
        """One of `unconfirmed`, `active`, `paused`, `ended`, whether it has expired or not."""
        if self.disabled_at is not None or self.endpoint.disabled_at is not None:
            return "ended"
        if self.confirmed_at is None:
            return "unconfirmed"
        return "paused" if self.paused_at is not None else "active"

    def state_at(self, now: datetime) -> str:
        """Return the state, `expired` where a subscription that goes on otherwise has."""
        expired = self.expires_at is not None and self.expires_at <= now
        return "expired" if expired and self.state != "ended" else self.state

    def wants_kind(self, kind: str) -> bool:
        """Say whether this kind of event was asked for."""
        return kind in (self.events or Event.OF_SHIFTS)


class OptInQuerySet(models.QuerySet["OptIn"]):
    """Questions to mailboxes by whether they can still be answered."""

    def open(self, now: datetime) -> "OptInQuerySet":
        """Return the questions that may be answered at `now`."""
        return self.filter(answered_at=None, expires_at__gt=now)


class OptIn(models.Model):
    """A question to the owner of a mailbox whether a subscription is wanted.

    The token that answers it once is in the message only; here is its SHA-256.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="opt_ins")
    token_sha256 = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = OptInQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["token_sha256"], name="optin_token_once"),
            models.CheckConstraint(
                condition=Q(asked_at__lt=F("expires_at")), name="optin_asked_before_it_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"asked at {self.asked_at:%Y-%m-%d %H:%M}"


class Digest(models.Model):
    """Several events of one endpoint in one message, with explicit bounds.

    Daily and weekly ones cover [since, until) in a subscriber's time zone. A `summary` stands
    for a flood of events about things said long ago, a `backlog` for what happened before a
    subscription began.
    """

    class Kind(models.TextChoices):
        """Why several events come together."""

        DAILY = "daily"
        WEEKLY = "weekly"
        SUMMARY = "summary"
        BACKLOG = "backlog"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=7, choices=Kind)
    time_zone = models.CharField(max_length=64, default="UTC")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "kind", "time_zone", "until"], name="digest_once_a_period"
            ),
            models.CheckConstraint(
                condition=Q(since__lt=F("until")), name="digest_bounds_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["daily", "weekly", "summary", "backlog"]),
                name="digest_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} digest {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what is still owed."""

    def owed(self) -> "DeliveryQuerySet":
        """Return the deliveries that are neither sent nor given up."""
        return self.filter(sent_at=None, dead_at=None)

    def dead(self) -> "DeliveryQuerySet":
        """Return the deliveries that were given up, with the reason in `problem`."""
        return self.filter(dead_at__isnull=False)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Return the owed deliveries whose time has come and that nobody is sending."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return (
            self.owed()
            .filter(free, next_try_at__lte=now, attempts__lt=TRIES)
            .order_by("next_try_at", "id")
        )

    def first_in_line(self) -> "DeliveryQuerySet":
        """Return of each endpoint the one delivery that has to leave before its others may."""
        # Of all that are owed: one that waits for its next try blocks. One look at an index for
        # each row: what could be planned as a join is, badly, by a planner without statistics.
        line = Delivery.objects.owed().filter(endpoint=OuterRef("endpoint")).order_by("pk")
        return self.filter(pk=Subquery(line.values("pk")[:1]))

    def give_up(self, now: datetime) -> None:
        """End the deliveries whose sender died at the last try."""
        self.owed().filter(attempts__gte=TRIES, lease_until__lte=now).update(
            dead_at=now, lease_until=None, problem="the sender died at the last try; see its log"
        )

    def retry(self, now: datetime) -> int:
        """Owe dead deliveries anew, with all their tries and under their old ids."""
        return self.dead().update(
            dead_at=None, attempts=0, next_try_at=now, lease_until=None, problem=""
        )

    def replay(self, now: datetime) -> int:
        """Owe deliveries that were sent or given up once more, under their old ids."""
        over = self.filter(Q(sent_at__isnull=False) | Q(dead_at__isnull=False))
        return over.update(
            sent_at=None, dead_at=None, attempts=0, next_try_at=now, lease_until=None, problem=""
        )


class Delivery(models.Model):
    """One message owed to one endpoint: of an event, of a digest, or a notice.

    `message_id` stays the same over every try. `body` is the exact text that is signed and
    sent: it is written once, when the delivery is owed. Deliveries to an endpoint leave in
    the order of their numbers.
    """

    class Notice(models.TextChoices):
        """A message about the service itself."""

        CONFIRM = "subscription.confirm", "asks whether a subscription is wanted"
        TEST = "subscription.test", "a test"
        DISABLED = "endpoint.disabled", "tells that another endpoint gets no more messages"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    digest = models.OneToOneField(
        Digest, null=True, blank=True, on_delete=models.CASCADE, related_name="delivery"
    )
    notice = models.CharField(max_length=20, choices=Notice, blank=True)
    subscription = models.ForeignKey(
        Subscription,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="notices",
        help_text="what a notice is about",
    )
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)

    state = State("owed", sent_at="sent", dead_at="dead")
    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="delivery_once_an_endpoint_and_event"
            ),
            models.CheckConstraint(
                condition=Q(event__isnull=False, digest=None, notice="")
                | Q(event=None, digest__isnull=False, notice="")
                | (Q(event=None, digest=None) & ~Q(notice="")),
                name="delivery_of_an_event_a_digest_or_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(dead_at=None), name="delivery_sent_or_dead_not_both"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(sent_at=None, dead_at=None),
                name="delivery_owed",
            ),
            models.Index(
                fields=["endpoint", "id"],
                condition=Q(sent_at=None, dead_at=None),
                name="delivery_line_of_endpoint",
            ),
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class Match(models.Model):
    """An event is what a subscription asked for.

    `delivery` is the message that tells of it, empty until there is one: the event waits for
    a digest or a summary. `old`: it is no news of today (said long before it was recorded, a
    correction, a failed document), so that many at once become one summary. `flapping`: it
    is covered by the message that the stance goes back and forth, and gets none of its own.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="matches")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="matches")
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="matches"
    )
    old = models.BooleanField(default=False)
    flapping = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "matches"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "event"], name="match_once_a_subscription_and_event"
            )
        ]
        indexes = [
            models.Index(
                fields=["subscription", "at"],
                condition=Q(delivery=None),
                name="match_waiting_for_a_message",
            )
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} for subscription {self.subscription_id}"
