"""Who may look, and who may do what."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tracker import roles
from tracker.models import Preferences
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
        open_view = view if roles.may(request.user, Action.READ) else login_required(view)
        with timezone.override(time_zone(request.user)):
            return open_view(request, *args, **kwargs)

    return answer


def whoever_may(action: Action) -> Callable[[View], View]:
    """Return a decorator for views: strangers are sent to the login, those who may not get 403."""

    def guard(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not roles.may(request.user, action):
                raise PermissionDenied(roles.takes(action).value)
            with timezone.override(time_zone(request.user)):
                return view(request, *args, **kwargs)

        return login_required(answer)

    return guard


adders = whoever_may(Action.ADD)
analysts = whoever_may(Action.DECIDE)
subscribers = whoever_may(Action.SUBSCRIBE)


def time_zone(user: AbstractBaseUser | AnonymousUser) -> str:
    """Return the name of the time zone in which somebody reads instants; UTC by default.

    Days on which something was said are dates and never shift.
    """
    mine = Preferences.objects.filter(user=user.pk).first() if user.is_authenticated else None
    return mine.time_zone if mine else settings.TIME_ZONE


def rights(request: HttpRequest) -> dict[str, object]:
    """Return, for every template, what its reader may do: `may.decide` and so on.

    It is asked for only where a template does, and once a page.
    """

    def named() -> dict[str, bool]:
        allowed = roles.allowed(request.user)
        return {action.name.lower(): action in allowed for action in Action}

    return {"may": SimpleLazyObject(named), "time_zone": timezone.get_current_timezone_name()}
