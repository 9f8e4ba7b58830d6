"""The OpenAPI description, taken from what the views declare, errors included."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, get_doc
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers

from api import errors, examples
from api.access import Need
from api.choices import Choice
from api.idempotency import HEADER, LONGEST
from api.shapes.parts import Shape

_PATHS: dict[str, tuple[Any, str]] = {
    "id": (OpenApiTypes.INT64, "number of the row"),
    "message": (OpenApiTypes.UUID, "id of the message"),
    "slug": (OpenApiTypes.STR, "its slug"),
    "actor": (OpenApiTypes.STR, "slug of the actor"),
    "topic": (OpenApiTypes.STR, "slug of the topic"),
}
_BATCH = "batch"
_HIDDEN = ("List.", "Show one.", "Add one.", "Do it.")  # say nothing that the view does not say
_HEADERS = {
    "POST": OpenApiParameter(
        HEADER,
        {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        description="a repeated request with the same key is answered again, not done again",
    ),
    "PATCH": OpenApiParameter(
        "If-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=True,
        description="the ETag of what was read; * for any",
    ),
    "DELETE": OpenApiParameter(
        "If-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="the ETag of what was read: another version is not deleted",
    ),
}
# What is told in the head of an answer: name -> (to which methods, in which statuses, what).
_TOLD: dict[str, tuple[tuple[str, ...], list[int], str]] = {
    "ETag": (("GET", "PATCH"), [200], "the version of this answer: see If-None-Match, If-Match"),
    "Last-Modified": (("GET",), [200], "since when the record is as it is; not while it changes"),
    "Link": (("GET", "PATCH"), [200], 'the next page, rel="next"; or what follows, rel="status"'),
    "Location": (("POST",), [200, 201, 202], "where what was made, or what becomes of it, is"),
    "Idempotency-Replayed": (
        ("POST",),
        [200, 201, 202],
        "`true`: this was answered before, to the same key, and nothing was done now",
    ),
    "RateLimit": (("GET", "POST", "PATCH", "DELETE"), [200, 201, 202, 204, 429], "what is left"),
    "RateLimit-Policy": (("GET", "POST", "PATCH", "DELETE"), [200, 201, 202, 204, 429], "the rule"),
    "Retry-After": (("GET", "POST", "PATCH", "DELETE"), [409, 429], "seconds to wait"),
    "WWW-Authenticate": (("GET", "POST", "PATCH", "DELETE"), [401], "how to log in"),
}
_VERBS = {"POST": "create", "PATCH": "change", "DELETE": "delete"}
_ERRORS = {
    400: "A parameter, a field or the body is refused; `fields` says which and why.",
    401: "The key does not exist, has expired or was revoked; or a login is needed.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not see it.",
    406: "No such form can be sent.",
    409: "It is there already, or still needed, or the first request with this key still runs.",
    411: "The body comes in pieces, without its length.",
    412: "It has been changed since it was read: `If-Match` names another version.",
    413: "The body is too large.",
    415: "This type of body is not read here.",
    422: "Well formed, and yet it cannot be done; `fields` says why.",
    428: "A change needs `If-Match` with the version that it is of.",
    429: "The caller's limit is spent; `Retry-After` says for how many seconds.",
    500: "The server failed; `instance` names the entry in its log.",
}
_INTRODUCTION = """\
What public actors have said on topics, when, in which words and according to whom, and where a
position has really changed.

**Keys.** Reading is open unless the installation says otherwise; for the rest send
`Authorization: Bearer sl_…`. Each operation says what it needs.

**Two times.** `said_until` (a day) leaves out what had not certainly been said by then; `known_at`
(a moment, `Z` for UTC) answers as this record stood then, and is answered the same ever after.

**Lists** come in pages: follow `next`, or the header `Link`, as it is. **Forms**: `format=` or
`Accept`. **Asking again**: send the `ETag` as `If-None-Match`.

**Changes** carry `Idempotency-Key` (POST) or `If-Match` (PATCH). What was posted as a document is
read a moment later: follow `Location`.

**Errors** are `application/problem+json`; `fields` names each thing refused. Unknown names are
refused, never ignored.

