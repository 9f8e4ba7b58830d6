"""Passages that attribute words to an actor."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from rest_framework.response import Response

from api import asof, parameters
from api.access import Need, caller
from api.bodies import StatementBody
from api.errors import RefusedError
from api.formats.linked import StatementAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.idempotency import Effect
from api.resource import JSON, Detail, Making, Resource
from api.shapes.record import DecisionShape, StatementShape
from api.views.decisions import decided
from tracker import corrections, ingest
from tracker.models import Attestation, Document, Statement
from tracker.prepared import Prepared


class _Statements(Resource):
    shape = StatementShape

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return statements as they were at `known_at`, under the titles of then."""
        found = [self.shape.of(row) for row in rows]
        return asof.statements_then(found, self.asked.get("known_at"))


class StatementList(_Statements, Making):
    """Passages that attribute words to an actor: those that the record holds."""

    of_record = True
    renderer_classes = (Json, Ndjson, Csv, StatementAnnotation)
    needs = {"GET": Need.READ, "POST": Need.WRITE}
    bodies = {JSON: StatementBody}
    answers = {"POST": {202: DecisionShape}}

    parameters = parameters.StatementParameters
    prepared = Prepared(
        Statement,
        StatementShape.columns,
        StatementShape.of_values,
        always='"tracker_statement"."retracted_at" IS NULL',
        filters={
            name: f'"tracker_statement"."{name}_id" = %s' for name in ("actor", "topic", "document")
        },
    )
    days = {"said": "said_earliest"}

    _FILTERS = {
        "actor": "actor",
        "topic": "topic",
        "document": "document",
        "source": "document__source",
        "since": "said_earliest__gte",
        "until": "said_latest__lte",
        "attribution": "attribution__in",
        "fidelity": "fidelity__in",
    }

    def rows(self) -> QuerySet[Statement]:
        """Return the statements held and said as asked."""
        known_at = self.asked.get("known_at")
        found = Statement.objects.held(known_at).said_until(self.asked.get("said_until"))
        if "utterance" in self.asked:
            attested = Attestation.objects.held(known_at).filter(utterance=self.asked["utterance"])
            found = found.filter(Exists(attested.filter(statement=OuterRef("pk"))))
        return found.filter(**self.lookups(self._FILTERS))

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what records that a statement was overlooked; the document is then read again."""
        document = posted.pop("document")
        note = posted.pop("note")
        anchor = {name: posted.pop(name, None) for name in ("start", "end")}
        quoted = {name: posted.pop(name) for name in ("exact", "prefix", "suffix")}
        try:
            ingest.refuse_future(
                posted.get("said"), name="said", today=ingest.today(timezone.now())
            )
            start, end = corrections.place(document.text, **quoted, **anchor)
        except ingest.BadInputError as error:
            raise RefusedError(error.code, str(error), field="said") from error
        except corrections.CorrectionError as error:
            raise RefusedError("anchor", str(error), field=error.field) from error
        given = corrections.Given(start, end, **{"topic": None, **posted})
        return partial(self._added, document, given, note)

    def _added(self, document: Document, given: corrections.Given, note: str) -> Response:
        by, now = caller(self.request), timezone.now()
        try:
            made = corrections.add_statement(document, given, by=by, now=now, note=note)
        except corrections.CorrectionError as error:
            raise RefusedError("no_date", str(error), field=error.field) from error
        return decided(made.pk, self.request, status=202)


class StatementDetail(_Statements, Detail):
    """One statement, also one that was retracted since."""

    of_record = True
    renderer_classes = (Json, StatementAnnotation)

    parameters = parameters.KnownParameters

    def rows(self, pk: int) -> QuerySet[Statement]:
        """Return the statement with this number."""
        found = Statement.objects.filter(pk=pk)
        return found.held(self.asked["known_at"]) if "known_at" in self.asked else found
