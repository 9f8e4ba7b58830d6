"""Who speaks, on what, through whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
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
from api.errors import ExistsError, RefusedError
from api.etags import etag
from api.formats.linked import Popolo
from api.formats.plain import Csv, Json, Ndjson
from api.idempotency import Effect
from api.resource import JSON, Changing, Making, Resource
from api.shapes.people import ActorRoleShape, ActorShape, SourceShape, TopicShape
from tracker import sweeps
from tracker.models import Actor, Alias, Role, Source, Sweep, Topic


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


class _Rereading(Resource):
    """What may have the record read anew: what texts say depends on what is known."""

    sweep: Sweep | None = None  # that this request has started

    def read_again(self, reason: str) -> None:
        """Have the record read anew in the background."""
        self.sweep = sweeps.start(Sweep.Kind.REREAD, now=timezone.now(), reason=reason)

    def followed(self) -> dict[str, str]:
        """Return the header that says where the reading can be followed, if one was started."""
        if self.sweep is None:
            return {}
        address = self.request.build_absolute_uri(reverse("api:sweep", args=[self.sweep.pk]))
        return {"Link": f'<{address}>; rel="status"'}


class _Addition(_Rereading, Making):
    """A list to which editors may add."""

    needs = {"GET": Need.READ, "POST": Need.EDIT}
    detail: ClassVar[str]  # the name of the route of one
    key: ClassVar[str] = "slug"

    def add(self, posted: dict[str, Any]) -> Any:
        """Store one and return its row."""
        raise NotImplementedError

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Return what adds one; what it changes in the reading of texts is done over later."""
        return partial(self._added, posted)

    def _added(self, posted: dict[str, Any]) -> Response:
        try:
            with transaction.atomic():
                row = self.add(posted)
        except IntegrityError as error:
            raise ExistsError() from error
        key = getattr(row, self.key)
        found = self.rows().filter(pk=row.pk).values(*self.shape.columns)
        shown = self.shown(list(found))[0]
        location = self.request.build_absolute_uri(reverse(f"api:{self.detail}", args=[key]))
        headers = {"Location": location, "ETag": etag(shown)} | self.followed()
        return Response(shown, status=201, headers=headers)


class _Edit(_Rereading, Changing):
    """One that editors may change."""

    needs = {"GET": Need.READ, "PATCH": Need.EDIT}

    def patch(self, request: Request, **path: Any) -> Response:
        """Change the fields that are given; `If-Match` says which version they are changes of."""
        response = super().patch(request, **path)
        for name, value in self.followed().items():
            response.headers[name] = value
        return response


class ActorList(_Actors, _Addition):
    """The people and organisations that take positions."""

    renderer_classes = (Json, Ndjson, Csv, Popolo)
    bodies = {JSON: ActorBody}
    answers = {"POST": {201: ActorShape}}
    newest_first = False
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

    of_record = True
    renderer_classes = (Json, Popolo)
    bodies = {JSON: ActorChangeBody}

    def change(self, row: Actor, posted: dict[str, Any]) -> None:
        """Write the fields; the aliases given are then all there are."""
        aliases = posted.pop("aliases", None)
        _write(row, posted)
        if aliases is not None:
            row.aliases.exclude(name__in=aliases).delete()
            missing = set(aliases) - set(row.aliases.values_list("name", flat=True))
            Alias.objects.bulk_create(Alias(actor=row, name=name) for name in sorted(missing))
        self.read_again(f"actor {row.slug} changed")


class RoleList(_Addition):
    """Who held which office when."""

    parameters = parameters.RoleParameters
    bodies = {JSON: RoleBody}
    shape = ActorRoleShape
    answers = {"POST": {201: ActorRoleShape}}
    newest_first = False
    detail, key = "role", "pk"

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

    of_record = True
    bodies = {JSON: RoleChangeBody}
    shape = ActorRoleShape

    def rows(self, pk: int) -> QuerySet[Role]:
        """Return the role with this number."""
        return Role.objects.filter(pk=pk)

    def change(self, row: Role, posted: dict[str, Any]) -> None:
        """Write the fields."""
        _refuse_disorder(posted.get("since", row.since), posted.get("until", row.until))
        _write(row, posted)
        self.read_again(f"role of {row.actor.slug} changed")


class TopicList(_Addition):
    """What positions are about, with the terms that find it."""

    bodies = {JSON: TopicBody}
    shape = TopicShape
    answers = {"POST": {201: TopicShape}}
    newest_first = False
    detail = "topic"

    def rows(self) -> QuerySet[Topic]:
        """Return all topics."""
        return Topic.objects.all()

    def add(self, posted: dict[str, Any]) -> Topic:
        """Store a topic."""
        topic = Topic.objects.create(**_plain(posted))
        self.read_again(f"topic {topic.slug} added")
        return topic


class TopicDetail(_Edit):
    """One topic."""

    of_record = True
    bodies = {JSON: TopicChangeBody}
    shape = TopicShape

    def rows(self, slug: str) -> QuerySet[Topic]:
        """Return the topic with this slug."""
        return Topic.objects.filter(slug=slug)

    def change(self, row: Topic, posted: dict[str, Any]) -> None:
        """Write the fields."""
        above = posted.get("parent")
        while above is not None:
            if above.pk == row.pk:
                raise RefusedError("circle", "A topic is no part of itself.", field="parent")
            above = above.parent
        _write(row, _plain(posted))
        self.read_again(f"topic {row.slug} changed")


class SourceList(_Addition):
    """Outlets with their reliability grades."""

    bodies = {JSON: SourceBody}
    shape = SourceShape
    answers = {"POST": {201: SourceShape}}
    newest_first = False
    detail = "source"

    def rows(self) -> QuerySet[Source]:
        """Return all sources."""
        return Source.objects.all()

    def add(self, posted: dict[str, Any]) -> Source:
        """Store a source."""
        return Source.objects.create(**posted)


class SourceDetail(_Edit):
    """One source."""

    of_record = True
    bodies = {JSON: SourceChangeBody}
    shape = SourceShape

    def rows(self, slug: str) -> QuerySet[Source]:
        """Return the source with this slug."""
        return Source.objects.filter(slug=slug)

    def change(self, row: Source, posted: dict[str, Any]) -> None:
        """Write the fields; a new grade counts for what is detected from now on."""
        _write(row, posted)


def _write(row: Model, posted: Mapping[str, Any]) -> None:
    for name, value in posted.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ExistsError() from error


def _plain(posted: dict[str, Any]) -> dict[str, Any]:
    """Return a topic's fields as they are stored."""
    terms = {"terms": [dict(term) for term in posted["terms"]]} if "terms" in posted else {}
    return posted | terms


def _refuse_disorder(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until < since:
        raise RefusedError("disorder", "A role ends on the day it began, or later.", field="until")
