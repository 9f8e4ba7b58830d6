"""Filters kept under a name, to subscribe to them or to follow as a feed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, etags
from api.access import Need
from api.errors import RefusedError
from api.idempotency import Effect
from api.resource import JSON, Changing, Making, Resource
from api.shapes.alerts import SavedSearchShape
from tracker.models import SavedSearch
from tracker.models.filters import mark_of


class _Searches(Resource):
    shape = SavedSearchShape

    def rows(self, pk: int | None = None) -> QuerySet[SavedSearch]:
        """Return the caller's saved searches, or the one with this number."""
        mine = SavedSearch.objects.filter(owner=self.request.user.pk)
        return mine if pk is None else mine.filter(pk=pk)

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

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what keeps filters under a name."""
        return partial(self._kept, posted)

    def _kept(self, posted: dict[str, Any]) -> Response:
        request = self.request
        made = SavedSearch(owner=cast(User, request.user), created_at=timezone.now())
        _write(made, posted)
        location = request.build_absolute_uri(reverse("api:saved-search", args=[made.pk]))
        row = self.rows(made.pk).values(*self.shape.columns).get()
        return Response(self.shown([row])[0], status=201, headers={"Location": location})


class SavedSearchDetail(_Searches, Changing):
    """One of one's own saved searches."""

    needs = dict.fromkeys(("GET", "PATCH", "DELETE"), Need.SUBSCRIBE)
    bodies = {JSON: bodies.SavedSearchBody}
    answers = {"DELETE": {204: None}}

    def change(self, row: SavedSearch, posted: dict[str, Any]) -> None:
        """Write the fields; subscriptions to it and its feed follow it from now on."""
        _write(row, posted)

    def delete(self, request: Request, pk: int) -> HttpResponse:
        """Forget a saved search; subscriptions to it end with it."""
        with transaction.atomic():
            locked = self.rows(pk).select_for_update().first()
            if locked is None:
                raise NotFound()
            etags.judge(request, self.one(pk=pk))
            locked.delete()
        return Response(status=204)


def _write(row: SavedSearch, posted: dict[str, Any]) -> None:
    """Store a saved search with the fields given. Raises RefusedError for a name that is taken."""
    named = {name: posted.pop(name) for name in ("actors", "topics") if name in posted}
    for name, value in posted.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        reason = "A saved search of this name exists already."
        raise RefusedError("exists", reason, field="name") from error
    for name, values in named.items():
        getattr(row, name).set(values)
