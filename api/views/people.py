"""Who speaks, on what, through whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters
from api.access import Need
from api.bodies import (
    ActorBody,
    ActorChangeBody,
    RoleBody,
    RoleChangeBody,
    SourceBody,
    SourceChangeBody,
    TopicBody,
    TopicChangeBody,
)
from api.errors import ExistsError, RefusedError, UsedError
from api.formats.linked import Popolo
from api.formats.plain import Csv, Json, Ndjson
from api.idempotency import Effect
from api.resource import JSON, Making, Removing, Resource, write
from api.shapes.people import ActorRoleShape, ActorShape, SourceShape, TopicShape
from tracker import people, sweeps
from tracker.models import Actor, Alias, Role, Source, Sweep, Topic


class _Actors(Resource):
    shape, model = ActorShape, Actor

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return actors with their aliases and roles."""
        ids = [row["id"] for row in rows]
        aliases, roles = defaultdict(list), defaultdict(list)
        for alias in Alias.objects.filter(actor__in=ids).order_by("name").values():
            aliases[alias["actor_id"]].append(alias["name"])
        names = ("id", "title", "organisation", "since", "until")
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


class _Rereading(Resource):
    """What may have the record read anew: what texts say depends on what is known."""

    sweep: Sweep | None = None  # that this request has started

    def read_again(self, reason: str) -> None:
        """Have the record read anew in the background."""
        self.sweep = sweeps.start(Sweep.Kind.REREAD, now=timezone.now(), reason=reason)

    def followed(self, response: Response) -> Response:
        """Return an answer that says where the reading can be followed, if one was started."""
        if self.sweep is not None:
            address = self.request.build_absolute_uri(reverse("api:sweep", args=[self.sweep.pk]))
            response.headers["Link"] = f'<{address}>; rel="status"'
        return response


