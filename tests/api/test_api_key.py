"""`manage.py api_key`."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from api.models import ApiKey
from tests.api import records
from tests.api.calling import Caller

pytestmark = pytest.mark.django_db


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("api_key", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def _created(*options: str) -> str:
    return _run("create", "anna", "--name", "newsroom", *options).strip()


@pytest.fixture(autouse=True)
def _anna() -> None:
    records.user("anna")


def test_a_made_key_opens_what_its_scopes_say() -> None:
    secret = _created("--scope", "write", "--scope", "read", "--days", "30")
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("newsroom", ["read", "write"])
    assert key.expires_at is not None
    Caller(secret).get("actors")


def test_a_list_shows_every_key_and_no_secret() -> None:
    secret = _created()
    shown = _run("list")
    assert ApiKey.objects.get().prefix in shown
    assert secret not in shown
    assert "never" in shown


def test_a_revoked_key_opens_nothing() -> None:
    secret = _created()
    _run("revoke", ApiKey.objects.get().prefix)
    Caller(secret).get("actors", status=401)


def test_a_replaced_key_goes_on_for_the_overlap() -> None:
    old = _created("--scope", "subscribe")
    new = _run("rotate", ApiKey.objects.get().prefix).splitlines()[0]
    assert ApiKey.objects.latest("id").scopes == ["subscribe"]
    for secret in (old, new):
        Caller(secret).get("subscriptions")
    assert [key.state(datetime.now(UTC)) for key in ApiKey.objects.all()] == ["ending", "usable"]


def test_without_an_overlap_the_old_key_ends_at_once() -> None:
    old = _created()
    _run("rotate", ApiKey.objects.get().prefix, "--overlap-hours", "0")
    Caller(old).get("actors", status=401)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["create", "nobody", "--name", "x"], "no user named 'nobody'"),
        (["create", "anna", "--name", "x", "--days", "0"], "at least 1"),
        (["revoke", "sl_00000000"], "no key 'sl_00000000'"),
        (["rotate", "sl_00000000"], "no key 'sl_00000000'"),
    ],
)
def test_a_wrong_word_is_answered_with_a_reason(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        _run(*arguments)


def test_a_key_that_ended_is_not_replaced() -> None:
    _created()
    prefix = ApiKey.objects.get().prefix
    _run("revoke", prefix)
    with pytest.raises(CommandError, match="revoked"):
        _run("rotate", prefix)
