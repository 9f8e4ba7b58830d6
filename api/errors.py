"""The one error shape: `application/problem+json` (RFC 9457) for every 4xx and 5xx."""

import logging
import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.views import set_rollback

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_TYPE = "urn:stanceline:problem:"


class InvalidQueryError(exceptions.ValidationError):
    """Query parameters that are refused, each with its reason."""


class InvalidHeaderError(exceptions.ValidationError):
    """Header fields that are refused, each with its reason."""


class BlamedError(exceptions.APIException):
    """An error that one field of the body is to blame for."""

    def __init__(self, code: str, reason: str, *, field: str) -> None:
        super().__init__(reason, code)
        self.field = field


class ExistsError(BlamedError):
    """Something of this name is there already (409)."""

    status_code = HTTPStatus.CONFLICT

    def __init__(self, field: str, reason: str = "") -> None:
        reason = reason or f"There is one of this {field} already."
        super().__init__("exists", reason, field=field)


class UsedError(exceptions.APIException):
    """Something that cannot be removed while others speak of it (409)."""

    status_code = HTTPStatus.CONFLICT
    default_code = "used"
    default_detail = "Something else needs it: it stays."


class RefusedError(BlamedError):
    """A request that is well formed and asks for something that cannot be done (422)."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY


class TooLargeError(exceptions.APIException):
    """A body above the limit (413)."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class LengthRequiredError(exceptions.APIException):
    """A body that is sent in pieces, of which nobody knows the size (411)."""

    status_code = HTTPStatus.LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body whole, with its Content-Length."


class PackedBodyError(exceptions.APIException):
    """A body with a Content-Encoding (415)."""

    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    default_code = "packed_body"
    default_detail = "Send the body as it is: no Content-Encoding is read here."


class BadHostError(exceptions.APIException):
    """A Host header that names no host of this installation (400)."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_host"
    default_detail = "The Host header names no host of this installation."


_PLACES = {InvalidQueryError: "query", InvalidHeaderError: "header"}


def problem(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Return the answer to an error in a view; nothing gets past it, so that none is HTML."""
    set_rollback()
    known = _known(error)
    body = _unexpected(error) if known is None else _described(known)
    headers = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header
    if getattr(known, "wait", None):
        headers["Retry-After"] = str(math.ceil(known.wait))
    status = body["status"]
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def described(error: Exception) -> dict[str, Any]:
    """Return the body of the answer to an error, such as one of many rows has."""
    known = _known(error)
    return _unexpected(error) if known is None else _described(known)


def _described(known: Any) -> dict[str, Any]:
    invalid = isinstance(known, exceptions.ValidationError)
    return _body(
        known.status_code,
        "invalid" if invalid else _code(known),
        "Some of what was sent is refused; see fields." if invalid else str(known.detail),
        fields=list(_fields(known)),
    )


def _known(error: Exception) -> Any:
    """Return the error as one that has a status, or None for a fault of ours."""
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return TooLargeError("The body is larger than this server takes.")
        case DisallowedHost():
            return BadHostError()
        case BadRequest():
            return exceptions.ParseError(str(error))
        case SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            return exceptions.ParseError()
    return None


def _unexpected(error: Exception) -> dict[str, Any]:
    instance = f"urn:uuid:{uuid.uuid4()}"
    log.error("unhandled error %s", instance, exc_info=error)
    detail = "The server failed. Its log has the cause under the instance given here."
    return _body(500, "server_error", detail) | {"instance": instance}


def _body(
    status: int, code: str, detail: str, *, fields: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    return {
        "type": _TYPE + code.replace("_", "-"),
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "fields": list(fields),
    }


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _fields(error: exceptions.APIException) -> Iterator[dict[str, str]]:
    """Yield `{"in", "name", "code", "reason"}` for each reason, nested names with dots."""
    if isinstance(error, BlamedError):
        yield _field("body", error.field, error.detail)
    elif isinstance(error, exceptions.ValidationError):
        place = _PLACES.get(type(error), "body")
        for name, reason in _reasons(error.detail):
            yield _field(place, name, reason)


def _field(place: str, name: str, reason: Any) -> dict[str, str]:
    return {"in": place, "name": name, "code": str(reason.code), "reason": str(reason)}


def _reasons(detail: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            inner_path = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _reasons(inner, inner_path)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _reasons(inner, path)
    else:
        yield path, detail
