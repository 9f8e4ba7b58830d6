"""Actors, topics and sources."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice
from api.shapes.parts import Reference, Row, Shape, SourceReference, only, reference, without
from tracker.models import Actor


class RoleShape(Shape):
    """A dated office; an empty end means: still held."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    organisation = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class ActorRoleShape(RoleShape):
    """A dated office with whose it is."""

    columns = ("id", "actor__slug", "actor__name", "title", "organisation", "since", "until")
    actor = Reference()

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a role."""
        return {
            "id": row["id"],
            "actor": reference(row, "actor"),
            **only(row, "title", "organisation", "since", "until"),
        }


class ActorShape(Reference):
    """A person or an organisation that takes positions."""

    columns = ("id", "slug", "name", "kind", "pronoun", "description")
    kind = Choice(Actor.Kind)
    pronoun = serializers.CharField(help_text="he, she, they, or empty")
    description = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    roles = RoleShape(many=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return an actor without its aliases and roles, which come from rows of their own."""
        return without(row, "id")


class TermShape(Shape):
    """A term that finds a topic."""

    text = serializers.CharField()
    weight = serializers.FloatField(required=False)


class TopicShape(Reference):
    """What a position is about."""

    columns = (
        *("id", "slug", "name", "description", "parent__slug", "orientation"),
        *("terms", "exclusions"),
    )
    description = serializers.CharField()
    parent = serializers.SlugField(allow_null=True)  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    orientation = serializers.CharField(help_text="more_is_harder or more_is_softer")
    terms = TermShape(many=True)
    exclusions = serializers.ListField(child=serializers.CharField())

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a topic."""
        return without(row, "id", "parent__slug") | {"parent": row["parent__slug"]}


class SourceShape(SourceReference):
    """An outlet with its reliability grade."""

    columns = ("id", "slug", "name", "reliability", "home", "note")
    home = serializers.CharField()
    note = serializers.CharField(help_text="why this grade")

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a source."""
        return without(row, "id")
