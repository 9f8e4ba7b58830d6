"""The same questions as they are usually answered: by django-ninja and by REST framework.

Served by the same web server from the same database through the same models, without any
middleware. Each asks for what it shows in as few queries as `select_related` and
`prefetch_related` allow. Answered is less than the service answers: no coverage, no gaps.
"""

from datetime import date
from importlib.util import find_spec
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from rest_framework import generics, serializers

from tracker.models import Attestation, Shift, Stance, Statement, Utterance

PAGE = 50


def statements(before: int) -> QuerySet[Statement]:
    """Return a page of statements."""
    rows = Statement.objects.filter(retracted_at=None, pk__lt=before)
    return rows.select_related("document", "actor", "topic").defer(
        "document__text", "document__regions"
    )[:PAGE]


def shifts() -> QuerySet[Shift]:
    """Return the latest shifts that the record stands by."""
    rows = Shift.objects.standing().select_related(
        *("stance__actor", "stance__topic", "older", "newer", "older_statement"),
        "newer_statement",
    )
    return rows.prefetch_related("kind_rows")[:PAGE]


def positions(actor: str, until: date) -> QuerySet[Utterance]:
    """Return what an actor had last said on each topic by a day."""
    order = ("-said_earliest", "-said_latest", "-id")
    said = Utterance.objects.filter(
        stance=OuterRef("pk"), retracted_at=None, said_latest__lte=until
    )
    last = Stance.objects.filter(actor__slug=actor).annotate(
        last=Subquery(said.order_by(*order).values("pk")[:1])
    )
    rows = Utterance.objects.filter(pk__in=last.values("last"))
    return rows.select_related("stance__topic", "canonical")


def history(actor: str, topic: str) -> Stance:
    """Return a stance with its utterances, who attests them, and its shifts."""
    documents = Attestation.objects.filter(retracted_at=None).select_related(
        "statement__document__source"
    )
    attested = documents.defer("statement__document__text", "statement__document__regions")
    parts: tuple[Any, ...] = (
        Prefetch("utterances", Utterance.objects.filter(retracted_at=None)),
        Prefetch("utterances__attestations", attested),
        "utterances__canonical",
        Prefetch("shifts", Shift.objects.filter(withdrawn_at=None)),
        "shifts__kind_rows",
    )
    rows = Stance.objects.select_related("actor", "topic").prefetch_related(*parts)
    return rows.get(actor__slug=actor, topic__slug=topic)


# --- REST framework -----------------------------------------------------------------------------


class _Statement(serializers.ModelSerializer[Statement]):
    title = serializers.CharField(source="document.title")
    actor_name = serializers.CharField(source="actor.name")
    topic_name = serializers.CharField(source="topic.name")

    class Meta:
        model = Statement
        fields = "__all__"


class _Shift(serializers.ModelSerializer[Shift]):
    actor = serializers.CharField(source="stance.actor.name")
    topic = serializers.CharField(source="stance.topic.name")
    older_text = serializers.CharField(source="older_statement.exact")
    newer_text = serializers.CharField(source="newer_statement.exact")
    kinds = serializers.ListField()

    class Meta:
        model = Shift
        fields = "__all__"


class _Utterance(serializers.ModelSerializer[Utterance]):
    text = serializers.CharField(source="canonical.exact")

    class Meta:
        model = Utterance
        fields = "__all__"


class _Position(_Utterance):
    topic = serializers.CharField(source="stance.topic.name")


class _Attestation(serializers.ModelSerializer[Attestation]):
    statement = _Statement()
    source_name = serializers.CharField(source="statement.document.source.name")

    class Meta:
        model = Attestation
        fields = "__all__"


class _Attested(_Utterance):
    attestations = _Attestation(many=True)


class _PlainShift(serializers.ModelSerializer[Shift]):
    kinds = serializers.ListField()

    class Meta:
        model = Shift
        fields = "__all__"


class _History(serializers.ModelSerializer[Stance]):
    utterances = _Attested(many=True)
    shifts = _PlainShift(many=True)

    class Meta:
        model = Stance
        fields = "__all__"


