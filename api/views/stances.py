"""Who said what on what: utterances, stances, histories."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api import asof, parameters
from api.formats.linked import Plover, Popolo
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing, Resource
from api.shapes.history import AttestationsShape, HistoryShape
from api.shapes.stances import StanceShape, UtteranceShape
from tracker.history import attestations, history, stance_of
from tracker.models import Shift, Stance, Utterance
from tracker.models.stances import UtteranceQuerySet

STANDING = (Shift.Status.PROVISIONAL.value, Shift.Status.CONFIRMED.value)
_REWRITTEN = ("said", "text", "value", "position", "fidelity", "grade", "sources", "variance")


class _Utterances(Resource):
    shape = UtteranceShape

    def columns(self) -> Sequence[str]:
        """Return the columns of utterances, and what they showed at `known_at`."""
        return (*self.shape.columns, *(["shown_then"] if "known_at" in self.asked else []))

    def as_known(self, found: UtteranceQuerySet) -> QuerySet[Utterance]:
        """Return the utterances that were held at `known_at`, with what they showed then."""
        known_at = self.asked.get("known_at")
        if known_at is None:
            return found
        former = asof.content(asof.former_utterances(known_at, of="pk"))
        day = asof.day_then("shown_then__said__earliest", now="said_earliest")
        return found.held(known_at).annotate(shown_then=former).annotate(day_then=day)

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return utterances as they were shown at `known_at`."""
        return [_as_shown(self.shape.of(row), row.get("shown_then"), self.asked) for row in rows]


def _as_shown(
    now: dict[str, Any], former: Mapping[str, Any] | None, asked: Mapping[str, Any]
) -> dict[str, Any]:
    if "known_at" not in asked:
        return now
    before = {name: former[name] for name in _REWRITTEN} if former else {}
    statement = {"statement": former["canonical"]} if former else {}
    return now | before | statement | {"retracted_at": None}


class UtteranceList(_Utterances, Listing):
    """Speech acts, each in its best rendering: those that the record holds."""

    of_record = True
    renderer_classes = (Json, Ndjson, Csv, Popolo, Plover)
    parameters = parameters.UtteranceParameters

    days = {"said": "said_earliest"}

    _FILTERS = {"actor": "stance__actor", "topic": "stance__topic"}

    def rows(self) -> QuerySet[Utterance]:
        """Return the held utterances that the filters let through."""
        known_at, until = self.asked.get("known_at"), days_until(self.asked)
        said = asof.said_between(
            known_at, of="pk", path="", since=self.asked.get("since"), until=until
        )
        found = Utterance.objects.filter(said, **self.lookups(self._FILTERS))
        if "source" in self.asked:
            found = found.filter(asof.attested_by(self.asked["source"], known_at, of=["pk"]))
        return self.as_known(found) if known_at else found.held()

    def then(self, known_at: datetime) -> tuple[Q, Q]:
        """Return which utterances show what they showed at `known_at`, and which do not."""
        return asof.utterances_parted(known_at, of="pk")


class UtteranceDetail(_Utterances, Detail):
    """One utterance, also one that was retracted since. `statements?utterance=` attests it."""

    of_record = True
    renderer_classes = (Json, Popolo, Plover)
    parameters = parameters.KnownParameters

    def rows(self, pk: int) -> QuerySet[Utterance]:
        """Return the utterance with this number."""
        return self.as_known(Utterance.objects.filter(pk=pk))


class AttestationList(Resource):
    """The statements that attest an utterance, each with its document and source."""

    parameters = parameters.KnownParameters
    shape = AttestationsShape

    def get(self, request: Request, pk: int) -> Response:
        """Show who reported it, and in which words."""
        known_at = self.asked.get("known_at")
        found = Utterance.objects.filter(pk=pk)
        utterance = (found.held(known_at) if known_at else found).first()
        if utterance is None:
            raise NotFound()
        return Response({"results": attestations(utterance, known_at=known_at)})


