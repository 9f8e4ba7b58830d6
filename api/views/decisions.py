"""What people decide."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need, caller
from api.bodies import NothingBody
from api.errors import RefusedError
from api.idempotency import Effect
from api.resource import JSON, Acting, Detail, Making, Resource
from api.shapes.record import DecisionShape
from tracker import corrections, ingest, origins, review, verdicts
from tracker.models import Decision, Document


class _Decisions(Resource):
    shape, model = DecisionShape, Decision

    def as_known(self, found: QuerySet[Decision]) -> QuerySet[Decision]:
        """Return the decisions that had been taken at `known_at`."""
        known_at = self.asked.get("known_at")
        return found if known_at is None else found.filter(at__lte=known_at)

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return decisions, without their undoing where that came after `known_at`."""
        found = [self.shape.of(row) for row in rows]
        known_at = self.asked.get("known_at")
        for decision in found if known_at else []:
            undone_at = decision["undone_at"]
            decision["undone_at"] = undone_at if undone_at and undone_at <= known_at else None
        return found


class DecisionList(_Decisions, Making):
    """What analysts decided."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    of_record = True
    parameters = parameters.DecisionParameters
    bodies = {JSON: bodies.DecisionBody}
    answers = {"POST": {201: DecisionShape}}
    detail = "decision"

    def rows(self) -> QuerySet[Decision]:
        """Return the decisions that the filters let through."""
        filters = {"kind": "kind__in", "document": "document", "shift": "shift"}
        found = Decision.objects.filter(**self.lookups(filters))
        if "statement" in self.asked:
            number = self.asked["statement"]
            found = found.filter(Q(statement=number) | Q(other_statement=number))
        return self.as_known(found)

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what records a decision; the record follows it within seconds."""
        return partial(self._decided, posted)

    def _decided(self, posted: dict[str, Any]) -> Response:
        return self.added(_decide(posted, self.request.user, timezone.now()))


class DecisionDetail(_Decisions, Detail):
    """One decision."""

    of_record = True
    parameters = parameters.KnownParameters

    def rows(self, pk: int) -> QuerySet[Decision]:
        """Return the decision with this number."""
        return self.as_known(Decision.objects.filter(pk=pk))


class DecisionUndoDetail(_Decisions, Acting):
    """A decision taken back."""

    needs = {"POST": Need.WRITE}
    bodies = {JSON: NothingBody}
    answers = {"POST": {200: DecisionShape}}

    def done(self, posted: dict[str, Any], pk: int) -> Response:
        """Record that a decision no longer stands; it stays on record as undone."""
        try:
            review.undo(self.row(pk=pk), by=caller(self.request), now=timezone.now())
        except review.CannotDecideError as error:
            raise RefusedError("cannot_decide", str(error), field="kind") from error
        return decided(pk, self.request, status=200)


def decided(pk: int, request: Request, *, status: int) -> Response:
    """Return the answer that shows a decision and where it is found."""
    row = Decision.objects.values(*DecisionShape.columns).get(pk=pk)
    location = request.build_absolute_uri(reverse("api:decision", args=[pk]))
    return Response(DecisionShape.of(row), status=status, headers={"Location": location})


def _decide(posted: Mapping[str, Any], by: Any, now: datetime) -> Decision:
    """Record a decision. Raises RefusedError where it makes no sense."""
    told: dict[str, Any] = {"by": by, "now": now, "note": posted["note"]}
    try:
        return _recorded(posted, told)
    except review.CannotDecideError as error:
        raise RefusedError("cannot_decide", str(error), field="kind") from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field="said") from error
    except corrections.CorrectionError as error:
        raise RefusedError("cannot_decide", str(error), field=error.field) from error


def _recorded(posted: Mapping[str, Any], told: dict[str, Any]) -> Decision:
    match posted["kind"]:
        case Decision.Kind.CONFIRM:
            return review.confirm(posted["shift"], **told, choice=_choice(posted))
        case Decision.Kind.REJECT:
            return review.reject(posted["shift"], **told)
        case Decision.Kind.JOIN:
            return review.join(posted["statement"], posted["other_statement"], **told)
        case Decision.Kind.SPLIT:
            return review.split(posted["statement"], posted["other_statement"], **told)
        case Decision.Kind.SET_SPEAKER:
            return corrections.set_speaker(posted["statement"], posted["actor"], **told)
        case Decision.Kind.SET_ORIGIN:
            return _set_origin(posted["document"], posted["origin"], told)
        case Decision.Kind.REREAD:
            return corrections.reread(posted["document"], **told)
        case _:
            return ingest.set_date(posted["document"], said=posted["said"], **told)


def _choice(posted: Mapping[str, Any]) -> verdicts.Choice | None:
    """Return the verdict that was chosen, None where it is left to the detector."""
    if "kinds" not in posted:
        return None
    kinds = tuple(kind for kind in verdicts.KINDS_TO_CHOOSE if kind in posted["kinds"])
    return verdicts.Choice(kinds, posted["direction"])


def _set_origin(document: Document, origin: Document | None, told: dict[str, Any]) -> Decision:
    root = origin.origin or origin if origin is not None else None
    if root is not None and root.pk == document.pk:
        raise RefusedError("circle", "A document does not reprint itself.", field="origin")
    if root is not None and document.reprints.exists():
        reason = "Others reprint this document: say of each of them what it reprints."
        raise RefusedError("is_origin", reason, field="document")
    return origins.set_origin(document, origin, **told)
