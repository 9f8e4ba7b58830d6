"""Who may look, and who may do what."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from tracker import roles
from tracker.roles import Action

View = Callable[..., HttpResponseBase]


class AccountRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User


class AnalystRequest(AccountRequest):
    """A request that `analysts` let through."""


def readers(view: View) -> View:
    """Return the view, open to everybody or, without PUBLIC_READING, to those logged in."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if roles.may(request.user, Action.READ):
            return view(request, *args, **kwargs)
        return login_required(view)(request, *args, **kwargs)

    return answer


def whoever_may(action: Action) -> Callable[[View], View]:
    """Return a decorator for views: strangers are sent to the login, those who may not get 403."""

    def guard(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not roles.may(request.user, action):
                raise PermissionDenied(roles.takes(action).value)
            return view(request, *args, **kwargs)

        return login_required(answer)

    return guard


adders = whoever_may(Action.ADD)
analysts = whoever_may(Action.DECIDE)
subscribers = whoever_may(Action.SUBSCRIBE)


def rights(request: HttpRequest) -> dict[str, object]:
    """Return, for every template, what its reader may do: `may.decide` and so on.

    It is asked for only where a template does, and once a page.
    """

    def named() -> dict[str, bool]:
        allowed = roles.allowed(request.user)
        return {action.name.lower(): action in allowed for action in Action}

    return {"may": SimpleLazyObject(named)}
