"""Versions of what is shown, and changes that must not overwrite another one: `If-Match`."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

_LENGTH = 32


class PreconditionRequiredError(exceptions.APIException):
    """A change that does not say which version it is of (428)."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "precondition_required"
    default_detail = "Send the ETag of what you read as If-Match, so that no change is lost."


class ChangedError(exceptions.APIException):
    """A change of a version that is no longer there (412)."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "changed"
    default_detail = "It has been changed since you read it: read it again."


def etag(shown: Mapping[str, Any]) -> str:
    """Return the version of something as it is shown."""
    digest = hashlib.sha256(JSONRenderer().render(shown)).hexdigest()
    return f'"{digest[:_LENGTH]}"'


def demand(request: Request) -> None:
    """Raise PreconditionRequiredError for a request without If-Match."""
    if "If-Match" not in request.headers:
        raise PreconditionRequiredError()


def judge(request: Request, shown: Mapping[str, Any]) -> None:
    """Raise ChangedError unless If-Match, where it is given, names the version shown."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return
    # A proxy that compresses marks versions as weak; what they name is the same.
    versions = {version.strip().removeprefix("W/") for version in given.split(",")}
    if etag(shown) not in versions:
        raise ChangedError()
