"""Who wants to hear of which shifts, and what is owed to them."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tracker.models.people import Actor, Topic
from tracker.models.stances import Shift, ShiftEvent


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions by what they ask for."""

    def active(self, now: datetime) -> "SubscriptionQuerySet":
        """Return the subscriptions that want messages at `now`."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=now),
            confirmed_at__isnull=False,
            paused_at=None,
            disabled_at=None,
        )

    def matching(self, shift: Shift) -> "SubscriptionQuerySet":
        """Return the subscriptions whose actor, topic and thresholds let this shift through."""
        actor_id, topic_id = shift.stance.actor_id, shift.stance.topic_id
        return (
            self.filter(Q(actor=None) | Q(actor=actor_id), Q(topic=None) | Q(topic=topic_id))
            .filter(minimum_materiality__lte=shift.materiality)
            .filter(minimum_confidence__lte=shift.confidence)
        )

    def told_of(self, shift: Shift) -> "SubscriptionQuerySet":
        """Return the subscriptions that were told of this shift, or are about to be."""
        told = Delivery.objects.filter(event__shift=shift).values("subscription")
        return self.filter(pk__in=told)


class Subscription(models.Model):
    """A wish to hear of shifts: on whom, on what, which, and where to send them.

    Empty `kinds`, `directions` or `events` mean all. `address` is an e-mail address or a
    webhook's URL. Nothing is sent before `confirmed_at`.
    """

    class Channel(models.TextChoices):
        """How a message leaves."""

        EMAIL = "email"
        WEBHOOK = "webhook"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
    )
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=2000)
    secret = models.CharField(max_length=120, blank=True)
    actor = models.ForeignKey(Actor, null=True, blank=True, on_delete=models.CASCADE)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.CASCADE)
    kinds = models.JSONField(default=list, blank=True)
    directions = models.JSONField(default=list, blank=True)
    events = models.JSONField(default=list, blank=True)
    minimum_materiality = models.FloatField(default=0.0)
    minimum_confidence = models.FloatField(default=0.0)
    note = models.CharField(max_length=500, blank=True, help_text="why; echoed in each message")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=300, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=["email", "webhook"]), name="subscription_channel_known"
            ),
            models.CheckConstraint(
                condition=~Q(channel="webhook") | ~Q(secret=""),
                name="subscription_webhook_has_a_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}"

    def is_active(self, now: datetime) -> bool:
        """Say whether this subscription still wants messages at `now`."""
        return (
            self.confirmed_at is not None
            and self.paused_at is None
            and self.disabled_at is None
            and (self.expires_at is None or self.expires_at > now)
        )

    def wants(self, event: ShiftEvent) -> bool:
        """Say whether the lists of kinds, directions and events let this event through."""
        return (
            self.wants_kind(event.kind)
            and (not self.directions or event.shift.direction in self.directions)
            and (not self.kinds or any(kind in self.kinds for kind in event.shift.kinds))
        )

    def wants_kind(self, kind: str) -> bool:
        """Say whether this kind of event was asked for."""
        return not self.events or kind in self.events


class Digest(models.Model):
    """One period's summary for one subscription, with explicit bounds."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="digests")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "since"], name="digest_once_a_period"),
            models.CheckConstraint(
                condition=Q(since__lt=F("until")), name="digest_bounds_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"digest {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


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
SEND_LEASE = timedelta(seconds=90)  # longer than any request may take


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what is still owed."""

    def owed(self) -> "DeliveryQuerySet":
        """Return the deliveries that are neither sent nor given up."""
        return self.filter(sent_at=None, dead_at=None)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Return the owed deliveries whose time has come and that nobody is sending."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return (
            self.owed()
            .filter(free, next_try_at__lte=now, attempts__lt=TRIES)
            .order_by("next_try_at", "id")
        )

    def claim(self, delivery_id: int, now: datetime) -> bool:
        """Take a due delivery, its attempt counted; false where another was faster."""
        due = self.due(now).order_by().filter(pk=delivery_id)
        return bool(due.update(lease_until=now + SEND_LEASE, attempts=F("attempts") + 1))

    def give_up(self, now: datetime) -> None:
        """End the deliveries whose sender died at the last try."""
        self.owed().filter(attempts__gte=TRIES, lease_until__lte=now).update(
            dead_at=now, lease_until=None, problem="the sender died at the last try; see its log"
        )


class Delivery(models.Model):
    """One message owed to one subscription.

    `message_id` stays the same over every try. `body` is the exact text that is signed and
    sent: it is written once, when the delivery is owed.
    """

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(
        ShiftEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    digest = models.OneToOneField(
        Digest, null=True, blank=True, on_delete=models.CASCADE, related_name="delivery"
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

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "event"], name="delivery_once_a_subscription_and_event"
            ),
            models.CheckConstraint(
                condition=Q(event__isnull=False, digest=None) | Q(event=None, digest__isnull=False),
                name="delivery_of_an_event_or_a_digest",
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
            )
        ]

    def __str__(self) -> str:
        return str(self.message_id)

    @property
    def state(self) -> str:
        """One of `owed`, `sent`, `dead`."""
        if self.sent_at is not None:
            return "sent"
        return "dead" if self.dead_at is not None else "owed"
