"""Changes of stated positions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from api import parameters
from api.formats.feeds import FEEDS
from api.formats.linked import ShiftAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing, Resource
from api.shapes.stances import ShiftShape
from tracker import alerts
from tracker.models import Shift, ShiftKind


class _Shifts(Resource):
    shape = ShiftShape

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return shifts with their kinds."""
        kinds = defaultdict(list)
        for row in ShiftKind.objects.filter(shift__in=[row["id"] for row in rows]).order_by("id"):
            kinds[row.shift_id].append(row.kind)
        return [self.shape.of(row) | {"kinds": kinds[row["id"]]} for row in rows]


class ShiftList(_Shifts, Listing):
    """Changes of stated positions, newest on record first."""

    renderer_classes = (Json, Ndjson, Csv, ShiftAnnotation, *FEEDS)

    parameters = parameters.ShiftParameters

    _FILTERS = {
        "actor": "stance__actor",
        "topic": "stance__topic",
        "direction": "direction__in",
        "status": "status__in",
        "minimum_materiality": "materiality__gte",
        "minimum_confidence": "confidence__gte",
        "since": "newer__said_earliest__gte",
        "until": "newer__said_latest__lte",
    }

    def rows(self) -> QuerySet[Shift]:
        """Return the shifts that the filters let through."""
        found: QuerySet[Shift] = Shift.objects.filter(**self.lookups(self._FILTERS))
        if "search" in self.asked:
            found = alerts.found_by(self.asked["search"], found)
        if "kind" not in self.asked:
            return found
        kinds = ShiftKind.objects.filter(shift=OuterRef("pk"), kind__in=self.asked["kind"])
        return found.filter(Exists(kinds))


class ShiftDetail(_Shifts, Detail):
    """One shift, with its evidence and reasons."""

    renderer_classes = (Json, ShiftAnnotation)

    def rows(self, pk: int) -> QuerySet[Shift]:
        """Return the shift with this number."""
        return Shift.objects.filter(pk=pk)
