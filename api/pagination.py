"""Keyset pages: each begins after a row, not at a number, so that inserts move nothing.

The cursor is signed and names the list and the filters that it belongs to. A client cannot
make one up, and a cursor given to another question is refused instead of misread.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from api.errors import InvalidQueryError
from tracker.orders import Order
from tracker.prepared import Prepared

# Without the time of signing: the same page has the same `next`, and thus the same tag.
_signer = signing.Signer(salt="api.cursor")


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and the address of the next one or None at the end."""

    rows: list[dict[str, Any]]
    next: str | None


def page(
    rows: QuerySet[Any],
    columns: Sequence[str],
    request: Request,
    asked: Mapping[str, Any],
    order: Order,
) -> Page:
    """Return the page of `rows` (`columns`, with `id`) that `asked` wants: no count, no offset.

    One query by number, some by day: see tracker/orders.py. Raises InvalidQueryError for a cursor
    that is not one of this list with these filters and this order.
    """
    found = order.page(rows, columns, _after(request, asked), asked["limit"] + 1)
    return _cut(found, request, asked["limit"], order.place)


def quick_page(
    prepared: Prepared, request: Request, asked: Mapping[str, Any], order: Order
) -> Page:
    """Return the page that `page` would return by a prepared read."""
    found = prepared.page(asked, _after(request, asked), asked["limit"] + 1, order)
    return _cut(found, request, asked["limit"], order.place_of_sent)


def _after(request: Request, asked: Mapping[str, Any]) -> Any:
    return place(request, asked["cursor"]) if "cursor" in asked else None


def _cut(
    found: list[dict[str, Any]],
    request: Request,
    limit: int,
    place_of: Callable[[Mapping[str, Any]], Any],
) -> Page:
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], following(request, limit, place_of(found[limit - 1])))


def following(request: Request, limit: int, place: Any) -> str:
    """Return the address of the page that goes on after `place`."""
    cursor = _signer.sign_object([_question(request), place])
    query = [*_filters(request), ("limit", str(limit)), ("cursor", cursor)]
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def place(request: Request, cursor: str) -> Any:
    """Return the place that `following` put into a cursor.

    Raises InvalidQueryError for a cursor that is not one of this list with these filters and
    this order.
    """
    try:
        question, last = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise _refused("This is no cursor of this server.") from error
    if question != _question(request):
        reason = "This cursor belongs to other filters or another order; start again without it."
        raise _refused(reason)
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
