"""What answers where no view does: a page for people, a problem for programs."""

import sys

from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults

from api.errors import problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that no view was asked about, such as one with a bad Host header."""
    if _is_api(request):
        return problem(exception, {})
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    if _is_api(request):
        return problem(Http404(), {})
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for a fault outside of the views."""
    error = sys.exc_info()[1]
    if _is_api(request) and isinstance(error, Exception):
        return problem(error, {})
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
