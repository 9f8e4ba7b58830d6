"""Many rows in one request, each made or refused for itself."""

from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.utils.functional import cached_property
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from api.access import Need
from api.bodies import DecisionBatchBody, DocumentBatchBody, StatementBatchBody
from api.errors import described
from api.idempotency import Effect, once
from api.resource import JSON, Making, Resource
from api.shapes.about import BatchShape
from api.views.decisions import DecisionList
from api.views.documents import DocumentList
from api.views.statements import StatementList


class _Batch(Resource):
    needs = {"POST": Need.WRITE}
    of: ClassVar[type[Making]]
    answers = {"POST": {200: BatchShape}}

    def post(self, request: Request) -> HttpResponse:
        """Add many. There is one result for each row, in the rows' order.

        A row that is refused costs the others nothing. With an Idempotency-Key the whole answer
        is given again to the same request.
        """
        return once(request, self._prepared)

    @cached_property
    def _list(self) -> Making:
        made = self.of()
        made.request, made.asked = self.request, {}
        return made

    def _prepared(self) -> Effect:
        effects = [self._judged(row) for row in self.posted()["rows"]]
        return lambda: Response({"results": [_made(effect) for effect in effects]})

    def _judged(self, row: Any) -> Effect | APIException:
        try:
            return self._list.prepare(dict(self.of.bodies[JSON]().run_validation(row)))
        except APIException as error:
            return error


def _made(effect: Effect | APIException) -> dict[str, Any]:
    """Return a row's result; what a refused row did is undone."""
    if isinstance(effect, APIException):
        return _refused(effect)
    try:
        with transaction.atomic():
            answer = effect()
    except APIException as error:
        return _refused(error)
    location = answer.headers.get("Location")
    return {
        "status": answer.status_code,
        "location": location,
        "result": answer.data,
        "problem": None,
    }


def _refused(error: APIException) -> dict[str, Any]:
    problem = described(error)
    return {"status": problem["status"], "location": None, "result": None, "problem": problem}


class DocumentBatch(_Batch):
    """Documents, many at once."""

    of = DocumentList
    bodies = {JSON: DocumentBatchBody}


class StatementBatch(_Batch):
    """Statements, many at once."""

    of = StatementList
    bodies = {JSON: StatementBatchBody}


class DecisionBatch(_Batch):
    """Decisions, many at once."""

    of = DecisionList
    bodies = {JSON: DecisionBatchBody}
