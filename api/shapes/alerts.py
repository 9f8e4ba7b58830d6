"""Subscriptions, and the messages that are owed and sent to them."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice, DeliveryState
from api.shapes.parts import Row, Shape, only
from tracker.alerts import Preview
from tracker.models import Delivery, Digest, Event, Shift, Subscription
from tracker.models.filters import Filters

FILTERS = tuple(Filters.EMPTY)


class FiltersShape(Shape):
    """Which events are let through; empty lists and texts mean all."""

    kinds = serializers.ListField(child=Choice(Shift.Kind))
    directions = serializers.ListField(child=Choice(Shift.Direction))
    statuses = serializers.ListField(child=Choice(Shift.Status))
    minimum_materiality = serializers.FloatField()
    minimum_confidence = serializers.FloatField()
    worst_grade = serializers.CharField(allow_blank=True)
    minimum_sources = serializers.IntegerField()
    words = serializers.CharField(allow_blank=True)


class SubscriptionShape(FiltersShape):
    """A wish to hear of shifts. Nothing is sent before `confirmed_at`."""

    columns = (
        *("id", "endpoint_id", "endpoint__channel", "endpoint__address", "actor__slug"),
        *("topic__slug", "saved_search_id", "events", *FILTERS, "frequency", "time_zone"),
        *("period_until", "note", "created_at", "confirmed_at", "paused_at", "expires_at"),
        *("disabled_at", "disabled_because"),
        *("endpoint__disabled_at", "endpoint__disabled_because"),
    )
    id = serializers.IntegerField()
    endpoint = serializers.IntegerField()
    channel = Choice(Subscription.Channel)
    address = serializers.CharField()
    actor = serializers.SlugField(allow_null=True)
    topic = serializers.SlugField(allow_null=True)
    saved_search = serializers.IntegerField(allow_null=True)
    events = serializers.ListField(child=Choice(Event.Kind))
    frequency = Choice(Subscription.Frequency)
    time_zone = serializers.CharField()
    next_digest_at = serializers.DateTimeField(allow_null=True)
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
        ended = "" if row["disabled_at"] is not None else "endpoint__"
        return {
            "id": row["id"],
            "endpoint": row["endpoint_id"],
            "channel": row["endpoint__channel"],
            "address": row["endpoint__address"],
            "actor": row["actor__slug"],
            "topic": row["topic__slug"],
            "saved_search": row["saved_search_id"],
            **only(row, "events", *FILTERS, "frequency", "time_zone"),
            "next_digest_at": row["period_until"],
            **only(row, "note", "created_at", "confirmed_at", "paused_at", "expires_at"),
            "disabled_at": row[f"{ended}disabled_at"],
            "disabled_because": row[f"{ended}disabled_because"],
        }


class NewSubscriptionShape(SubscriptionShape):
    """A subscription as it is answered once, with the secret that signs its webhooks."""

    secret = serializers.CharField(help_text="whsec_…, shown only now; empty for e-mail")


class SavedSearchShape(FiltersShape):
    """Filters under a name, with the address of their feed."""

    columns = ("id", "name", *FILTERS, "created_at")
    id = serializers.IntegerField()
    name = serializers.CharField()
    actors = serializers.ListField(child=serializers.SlugField())
    topics = serializers.ListField(child=serializers.SlugField())
    created_at = serializers.DateTimeField()
    feed = serializers.URLField(help_text="Atom; whoever has the address may read it")

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a saved search, without what lives in other tables."""
        return only(row, "id", "name", *FILTERS, "created_at")


class EndpointShape(Shape):
    """Where an owner's messages go, and how that place does."""

    columns = (
        *("id", "channel", "address", "created_at", "failures", "failing_since"),
        *("last_success_at", "last_failure_at", "last_problem", "disabled_at"),
        *("disabled_because", "previous_secret_until"),
    )
    id = serializers.IntegerField()
    channel = Choice(Subscription.Channel)
    address = serializers.CharField()
    created_at = serializers.DateTimeField()
    failures = serializers.IntegerField(help_text="failed tries in a row")
    failing_since = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_failure_at = serializers.DateTimeField(allow_null=True)
    last_problem = serializers.CharField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_because = serializers.CharField()
    previous_secret_until = serializers.DateTimeField(allow_null=True)


class SecretShape(Shape):
    """A new secret, shown in this answer only."""

    secret = serializers.CharField(help_text="whsec_…")
    previous_until = serializers.DateTimeField(help_text="until then the old one signs besides")


class OwedShape(Shape):
    """How many messages are owed again."""

    owed = serializers.IntegerField()


class PreviewLineShape(Shape):
    """One event that would have been told."""

    at = serializers.DateTimeField()
    kind = Choice(Event.Kind)
    title = serializers.CharField()
    summary = serializers.CharField()
    shift = serializers.IntegerField(allow_null=True)


class PreviewShape(Shape):
    """What a subscription would have sent from `since` to `until`; `lines` are the newest."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    events = serializers.IntegerField()
    messages = serializers.IntegerField()
    complete = serializers.BooleanField(help_text="false: only the newest events were looked at")
    lines = serializers.ListField(child=PreviewLineShape())

    @classmethod
    def of_preview(cls, seen: Preview) -> dict[str, Any]:
        """Return a preview as it is sent."""
        lines = [
            {
                **{name: getattr(line, name) for name in ("at", "kind", "title", "summary")},
                "shift": line.event.shift_id,
            }
            for line in seen.lines
        ]
        names = ("since", "until", "events", "messages", "complete")
        return {name: getattr(seen, name) for name in names} | {"lines": lines}


class EventShape(Shape):
    """What happened: to a shift, a position, a document or a watched source."""

    kind = Choice(Event.Kind)
    shift = serializers.IntegerField(allow_null=True)
    document = serializers.IntegerField(allow_null=True)
    correction = serializers.BooleanField()
    at = serializers.DateTimeField()


class DigestShape(Shape):
    """Several events in one message, with the bounds of its time."""

    kind = Choice(Digest.Kind)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class DeliveryShape(Shape):
    """One message owed to one endpoint; the id is the message's own, at every try."""

    columns = (
        *("id", "message_id", "endpoint_id", "subscription_id", "event_id", "event__kind"),
        *("event__shift_id", "event__document_id", "event__correction", "event__at"),
        *("digest_id", "digest__kind", "digest__since", "digest__until", "notice"),
        *("attempts", "created_at", "next_try_at", "sent_at", "dead_at", "problem"),
    )
    id = serializers.UUIDField()
    endpoint = serializers.IntegerField()
    subscriptions = serializers.ListField(child=serializers.IntegerField())
    event = EventShape(allow_null=True)
    digest = DigestShape(allow_null=True)
    notice = serializers.CharField(allow_blank=True)
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
        names = ("kind", "shift_id", "document_id", "correction", "at")
        event = {name.removesuffix("_id"): row[f"event__{name}"] for name in names}
        digest = {name: row[f"digest__{name}"] for name in ("kind", "since", "until")}
        return {
            "id": row["message_id"],
            "endpoint": row["endpoint_id"],
            "event": event if row["event_id"] is not None else None,
            "digest": digest if row["digest_id"] is not None else None,
            "notice": row["notice"],
            "state": Delivery(**only(row, "sent_at", "dead_at")).state,
            **only(row, "attempts", "created_at", "next_try_at", "sent_at", "dead_at", "problem"),
        }
