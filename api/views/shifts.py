"""Changes of stated positions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from api import parameters
from api.formats.feeds import FEEDS
from api.formats.linked import ShiftAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.prepared import Prepared
from api.resource import Detail, Listing, Resource
from api.shapes.stances import ShiftShape
from tracker import alerts
from tracker.models import Shift, ShiftKind


class _Shifts(Resource):
    shape = ShiftShape

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return shifts with their kinds."""
        kinds = _kinds([row["id"] for row in rows])
        return [self.shape.of(row) | {"kinds": kinds[row["id"]]} for row in rows]


class ShiftList(_Shifts, Listing):
    """Changes of stated positions, newest on record first."""

    renderer_classes = (Json, Ndjson, Csv, ShiftAnnotation, *FEEDS)

    parameters = parameters.ShiftParameters
    prepared = Prepared(
        Shift,
        ShiftShape.columns,
        filters={
            "actor": '"tracker_stance"."actor_id" = %s',
            "topic": '"tracker_stance"."topic_id" = %s',
            "direction": '"tracker_shift"."direction" IN',
            "status": '"tracker_shift"."status" IN',
        },
    )

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


def _kinds(shifts: Sequence[int]) -> dict[int, list[str]]:
    """Return shift -> its kinds in order; without the ORM, which takes longer than the database."""
    kinds: dict[int, list[str]] = defaultdict(list)
    if not shifts:
        return kinds
    numbers = ", ".join(f"{number:d}" for number in shifts)
    sql = f"SELECT shift_id, kind FROM tracker_shiftkind WHERE shift_id IN ({numbers}) ORDER BY id"  # noqa: S608 - numbers
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for shift, kind in cursor.fetchall():
            kinds[shift].append(kind)
    return kinds
