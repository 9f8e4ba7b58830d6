"""What an account may do follows from its group."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, User

from tracker import roles
from tracker.roles import AccountRole, Action

LOOKS = {Action.READ, Action.SUBSCRIBE}
DECIDES = LOOKS | {Action.ADD, Action.DECIDE}
EDITS = DECIDES | {Action.EDIT}


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve")


def test_the_groups_are_made_by_a_migration(db: None) -> None:
    # Done anew: a test that commits leaves the database without what migrations put there.
    import_module("tracker.migrations.0004_roles").make_groups(apps, None)
    assert set(AccountRole) <= set(Group.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (AccountRole.VIEWER, LOOKS),
        (AccountRole.ANALYST, DECIDES),
        (AccountRole.EDITOR, EDITS),
        (AccountRole.ADMINISTRATOR, set(Action)),
    ],
)
def test_each_role_includes_the_one_before(eve: User, role: AccountRole, may: set[Action]) -> None:
    roles.give(eve, role)
    assert roles.role_of(eve) is role
    assert roles.allowed(eve) == may


def test_an_account_without_a_group_may_look(eve: User) -> None:
    assert roles.allowed(eve) == LOOKS


def test_of_two_groups_the_higher_counts_and_other_groups_do_not(eve: User) -> None:
    for name in ("analysts", "viewers", "choir"):
        eve.groups.add(Group.objects.get_or_create(name=name)[0])
    assert roles.role_of(eve) is AccountRole.ANALYST


def test_giving_a_role_takes_the_other_away_and_leaves_other_groups(eve: User) -> None:
    eve.groups.add(Group.objects.create(name="choir"))
    roles.give(eve, AccountRole.EDITOR)
    roles.give(eve, AccountRole.VIEWER)
    assert set(eve.groups.values_list("name", flat=True)) == {"choir", "viewers"}


def test_superusers_administer_and_staff_edit(eve: User) -> None:
    eve.is_staff = True
    assert roles.allowed(eve) == EDITS
    eve.is_superuser = True
    assert roles.allowed(eve) == set(Action)


def test_an_account_that_was_switched_off_may_no_more_than_a_stranger(eve: User) -> None:
    roles.give(eve, AccountRole.ADMINISTRATOR)
    eve.is_active = False
    assert roles.allowed(eve) == {Action.READ}


@pytest.mark.parametrize(("public", "may"), [(True, {Action.READ}), (False, set())])
def test_strangers_read_where_reading_is_public(
    settings: Any, public: bool, may: set[Action]
) -> None:
    settings.PUBLIC_READING = public
    assert roles.allowed(AnonymousUser()) == may
