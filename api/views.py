"""The endpoints: each loads, makes one call into the domain, and answers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework.exceptions import NotFound
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, serializers, shapes
from api.access import Need
from api.errors import RefusedError, problem
from api.resource import FORM, JSON, Detail, Listing, Resource
from api.schema import document
from tracker import channels, ingest, parsing, review
from tracker.fetching import FetchError
from tracker.history import history
from tracker.models import (
    Actor,
    Alias,
    Attestation,
    Decision,
    Delivery,
    Document,
    FormerUtterance,
    Role,
    Shift,
    ShiftKind,
    Source,
    Stance,
    Statement,
    Subscription,
    Topic,
    Utterance,
)
from tracker.rendering import utterance_content

_LONGEST_CONTENT_TYPE = 200


class IndexDetail(Resource):
    """Where everything is."""

    needs = {"GET": Need.OPEN}
    shape = shapes.IndexShape

    def get(self, request: Request) -> Response:
        """Name the resources and their addresses."""
        names = (
            *("actors", "topics", "sources", "documents", "statements", "utterances", "stances"),
            *("shifts", "position", "decisions", "subscriptions", "deliveries", "schema", "docs"),
        )
        return Response(
            {
                "resources": {
                    name: request.build_absolute_uri(reverse(f"api:{name}")) for name in names
                }
            }
        )


# --- Who speaks, on what, through whom --------------------------------------------------------


class _Actors(Resource):
    shape = shapes.ActorShape

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

    newest_first = False


class ActorDetail(_Actors, Detail):
    """One actor."""


class TopicList(Listing):
    """What positions are about, with the terms that find it."""

    shape = shapes.TopicShape
    newest_first = False

    def rows(self) -> QuerySet[Topic]:
        """Return all topics."""
        return Topic.objects.all()


class TopicDetail(Detail):
    """One topic."""

    shape = shapes.TopicShape

    def rows(self, slug: str) -> QuerySet[Topic]:
        """Return the topic with this slug."""
        return Topic.objects.filter(slug=slug)


class SourceList(Listing):
    """Outlets with their reliability grades."""

    shape = shapes.SourceShape
    newest_first = False

    def rows(self) -> QuerySet[Source]:
        """Return all sources."""
        return Source.objects.all()


class SourceDetail(Detail):
    """One source."""

    shape = shapes.SourceShape

    def rows(self, slug: str) -> QuerySet[Source]:
        """Return the source with this slug."""
        return Source.objects.filter(slug=slug)


# --- The record -------------------------------------------------------------------------------


class DocumentList(Listing):
    """Captured texts."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    parameters = serializers.DocumentParameters
    bodies = {JSON: serializers.DocumentTextBody, FORM: serializers.DocumentFileBody}
    shape = shapes.DocumentShape
    answers = {"POST": {202: shapes.DocumentDetailShape, 200: shapes.DocumentDetailShape}}

    _STATES = {
        "waiting": Q(read_at=None, problem=""),
        "triage": ~Q(problem=""),
        "read": Q(read_at__isnull=False, problem=""),
    }
    _FILTERS = {
        "source": "source",
        "genre": "genre__in",
        "since": "published_earliest__gte",
        "until": "published_latest__lte",
    }

    def rows(self) -> QuerySet[Document]:
        """Return the documents that the filters let through."""
        state = self._STATES.get(self.asked.get("state", ""), Q())
        return Document.objects.filter(state, **_filters(self.asked, self._FILTERS))

    def post(self, request: Request) -> Response:
        """Take in a text, a file or the address of one, once.

        202: stored; it is read within seconds, and `Location` is where its `state` can be
        followed. 200: these bytes were here already, and this is what became of them.
        """
        stored = _store(self.posted(), timezone.now())
        status = 202 if stored.created else 200
        pk = stored.document.pk
        location = request.build_absolute_uri(reverse("api:document", args=[pk]))
        return Response(_document(pk), status=status, headers={"Location": location})


class DocumentDetail(Detail):
    """One captured text: how far it is read, what is wrong with it, and its words."""

    shape = shapes.DocumentDetailShape

    def rows(self, pk: int) -> QuerySet[Document]:
        """Return the document with this number."""
        return Document.objects.filter(pk=pk)


def _document(pk: int) -> dict[str, Any]:
    shape = shapes.DocumentDetailShape
    return shape.of(Document.objects.values(*shape.columns).get(pk=pk))


