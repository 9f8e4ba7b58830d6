"""Keyset pages: each begins after a row, not at a number, so that inserts move nothing.

The cursor is signed and names the list and the filters that it belongs to. A client cannot
make one up, and a cursor given to another question is refused instead of misread.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from api.errors import InvalidQueryError
from tracker.prepared import Prepared

# Without the time of signing: the same page has the same `next`, and thus the same tag.
_signer = signing.Signer(salt="api.cursor")


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and the address of the next one or None at the end."""

    rows: list[dict[str, Any]]
    next: str | None


def page(
    rows: QuerySet[Any, dict[str, Any]],
    request: Request,
    asked: Mapping[str, Any],
    *,
    newest_first: bool,
) -> Page:
    """Return the page of `rows` (with their `id`) that `asked` wants: one query, no count.

    Raises InvalidQueryError for a cursor that is not one of this list with these filters.
    """
    limit = asked["limit"]
    found = list(_after(rows, request, asked.get("cursor"), newest_first)[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    shown = found[:limit]
    return Page(shown, following(request, limit, shown[-1]["id"]))


def quick_page(prepared: Prepared, request: Request, asked: Mapping[str, Any]) -> Page:
    """Return the page that `page` would return, newest first, by a prepared read."""
    limit, cursor = asked["limit"], asked.get("cursor")
    after = None if cursor is None else int(place(request, cursor))
    found = prepared.page(asked, after, limit + 1)
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], following(request, limit, found[limit - 1]["id"]))


def following(request: Request, limit: int, place: int | str) -> str:
    """Return the address of the page that goes on after `place`."""
    cursor = _signer.sign_object([_question(request), place])
    query = [*_filters(request), ("limit", str(limit)), ("cursor", cursor)]
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def _after(
    rows: QuerySet[Any, dict[str, Any]], request: Request, cursor: str | None, newest_first: bool
) -> QuerySet[Any, dict[str, Any]]:
    rows = rows.order_by("-id" if newest_first else "id")
    if cursor is None:
        return rows
    last = int(place(request, cursor))
    return rows.filter(id__lt=last) if newest_first else rows.filter(id__gt=last)


def place(request: Request, cursor: str) -> Any:
    """Return the place that `following` put into a cursor.

    Raises InvalidQueryError for a cursor that is not one of this list with these filters.
    """
    try:
        question, last = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise _refused("This is no cursor of this server.") from error
    if question != _question(request):
        raise _refused("This cursor belongs to other filters; start again without it.")
    return last


def _refused(reason: str) -> InvalidQueryError:
    return InvalidQueryError({"cursor": [ErrorDetail(reason, "invalid")]})


def _filters(request: Request) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in sorted(request.query_params.lists())
        if name not in ("limit", "cursor")
        for value in values
    ]


def _question(request: Request) -> str:
    text = json.dumps([request.path.rstrip("/"), _filters(request)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
