"""Who hears of shifts, and what is owed and was sent to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need
from api.errors import RefusedError
from api.idempotency import Effect
from api.resource import JSON, Acting, Detail, Listing, Making, Removing, Resource
from api.shapes.alerts import (
    DeliveryShape,
    NewSubscriptionShape,
    OwedShape,
    PreviewShape,
    SubscriptionShape,
)
from tracker import alerts, roles
from tracker.models import Delivery, Match, Subscription
from tracker.models.alerts import DeliveryQuerySet


class _Subscriptions(Resource):
    shape, model, owner = SubscriptionShape, Subscription, "owner"


class SubscriptionList(_Subscriptions, Making):
    """One's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE, "POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.SubscriptionBody}
    answers = {"POST": {201: NewSubscriptionShape}}
    newest_first = False
    detail = "subscription"

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what subscribes; the secret that signs webhooks is in this answer only."""
        return partial(self._subscribed, posted)

    def _subscribed(self, posted: dict[str, Any]) -> Response:
        made = _subscribe(posted, self.request.user, timezone.now())
        return self.added(made, secret=made.endpoint.secret)


class SubscriptionDetail(_Subscriptions, Removing):
    """One of one's own subscriptions; with it ends what is still owed to it."""

    needs = dict.fromkeys(("GET", "PATCH", "DELETE"), Need.SUBSCRIBE)
    bodies = {JSON: bodies.SubscriptionChangeBody}

    def change(self, row: Subscription, posted: dict[str, Any]) -> None:
        """Let it ask for something else from now on; where it goes stays as it is."""
        try:
            alerts.change(row, now=timezone.now(), **posted)
        except alerts.CannotSubscribeError as error:
            raise RefusedError("cannot_subscribe", str(error), field=error.field) from error


def _subscribe(posted: dict[str, Any], owner: Any, now: datetime) -> Subscription:
    """Return a new subscription. Raises RefusedError with the field that is to blame."""
    try:
        trusted = roles.may(owner, roles.Action.DECIDE)
        return alerts.subscribe(owner=owner, now=now, trusted=trusted, **posted)
    except alerts.CannotSubscribeError as error:
        raise RefusedError("cannot_subscribe", str(error), field=error.field) from error


class SubscriptionPreviewDetail(Acting):
    """What a subscription would have sent, before it is made."""

    needs = {"POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.SubscriptionBody}
    answers = {"POST": {200: PreviewShape}}

    def done(self, posted: dict[str, Any]) -> Response:
        """Show what this subscription would have sent over the last year; makes none."""
        wishes = {name: posted[name] for name in posted if name not in ("channel", "address")}
        seen = alerts.preview(Subscription(**wishes), now=timezone.now())
        return Response(PreviewShape.of_preview(seen))


class _OfSubscription(_Subscriptions, Acting):
    """Something done to one of one's own subscriptions; answers with the subscription."""

    needs = {"POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.NothingBody}
    answers = {"POST": {200: SubscriptionShape}}

    def act(self, subscription: Subscription, now: datetime) -> None:
        """Do it. Raises CannotSubscribeError."""
        raise NotImplementedError

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Do it to the subscription with this number."""
        mine = self.rows(pk=pk)
        try:
            self.act(self.row(pk=pk), timezone.now())
        except alerts.CannotSubscribeError as error:
            raise RefusedError("cannot_subscribe", str(error), field=error.field) from error
        return Response(self.shape.of(mine.values(*self.shape.columns).get()))


class SubscriptionTestDetail(_OfSubscription):
    """A test message."""

    def act(self, subscription: Subscription, now: datetime) -> None:
        """Owe a test message; at most one a minute."""
        alerts.send_test(subscription, now=now)


class SubscriptionPauseDetail(_OfSubscription):
    """A subscription that rests."""

    def act(self, subscription: Subscription, now: datetime) -> None:
        """Send nothing until it is resumed; what happens meanwhile is not told."""
        alerts.pause(subscription, now=now)


class SubscriptionResumeDetail(_OfSubscription):
    """A subscription that goes on."""

    def act(self, subscription: Subscription, now: datetime) -> None:
        """Go on from now."""
        alerts.resume(subscription, now=now)


class _Deliveries(Resource):
    shape = DeliveryShape

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return deliveries with the subscriptions that each tells of something."""
        told = defaultdict(set)
        matches = Match.objects.filter(delivery__in=[row["id"] for row in rows])
        for delivery, subscription in matches.values_list("delivery", "subscription"):
            told[delivery].add(subscription)
        for row in rows:
            told[row["id"]] |= {row["subscription_id"]} - {None}
        return [self.shape.of(row) | {"subscriptions": sorted(told[row["id"]])} for row in rows]

    def one_of_mine(self, message: UUID) -> DeliveryQuerySet:
        """Return the delivery of the message with this id, if it went to the caller."""
        return Delivery.objects.filter(endpoint__owner=self.request.user.pk, message_id=message)


class DeliveryDetail(_Deliveries, Detail):
    """One message, by the id that it carries at every try."""

    needs = {"GET": Need.SUBSCRIBE}

    def rows(self, message: UUID) -> QuerySet[Delivery]:
        """Return the delivery of the message with this id, if it went to the caller."""
        return self.one_of_mine(message)


class DeliveryRetryDetail(_Deliveries, Acting):
    """A dead letter, owed once more."""

    needs = {"POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.NothingBody}
    answers = {"POST": {200: OwedShape}}

    def done(self, posted: dict[str, Any], message: UUID) -> Response:
        """Owe a message that was given up, under its old id; 0 where it is no dead letter."""
        mine = self.one_of_mine(message)
        if not mine.exists():
            raise NotFound()
        return Response({"owed": mine.retry(timezone.now())})


class DeliveryList(_Deliveries, Listing):
    """The messages owed and sent to one's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE}
    parameters = parameters.DeliveryParameters

    def rows(self) -> QuerySet[Delivery]:
        """Return the deliveries to the caller's endpoints."""
        found = Delivery.objects.filter(
            Delivery.state.condition(self.asked.get("state")),
            endpoint__owner=self.request.user.pk,
        )
        if "subscription" not in self.asked:
            return found
        pk = self.asked["subscription"]
        told = Match.objects.filter(delivery=OuterRef("pk"), subscription=pk)
        return found.filter(Q(Exists(told)) | Q(subscription=pk))
