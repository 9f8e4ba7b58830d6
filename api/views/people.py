"""Who speaks, on what, through whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from api.formats.linked import Popolo
from api.formats.plain import Csv, Json, Ndjson
from api.resource import Detail, Listing, Resource
from api.shapes.people import ActorShape, SourceShape, TopicShape
from tracker.models import Actor, Alias, Role, Source, Topic


class _Actors(Resource):
    shape = ActorShape

    def rows(self, slug: str | None = None) -> QuerySet[Actor]:
        """Return all actors, or the one with this slug."""
        return Actor.objects.all() if slug is None else Actor.objects.filter(slug=slug)

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return actors with their aliases and roles."""
        ids = [row["id"] for row in rows]
        aliases, roles = defaultdict(list), defaultdict(list)
        for alias in Alias.objects.filter(actor__in=ids).order_by("name").values():
            aliases[alias["actor_id"]].append(alias["name"])
        names = ("title", "organisation", "since", "until")
        for actor, *values in (
            Role.objects.filter(actor__in=ids)
            .order_by("since", "id")
            .values_list("actor_id", *names)
        ):
            roles[actor].append(dict(zip(names, values, strict=True)))
        return [
            self.shape.of(row) | {"aliases": aliases[row["id"]], "roles": roles[row["id"]]}
            for row in rows
        ]


class ActorList(_Actors, Listing):
    """The people and organisations that take positions."""

    renderer_classes = (Json, Ndjson, Csv, Popolo)

    newest_first = False


class ActorDetail(_Actors, Detail):
    """One actor."""

    renderer_classes = (Json, Popolo)


class TopicList(Listing):
    """What positions are about, with the terms that find it."""

    shape = TopicShape
    newest_first = False

    def rows(self) -> QuerySet[Topic]:
        """Return all topics."""
        return Topic.objects.all()


class TopicDetail(Detail):
    """One topic."""

    shape = TopicShape

    def rows(self, slug: str) -> QuerySet[Topic]:
        """Return the topic with this slug."""
        return Topic.objects.filter(slug=slug)


class SourceList(Listing):
    """Outlets with their reliability grades."""

    shape = SourceShape
    newest_first = False

    def rows(self) -> QuerySet[Source]:
        """Return all sources."""
        return Source.objects.all()


class SourceDetail(Detail):
    """One source."""

    shape = SourceShape

    def rows(self, slug: str) -> QuerySet[Source]:
        """Return the source with this slug."""
        return Source.objects.filter(slug=slug)
