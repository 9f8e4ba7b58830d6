"""What an actor last said, as of a day and a moment."""

from datetime import date, datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.resource import Resource
from api.shapes.history import PlainUtteranceShape, PositionShape
from tracker.models import Stance, Topic
from tracker.positions import held_now, last_said


class PositionDetail(Resource):
    """What an actor last said, on one topic or on each, as of a day and a moment."""

    parameters = parameters.PositionParameters
    shape = PositionShape

    def get(self, request: Request) -> Response:
        """Show the last utterance on each topic that had been spoken of by then."""
        actor, as_of = self.asked["actor"], self.as_of()
        return Response(
            {
                "actor": {"slug": actor.slug, "name": actor.name},
                **as_of,
                "positions": self._held(**as_of),
            }
        )

    def _held(self, *, said_until: date | None, known_at: datetime | None) -> list[dict[str, Any]]:
        actor, topic = self.asked["actor"], self.asked.get("topic")
        if known_at is None:
            topic_id = topic.pk if topic else None
            return held_now(actor.pk, topic_id=topic_id, said_until=said_until)
        stances = Stance.objects.filter(**self.lookups({"actor": "actor", "topic": "topic"}))
        last = last_said(stances, said_until=said_until, known_at=known_at)
        topics = Topic.objects.filter(pk__in=last).order_by("slug").values("id", "slug", "name")
        return [
            {
                "topic": {"slug": topic["slug"], "name": topic["name"]},
                "utterance": {name: last[topic["id"]][name] for name in _SAID},
            }
            for topic in topics
        ]


_SAID = tuple(str(name) for name in PlainUtteranceShape().fields)