**Versions.** Within `v1` names and meanings stay. Names may be added to answers, parameters to
requests, and values to sets such as kinds: pass over what you do not know. What would break a
client comes as `v2`, and `v1` stays beside it for at least a year.
"""
PROBLEM = {
    "type": "object",
    "description": "An error, in the shape of RFC 9457.",
    "required": ["type", "title", "status", "detail", "fields"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri"},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "name", "code", "reason"],
                "properties": {
                    "in": {"type": "string", "enum": ["query", "body", "header"]},
                    "name": {"type": "string", "description": "nested names joined with dots"},
                    "code": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
    },
    "example": {
        "type": "urn:stanceline:problem:invalid",
        "title": "Bad Request",
        "status": 400,
        "detail": "Some of what was sent is refused; see fields.",
        "fields": [
            {
                "in": "query",
                "name": "limit",
                "code": "max_value",
                "reason": "Ensure this value is less than or equal to 200.",
            }
        ],
    },
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself by an untyped hook
    """How `KeyAuthentication` appears in the schema."""

    target_class = "api.access.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the scheme: a bearer key."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "sl_…"}


class ChoiceComponent(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it registers itself by an untyped hook
    """How `Choice` appears in the schema: a component of its own, not one a use."""

    target_class = "api.choices.Choice"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, str]:
        """Return a reference to the set of values."""
        field: Choice = self.target
        component = ResolvedComponent(  # type: ignore[no-untyped-call]  # the package leaves it so
            name=field.component,
            type=ResolvedComponent.SCHEMA,
            schema={"type": "string", "enum": list(field.choices)},
            object=field.component,
        )
        auto_schema.registry.register_on_missing(component)
        return cast(dict[str, str], component.ref)


class OperationSchema(AutoSchema):
    """One operation of a `Resource`: its parameters, bodies, answers and errors."""

    view: Any  # a Resource, which this module cannot import: each of them has one of these

    def get_operation_id(self) -> str:
        """Return `document_list`, `document_get`, `document_create`, `decision_undo`..."""
        noun = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        noun, _, form = noun.rpartition("_")
        if hasattr(self.view, "done"):  # something done to one: its name says what
            return noun
        if form == _BATCH:
            return f"{noun}_create_many"
        return f"{noun}_{_VERBS.get(self.method, 'list' if form == 'list' else 'get')}"

    def get_summary(self) -> str:
        """Return one line that says what the operation is for."""
        reads = self.method == "GET" or hasattr(self.view, "done")
        text = self._about() if reads else get_doc(getattr(self.view, self.method.lower()))
        return re.split(r"[.:;]\s|\.$", text.replace("\n", " "), maxsplit=1)[0]

    def get_description(self) -> str:  # type: ignore[override]  # as its own parent has it
        """Return what the operation is for, what it does, and what it asks of its caller."""
        need = f"Needs {self.view.needs[self.method].value}."
        return "\n\n".join(filter(None, [self._about(), self._told(), need]))

    def _about(self) -> str:
        return get_doc(type(self.view))

    def _told(self) -> str:
        told = get_doc(getattr(self.view, self.method.lower()))
        return "" if told in _HIDDEN else told

    def get_examples(self) -> list[OpenApiExample]:
        """Return one example of each body and of each form of the answer."""
        return list(examples.of_operation(self.view, self.method))

    def _renderers(self) -> Any:
        forms = self.view.renderer_classes
        return forms if self.method == "GET" else forms[:1]

    def get_tags(self) -> list[str]:
        """Return the resource's name: the first part of the path."""
        return [self.path.removeprefix("/api/v1").strip("/").split("/")[0] or "index"]

    def get_override_parameters(self) -> list[Any]:
        """Return the path's variables and, for reads, the query parameters."""
        names = re.findall(r"{(\w+)}", self.path)
        found: list[Any] = [
            OpenApiParameter(
                name, _PATHS[name][0], OpenApiParameter.PATH, description=_PATHS[name][1]
            )
            for name in names
        ]
        if self.method == "GET" and self.view.has_forms(self.method):
            names = [str(renderer.format) for renderer in self.view.renderer_classes]
            found.append(OpenApiParameter("format", enum=names, description="else by `Accept`"))
        queried = self.method == "GET" and bool(self.view.parameters().fields)
        found += [_HEADERS[self.method]] if self.method in _HEADERS else []
        found += self._headers_told()
        return [*found, self.view.parameters] if queried else found

    def _headers_told(self) -> Iterator[OpenApiParameter]:
        for name, (methods, statuses, description) in _TOLD.items():
            dated = name != "Last-Modified" or self.view.of_record
            if self.method in methods and dated:
                yield OpenApiParameter(
                    name,
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    response=[str(status) for status in statuses],
                    description=description,
                )

    def get_request_serializer(self) -> Any:
        """Return the bodies by media type, none for reads."""
        return self.view.bodies or None if self.method in ("POST", "PATCH") else None

    def get_response_serializers(self) -> Any:
        """Return what the operation answers, by status, its errors included."""
        answers: dict[Any, Any] = dict(self.view.answers.get(self.method) or self._forms())
        if self.method == "GET" and self._is_tagged():
            answers[304] = OpenApiResponse(
                description="`If-None-Match` names the answer's ETag; or, where that is not sent, "
                "nothing changed since `If-Modified-Since`."
            )
        for status in self._statuses():
            answers[status, errors.CONTENT_TYPE] = OpenApiResponse(
                self._problem(), description=_ERRORS[status]
            )
        return answers

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return the name of a component: the word itself, without what it is to the code."""
        name: str = super().get_serializer_name(serializer, direction)
        return name.removesuffix("Shape")

    def get_auth(self) -> list[dict[str, Any]]:
        """Return the ways to log in; an empty one where none is needed."""
        need = self.view.needs[self.method]
        free = need is Need.OPEN or (need is Need.READ and settings.PUBLIC_READING)
        return [*super().get_auth(), *([{}] if free else [])]

    def _is_tagged(self) -> bool:
        """Say whether the answer has an ETag: everybody with the right to read sees the same."""
        return self.view.needs["GET"] in (Need.READ, Need.OPEN) and not self.view.streams

    def _forms(self) -> dict[Any, Any]:
        """Return the forms of what GET answers; all but JSON itself are described elsewhere."""
        own, *others = self._renderers()
        return {(200, own.media_type): self._shape()} | {
            (200, form.media_type): OpenApiTypes.OBJECT if form.json else OpenApiTypes.STR
            for form in others
        }

    def _shape(self) -> Any:
        shape: type[Shape] = self.view.shape
        return _page_of(shape) if self.view.paged and self.method == "GET" else shape

    def _statuses(self) -> list[int]:
        found = {400, 401, 403, 406, 429, 500}
        if "{" in self.path:
            found.add(404)
        if self.method == "POST":
            found |= {409, 411, 413, 415, 422}
        if self.method == "PATCH":
            found |= {409, 411, 412, 413, 415, 422, 428}
        if self.method == "DELETE":
            found |= {409, 412}
        if self.view.needs[self.method] is Need.OPEN:
            found.discard(403)
        return sorted(found)

    def _problem(self) -> dict[str, str]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]  # the package leaves it so
            name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(component)
        return cast(dict[str, str], component.ref)


def introduced(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Return the document with a description of itself and of each group of its operations."""
    result["info"]["description"] = _INTRODUCTION
    names = {
        name for path in result["paths"].values() for op in path.values() for name in op["tags"]
    }
    result["tags"] = [
        {"name": name, "description": result["paths"][f"/api/v1/{name}"]["get"]["summary"]}
        for name in sorted(names - {"index"})
    ]
    return result


@cache
def document() -> dict[str, Any]:
    """Return the whole OpenAPI document; it cannot change while the process lives."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # the package leaves it so
    return cast(dict[str, Any], generator.get_schema(request=None, public=True))


@cache
def _page_of(shape: type[Shape]) -> Any:
    return inline_serializer(
        f"{examples.named(shape)}Page",
        {
            "results": shape(many=True),
            "next": serializers.URLField(allow_null=True, help_text="the next page; null: no more"),
        },
    )
