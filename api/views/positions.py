"""What an actor last said, as of a day and a moment."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.resource import Resource
from api.shapes.history import PlainUtteranceShape, PositionShape
from tracker.models import Stance, Topic
from tracker.positions import last_said


class PositionDetail(Resource):
    """What an actor last said, on one topic or on each, as of a day and a moment."""

    parameters = parameters.PositionParameters
    shape = PositionShape

    def get(self, request: Request) -> Response:
        """Show the last utterance on each topic that had been spoken of by then."""
        actor, as_of = self.asked["actor"], self.as_of()
        stances = Stance.objects.filter(**self.lookups({"actor": "actor", "topic": "topic"}))
        last = last_said(stances, **as_of)
        topics = Topic.objects.filter(pk__in=last).order_by("slug").values("id", "slug", "name")
        return Response(
            {
                "actor": {"slug": actor.slug, "name": actor.name},
                **as_of,
                "positions": [
                    {
                        "topic": {"slug": topic["slug"], "name": topic["name"]},
                        "utterance": _only_said(last[topic["id"]]),
                    }
                    for topic in topics
                ],
            }
        )


def _only_said(content: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): content[str(name)] for name in PlainUtteranceShape().fields}