def _store(posted: dict[str, Any], now: datetime) -> ingest.Stored:
    """Store what was posted. Raises RefusedError with the field that is to blame."""
    for name in ("said", "published"):
        try:
            ingest.refuse_future(posted.get(name), name=name, today=ingest.today(now))
        except ingest.BadInputError as error:
            raise RefusedError(error.code, str(error), field=name) from error
    field = next(name for name in ("file", "text", "url") if name in posted)
    content = posted.pop(field)
    try:
        if field == "url":
            return ingest.capture_url(content, now=now, allow=settings.FETCH_ALLOW, **posted)
        if field == "file":
            return ingest.store(
                content.read(),
                now=now,
                content_type=_content_type(content),
                filename=content.name,
                **posted,
            )
        return ingest.store(
            content.encode(), now=now, content_type="text/plain; charset=utf-8", **posted
        )
    except (parsing.Refused, FetchError) as error:
        raise RefusedError(error.code, error.reason, field=field) from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field=field) from error


def _content_type(upload: Any) -> str:
    """Return what the client calls its file, where that can be kept."""
    named = upload.content_type or ""
    usable = len(named) <= _LONGEST_CONTENT_TYPE and bodies.is_storable(named)
    return named if usable else ""


class StatementList(Listing):
    """Passages that attribute words to an actor: those that the record holds."""

    parameters = serializers.StatementParameters
    shape = shapes.StatementShape

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
        return found.filter(**_filters(self.asked, self._FILTERS))

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return statements, without what became of them after `known_at`."""
        later = {"retracted_at": None, "retracted_because": "", "replaced_by": None}
        unknown_yet = later if self.asked.get("known_at") else {}
        return [self.shape.of(row) | unknown_yet for row in rows]


class StatementDetail(Detail):
    """One statement, also one that was retracted since."""

    shape = shapes.StatementShape

    def rows(self, pk: int) -> QuerySet[Statement]:
        """Return the statement with this number."""
        return Statement.objects.filter(pk=pk)


# --- What follows from it ---------------------------------------------------------------------


class UtteranceList(Listing):
    """Speech acts, each in its best rendering: those that the record holds."""

    parameters = serializers.UtteranceParameters
    shape = shapes.UtteranceShape

    _FILTERS = {
        "actor": "stance__actor",
        "topic": "stance__topic",
        "since": "said_earliest__gte",
        "until": "said_latest__lte",
    }

    def rows(self) -> QuerySet[Utterance]:
        """Return the held utterances that the filters let through."""
        return Utterance.objects.held().filter(**_filters(self.asked, self._FILTERS))


class UtteranceDetail(Detail):
    """One utterance, also one that was retracted since. `statements?utterance=` attests it."""

    shape = shapes.UtteranceShape

    def rows(self, pk: int) -> QuerySet[Utterance]:
        """Return the utterance with this number."""
        return Utterance.objects.filter(pk=pk)


class StanceList(Listing):
    """Who has been heard on what."""

    parameters = serializers.StanceParameters
    shape = shapes.StanceShape
    newest_first = False

    def rows(self) -> QuerySet[Stance]:
        """Return stances with what stands behind them, counted for the rows of a page only."""
        said = Utterance.objects.held().filter(stance=OuterRef("pk")).order_by().values("stance")
        shifts = Shift.objects.standing().filter(stance=OuterRef("pk")).order_by().values("stance")
        return Stance.objects.filter(
            **_filters(self.asked, {"actor": "actor", "topic": "topic"})
        ).annotate(
            utterance_count=_count(said),
            shift_count=_count(shifts),
            first_said=Subquery(said.annotate(day=Min("said_earliest")).values("day")),
            last_said=Subquery(said.annotate(day=Max("said_latest")).values("day")),
        )


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    counted = Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return Coalesce(counted, 0)


class HistoryDetail(Resource):
    """A stance over time: utterances, attestations, shifts, events, coverage."""

    parameters = serializers.AsOfParameters
    shape = shapes.HistoryShape

    def get(self, request: Request, actor: str, topic: str) -> Response:
        """Show the history as of a day of speaking and a moment of knowing."""
        rows = Stance.objects.select_related("actor", "topic")
        stance = rows.filter(actor__slug=actor, topic__slug=topic).first()
        if stance is None:
            raise NotFound()
        return Response(history(stance, **_as_of(self.asked)))


class PositionDetail(Resource):
    """What an actor last said, on one topic or on each, as of a day and a moment."""

    parameters = serializers.PositionParameters
    shape = shapes.PositionShape

    def get(self, request: Request) -> Response:
        """Show the last utterance on each topic that had been spoken of by then."""
        actor, as_of = self.asked["actor"], _as_of(self.asked)
        stances = Stance.objects.filter(
            **_filters(self.asked, {"actor": "actor", "topic": "topic"})
        )
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
    return {str(name): content[str(name)] for name in shapes.PlainUtteranceShape().fields}


class _Shifts(Resource):
    shape = shapes.ShiftShape

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return shifts with their kinds."""
        kinds = defaultdict(list)
        for row in ShiftKind.objects.filter(shift__in=[row["id"] for row in rows]).order_by("id"):
            kinds[row.shift_id].append(row.kind)
        return [self.shape.of(row) | {"kinds": kinds[row["id"]]} for row in rows]


