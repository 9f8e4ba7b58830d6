"""A change that is asked for again is made once: `Idempotency-Key`.

The key is claimed by a row of its own before anything is done, so that a second request learns
that the first still runs. The change and its answer are then written in one transaction. A
request that is refused leaves no trace: the same key may carry the corrected request.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.access import caller
from api.errors import InvalidHeaderError
from api.models import KeptAnswer

HEADER = "Idempotency-Key"
LONGEST = 200
Effect = Callable[[], Response]


class StillRunningError(exceptions.APIException):
    """The first request with this key has not been answered yet (409)."""

    status_code = HTTPStatus.CONFLICT
    default_code = "still_running"
    default_detail = "The first request with this Idempotency-Key still runs; ask again."
    wait = 1


class KeyReusedError(exceptions.APIException):
    """A key that came with other content before (422)."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "key_reused"
    default_detail = "This Idempotency-Key came with another request before; take a new one."


def once(request: Request, prepare: Callable[[], Effect]) -> HttpResponse:
    """Make a change in one transaction and return its answer; a repeated one is only answered.

    `prepare` judges the request and does what is slow; what it returns makes the change.
    """
    key = request.headers.get(HEADER)
    if key is None:
        effect = prepare()
        with transaction.atomic():
            return effect()
    row, mine = _claimed(request, key)
    if not mine:
        return _replayed(row)
    try:
        effect = prepare()
        with transaction.atomic():
            answer = effect()
            _keep(row, answer)
    except BaseException:
        row.give_back()
        raise
    return answer


def _claimed(request: Request, key: str) -> tuple[KeptAnswer, bool]:
    """Return the row of a key and whether it is ours to answer.

    Raises InvalidHeaderError, KeyReusedError, StillRunningError.
    """
    if not re.fullmatch(f"[!-~]{{1,{LONGEST}}}", key):
        reason = f"A key has 1 to {LONGEST} visible ASCII characters."
        raise InvalidHeaderError({HEADER: [exceptions.ErrorDetail(reason, "invalid")]})
    owner = caller(request)
    if owner is None:
        raise exceptions.NotAuthenticated()
    fingerprint = _fingerprint(request)
    row, mine = KeptAnswer.objects.claim(
        owner=owner, key=key, fingerprint=fingerprint, now=timezone.now()
    )
    if row.fingerprint != fingerprint:
        raise KeyReusedError()
    if not mine and row.status is None:
        raise StillRunningError()
    return row, mine


def _keep(row: KeptAnswer, answer: Response) -> None:
    """Write the answer beside the change. Raises StillRunningError, which undoes the change."""
    body = "" if answer.data is None else JSONRenderer().render(answer.data).decode()
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    if not row.keep(status=answer.status_code, headers=headers, body=body):
        raise StillRunningError()


def _replayed(row: KeptAnswer) -> HttpResponse:
    """Return the answer that was given the first time."""
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    for name, value in row.headers.items():
        answer.headers[name] = value
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _fingerprint(request: Request) -> str:
    """Return the hash of what is asked for; a form's boundary and a field's place are no part."""
    data = request.data
    content = sorted(_of_form(data)) if isinstance(data, QueryDict) else data
    asked = json.dumps([request.method, request.path.rstrip("/"), content], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _of_form(form: QueryDict) -> Iterator[tuple[str, str]]:
    for name, values in form.lists():
        for value in values:
            yield str(name), _of_file(value) if isinstance(value, UploadedFile) else str(value)


def _of_file(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256(str(file.name).encode())
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
