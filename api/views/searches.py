"""Filters kept under a name, to subscribe to them or to follow as a feed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from rest_framework.response import Response

from api import bodies
from api.access import Need
from api.idempotency import Effect
from api.resource import JSON, Making, Removing, Resource, write
from api.shapes.alerts import SavedSearchShape
from tracker.models import SavedSearch
from tracker.models.filters import mark_of


class _Searches(Resource):
    shape, model, owner = SavedSearchShape, SavedSearch, "owner"

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return saved searches with their actors and topics, and the address of their feed."""
        named: dict[str, dict[int, list[str]]] = {}
        for name in ("actors", "topics"):
            found = SavedSearch.objects.filter(pk__in=[row["id"] for row in rows])
            named[name] = defaultdict(list)
            for pk, slug in found.values_list("pk", f"{name}__slug").order_by(f"{name}__slug"):
                named[name][pk] += [slug] if slug is not None else []
        return [
            self.shape.of(row)
            | {name: slugs[row["id"]] for name, slugs in named.items()}
            | {"feed": self._feed(row["id"])}
            for row in rows
        ]

    def _feed(self, pk: int) -> str:
        """Return an address that nobody can guess: feed readers send no key."""
        shifts = self.request.build_absolute_uri(reverse("api:shifts"))
        return f"{shifts}?search={mark_of(pk)}&format=atom"


class SavedSearchList(_Searches, Making):
    """One's own saved searches."""

    needs = {"GET": Need.SUBSCRIBE, "POST": Need.SUBSCRIBE}
    bodies = {JSON: bodies.SavedSearchBody}
    answers = {"POST": {201: SavedSearchShape}}
    newest_first = False
    detail = "saved-search"

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what keeps filters under a name."""
        return partial(self._kept, posted)

    def _kept(self, posted: dict[str, Any]) -> Response:
        made = SavedSearch(owner=cast(User, self.request.user), created_at=timezone.now())
        write(made, posted, name="name")
        return self.added(made)


class SavedSearchDetail(_Searches, Removing):
    """One of one's own saved searches; subscriptions to it end with it."""

    needs = dict.fromkeys(("GET", "PATCH", "DELETE"), Need.SUBSCRIBE)
    bodies = {JSON: bodies.SavedSearchBody}

    def change(self, row: SavedSearch, posted: dict[str, Any]) -> None:
        """Write the fields; subscriptions to it and its feed follow it from now on."""
        write(row, posted, name="name")