class _Addition(_Rereading, Making):
    """A list to which editors may add."""

    needs = {"GET": Need.READ, "POST": Need.EDIT}
    newest_first = False
    of_record = True
    key = "slug"
    known_by: ClassVar[str] = "slug"  # of which there is one only

    def add(self, posted: dict[str, Any]) -> Any:
        """Store one and return its row."""
        raise NotImplementedError

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what adds one; what it changes in the reading of texts is done over later."""
        return partial(self._stored, posted)

    def _stored(self, posted: dict[str, Any]) -> Response:
        try:
            with transaction.atomic():
                row = self.add(posted)
        except IntegrityError as error:
            raise ExistsError(self.known_by) from error
        return self.followed(self.added(row))


class _Edit(_Rereading, Removing):
    """One that editors may change, and remove while nothing speaks of it."""

    needs = {"GET": Need.READ, "PATCH": Need.EDIT, "DELETE": Need.EDIT}
    of_record = True
    is_read_by: ClassVar[bool] = True  # whether what texts say depends on it

    def patch(self, request: Request, **path: Any) -> Response:
        """Change the fields that are given; `If-Match` says which version they are changes of."""
        return self.followed(super().patch(request, **path))

    def change(self, row: Any, posted: dict[str, Any]) -> None:
        """Write the fields; only where that changes anything is the record read anew."""
        before = self.one(**self.kwargs)
        reason = self.rewrite(row, posted)
        if self.is_read_by and self.one(**self.kwargs) != before:
            self.read_again(reason)

    def rewrite(self, row: Any, posted: dict[str, Any]) -> str:
        """Write the fields; return in words what has changed."""
        raise NotImplementedError

    def remove(self, row: Any) -> None:
        """Remove it. Raises UsedError where anything speaks of it."""
        try:
            people.remove(row)
        except people.NeededError as error:
            raise UsedError(str(error)) from error
        if self.is_read_by:
            self.read_again(f"{self.model.__name__.lower()} {row} removed")

    def delete(self, request: Request, **path: Any) -> Response:
        """Remove it while nothing speaks of it. `If-Match` may say which version is meant."""
        return self.followed(super().delete(request, **path))


class ActorList(_Actors, _Addition):
    """The people and organisations that take positions."""

    renderer_classes = (Json, Ndjson, Csv, Popolo)
    bodies = {JSON: ActorBody}
    answers = {"POST": {201: ActorShape}}
    detail = "actor"

    def add(self, posted: dict[str, Any]) -> Actor:
        """Store an actor with its aliases."""
        aliases = posted.pop("aliases")
        actor = Actor.objects.create(**posted)
        Alias.objects.bulk_create(Alias(actor=actor, name=name) for name in aliases)
        self.read_again(f"actor {actor.slug} added")
        return actor


class ActorDetail(_Actors, _Edit):
    """One actor."""

    renderer_classes = (Json, Popolo)
    bodies = {JSON: ActorChangeBody}

    def rewrite(self, row: Actor, posted: dict[str, Any]) -> str:
        """Write the fields; the aliases given are then all there are."""
        aliases = posted.pop("aliases", None)
        write(row, posted, name="slug")
        if aliases is not None:
            row.aliases.exclude(name__in=aliases).delete()
            missing = set(aliases) - set(row.aliases.values_list("name", flat=True))
            Alias.objects.bulk_create(Alias(actor=row, name=name) for name in sorted(missing))
        return f"actor {row.slug} changed"


class RoleList(_Addition):
    """Who held which office when."""

    parameters = parameters.RoleParameters
    bodies = {JSON: RoleBody}
    shape, model = ActorRoleShape, Role
    answers = {"POST": {201: ActorRoleShape}}
    detail, key, known_by = "role", "pk", "title"

    def rows(self) -> QuerySet[Role]:
        """Return the roles that the filters let through."""
        found = Role.objects.filter(**self.lookups({"actor": "actor"}))
        if "on" not in self.asked:
            return found
        day = self.asked["on"]
        began, lasts = Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day)
        return found.filter(began, lasts)

    def add(self, posted: dict[str, Any]) -> Role:
        """Store a role."""
        _refuse_disorder(posted["since"], posted["until"])
        role = Role.objects.create(**posted)
        self.read_again(f"role of {role.actor.slug} added")
        return role


class RoleDetail(_Edit):
    """One role."""

    bodies = {JSON: RoleChangeBody}
    shape, model = ActorRoleShape, Role

    def rewrite(self, row: Role, posted: dict[str, Any]) -> str:
        """Write the fields."""
        _refuse_disorder(posted.get("since", row.since), posted.get("until", row.until))
        write(row, posted, name="title")
        return f"role of {row.actor.slug} changed"


class TopicList(_Addition):
    """What positions are about, with the terms that find it."""

    bodies = {JSON: TopicBody}
    shape, model = TopicShape, Topic
    answers = {"POST": {201: TopicShape}}
    detail = "topic"

    def add(self, posted: dict[str, Any]) -> Topic:
        """Store a topic."""
        topic = Topic.objects.create(**_plain(posted))
        self.read_again(f"topic {topic.slug} added")
        return topic


class TopicDetail(_Edit):
    """One topic."""

    bodies = {JSON: TopicChangeBody}
    shape, model = TopicShape, Topic

    def rewrite(self, row: Topic, posted: dict[str, Any]) -> str:
        """Write the fields."""
        above = posted.get("parent")
        while above is not None:
            if above.pk == row.pk:
                raise RefusedError("circle", "A topic is no part of itself.", field="parent")
            above = above.parent
        write(row, _plain(posted), name="slug")
        return f"topic {row.slug} changed"


class SourceList(_Addition):
    """Outlets with their reliability grades."""

    bodies = {JSON: SourceBody}
    shape, model = SourceShape, Source
    answers = {"POST": {201: SourceShape}}
    detail = "source"

    def add(self, posted: dict[str, Any]) -> Source:
        """Store a source."""
        return Source.objects.create(**posted)


class SourceDetail(_Edit):
    """One source."""

    is_read_by = False

    bodies = {JSON: SourceChangeBody}
    shape, model = SourceShape, Source

    def rewrite(self, row: Source, posted: dict[str, Any]) -> str:
        """Write the fields; a new grade counts for what is detected from now on."""
        write(row, posted, name="slug")
        return f"source {row.slug} changed"


def _plain(posted: dict[str, Any]) -> dict[str, Any]:
    """Return a topic's fields as they are stored."""
    terms = {"terms": [dict(term) for term in posted["terms"]]} if "terms" in posted else {}
    return posted | terms


def _refuse_disorder(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until < since:
        raise RefusedError("disorder", "A role ends on the day it began, or later.", field="until")
