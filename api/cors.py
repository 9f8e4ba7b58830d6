"""Which pages of other sites may read the API from a browser: those that a setting names."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_METHODS = "GET, HEAD, POST, PATCH, DELETE"
_SENT = (
    "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, "
    "If-Modified-Since"
)
_SHOWN = (
    "ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, "
    "Allow, Content-Disposition, WWW-Authenticate"
)


def allow_origins(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that answers the browser's questions about other sites.

    Never with credentials: a page of another site has its key or reads what is public.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if not settings.CORS_ORIGINS or not request.path.startswith("/api/"):
            return get_response(request)
        asks_before = "Access-Control-Request-Method" in request.headers
        allowed = _allowed(request.headers.get("Origin", ""))
        if allowed and asks_before and request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _SENT
            response.headers["Access-Control-Max-Age"] = "600"
        else:
            response = get_response(request)
        if allowed:
            response.headers["Access-Control-Allow-Origin"] = allowed
            response.headers["Access-Control-Expose-Headers"] = _SHOWN
        patch_vary_headers(response, ["Origin"])
        return response

    return answer


def _allowed(origin: str) -> str:
    if not origin:
        return ""
    if "*" in settings.CORS_ORIGINS:
        return "*"
    return origin if origin in settings.CORS_ORIGINS else ""
