"""The short way: a program's plain question, answered without what only pages and changes need.

Sessions, CSRF, messages, static files, and the framework's own request, authentication and
negotiation cost more than most reads. A question is plain where nothing but its address, its
query and its key is to be judged; any other, and any key that does not open what is asked,
goes on to the rest of the middleware and to the framework, which words each refusal.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils.log import log_response
from django.utils.module_loading import import_string
from rest_framework.exceptions import AuthenticationFailed

from api.access import KeyAuthentication, Need, may
from api.resource import JSON, Resource

Answer = Callable[[HttpRequest], HttpResponseBase]
Head = list[tuple[str, str]]
Server = Callable[[dict[str, Any], Callable[[str, Head], Any]], Iterable[bytes]]  # WSGI
BASE = "/api/v1/"
_HERE = "api.short_way.take"
_NOBODY = AnonymousUser()
# What makes a question more than plain.
_TELLING = ("HTTP_COOKIE", "HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH", "CONTENT_TYPE")


def take(get_response: Answer) -> Answer:
    """Return a middleware that answers plain questions itself."""
    answered = _answering()

    def answer(request: HttpRequest) -> HttpResponseBase:
        plain = answered(request) if _is_plain(request.META, request.path_info) else None
        return get_response(request) if plain is None else plain

    return answer


def first(application: Server) -> Server:
    """Return the WSGI application that answers plain questions before Django's handler begins.

    Its signals, its thread's state and the middlewares before `take` cost as much as a read.
    These middlewares only add headers, the same for all: they are asked for them once.
    """
    depends = settings.DEBUG or settings.CORS_ORIGINS  # queries are kept; a header names the asker
    if depends or _HERE not in settings.MIDDLEWARE:
        return application
    answered, safety = _answering(), {secure: _safety(secure) for secure in (False, True)}

    def serve(environ: dict[str, Any], start: Callable[[str, Head], Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ.get("SCRIPT_NAME") or not _is_plain(environ, path):
            return application(environ, start)
        request = WSGIRequest(environ)
        close_old_connections()
        response = answered(request)
        if response is None:
            environ["PATH_INFO"] = path  # a request decodes it in place, and cannot do so twice
            return application(environ, start)
        words = response.reason_phrase
        if response.status_code >= 400:
            log_response("%s: %s", words, request.path, response=response, request=request)
        head = [*response.items(), *safety[request.is_secure()]]
        start(f"{response.status_code} {words}", head)
        return [response.content] if request.method == "GET" else []

    return serve


def _safety(secure: bool) -> Head:
    """Return the headers that the middlewares before `take` add to any answer."""
    scheme = "https" if secure else "http"
    asked = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()}
    if settings.SECURE_PROXY_SSL_HEADER:
        asked[settings.SECURE_PROXY_SSL_HEADER[0]] = scheme
    chain: Answer = _nothing
    for path in reversed(settings.MIDDLEWARE[: settings.MIDDLEWARE.index(_HERE)]):
        chain = import_string(path)(chain)
    head = chain(WSGIRequest(asked)).headers
    return [(name, value) for name, value in head.items() if name != "Content-Type"]


def _nothing(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse()


def _answering() -> Callable[[HttpRequest], HttpResponse | None]:
    """Return what answers a question that looks plain; None for one that is not, after all."""
    from api.urls import RESOURCES  # the routes are there once the applications are

    places = _by_first_word(RESOURCES)

    def answered(request: HttpRequest) -> HttpResponse | None:
        found = _place(places, request.path_info) if _is_still_plain(request) else None
        if found is None or not _is_let_in(found[0], request):
            return None
        view, path = found
        response: HttpResponse = view().short_answer(request, **path)
        # Without a length the server would send it in pieces.
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return answered


def _is_plain(asked: Mapping[str, Any], path: str) -> bool:
    return (
        path.startswith(BASE)
        # Both, so that a HEAD names the tag of what the GET would bring: the rows of a prepared
        # read are written otherwise than the framework writes them.
        and asked["REQUEST_METHOD"] in ("GET", "HEAD")
        and asked.get("HTTP_ACCEPT", "*/*") in ("*/*", JSON)
        and not any(asked.get(name) for name in _TELLING)
    )


def _is_still_plain(request: HttpRequest) -> bool:
    """Say whether the host is ours and the query can be read and chooses no form, however spelt."""
    try:
        request.get_host()
        return "format" not in request.GET
    except SuspiciousOperation:  # another host, or more parameters than are taken
        return False


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
        except (AuthenticationFailed, DatabaseError):
            return False
        if known is None:  # another scheme, which some other part may know
            return False
        request.user, request.auth = known
    return may(view.needs.get("GET", Need.WRITE), request.user, request.auth)
