"""Subscriptions, and the messages that are owed and sent to them."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice, DeliveryState
from api.shapes.parts import Row, Shape, only, without
from tracker.models import Shift, ShiftEvent, Subscription


class SubscriptionShape(Shape):
    """A wish to hear of shifts. Nothing is sent before `confirmed_at`."""

    columns = (
        *("id", "channel", "address", "actor__slug", "topic__slug", "kinds", "directions"),
        *("events", "minimum_materiality", "minimum_confidence", "note", "created_at"),
        *("confirmed_at", "paused_at", "expires_at", "disabled_at", "disabled_because"),
    )
    id = serializers.IntegerField()
    channel = Choice(Subscription.Channel)
    address = serializers.CharField()
    actor = serializers.SlugField(allow_null=True)
    topic = serializers.SlugField(allow_null=True)
    kinds = serializers.ListField(child=Choice(Shift.Kind))
    directions = serializers.ListField(child=Choice(Shift.Direction))
    events = serializers.ListField(child=Choice(ShiftEvent.Kind))
    minimum_materiality = serializers.FloatField()
    minimum_confidence = serializers.FloatField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_because = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a subscription; its secret was shown once and is not."""
        slugs = {"actor": row["actor__slug"], "topic": row["topic__slug"]}
        return without(row, "actor__slug", "topic__slug") | slugs


class NewSubscriptionShape(SubscriptionShape):
    """A subscription as it is answered once, with the secret that signs its webhooks."""

    secret = serializers.CharField(help_text="whsec_…, shown only now; empty for e-mail")


class EventShape(Shape):
    """What happened to a shift."""

    kind = Choice(ShiftEvent.Kind)
    shift = serializers.IntegerField()
    correction = serializers.BooleanField()
    at = serializers.DateTimeField()


class DeliveryShape(Shape):
    """One message owed to one subscription; the id is the message's own, at every try."""

    columns = (
        *("id", "message_id", "subscription_id", "event_id", "event__kind", "event__shift_id"),
        *("event__correction", "event__at", "attempts", "created_at", "next_try_at"),
        *("sent_at", "dead_at", "problem"),
    )
    id = serializers.UUIDField()
    subscription = serializers.IntegerField()
    event = EventShape(allow_null=True)
    state = Choice(DeliveryState)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    dead_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a delivery."""
        names = ("kind", "shift_id", "correction", "at")
        event = {name.removesuffix("_id"): row[f"event__{name}"] for name in names}
        sent, dead = row["sent_at"] is not None, row["dead_at"] is not None
        return {
            "id": row["message_id"],
            "subscription": row["subscription_id"],
            "event": event if row["event_id"] is not None else None,
            "state": "sent" if sent else "dead" if dead else "owed",
            **only(row, "attempts", "created_at", "next_try_at", "sent_at", "dead_at", "problem"),
        }
