"""Feeds and pages that are polled, and what was found there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need
from api.errors import ExistsError, RefusedError
from api.idempotency import Effect
from api.resource import JSON, Acting, Listing, Making, Removing, Resource
from api.shapes.watched import EntryShape, WatchedShape
from tracker import watchlist
from tracker.models import WatchedEntry, WatchedSource
from tracker.watchlist import CannotWatchError


class _Watched(Resource):
    shape, model = WatchedShape, WatchedSource

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return watched sources with what became of their entries."""
        entries = WatchedEntry.objects.filter(watched__in=[row["id"] for row in rows])
        state = WatchedEntry.state
        counts = {name: Count("pk", filter=state.condition(name)) for name in state.names}
        none = dict.fromkeys(state.names, 0)
        columns = entries.order_by().values_list("watched").annotate(**counts)
        found = {pk: dict(zip(state.names, counted, strict=True)) for pk, *counted in columns}
        return [self.shape.of(row) | found.get(row["id"], none) for row in rows]


class WatchedList(_Watched, Making):
    """Feeds and pages that are polled, also those that were stopped."""

    needs = {"GET": Need.WRITE, "POST": Need.EDIT}
    parameters = parameters.WatchedParameters
    bodies = {JSON: bodies.WatchedBody}
    answers = {"POST": {201: WatchedShape}}
    newest_first = False
    detail = "watched-one"

    def rows(self) -> QuerySet[WatchedSource]:
        """Return the watched sources that the filters let through."""
        state = WatchedSource.state.condition(self.asked.get("state"))
        return WatchedSource.objects.filter(state, **self.lookups({"source": "source"}))

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what has an address polled from now on."""
        return partial(self._watched, posted)

    def _watched(self, posted: dict[str, Any]) -> Response:
        with _worded():
            return self.added(watchlist.add(**posted, now=timezone.now()))


class WatchedDetail(_Watched, Removing):
    """One feed or page that is polled; what was captured there stays when it is removed."""

    needs = {"GET": Need.WRITE, "PATCH": Need.EDIT, "DELETE": Need.EDIT}
    bodies = {JSON: bodies.WatchedChangeBody}

    def change(self, row: WatchedSource, posted: dict[str, Any]) -> None:
        """Write the fields; a shorter time between polls counts from now on."""
        with _worded():
            watchlist.change(row, now=timezone.now(), **posted)


class _OfWatched(_Watched, Acting):
    """Something done to a watched source; answers with it."""

    needs = {"POST": Need.EDIT}
    bodies = {JSON: bodies.NothingBody}
    answers = {"POST": {200: WatchedShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Do it to the watched source with this number."""
        with _worded():
            self.act(self.row(pk=pk))
        return Response(self.shown(list(self.rows(pk=pk).values(*self.columns())))[0])

    def act(self, watched: WatchedSource) -> None:
        """Do it. Raises CannotWatchError."""
        raise NotImplementedError


class WatchedCheckDetail(_OfWatched):
    """A watched source, looked at out of turn."""

    def act(self, watched: WatchedSource) -> None:
        """Have it polled as soon as its host may be asked."""
        watchlist.check(watched, now=timezone.now())


class WatchedStopDetail(_OfWatched):
    """A watched source that rests."""

    def act(self, watched: WatchedSource) -> None:
        """Poll it no more, and capture none of the entries that still wait."""
        watchlist.stop(watched, now=timezone.now())


class WatchedResumeDetail(_OfWatched):
    """A watched source that goes on."""

    def act(self, watched: WatchedSource) -> None:
        """Poll it again from now on; its entries that still waited are captured."""
        watchlist.resume(watched, now=timezone.now())


class EntryList(Listing):
    """What was found at a watched source and what became of it."""

    needs = {"GET": Need.WRITE}
    parameters = parameters.EntryParameters
    shape = EntryShape

    def rows(self, pk: int) -> QuerySet[WatchedEntry]:
        """Return the entries that the filters let through. Raises NotFound."""
        if not WatchedSource.objects.filter(pk=pk).exists():
            raise NotFound()
        state = WatchedEntry.state.condition(self.asked.get("state"))
        return WatchedEntry.objects.filter(state, watched=pk)


@contextmanager
def _worded() -> Iterator[None]:
    """Raise what cannot be watched as the error that names the field."""
    try:
        yield
    except CannotWatchError as error:
        if error.code == "watched":
            raise ExistsError("url", str(error)) from error
        field = error.code if error.code in ("url", "every", "prefix") else "url"
        raise RefusedError("cannot_watch", str(error), field=field) from error