class ShiftList(_Shifts, Listing):
    """Changes of stated positions, newest on record first."""

    parameters = serializers.ShiftParameters

    _FILTERS = {
        "actor": "stance__actor",
        "topic": "stance__topic",
        "direction": "direction__in",
        "status": "status__in",
        "minimum_materiality": "materiality__gte",
        "minimum_confidence": "confidence__gte",
        "since": "newer__said_earliest__gte",
        "until": "newer__said_latest__lte",
    }

    def rows(self) -> QuerySet[Shift]:
        """Return the shifts that the filters let through."""
        found = Shift.objects.filter(**_filters(self.asked, self._FILTERS))
        if "kind" not in self.asked:
            return found
        kinds = ShiftKind.objects.filter(shift=OuterRef("pk"), kind__in=self.asked["kind"])
        return found.filter(Exists(kinds))


class ShiftDetail(_Shifts, Detail):
    """One shift, with its evidence and reasons."""

    def rows(self, pk: int) -> QuerySet[Shift]:
        """Return the shift with this number."""
        return Shift.objects.filter(pk=pk)


# --- What people decide -----------------------------------------------------------------------


class DecisionList(Listing):
    """What analysts decided."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}
    parameters = serializers.DecisionParameters
    bodies = {JSON: serializers.DecisionBody}
    shape = shapes.DecisionShape
    answers = {"POST": {201: shapes.DecisionShape}}

    def rows(self) -> QuerySet[Decision]:
        """Return the decisions that the filters let through."""
        filters = {"kind": "kind__in", "document": "document", "shift": "shift"}
        return Decision.objects.filter(**_filters(self.asked, filters))

    def post(self, request: Request) -> Response:
        """Record a decision; the record follows it within seconds."""
        decision = _decide(self.posted(), request.user, timezone.now())
        row = Decision.objects.values(*self.shape.columns).get(pk=decision.pk)
        return Response(self.shape.of(row), status=201)


class DecisionDetail(Detail):
    """One decision."""

    shape = shapes.DecisionShape

    def rows(self, pk: int) -> QuerySet[Decision]:
        """Return the decision with this number."""
        return Decision.objects.filter(pk=pk)


def _decide(posted: Mapping[str, Any], by: Any, now: datetime) -> Decision:
    """Record a decision. Raises RefusedError where it makes no sense."""
    told: dict[str, Any] = {"by": by, "now": now, "note": posted["note"]}
    try:
        match posted["kind"]:
            case Decision.Kind.CONFIRM:
                return review.confirm(posted["shift"], **told)
            case Decision.Kind.REJECT:
                return review.reject(posted["shift"], **told)
            case Decision.Kind.JOIN:
                return review.join(posted["statement"], posted["other_statement"], **told)
            case Decision.Kind.SPLIT:
                return review.split(posted["statement"], posted["other_statement"], **told)
            case _:
                return ingest.set_date(posted["document"], said=posted["said"], **told)
    except review.CannotDecideError as error:
        raise RefusedError("cannot_decide", str(error), field="kind") from error
    except ingest.BadInputError as error:
        raise RefusedError(error.code, str(error), field="said") from error


# --- Who hears of it --------------------------------------------------------------------------


class SubscriptionList(Listing):
    """One's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE, "POST": Need.SUBSCRIBE}
    bodies = {JSON: serializers.SubscriptionBody}
    shape = shapes.SubscriptionShape
    answers = {"POST": {201: shapes.NewSubscriptionShape}}
    newest_first = False

    def rows(self) -> QuerySet[Subscription]:
        """Return the caller's subscriptions."""
        return Subscription.objects.filter(owner=self.request.user.pk)

    def post(self, request: Request) -> Response:
        """Subscribe. The secret that signs a webhook's messages is shown in this answer only."""
        made = _subscribe(self.posted(), request.user, timezone.now())
        row = self.rows().values(*self.shape.columns).get(pk=made.pk)
        location = request.build_absolute_uri(reverse("api:subscription", args=[made.pk]))
        answer = self.shape.of(row) | {"secret": made.secret}
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(answer, status=201, headers=headers)


