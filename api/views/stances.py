"""Who said what on what: utterances, stances, histories."""

from typing import Any

from django.db.models import Count, IntegerField, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.formats.linked import Plover, Popolo
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing, Resource
from api.shapes.history import HistoryShape
from api.shapes.stances import StanceShape, UtteranceShape
from tracker.history import history
from tracker.models import Shift, Stance, Utterance


class UtteranceList(Listing):
    """Speech acts, each in its best rendering: those that the record holds."""

    renderer_classes = (Json, Ndjson, Csv, Popolo, Plover)

    parameters = parameters.UtteranceParameters
    shape = UtteranceShape

    _FILTERS = {
        "actor": "stance__actor",
        "topic": "stance__topic",
        "since": "said_earliest__gte",
        "until": "said_latest__lte",
    }

    def rows(self) -> QuerySet[Utterance]:
        """Return the held utterances that the filters let through."""
        return Utterance.objects.held().filter(**self.lookups(self._FILTERS))


class UtteranceDetail(Detail):
    """One utterance, also one that was retracted since. `statements?utterance=` attests it."""

    renderer_classes = (Json, Popolo, Plover)

    shape = UtteranceShape

    def rows(self, pk: int) -> QuerySet[Utterance]:
        """Return the utterance with this number."""
        return Utterance.objects.filter(pk=pk)


class StanceList(Listing):
    """Who has been heard on what."""

    parameters = parameters.StanceParameters
    shape = StanceShape
    newest_first = False

    def rows(self) -> QuerySet[Stance]:
        """Return stances with what stands behind them, counted for the rows of a page only."""
        said = Utterance.objects.held().filter(stance=OuterRef("pk")).order_by().values("stance")
        shifts = Shift.objects.standing().filter(stance=OuterRef("pk")).order_by().values("stance")
        return Stance.objects.filter(**self.lookups({"actor": "actor", "topic": "topic"})).annotate(
            utterance_count=_count(said),
            shift_count=_count(shifts),
            first_said=Subquery(said.annotate(day=Min("said_earliest")).values("day")),
            last_said=Subquery(said.annotate(day=Max("said_latest")).values("day")),
        )


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    counted = Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return Coalesce(counted, 0)


class HistoryDetail(Resource):
    """A stance over time: utterances, attestations, shifts, events, coverage."""

    parameters = parameters.AsOfParameters
    shape = HistoryShape

    def get(self, request: Request, actor: str, topic: str) -> Response:
        """Show the history as of a day of speaking and a moment of knowing."""
        rows = Stance.objects.select_related("actor", "topic")
        stance = rows.filter(actor__slug=actor, topic__slug=topic).first()
        if stance is None:
            raise NotFound()
        return Response(history(stance, **self.as_of()))
