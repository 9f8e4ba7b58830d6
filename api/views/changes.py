"""What keeps a copy in step: the log of changes, and the whole record as a stream."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from api.access import Need, may
from api.choices import Choice
from api.errors import InvalidQueryError
from api.formats.plain import Ndjson
from api.parameters import Parameters
from api.resource import Resource
from api.shapes.parts import JSONObjectField, Shape
from tracker import changes, copying
from tracker.models import Change

_LATEST = "latest"


class ChangesParameters(Parameters):
    """From where, and how many."""

    since = serializers.CharField(
        required=False,
        max_length=60,
        help_text="`next` of the answer before; `latest` for what comes from now on; without it, "
        "from the beginning",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=changes.LARGEST_BATCH, default=200, help_text="changes at most"
    )


class ChangedShape(Shape):
    """A row that changed; it is sent as it is now."""

    resource = serializers.CharField(help_text="as in the export")
    id = serializers.IntegerField()
    kinds = serializers.ListField(
        child=Choice(Change.Kind), help_text="what happened to it within this answer"
    )
    at = serializers.DateTimeField()
    row = JSONObjectField(allow_null=True, help_text="as in the export; null: it is no more")


class ChangesShape(Shape):
    """A batch of the log."""

    results = ChangedShape(many=True)
    next = serializers.CharField(help_text="what to send as `since` the next time")
    more = serializers.BooleanField(help_text="whether to ask again at once")


class ChangesDetail(Resource):
    """What changed in the record, corrections, retractions and withdrawals too."""

    parameters = ChangesParameters
    shape = ChangesShape

    def get(self, request: Request) -> Response:
        """Show the next changes. Who applies each batch in order ends with an exact copy."""
        try:
            batch = self._batch(desk=_sees_the_desk(request))
        except changes.LostError as error:
            raise InvalidQueryError({"since": [ErrorDetail(str(error), "lost")]}) from error
        except changes.DeskError as error:
            raise InvalidQueryError({"since": [ErrorDetail(str(error), "desk")]}) from error
        names = ("resource", "id", "kinds", "at", "row")
        shown = [{name: getattr(one, name) for name in names} for one in batch.changed]
        return Response({"results": shown, "next": str(batch.next), "more": batch.more})

    def _batch(self, *, desk: bool) -> changes.Batch:
        since = self.asked.get("since")
        if since == _LATEST:
            return changes.Batch([], changes.latest(desk=desk), False)
        place = changes.position(since, desk=desk) if since else changes.beginning(desk=desk)
        return changes.since(place, limit=self.asked["limit"])


class ExportDetail(Resource):
    """The whole record at one moment."""

    renderer_classes = (Ndjson,)
    streams = True
    answers: ClassVar[Mapping[str, Mapping[Any, Any]]] = {
        "GET": {(200, Ndjson.media_type): OpenApiTypes.STR}
    }

    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream every row, one JSON object `{"resource", "row"}` a line; last comes `{"rows"}`."""
        return StreamingHttpResponse(
            copying.export(desk=_sees_the_desk(request)),
            content_type=Ndjson.media_type,
            headers={"Content-Disposition": 'attachment; filename="stanceline.ndjson"'},
        )


def _sees_the_desk(request: Request) -> bool:
    """Say whether the caller sees what only those see who add and decide, as in `watched`."""
    return may(Need.WRITE, request.user, request.auth)