class StatementPage(generics.ListAPIView[Statement]):
    """A page."""

    serializer_class = _Statement
    authentication_classes = ()
    permission_classes = ()

    def get_queryset(self) -> QuerySet[Statement]:
        """Return the rows."""
        return statements(int(self.request.query_params["before"]))


class ShiftPage(generics.ListAPIView[Shift]):
    """A page."""

    serializer_class = _Shift
    authentication_classes = ()
    permission_classes = ()

    def get_queryset(self) -> QuerySet[Shift]:
        """Return the rows."""
        return shifts()


class Positions(generics.ListAPIView[Utterance]):
    """All positions of an actor."""

    serializer_class = _Position
    authentication_classes = ()
    permission_classes = ()

    def get_queryset(self) -> QuerySet[Utterance]:
        """Return the rows."""
        asked = self.request.query_params
        return positions(asked["actor"], date.fromisoformat(asked["until"]))


class History(generics.RetrieveAPIView[Stance]):
    """A history."""

    serializer_class = _History
    authentication_classes = ()
    permission_classes = ()

    def get_object(self) -> Stance:
        """Return the stance."""
        return history(self.kwargs["actor"], self.kwargs["topic"])


def _is_there(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", _is_there),
    path("drf/statements", StatementPage.as_view()),
    path("drf/shifts", ShiftPage.as_view()),
    path("drf/position", Positions.as_view()),
    path("drf/history/<slug:actor>/<slug:topic>", History.as_view()),
]

# --- django-ninja -------------------------------------------------------------------------------


def _list(of: Any) -> Any:
    return list[of]


def _ask_statements(request: Any, before: int) -> Any:
    return statements(before)


def _ask_shifts(request: Any) -> Any:
    return shifts()


def _ask_positions(request: Any, actor: str, until: date) -> Any:
    return positions(actor, until)


def _ask_history(request: Any, actor: str, topic: str) -> Any:
    return history(actor, topic)


def _ninja() -> Any:
    from ninja import Field, NinjaAPI
    from ninja.orm import create_schema

    def shown(model: Any, name: str, **more: Any) -> Any:
        """Return a schema of all columns of a model and of more: name -> (type, where from)."""
        fields = [(field, kind, Field(..., alias=path)) for field, (kind, path) in more.items()]
        return create_schema(model, name=name, custom_fields=fields)

    statement = shown(
        Statement,
        "Statement",
        title=(str, "document.title"),
        actor_name=(str, "actor.name"),
        topic_name=(str, "topic.name"),
    )
    sides = {
        "older_text": (str, "older_statement.exact"),
        "newer_text": (str, "newer_statement.exact"),
    }
    stands = {"actor": (str, "stance.actor.name"), "topic": (str, "stance.topic.name")}
    shift = shown(Shift, "Shift", kinds=(list[str], "kinds"), **stands, **sides)
    text = {"text": (str, "canonical.exact")}
    position = shown(Utterance, "Position", **text, topic=(str, "stance.topic.name"))
    attestation = shown(
        Attestation,
        "Attestation",
        statement=(statement, "statement"),
        source=(str, "statement.document.source.name"),
    )
    attested = shown(
        Utterance, "Attested", **text, attestations=(_list(attestation), "attestations")
    )
    plain_shift = shown(Shift, "PlainShift", kinds=(list[str], "kinds"))
    told = shown(
        Stance,
        "History",
        utterances=(_list(attested), "utterances"),
        shifts=(_list(plain_shift), "shifts"),
    )

    api = NinjaAPI(docs_url=None, openapi_url=None)
    api.get("/statements", response=_list(statement))(_ask_statements)
    api.get("/shifts", response=_list(shift))(_ask_shifts)
    api.get("/position", response=_list(position))(_ask_positions)
    api.get("/history/{actor}/{topic}", response=told)(_ask_history)
    return api


if find_spec("ninja") is not None:
    urlpatterns.append(path("ninja/", _ninja().urls))