class SubscriptionDetail(Detail):
    """One of one's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE, "DELETE": Need.SUBSCRIBE}
    shape = shapes.SubscriptionShape
    answers = {"DELETE": {204: None}}

    def rows(self, pk: int) -> QuerySet[Subscription]:
        """Return the subscription with this number, if it is the caller's."""
        return Subscription.objects.filter(pk=pk, owner=self.request.user.pk)

    def delete(self, request: Request, pk: int) -> HttpResponse:
        """End a subscription; what is still owed to it is not sent."""
        _, by_model = self.rows(pk=pk).delete()
        if not by_model:
            raise NotFound()
        return Response(status=204)


def _subscribe(posted: dict[str, Any], owner: Any, now: datetime) -> Subscription:
    """Return a new subscription, confirmed where nobody has to be asked first.

    A stranger's mailbox has to be: until its owner agrees, nothing is sent to it.
    """
    webhook = posted["channel"] == Subscription.Channel.WEBHOOK
    own = isinstance(owner, User) and owner.email.lower() == posted["address"].lower()
    trusted = webhook or own or review.is_analyst(owner)
    return Subscription.objects.create(
        owner=owner,
        secret=channels.new_secret() if webhook else "",
        created_at=now,
        confirmed_at=now if trusted else None,
        **posted,
    )


class DeliveryList(Listing):
    """The messages owed and sent to one's own subscriptions."""

    needs = {"GET": Need.SUBSCRIBE}
    parameters = serializers.DeliveryParameters
    shape = shapes.DeliveryShape

    _STATES = {
        "owed": Q(sent_at=None, dead_at=None),
        "sent": Q(sent_at__isnull=False),
        "dead": Q(dead_at__isnull=False),
    }

    def rows(self) -> QuerySet[Delivery]:
        """Return the deliveries to the caller's subscriptions."""
        return Delivery.objects.filter(
            self._STATES.get(self.asked.get("state", ""), Q()),
            subscription__owner=self.request.user.pk,
            **_filters(self.asked, {"subscription": "subscription"}),
        )


def _filters(asked: Mapping[str, Any], lookups: Mapping[str, str]) -> dict[str, Any]:
    """Return the database lookups of the parameters that were given."""
    return {lookup: asked[name] for name, lookup in lookups.items() if name in asked}


def _as_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"said_until": asked.get("said_until"), "known_at": asked.get("known_at")}


# --- The description of all this --------------------------------------------------------------


class SchemaDetail(Resource):
    """The OpenAPI document, in JSON or YAML."""

    needs = {"GET": Need.OPEN}
    parameters = serializers.SchemaParameters
    schema = None
    renderer_classes = (
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer2,
        OpenApiYamlRenderer,
    )

    def get(self, request: Request) -> HttpResponse:
        """Show the schema, by `format` or else by `Accept`."""
        chosen = {"json": OpenApiJsonRenderer2, "yaml": OpenApiYamlRenderer2}
        renderer = chosen.get(self.asked.get("format", ""))
        if renderer is None:
            return Response(document())
        return HttpResponse(renderer().render(document()), content_type=renderer.media_type)


class DocsDetail(Resource):
    """The schema in a viewer that needs nothing from elsewhere."""

    needs = {"GET": Need.OPEN}
    schema = None
    renderer_classes = (TemplateHTMLRenderer,)

    def get(self, request: Request) -> Response:
        """Show the viewer."""
        return Response({}, template_name="api/docs.html")


class Unknown(Resource):
    """Whatever lies below /api/ and is no endpoint."""

    needs = {}
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer 404, whatever the method."""
        return problem(Http404(), {})
