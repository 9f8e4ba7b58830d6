"""Who hears of shifts, and what is owed and was sent to them."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need
from api.resource import JSON, Detail, Listing
from api.shapes.alerts import DeliveryShape, NewSubscriptionShape, SubscriptionShape
from tracker import channels, review
from tracker.models import Delivery, Subscription


class SubscriptionList(Listing):
    """One's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE, "POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.SubscriptionBody}
    shape = SubscriptionShape
    answers = {"POST": {201: NewSubscriptionShape}}
    newest_first = False

    def rows(self) -> QuerySet[Subscription]:
        """Return the caller's subscriptions."""
        return Subscription.objects.filter(owner=self.request.user.pk)

    def post(self, request: Request) -> Response:
        """Subscribe. The secret that signs a webhook's messages is shown in this answer only."""
        made = _subscribe(self.posted(), request.user, timezone.now())
        row = self.rows().values(*self.shape.columns).get(pk=made.pk)
        location = request.build_absolute_uri(reverse("api:subscription", args=[made.pk]))
        answer = self.shape.of(row) | {"secret": made.secret}
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(answer, status=201, headers=headers)


class SubscriptionDetail(Detail):
    """One of one's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE, "DELETE": Need.SUBSCRIBE}
    shape = SubscriptionShape
    answers = {"DELETE": {204: None}}

    def rows(self, pk: int) -> QuerySet[Subscription]:
        """Return the subscription with this number, if it is the caller's."""
        return Subscription.objects.filter(pk=pk, owner=self.request.user.pk)

    def delete(self, request: Request, pk: int) -> HttpResponse:
        """End a subscription; what is still owed to it is not sent."""
        _, by_model = self.rows(pk=pk).delete()
        if not by_model:
            raise NotFound()
        return Response(status=204)


def _subscribe(posted: dict[str, Any], owner: Any, now: datetime) -> Subscription:
    """Return a new subscription, confirmed where nobody has to be asked first.

    A stranger's mailbox has to be: until its owner agrees, nothing is sent to it.
    """
    webhook = posted["channel"] == Subscription.Channel.WEBHOOK
    own = isinstance(owner, User) and owner.email.lower() == posted["address"].lower()
    trusted = webhook or own or review.is_analyst(owner)
    return Subscription.objects.create(
        owner=owner,
        secret=channels.new_secret() if webhook else "",
        created_at=now,
        confirmed_at=now if trusted else None,
        **posted,
    )


class DeliveryList(Listing):
    """The messages owed and sent to one's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE}
    parameters = parameters.DeliveryParameters
    shape = DeliveryShape

    _STATES = {
        "owed": Q(sent_at=None, dead_at=None),
        "sent": Q(sent_at__isnull=False),
        "dead": Q(dead_at__isnull=False),
    }

    def rows(self) -> QuerySet[Delivery]:
        """Return the deliveries to the caller's subscriptions."""
        return Delivery.objects.filter(
            self._STATES.get(self.asked.get("state", ""), Q()),
            subscription__owner=self.request.user.pk,
            **self.lookups({"subscription": "subscription"}),
        )
