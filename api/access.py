"""Who asks, and what they may do."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.models import ApiKey
from tracker import roles
from tracker.roles import AccountRole, Action

if TYPE_CHECKING:
    from rest_framework.views import APIView

_SCHEME = b"bearer"


class Need(Enum):
    """What an operation asks of its caller: a role's right and, of a key, a scope besides."""

    OPEN = "open to everybody"
    READ = "reading: everybody, or any login or key `read` where reading is not public"
    WRITE = "adding and deciding: analysts, and of their keys those with the scope `write`"
    EDIT = "changing actors, topics and sources: editors, and their keys with the scope `edit`"
    SUBSCRIBE = "subscribing: any login, and keys with the scope `subscribe`"


_ACTIONS = {
    Need.READ: Action.READ,
    Need.WRITE: Action.ADD,
    Need.EDIT: Action.EDIT,
    Need.SUBSCRIBE: Action.SUBSCRIBE,
}


class _Guarded(Protocol):
    needs: ClassVar[Mapping[str, Need]]


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sl_…`: the key's owner, with the key in `request.auth`."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiKey] | None:
        """Return the owner and the key; None without such a header.

        Raises AuthenticationFailed, in the same words for every key that does not open:
        nobody learns from them whether a key once existed.
        """
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != _SCHEME:
            return None
        now = timezone.now()
        key = ApiKey.objects.opened_by(secret.strip().decode("latin-1"), now)
        if key is None:
            raise AuthenticationFailed("This key does not exist, has expired or was revoked.")
        key.note_use(now)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return 'Bearer realm="stanceline"'


class RolePermission(BasePermission):
    """Judge the caller by the `needs` of the view, one for each method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the caller may do this; `message` names what is missing."""
        method = "GET" if request.method == "HEAD" else str(request.method)
        need = cast(_Guarded, view).needs.get(method)
        if need is None:  # no such operation: the view answers 405
            return True
        self.message = f"This needs {need.value}."
        return may(need, request.user, request.auth)


def may(need: Need, user: AbstractBaseUser | AnonymousUser, auth: Any) -> bool:
    """Say whether this user, with this key (or a session: None), may do what needs `need`.

    A key opens nothing that its owner may not do, whatever its scopes are: who loses a role
    loses it for the programs too.
    """
    if need is Need.OPEN or (need is Need.READ and settings.PUBLIC_READING):
        return True
    if not user.is_authenticated:
        return False
    if isinstance(auth, ApiKey) and need.name.lower() not in auth.scopes:
        return False
    action = _ACTIONS[need]
    # Every account may do what the least role may: no query is needed to know that.
    return roles.takes(action) is AccountRole.VIEWER or roles.may(user, action)


def caller(request: Request) -> AbstractBaseUser | None:
    """Return the user who asks, None for a stranger."""
    return request.user if isinstance(request.user, AbstractBaseUser) else None


def caller_of(request: Request) -> str:
    """Return who asks, as their requests are counted: a user, else a network address."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return f"at {_address(request)}"


def _address(request: Request) -> str:
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    if settings.SECURE_PROXY_SSL_HEADER is not None and forwarded:
        return forwarded.rpartition(",")[2].strip()[:64]  # what our own proxy saw
    return str(request.META.get("REMOTE_ADDR", ""))
