"""Who may look, and who may decide."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from tracker.review import is_analyst

View = Callable[..., HttpResponseBase]


class AnalystRequest(HttpRequest):
    """A request that `analysts` let through: its user is somebody."""

    user: User


def readers(view: View) -> View:
    """Return the view, open to everybody or, without PUBLIC_READING, to those logged in."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if settings.PUBLIC_READING or request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return login_required(view)(request, *args, **kwargs)

    return answer


def analysts(view: View) -> View:
    """Return the view for analysts: strangers are sent to the login, others get 403."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not is_analyst(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(answer)
