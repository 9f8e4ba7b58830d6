"""What an actor last said, as of a day and a moment."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.resource import Resource
from api.shapes.history import PlainUtteranceShape, PositionShape
from tracker.models import FormerUtterance, Stance, Topic, Utterance
from tracker.rendering import utterance_content


class PositionDetail(Resource):
    """What an actor last said, on one topic or on each, as of a day and a moment."""

    parameters = parameters.PositionParameters
    shape = PositionShape

    def get(self, request: Request) -> Response:
        """Show the last utterance on each topic that had been spoken of by then."""
        actor, as_of = self.asked["actor"], self.as_of()
        stances = Stance.objects.filter(**self.lookups({"actor": "actor", "topic": "topic"}))
        last = _last_said(stances, **as_of)
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


def _last_said(
    stances: QuerySet[Stance], *, said_until: date | None, known_at: datetime | None
) -> dict[int, dict[str, Any]]:
    """Return topic -> what the last utterance on it showed at `known_at`.

    An utterance that was rewritten since is judged by what it showed then.
    """
    standing = Utterance.objects.held(known_at).said_until(said_until)
    if known_at is not None:
        rewritten = FormerUtterance.objects.held(known_at).filter(utterance=OuterRef("pk"))
        standing = standing.exclude(Exists(rewritten))
    order = ("-said_earliest", "-said_latest", "-id")
    last = standing.filter(stance=OuterRef("pk")).order_by(*order).values("pk")[:1]
    rows = Utterance.objects.filter(
        pk__in=stances.order_by().annotate(last=Subquery(last)).values("last")
    ).select_related("canonical", "stance")
    found = [
        *((row.stance.topic_id, utterance_content(row)) for row in rows),
        *_former(stances, said_until, known_at),
    ]
    return dict(sorted(found, key=lambda pair: _place(pair[1])))


def _former(
    stances: QuerySet[Stance], said_until: date | None, known_at: datetime | None
) -> list[tuple[int, dict[str, Any]]]:
    """Return (topic, content) of what was shown at `known_at` and has been rewritten since."""
    if known_at is None:
        return []
    rows = FormerUtterance.objects.held(known_at).filter(utterance__stance__in=stances.order_by())
    contents = rows.values_list("utterance__stance__topic", "content")
    day = (said_until or date.max).isoformat()
    return [(topic, content) for topic, content in contents if content["said"]["latest"] <= day]


def _place(content: Mapping[str, Any]) -> tuple[str, str, int]:
    return content["said"]["earliest"], content["said"]["latest"], content["id"]


def _only_said(content: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): content[str(name)] for name in PlainUtteranceShape().fields}
