"""Changes of stated positions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from api import asof, parameters
from api.formats.feeds import FEEDS
from api.formats.linked import ShiftAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing, Resource
from api.shapes.stances import ShiftShape
from api.views.stances import days_until
from tracker import alerts
from tracker.models import Shift, ShiftKind, Statement
from tracker.models.filters import GRADES
from tracker.prepared import Prepared, among

_REWRITTEN = (
    *("direction", "status", "score", "materiality", "confidence", "grade", "reasons", "evidence"),
    *("detector_version", "withdrawn_at"),
)
_FORMER = ("shown_then", "shown_since", "older_former", "newer_former")


class _Shifts(Resource):
    shape = ShiftShape

    def columns(self) -> Sequence[str]:
        """Return the columns of shifts, and what they and their sides showed at `known_at`."""
        return (*self.shape.columns, *(_FORMER if "known_at" in self.asked else []))

    def as_known(self, found: QuerySet[Shift]) -> QuerySet[Shift]:
        """Return the shifts that were on record at `known_at`, with what they showed then."""
        known_at = self.asked.get("known_at")
        if known_at is None:
            return found
        sides = {
            f"{side}_former": asof.content(asof.former_utterances(known_at, of=f"{side}_id"))
            for side in ("older", "newer")
        }
        former = asof.former_shifts(known_at)
        held = found.filter(recorded_at__lte=known_at).annotate(
            shown_then=asof.content(former), shown_since=asof.since(former), **sides
        )
        day = asof.day_then("newer_former__said__earliest", now="newer__said_earliest")
        return held.annotate(day_then=day)

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return shifts as they were shown at `known_at`."""
        found = super().shown(rows)
        if "known_at" not in self.asked:
            return found
        words = _words([row["shown_then"] for row in rows if row["shown_then"]])
        return [_as_shown(shift, row, words) for shift, row in zip(found, rows, strict=True)]

    def completed(self, formed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return shifts with their kinds."""
        kinds = _kinds([shift["id"] for shift in formed])
        for shift in formed:
            shift["kinds"] = kinds[shift["id"]]
        return formed


def _words(former: Sequence[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return statement -> its words and where they stand, for the sides of shifts as they were."""
    numbers = {row[f"{side}_statement"] for row in former for side in ("older", "newer")}
    rows = Statement.objects.filter(pk__in=numbers)
    names = ("pk", "exact", "document_id", "start", "end")
    return {
        pk: {"statement": pk, "text": exact, "document": document, "start": start, "end": end}
        for pk, exact, document, start, end in rows.values_list(*names)
    }


def _as_shown(
    shift: dict[str, Any], row: Mapping[str, Any], words: Mapping[int, dict[str, Any]]
) -> dict[str, Any]:
    former = row["shown_then"]
    if former:
        shift |= {name: former[name] for name in _REWRITTEN} | {"changed_at": row["shown_since"]}
    if shift["withdrawn_at"] is None:
        shift |= {"withdrawn_because": "", "replaced_by": None}
    for side in ("older", "newer"):
        if row[f"{side}_former"]:
            shift[side]["said"] = row[f"{side}_former"]["said"]
        if former:
            shift[side] |= words[former[f"{side}_statement"]]
    return shift


class ShiftList(_Shifts, Listing):
    """Changes of stated positions, newest on record first."""

    of_record = True
    renderer_classes = (Json, Ndjson, Csv, ShiftAnnotation, *FEEDS)

    parameters = parameters.ShiftParameters
    days = {"said": "newer__said_earliest"}
    prepared = Prepared(
        Shift,
        ShiftShape.columns,
        ShiftShape.of_values,
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
    }
    _MOVING = {  # what may change while a shift keeps its number
        "status": "status__in",
        "minimum_materiality": "materiality__gte",
        "minimum_confidence": "confidence__gte",
        "grades": "grade__in",
    }

    def rows(self) -> QuerySet[Shift]:
        """Return the shifts that the filters let through."""
        known_at = self.asked.get("known_at")
        if "worst_grade" in self.asked:
            self.asked["grades"] = _at_least(self.asked["worst_grade"])
        said = asof.said_between(
            known_at,
            of="newer_id",
            path="newer__",
            since=self.asked.get("since"),
            until=days_until(self.asked),
        )
        found: QuerySet[Shift] = Shift.objects.filter(
            said, self._measures(known_at), self._sources(known_at)
        )
        found = found.filter(**self.lookups(self._FILTERS))
        if "source" in self.asked:
            sides = ["older_id", "newer_id"]
            found = found.filter(asof.attested_by(self.asked["source"], known_at, of=sides))
        if "search" in self.asked:
            found = alerts.found_by(self.asked["search"], found)
        if "kind" in self.asked:
            kinds = ShiftKind.objects.filter(shift=OuterRef("pk"), kind__in=self.asked["kind"])
            found = found.filter(Exists(kinds))
        return self.as_known(found)

    def then(self, known_at: datetime) -> tuple[Q, Q]:
        """Return which shifts' newer sides show what they showed at `known_at`, and which not."""
        return asof.utterances_parted(known_at, of="newer_id")

    def dated(self) -> dict[str, str]:
        """Return the date of what is listed; a saved search changes without a change of record."""
        return {} if "search" in self.asked else super().dated()

    def _measures(self, known_at: datetime | None) -> Q:
        now = self.lookups(self._MOVING)
        if known_at is None:
            return Q(**now)
        before = {f"content__{lookup}": value for lookup, value in now.items()}
        return asof.then(asof.former_shifts(known_at), now, before)

    def _sources(self, known_at: datetime | None) -> Q:
        """Return the condition that either side has as many independent sources as asked for."""
        if "minimum_sources" not in self.asked:
            return Q()
        enough = {"sources__gte": self.asked["minimum_sources"]}
        either = Q()
        for side in ("older", "newer"):
            now = {f"{side}__{lookup}": value for lookup, value in enough.items()}
            if known_at is None:
                either &= Q(**now)
                continue
            before = {f"content__{lookup}": value for lookup, value in enough.items()}
            former = asof.former_utterances(known_at, of=f"{side}_id")
            either &= asof.then(former, now, before)
        return either


def _at_least(worst: str) -> list[str]:
    return [grade for grade in GRADES if grade[0] <= worst[0] and grade[1] <= worst[1]]


class ShiftDetail(_Shifts, Detail):
    """One shift, with its evidence and reasons."""

    of_record = True
    renderer_classes = (Json, ShiftAnnotation)
    parameters = parameters.KnownParameters

    def rows(self, pk: int) -> QuerySet[Shift]:
        """Return the shift with this number."""
        return self.as_known(Shift.objects.filter(pk=pk))


def _kinds(shifts: Sequence[int]) -> dict[int, list[str]]:
    """Return shift -> its kinds in order; without the ORM, which takes longer than the database."""
    kinds: dict[int, list[str]] = defaultdict(list)
    if not shifts:
        return kinds
    these, listed = among(shifts)
    sql = f"SELECT shift_id, kind FROM tracker_shiftkind WHERE shift_id {these} ORDER BY id"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [listed])
        for shift, kind in cursor.fetchall():
            kinds[shift].append(kind)
    return kinds