def days_until(asked: Mapping[str, Any]) -> date | None:
    """Return the earlier one of `until` and `said_until`, None where neither is given."""
    days = [asked[name] for name in ("until", "said_until") if name in asked]
    return min(days, default=None)


class _Stances(Resource):
    shape = StanceShape

    def counted(self, found: QuerySet[Stance]) -> QuerySet[Stance]:
        """Return stances with what stands behind them, counted for the rows of a page only."""
        said = self._said().filter(stance=OuterRef("pk")).order_by().values("stance")
        shifts = self._shifts().filter(stance=OuterRef("pk")).order_by().values("stance")
        if self.asked.keys() & {"said_until", "known_at"}:
            found = found.filter(Exists(said))
        return found.annotate(
            utterance_count=_count(said),
            shift_count=_count(shifts),
            first_said=Subquery(said.annotate(day=Min("said_earliest")).values("day")),
            last_said=Subquery(said.annotate(day=Max("said_latest")).values("day")),
        )

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return stances; as of a moment without what is known of their detection now."""
        shown = super().shown(rows)
        if "known_at" not in self.asked:
            return shown
        days = self._days([row["id"] for row in rows])
        unknown = {"in_step": None, "detected_at": None, "detector_version": "", "problem": ""}
        return [
            stance | unknown | _span(days[row["id"]])
            for stance, row in zip(shown, rows, strict=True)
        ]

    def _said(self) -> QuerySet[Utterance]:
        said_until, known_at = self.asked.get("said_until"), self.asked.get("known_at")
        said = asof.said_between(known_at, of="pk", path="", since=None, until=said_until)
        return Utterance.objects.held(known_at).filter(said)

    def _shifts(self) -> QuerySet[Shift]:
        said_until, known_at = self.asked.get("said_until"), self.asked.get("known_at")
        said = asof.said_between(
            known_at, of="newer_id", path="newer__", since=None, until=said_until
        )
        if known_at is None:
            return Shift.objects.standing().filter(said)
        return Shift.objects.filter(said, asof.status_then(known_at, STANDING)).filter(
            recorded_at__lte=known_at
        )

    def _days(self, stances: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """Return stance -> the first and last day of each utterance, as was known then."""
        former = asof.content(asof.former_utterances(self.asked["known_at"], of="pk"))
        found: dict[int, list[tuple[str, str]]] = defaultdict(list)
        rows = self._said().filter(stance__in=stances).annotate(shown_then=former)
        for stance, earliest, latest, before in rows.values_list(
            "stance", "said_earliest", "said_latest", "shown_then"
        ):
            said = before["said"] if before else None
            found[stance].append(
                (said["earliest"], said["latest"]) if said else (str(earliest), str(latest))
            )
        return found


class StanceList(_Stances, Listing):
    """Who has been heard on what."""

    parameters = parameters.StanceParameters
    newest_first = False

    def rows(self) -> QuerySet[Stance]:
        """Return the stances that the filters let through."""
        about = self.lookups({"actor": "actor", "topic": "topic"})
        return self.counted(Stance.objects.filter(**about))


class StanceDetail(_Stances, Detail):
    """One actor on one topic: how much was heard, and since when."""

    parameters = parameters.AsOfParameters

    def rows(self, actor: str, topic: str) -> QuerySet[Stance]:
        """Return the stance of this actor on this topic."""
        return self.counted(Stance.objects.filter(actor__slug=actor, topic__slug=topic))


def _span(days: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    return {
        "first_said": min((first for first, _ in days), default=None),
        "last_said": max((last for _, last in days), default=None),
    }


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    counted = Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return Coalesce(counted, 0)


class HistoryDetail(Resource):
    """A stance over time: utterances, attestations, shifts, events, coverage."""

    of_record = True
    parameters = parameters.AsOfParameters
    shape = HistoryShape

    def get(self, request: Request, actor: str, topic: str) -> Response:
        """Show the history as of a day of speaking and a moment of knowing."""
        headers, stance = self.dated(), stance_of(actor, topic)
        if stance is None:
            raise NotFound()
        return Response(history(stance, **self.as_of(), read=orjson.Fragment), headers=headers)
