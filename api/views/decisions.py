"""What people decide."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, parameters
from api.access import Need
from api.errors import RefusedError
from api.resource import JSON, Detail, Listing
from api.shapes.record import DecisionShape
from tracker import ingest, review
from tracker.models import Decision


class DecisionList(Listing):
    """What analysts decided."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    parameters = parameters.DecisionParameters
    bodies = {JSON: bodies.DecisionBody}
    shape = DecisionShape
    answers = {"POST": {201: DecisionShape}}

    def rows(self) -> QuerySet[Decision]:
        """Return the decisions that the filters let through."""
        filters = {"kind": "kind__in", "document": "document", "shift": "shift"}
        return Decision.objects.filter(**self.lookups(filters))

    def post(self, request: Request) -> Response:
        """Record a decision; the record follows it within seconds."""
        decision = _decide(self.posted(), request.user, timezone.now())
        row = Decision.objects.values(*self.shape.columns).get(pk=decision.pk)
        return Response(self.shape.of(row), status=201)


class DecisionDetail(Detail):
    """One decision."""

    shape = DecisionShape

    def rows(self, pk: int) -> QuerySet[Decision]:
        """Return the decision with this number."""
        return Decision.objects.filter(pk=pk)


def _decide(posted: Mapping[str, Any], by: Any, now: datetime) -> Decision:
    """Record a decision. Raises RefusedError where it makes no sense."""
    told: dict[str, Any] = {"by": by, "now": now, "note": posted["note"]}
    try:
        match posted["kind"]:
            case Decision.Kind.CONFIRM:
                return review.confirm(posted["shift"], **told)
            case Decision.Kind.REJECT:
                return review.reject(posted["shift"], **told)
            case Decision.Kind.JOIN:
                return review.join(posted["statement"], posted["other_statement"], **told)
            case Decision.Kind.SPLIT:
                return review.split(posted["statement"], posted["other_statement"], **told)
            case _:
                return ingest.set_date(posted["document"], said=posted["said"], **told)
    except review.CannotDecideError as error:
        raise RefusedError("cannot_decide", str(error), field="kind") from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field="said") from error
