"""The places to which one's messages go: how they do, their secrets, and sending again."""

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from api import bodies
from api.access import Need
from api.errors import RefusedError
from api.resource import JSON, Acting, Changing, Listing, Resource
from api.shapes.alerts import EndpointShape, OwedShape, SecretShape
from tracker import alerts
from tracker.models import Delivery, Endpoint


class _Endpoints(Resource):
    shape, model, owner = EndpointShape, Endpoint, "owner"


class EndpointList(_Endpoints, Listing):
    """One's own endpoints, with their health."""

    needs = {"GET": Need.SUBSCRIBE}
    newest_first = False


class EndpointDetail(_Endpoints, Changing):
    """One of one's own endpoints."""

    needs = dict.fromkeys(("GET", "PATCH"), Need.SUBSCRIBE)
    bodies = {JSON: bodies.EndpointChangeBody}

    def change(self, row: Endpoint, posted: dict[str, Any]) -> None:
        """Let a webhook be at another address; its secret and what is owed to it stay."""
        if "address" not in posted:
            return
        try:
            alerts.move(row, posted["address"])
        except alerts.CannotMoveError as error:
            raise RefusedError("cannot_move", str(error), field="address") from error


class _OfEndpoint(_Endpoints, Acting):
    """Something done to one of one's own endpoints."""

    needs = {"POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.NothingBody}


class EndpointRotateDetail(_OfEndpoint):
    """A new secret for a webhook."""

    answers = {"POST": {200: SecretShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Replace the secret. For 24 hours messages carry the signatures of both."""
        endpoint = self.row(pk=pk)
        if endpoint.channel != Endpoint.Channel.WEBHOOK:
            raise NotFound()
        secret = alerts.rotate_secret(endpoint, now=timezone.now())
        answer = {"secret": secret, "previous_until": endpoint.previous_secret_until}
        return Response(answer, headers={"Cache-Control": "no-store"})


class EndpointRetryDetail(_OfEndpoint):
    """Dead letters of an endpoint, owed once more."""

    answers = {"POST": {200: OwedShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Switch the endpoint on again and owe its dead letters, under their old ids."""
        endpoint = self.row(pk=pk)
        dead = Delivery.objects.dead().filter(endpoint=endpoint).count()
        alerts.enable(endpoint, now=timezone.now())
        return Response({"owed": dead})


class EndpointReplayDetail(_OfEndpoint):
    """Messages of a time to an endpoint, owed once more."""

    bodies = {JSON: bodies.ReplayBody}
    answers = {"POST": {200: OwedShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Owe the messages made from `since` until `until` again, under their old ids."""
        endpoint = self.row(pk=pk)
        rows = Delivery.objects.filter(endpoint=endpoint, created_at__gte=posted["since"])
        if "until" in posted:
            rows = rows.filter(created_at__lt=posted["until"])
        return Response({"owed": rows.replay(timezone.now())})
