"""What all endpoints have in common: strict input, one list form, one error form."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import (
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas.inspectors import ViewInspector
from rest_framework.views import APIView

from api import conditional, etags, pagination, strict_json, throttles
from api.access import Need, caller_of
from api.errors import ExistsError, LengthRequiredError, PackedBodyError, TooLargeError, problem
from api.fields import Strict
from api.formats.plain import Csv, Form, Json, Ndjson, encoded
from api.idempotency import Effect, once
from api.parameters import PageParameters, Parameters
from api.schema import OperationSchema
from api.shapes.parts import Shape
from api.strict_json import StrictJSONParser
from api.throttles import Spent
from tracker.orders import BY_NUMBER, Order
from tracker.prepared import Prepared

Answer = TypeVar("Answer", bound=HttpResponse)
JSON, FORM = "application/json", "multipart/form-data"
_PARSERS: dict[str, type[BaseParser]] = {JSON: StrictJSONParser, FORM: MultiPartParser}


class _Negotiation(DefaultContentNegotiation):
    """By `Accept` alone: `format` is a query parameter like any other, known or refused."""

    def filter_renderers(
        self,
        renderers: Iterable[BaseRenderer],
        format: str | None,  # noqa: A002  # the framework's own name
    ) -> list[BaseRenderer]:
        """Return all renderers."""
        return list(renderers)


class Resource(APIView):
    """An endpoint. A subclass declares what it needs, takes and answers, for the schema too."""

    needs: ClassVar[Mapping[str, Need]] = {"GET": Need.READ}
    parameters: ClassVar[type[Parameters]] = Parameters
    bodies: ClassVar[Mapping[str, type[Strict]]] = {}  # media type -> what may be posted
    shape: ClassVar[type[Shape]]  # what GET answers
    model: ClassVar[type[Model]]  # of the rows, where the path says which
    owner: ClassVar[str] = ""  # the column of whose a row is, where each sees only their own
    paged: ClassVar[bool] = False
    streams: ClassVar[bool] = False  # whether the answer is sent while it is made, without a tag
    of_record: ClassVar[bool] = False  # whether all that is shown is in the log of changes
    answers: ClassVar[Mapping[str, Mapping[Any, Any]]] = {}  # method -> status -> shape

    schema: ViewInspector | None = OperationSchema()  # None leaves a view out of it
    content_negotiation_class = _Negotiation
    renderer_classes: Sequence[type[BaseRenderer]] = (Json,)
    spent: Spent | None = None
    is_quick = False  # whether the answer is surely sent as JSON, without a look at it before
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer as the framework does."""
        return self._finished(request, super().dispatch(request, *args, **kwargs))

    @classmethod
    def has_short_answer(cls) -> bool:
        """Say whether a GET that names no form is answered by JSON, which `short_answer` writes."""
        return hasattr(cls, "get") and cls.renderer_classes[0] is Json

    def short_answer(self, request: Any, **path: Any) -> HttpResponse:
        """Return the answer to a plain question (api.short_way) of `request.user`, who may ask."""
        self.request, self.args, self.kwargs, self.is_quick = request, (), path, True
        request.query_params = request.GET
        response: Any
        read: Callable[..., Response] = getattr(self, "get")  # noqa: B009 - a subclass has it
        try:
            self.spent = self._spend(request)
            if self.spent is not None:
                self.spent.judge()
            self.asked = reader(self.parameters).of_query(request.GET)
            response = read(request, **path)
            response.headers["Content-Type"] = JSON
            response.content = encoded(response.data)
        except Exception as error:  # noqa: BLE001 - the framework's dispatch does the same
            response = problem(error, {})
        if len(self.renderer_classes) > 1:
            response.headers["Vary"] = "Accept"
        whole: HttpResponse = self._finished(request, self._with_limit(response))
        return whole

    def _finished(self, request: HttpRequest, response: Any) -> Any:
        need = self.needs.get("GET" if request.method == "HEAD" else str(request.method))
        return conditional.finished(need, request, response)

    def get_parsers(self) -> list[BaseParser]:
        """Return a parser for each media type that may be posted."""
        return [_PARSERS[media_type]() for media_type in self.bodies]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Judge size, caller and query before the endpoint looks at anything."""
        _judge_body(request)
        # A client may name any codec as the charset of its request; the query is UTF-8.
        request._request.encoding = "utf-8"
        super().initial(request, *args, **kwargs)
        if str(request.method).lower() not in self._methods():
            raise MethodNotAllowed(str(request.method))
        self.spent = self._spend(request)
        if self.spent is not None:
            self.spent.judge()
        parameters = self.parameters if request.method in ("GET", "HEAD") else Parameters
        self.asked = reader(parameters).of_query(self._query(request))

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Return the form of the answer: the one that `format` names, else by `Accept`.

        Raises NotAcceptable for a form that there is not.
        """
        if not self.has_forms(request.method) or "format" not in request.query_params:
            return self._negotiated(request, force)
        asked = request.query_params["format"]
        for renderer in self.get_renderers():
            if renderer.format == asked:
                return renderer, renderer.media_type
        known = ", ".join(str(renderer.format) for renderer in self.renderer_classes)
        raise NotAcceptable(f"This is not sent in the format that was asked for, only in {known}.")

    def _negotiated(self, request: Request, force: bool) -> tuple[BaseRenderer, str]:
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable as error:
            sent = ", ".join(renderer.media_type for renderer in self.get_renderers())
            raise NotAcceptable(f"This is sent only as {sent}.") from error

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error; one about the type of a body says which are read."""
        if isinstance(exc, UnsupportedMediaType) and self.bodies:
            exc.detail = ErrorDetail(f"A body is read here only as {', '.join(self.bodies)}.")
        return super().handle_exception(exc)

    @classmethod
    def has_forms(cls, method: str | None) -> bool:
        """Say whether the answer comes in several forms, among which `format` chooses."""
        forms = [form for form in cls.renderer_classes if issubclass(form, Form)]
        return method in ("GET", "HEAD") and len(forms) > 1

    def get_renderers(self) -> list[BaseRenderer]:
        """Return the forms of the answer; a change is answered in the first of them only."""
        several = self.request.method in ("GET", "HEAD", "OPTIONS")
        forms = self.renderer_classes if several else self.renderer_classes[:1]
        return [form() for form in forms]

    def _methods(self) -> list[str]:
        return [name for name in self.http_method_names if hasattr(self, name) or name == "head"]

    def _query(self, request: Request) -> QueryDict:
        """Return the query without the choice of a form."""
        if not self.has_forms(request.method) or len(request.query_params.getlist("format")) != 1:
            return request.query_params
        query = request.query_params.copy()
        del query["format"]
        return query

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Return the answer with what is left of the caller's limit."""
        return self._with_limit(super().finalize_response(request, response, *args, **kwargs))

    def _with_limit(self, response: Answer) -> Answer:
        if self.spent is not None:
            for name, value in self.spent.headers.items():
                response.headers[name] = value
        return response

    def _spend(self, request: Request) -> Spent | None:
        policy = "read" if request.method in ("GET", "HEAD") else "write"
        return throttles.spend(caller_of(request), policy, now=timezone.now())

    def posted(self) -> dict[str, Any]:
        """Return the validated body. Raises ParseError and ValidationError."""
        data = self.request.data
        media_type = FORM if isinstance(data, QueryDict) else JSON
        if isinstance(data, QueryDict):
            data = _plain(data)
        body = self.bodies.get(media_type, next(iter(self.bodies.values())))
        expected = body(context={"owner": self.request.user.pk})
        if self.request.method == "PATCH":
            # Not the framework's `partial`, which lets rows within a field be partial too.
            for name in expected.fields.keys() - (data if isinstance(data, Mapping) else ()):
                del expected.fields[name]
        return dict(expected.run_validation(data))

    def lookups(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the database lookups of the parameters that were given."""
        return {lookup: self.asked[name] for name, lookup in names.items() if name in self.asked}

    def as_of(self) -> dict[str, Any]:
        """Return the two times that the answer is to be true of, each None where not given."""
        return {name: self.asked.get(name) for name in ("said_until", "known_at")}

    def dated(self) -> dict[str, str]:
        """Return the header that says since when what is about to be read is as it is."""
        return conditional.last_modified(timezone.now()) if self.of_record else {}

    def columns(self) -> Sequence[str]:
        """Return what `shown` needs of each row."""
        return self.shape.columns

    def rows(self, *args: Any, **path: Any) -> QuerySet[Any]:
        """Return the rows that the path and the query ask for: all, or the one of a detail."""
        mine = {self.owner: self.request.user.pk} if self.owner else {}
        return self.model._default_manager.filter(**mine, **path)

    def row(self, **path: Any) -> Any:
        """Return the one row that the path names. Raises NotFound."""
        found = self.rows(**path).first()
        if found is None:
            raise NotFound()
        return found

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return fetched rows as they are sent."""
        return self.completed([self.shape.of(row) for row in rows])

    def completed(self, formed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows in their form with what lives in other tables, which is asked for in bulk."""
        return formed


class Listing(Resource):
    """GET: a page of rows."""

    parameters = PageParameters
    renderer_classes: Sequence[type[BaseRenderer]] = (Json, Ndjson, Csv)
    paged = True
    newest_first: ClassVar[bool] = True

    prepared: ClassVar[Prepared | None] = None  # for plain questions
    days: ClassVar[Mapping[str, str]] = {}  # what `order` may name -> the column of the day

    def get(self, request: Request, **path: Any) -> Response:
        """List."""
        headers = self.dated()
        prepared = self.prepared
        if self.is_quick and prepared is not None and prepared.takes(self.asked):
            page = pagination.quick_page(prepared, request, self.asked, self.order())
            return paged(self.completed(page.rows), page.next, headers)
        rows, columns = self.rows(**path), self.columns()
        page = pagination.page(rows, columns, request, self.asked, self.order())
        return paged(self.shown(page.rows), page.next, headers)

    def order(self) -> Order:
        """Return in which order the rows are asked for."""
        if "order" not in self.asked:
            return BY_NUMBER[self.newest_first]
        name = self.asked["order"].removeprefix("-")
        newest_first, day = name != self.asked["order"], self.days.get(name, "")
        then = self.then(self.asked["known_at"]) if day and "known_at" in self.asked else None
        if then is None:
            return Order(newest_first, day)
        return Order(newest_first, "day_then", ((then[0], day), (then[1], "day_then")))

    def then(self, known_at: datetime) -> tuple[Q, Q] | None:
        """Return which rows show what they showed at `known_at`, and which showed `day_then`.

        None where rows are never rewritten.
        """
        return None


class Making(Listing):
    """A list to which may be added: POST, one at a time, or a batch of rows by `Batch`."""

    detail: ClassVar[str]  # the name of the route of one
    key: ClassVar[str] = "pk"  # what names one in its path

    def post(self, request: Request) -> HttpResponse:
        """Add one."""
        return once(request, self._prepared)

    def prepare(self, posted: dict[str, Any]) -> Effect:
        """Judge what was posted and do what is slow; return what makes the change and answers."""
        raise NotImplementedError

    def added(self, row: Model, **secrets: Any) -> Response:
        """Return the answer that shows a new row, with what is shown of it only now."""
        shown = self.shown(list(self.rows().filter(pk=row.pk).values(*self.columns())))[0]
        address = reverse(f"api:{self.detail}", args=[getattr(row, self.key)])
        headers = {"Location": self.request.build_absolute_uri(address)}
        headers |= {"Cache-Control": "no-store"} if secrets else {"ETag": etags.etag(shown)}
        return Response(shown | secrets, status=201, headers=headers)

    def _prepared(self) -> Effect:
        return self.prepare(self.posted())


class Acting(Resource):
    """POST: something done to what the path names, once for each Idempotency-Key."""

    def post(self, request: Request, **path: Any) -> HttpResponse:
        """Do it."""
        return once(request, partial(self._prepared, path))

    def _prepared(self, path: Mapping[str, Any]) -> Effect:
        return partial(self.done, self.posted(), **path)

    def done(self, *posted: Any, **path: Any) -> Response:
        """Do it, given the body, and answer; all of it is undone where this fails."""
        raise NotImplementedError


class Detail(Resource):
    """GET: one row."""

    def get(self, request: Request, **path: Any) -> Response:
        """Show one."""
        headers = self.dated()
        shown = self.one(**path)
        return Response(shown, headers=headers | {"ETag": etags.etag(shown)})

    def one(self, **path: Any) -> dict[str, Any]:
        """Return the one row that the path names, as it is sent. Raises NotFound."""
        found = list(self.rows(**path).values(*self.columns())[:1])
        if not found:
            raise NotFound()
        return self.shown(found)[0]


class Changing(Detail):
    """GET: one row; PATCH: the same with some fields changed, unless it was changed since."""

    def patch(self, request: Request, **path: Any) -> Response:
        """Change the fields that are given; `If-Match` says which version they are changes of."""
        etags.demand(request)
        posted = self.posted()
        with transaction.atomic():
            self.change(self.version(request, **path), posted)
            shown = self.one(**path)
        return Response(shown, headers={"ETag": etags.etag(shown)})

    def version(self, request: Request, **path: Any) -> Any:
        """Return the row that the path names, locked, of the version that `If-Match` names.

        Raises NotFound, ChangedError.
        """
        row = self.rows(**path).select_for_update().first()
        if row is None:
            raise NotFound()
        etags.judge(request, self.one(**path))
        return row

    def change(self, row: Any, posted: dict[str, Any]) -> None:
        """Write the changes. Raises RefusedError where they make no sense."""
        raise NotImplementedError


class Removing(Changing):
    """GET and PATCH; DELETE: the row is no more, unless it was changed since."""

    answers = {"DELETE": {204: None}}

    def delete(self, request: Request, **path: Any) -> Response:
        """Remove it. `If-Match` may say which version is meant."""
        with transaction.atomic():
            self.remove(self.version(request, **path))
        return Response(status=204)

    def remove(self, row: Any) -> None:
        """Remove a row. Raises UsedError where something else needs it."""
        row.delete()


@cache
def reader(parameters: type[Parameters]) -> Parameters:
    """Return the one reader of these parameters: it keeps nothing of what it read."""
    return parameters()


def paged(
    rows: Sequence[Mapping[str, Any]], following: str | None, headers: Mapping[str, str] = {}
) -> Response:
    """Return the answer of a page; a form without room for it finds `next` in its head."""
    link = {"Link": f'<{following}>; rel="next"'} if following else {}
    return Response({"results": rows, "next": following}, headers={**headers, **link})


def write(row: Model, posted: Mapping[str, Any], *, name: str) -> None:
    """Store a row with the values posted, lists of other rows too.

    Raises ExistsError where there is one with this value of `name` already.
    """
    lists = {field.name for field in row._meta.many_to_many} & posted.keys()
    for column in posted.keys() - lists:
        setattr(row, column, posted[column])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ExistsError(name) from error
    for related in lists:
        getattr(row, related).set(posted[related])


def _judge_body(request: Request) -> None:
    """Raise TooLargeError before anything reads the body, a file's parts included.

    Raises LengthRequiredError for a body in pieces, which would be taken for an empty one, and
    PackedBodyError for a packed one, which would be taken for bad JSON.
    """
    if request.method not in ("POST", "PATCH"):
        return
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequiredError()
    if request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise PackedBodyError()
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if limit is not None and length.isdigit() and int(length) > limit:
        raise TooLargeError(f"The body has {int(length):,} bytes; at most {limit:,} are taken.")


def _plain(form: QueryDict) -> dict[str, Any]:
    """Return a form's fields, each once. Raises ValidationError, ParseError."""
    repeated = {
        name: [ErrorDetail("Give this once.", "repeated")]
        for name, values in form.lists()
        if len(values) > 1
    }
    if repeated:
        raise ValidationError(repeated)
    found = {name: values[0] for name, values in form.lists()}
    strict_json.refuse_unstorable(found)
    return found
