"""How much the record holds of an actor, month by month: what tells silence from absence."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import ActorField, TopicField
from api.parameters import AsOfParameters
from api.resource import Resource
from api.shapes.parts import Reference, Shape
from tracker.history import MONTH, PASSAGE
from tracker.models import Statement


class CoverageParameters(AsOfParameters):
    """Of whom, and beside which topic."""

    actor = ActorField(help_text="slug of the actor")
    topic = TopicField(required=False, help_text="slug of a topic to count besides")


class CoveredMonthShape(Shape):
    """What was recorded of a month."""

    month = serializers.CharField()
    passages = serializers.IntegerField(help_text="on any topic or none")
    documents = serializers.IntegerField()
    sources = serializers.IntegerField()
    on_topic = serializers.IntegerField(
        allow_null=True, help_text="passages on the topic that was asked for"
    )


class CoverageShape(Shape):
    """The months in which something was recorded; one that is absent is unknown, not silent."""

    actor = Reference()
    topic = Reference(allow_null=True)
    months = CoveredMonthShape(many=True)


class CoverageDetail(Resource):
    """How much was recorded of an actor in each month, on any topic and on one."""

    parameters = CoverageParameters
    shape = CoverageShape

    def get(self, request: Request) -> Response:
        """Count, by the first day on which each passage can have been said."""
        actor, topic = self.asked["actor"], self.asked.get("topic")
        held = Statement.objects.held(self.asked.get("known_at"))
        rows = (
            held.said_until(self.asked.get("said_until"))
            .filter(actor=actor, said_earliest__isnull=False)
            .order_by()
            .annotate(month=MONTH)
            .values("month")
            .annotate(
                passages=Count(PASSAGE, distinct=True),
                documents=Count("document", distinct=True),
                sources=Count("document__source", distinct=True),
                on_topic=Count("pk", filter=Q(topic=topic)),
            )
            .order_by("month")
        )
        return Response(
            {
                "actor": {"slug": actor.slug, "name": actor.name},
                "topic": {"slug": topic.slug, "name": topic.name} if topic else None,
                "months": [_month(row, topic is not None) for row in rows],
            }
        )


def _month(row: Mapping[str, Any], on_topic: bool) -> dict[str, Any]:
    counts = {name: row[name] for name in ("passages", "documents", "sources")}
    asked = {"on_topic": row["on_topic"] if on_topic else None}
    return {"month": row["month"]} | counts | asked
