"""What an account may do: four roles, each of which includes the one before it.

A role is a group of Django's, so that it is given where accounts are kept. Everything that
asks "may this user?" asks here: pages, API, administration.
"""

from enum import Enum, StrEnum

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User


class AccountRole(StrEnum):
    """The names of the groups, from the least to the most that an account may do."""

    VIEWER = "viewers"
    ANALYST = "analysts"
    EDITOR = "editors"
    ADMINISTRATOR = "administrators"


class Action(Enum):
    """What can be asked for, with the role that it takes; the words are shown to people."""

    READ = "reading"
    SUBSCRIBE = "subscribing"
    ADD = "adding documents"
    DECIDE = "deciding on what the record holds"
    EDIT = "changing actors, topics, sources and what is watched"
    ADMINISTER = "looking after accounts, keys and everybody's subscriptions"


_TAKES = {
    Action.READ: AccountRole.VIEWER,
    Action.SUBSCRIBE: AccountRole.VIEWER,
    Action.ADD: AccountRole.ANALYST,
    Action.DECIDE: AccountRole.ANALYST,
    Action.EDIT: AccountRole.EDITOR,
    Action.ADMINISTER: AccountRole.ADMINISTRATOR,
}
_ORDER = list(AccountRole)


def role_of(user: AbstractBaseUser | AnonymousUser) -> AccountRole | None:
    """Return the highest role of an account, None for strangers; at most one query.

    Every account may at least look. Django's superusers are administrators, its staff editors.
    """
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return AccountRole.ADMINISTRATOR
    names = set(user.groups.filter(name__in=_ORDER).values_list("name", flat=True))
    held = [AccountRole(name) for name in names]
    least = AccountRole.EDITOR if user.is_staff else AccountRole.VIEWER
    return max([least, *held], key=_ORDER.index)


def allowed(user: AbstractBaseUser | AnonymousUser) -> frozenset[Action]:
    """Return all that this user may do; at most one query."""
    role = role_of(user)
    if role is None:
        return frozenset({Action.READ} if settings.PUBLIC_READING else ())
    return frozenset(
        action for action, takes in _TAKES.items() if _ORDER.index(takes) <= _ORDER.index(role)
    )


def may(user: AbstractBaseUser | AnonymousUser, action: Action) -> bool:
    """Say whether this user may do this; at most one query."""
    return action in allowed(user)


def takes(action: Action) -> AccountRole:
    """Return the least role that an action takes."""
    return _TAKES[action]


def give(user: User, role: AccountRole) -> None:
    """Make this the role of an account, in the place of any other."""
    user.groups.remove(*Group.objects.filter(name__in=_ORDER))
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
