"""The short way: a program's plain question, answered without what only pages and changes need.

Sessions, CSRF, messages, static files, and the framework's own request, authentication and
negotiation cost more than most reads. A question is plain where nothing but its address, its
query and its key is to be judged; any other, and any key that does not open what is asked,
goes on to the rest of the middleware and to the framework, which words each refusal.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from rest_framework.exceptions import AuthenticationFailed

from api.access import KeyAuthentication, Need, may
from api.resource import JSON, Resource

Answer = Callable[[HttpRequest], HttpResponseBase]
BASE = "/api/v1/"
_NOBODY = AnonymousUser()
# What makes a question more than plain.
_TELLING = ("HTTP_COOKIE", "HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH", "CONTENT_TYPE")


def take(get_response: Answer) -> Answer:
    """Return a middleware that answers plain questions itself."""
    from api.urls import RESOURCES  # the routes are there once the applications are

    places = _by_first_word(RESOURCES)

    def answer(request: HttpRequest) -> HttpResponseBase:
        found = _place(places, request.path_info) if _is_plain(request) else None
        if found is None or not _is_let_in(found[0], request):
            return get_response(request)
        view, path = found
        response = view().short_answer(request, **path)
        if isinstance(response, HttpResponse):  # the server would send it in pieces
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer


def _is_plain(request: HttpRequest) -> bool:
    asked = request.META
    return (
        request.method == "GET"
        and request.path_info.startswith(BASE)
        and asked.get("HTTP_ACCEPT", "*/*") in ("*/*", JSON)
        and not any(asked.get(name) for name in _TELLING)
        and "format=" not in asked.get("QUERY_STRING", "")
        and _is_host_ours(request)
    )


def _is_host_ours(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _by_first_word(patterns: list[URLPattern]) -> dict[str, list[URLPattern]]:
    """Return the routes by the first word of their path: of sixty, a few are left to try."""
    found = defaultdict(list)
    for pattern in patterns:
        found[str(pattern.pattern).partition("/")[0]].append(pattern)
    return dict(found)


def _place(
    places: dict[str, list[URLPattern]], address: str
) -> tuple[type[Resource], dict[str, Any]] | None:
    """Return the view at an address, and what its path names; None where there is none."""
    rest = address.removeprefix(BASE)
    for pattern in places.get(rest.partition("/")[0], ()):
        match = pattern.pattern.match(rest)
        if match is not None:
            view: type[Resource] = pattern.callback.cls  # type: ignore[attr-defined]  # as_view's
            return (view, match[2]) if view.has_short_answer() else None
    return None


def _is_let_in(view: type[Resource], request: Any) -> bool:
    """Say whether the caller, whom this finds by the key if there is one, may ask this."""
    request.user, request.auth = _NOBODY, None
    if request.META.get("HTTP_AUTHORIZATION"):
        try:
            known = KeyAuthentication().authenticate(request)
        except AuthenticationFailed:
            return False
        if known is None:  # another scheme, which some other part may know
            return False
        request.user, request.auth = known
    return may(view.needs.get("GET", Need.WRITE), request.user, request.auth)
