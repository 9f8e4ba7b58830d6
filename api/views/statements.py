"""Passages that attribute words to an actor."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from api import parameters
from api.formats.linked import StatementAnnotation
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing
from api.shapes.record import StatementShape
from tracker.models import Attestation, Statement


class StatementList(Listing):
    """Passages that attribute words to an actor: those that the record holds."""

    renderer_classes = (Json, Ndjson, Csv, StatementAnnotation)

    parameters = parameters.StatementParameters
    shape = StatementShape

    _FILTERS = {
        "actor": "actor",
        "topic": "topic",
        "document": "document",
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

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return statements, without what became of them after `known_at`."""
        later = {"retracted_at": None, "retracted_because": "", "replaced_by": None}
        unknown_yet = later if self.asked.get("known_at") else {}
        return [self.shape.of(row) | unknown_yet for row in rows]


class StatementDetail(Detail):
    """One statement, also one that was retracted since."""

    renderer_classes = (Json, StatementAnnotation)

    shape = StatementShape

    def rows(self, pk: int) -> QuerySet[Statement]:
        """Return the statement with this number."""
        return Statement.objects.filter(pk=pk)
