"""Who may do what: every route of the URL conf, every method, every role, against one table."""

import hashlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from api.models import ApiKey
from tests.api import records
from tests.api.calling import Caller
from tracker.roles import AccountRole

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN, READ, WRITE, EDIT, SUBSCRIBE = "open", "read", "write", "edit", "subscribe"
TABLE: dict[str, dict[str, str]] = {
    "": {"GET": OPEN},
    "actors": {"GET": READ, "POST": EDIT},
    "actors/<slug:slug>": {"GET": READ, "PATCH": EDIT, "DELETE": EDIT},
    "roles": {"GET": READ, "POST": EDIT},
    "roles/<number:pk>": {"GET": READ, "PATCH": EDIT, "DELETE": EDIT},
    "topics": {"GET": READ, "POST": EDIT},
    "topics/<slug:slug>": {"GET": READ, "PATCH": EDIT, "DELETE": EDIT},
    "sources": {"GET": READ, "POST": EDIT},
    "sources/<slug:slug>": {"GET": READ, "PATCH": EDIT, "DELETE": EDIT},
    "documents": {"GET": READ, "POST": WRITE},
    "documents/batch": {"POST": WRITE},
    "fetches": {"GET": WRITE},
    "fetches/<number:pk>": {"GET": WRITE},
    "watched": {"GET": WRITE, "POST": EDIT},
    "watched/<number:pk>": {"GET": WRITE, "PATCH": EDIT, "DELETE": EDIT},
    "watched/<number:pk>/entries": {"GET": WRITE},
    "watched/<number:pk>/check": {"POST": EDIT},
    "watched/<number:pk>/stop": {"POST": EDIT},
    "watched/<number:pk>/resume": {"POST": EDIT},
    "sweeps": {"GET": EDIT},
    "sweeps/<number:pk>": {"GET": EDIT},
    "documents/<number:pk>": {"GET": READ},
    "documents/<number:pk>/passages": {"GET": READ},
    "documents/<number:pk>/text": {"GET": READ},
    "documents/<number:pk>/raw": {"GET": READ},
    "statements": {"GET": READ, "POST": WRITE},
    "statements/batch": {"POST": WRITE},
    "statements/<number:pk>": {"GET": READ},
    "utterances": {"GET": READ},
    "utterances/<number:pk>": {"GET": READ},
    "utterances/<number:pk>/attestations": {"GET": READ},
    "stances": {"GET": READ},
    "stances/<slug:actor>/<slug:topic>": {"GET": READ},
    "stances/<slug:actor>/<slug:topic>/history": {"GET": READ},
    "position": {"GET": READ},
    "diff": {"GET": READ},
    "coverage": {"GET": READ},
    "search": {"GET": READ},
    "phrases": {"GET": READ},
    "changes": {"GET": READ},
    "export": {"GET": READ},
    "shifts": {"GET": READ},
    "shifts/<number:pk>": {"GET": READ},
    "decisions": {"GET": READ, "POST": WRITE},
    "decisions/batch": {"POST": WRITE},
    "decisions/<number:pk>/undo": {"POST": WRITE},
    "decisions/<number:pk>": {"GET": READ},
    "merges": {"GET": READ},
    "merges/<number:pk>": {"GET": READ},
    "codings": {"GET": WRITE, "POST": WRITE},
    "codings/next": {"GET": WRITE},
    "codings/<number:pk>": {"GET": WRITE},
    "codings/<number:pk>/withdraw": {"POST": WRITE},
    "agreement": {"GET": READ},
    "subscriptions": {"GET": SUBSCRIBE, "POST": SUBSCRIBE},
    "subscriptions/<number:pk>": {"GET": SUBSCRIBE, "PATCH": SUBSCRIBE, "DELETE": SUBSCRIBE},
    "subscriptions/preview": {"POST": SUBSCRIBE},
    "subscriptions/<number:pk>/test": {"POST": SUBSCRIBE},
    "subscriptions/<number:pk>/pause": {"POST": SUBSCRIBE},
    "subscriptions/<number:pk>/resume": {"POST": SUBSCRIBE},
    "saved-searches": {"GET": SUBSCRIBE, "POST": SUBSCRIBE},
    "saved-searches/<number:pk>": {"GET": SUBSCRIBE, "PATCH": SUBSCRIBE, "DELETE": SUBSCRIBE},
    "endpoints": {"GET": SUBSCRIBE},
    "endpoints/<number:pk>": {"GET": SUBSCRIBE, "PATCH": SUBSCRIBE},
    "endpoints/<number:pk>/rotate": {"POST": SUBSCRIBE},
    "endpoints/<number:pk>/retry": {"POST": SUBSCRIBE},
    "endpoints/<number:pk>/replay": {"POST": SUBSCRIBE},
    "deliveries": {"GET": SUBSCRIBE},
    "deliveries/<uuid:message>": {"GET": SUBSCRIBE},
    "deliveries/<uuid:message>/retry": {"POST": SUBSCRIBE},
    "schema": {"GET": OPEN},
    "docs": {"GET": OPEN},
}
# caller -> what it may do where reading is not public: roles, and keys of people with a role
MAY: dict[str, set[str]] = {
    "nobody": {OPEN},
    "viewer": {OPEN, READ, SUBSCRIBE},
    "analyst": {OPEN, READ, WRITE, SUBSCRIBE},
    "editor": {OPEN, READ, WRITE, EDIT, SUBSCRIBE},
    "administrator": {OPEN, READ, WRITE, EDIT, SUBSCRIBE},
    "read key of an administrator": {OPEN, READ},
    "write key of an analyst": {OPEN, WRITE},
    "write key of a viewer": {OPEN},
    "edit key of an editor": {OPEN, EDIT},
    "edit key of an analyst": {OPEN},
    "subscribe key of a viewer": {OPEN, SUBSCRIBE},
}


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, route)
        elif isinstance(entry, URLPattern) and route.startswith("api/v1"):
            yield route.removeprefix("api/v1").lstrip("/")


SLASHED = ("nobody", "analyst")
ROUTES = sorted(set(_routes(get_resolver())))


def _caller(role: str) -> tuple[Client, dict[str, str]]:
    client = Client(raise_request_exception=False)
    if role == "nobody":
        return client, {}
    user = records.user("somebody", role=AccountRole[role.split()[-1].upper()])
    if "key" in role:
        return client, {"Authorization": f"Bearer {records.key(role.split()[0], owner=user)}"}
    client.force_login(user)
    return client, {}


def _address(route: str) -> str:
    for variable, value in (
        ("<slug:slug>", "ilva-marenko"),
        ("<slug:actor>", "ilva-marenko"),
        ("<slug:topic>", "talks"),
        ("<number:pk>", "999999"),
        ("<uuid:message>", "00000000-0000-4000-8000-000000000000"),
    ):
        route = route.replace(variable, value)
    return f"/api/v1/{route}"


def _expected(route: str, method: str, may: set[str]) -> str:
    need = TABLE[route.rstrip("/")].get("GET" if method == "HEAD" else method)
    if need is None:
        return "no such method"
    return "allowed" if need in may else "refused"


def _seen(status: int) -> str:
    assert status < 500
    return {401: "refused", 403: "refused", 405: "no such method"}.get(status, "allowed")


def test_every_route_is_in_the_table_and_every_line_is_a_route() -> None:
    assert {route.rstrip("/") for route in ROUTES} == set(TABLE)


def test_the_index_names_every_list_and_every_read_that_stands_at_the_top(anyone: Caller) -> None:
    top = {route for route, needs in TABLE.items() if "/" not in route and "GET" in needs}
    assert anyone.get("")["resources"].keys() == top - {""}


@pytest.mark.django_db
@pytest.mark.parametrize("public", [True, False], ids=["public", "closed"])
@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_what_the_table_says(role: str, public: bool, settings: Settings) -> None:
    settings.PUBLIC_READING = public
    may = MAY[role] | ({READ} if public else set())
    client, headers = _caller(role)
    seen, expected = {}, {}
    # The same views answer with a slash at the end: two callers try that too.
    routes = [route for route in ROUTES if role in SLASHED or not route.endswith("/")]
    for route in routes:
        for method in METHODS:
            response = client.generic(method, _address(route), headers=headers)
            seen[route, method] = _seen(response.status_code)
            expected[route, method] = _expected(route, method, may)
    assert seen == expected


def test_nobody_is_asked_for_a_key_and_a_known_caller_is_told_no(anyone: Caller) -> None:
    response = anyone.posted("documents", {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    reader = Caller(records.key("read"))
    problem = reader.post("documents", {}, status=403)
    assert "`write`" in problem["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        "sl_00000000_" + "0" * 64,
        "",
        "sl_",
        "x" * 10_000,
        "\xff\xfe",
    ],
)
def test_a_wrong_key_is_refused_even_where_reading_is_public(wrong: str) -> None:
    response = Client().get("/api/v1/actors", headers={"Authorization": f"Bearer {wrong}"})
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_key_that_ended_looks_like_one_that_never_was(anyone: Caller) -> None:
    now = datetime.now(UTC)
    made = now - timedelta(days=2)
    expired = records.key(now=made, expires_at=now - timedelta(days=1))
    revoked = records.key()
    ApiKey.objects.get(sha256=_sha256(revoked)).revoke(now)
    dormant = records.key(owner=records.user("gone", is_active=False))
    answers = [
        Caller(secret).get("actors", status=401) for secret in (expired, revoked, dormant, "sl_0")
    ]
    assert all(answer == answers[0] for answer in answers)


def test_a_key_in_its_overlap_still_opens(db: None) -> None:
    secret = records.key()
    ApiKey.objects.get().revoke(datetime.now(UTC) + timedelta(hours=1))
    Caller(secret).get("actors")


def test_only_the_hash_of_a_key_is_stored(db: None) -> None:
    secret = records.key()
    row = ApiKey.objects.values().get()
    assert row["sha256"] == _sha256(secret)
    assert secret not in str(row)
    assert secret.startswith("sl_")
    assert len(secret.removeprefix(f"{row['prefix']}_")) * 4 == 256


def test_no_route_writes_a_key_to_the_log(caplog: pytest.LogCaptureFixture, db: None) -> None:
    secrets = [records.key("read"), "sl_00000000_" + "0" * 64]
    with caplog.at_level(logging.DEBUG):
        for route in ROUTES:
            for secret in secrets:
                headers = {"Authorization": f"Bearer {secret}"}
                Client().post(_address(route), {}, headers=headers)
    assert "/api/v1/documents" in caplog.text
    assert not [secret for secret in secrets if secret in caplog.text]


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(db: None) -> None:
    records.key()
    key = ApiKey.objects.get()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        key.refresh_from_db()
        key.note_use(records.NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == records.NOW + timedelta(seconds=noted)


def test_a_login_needs_its_token_to_write(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(records.user("anna", role=AccountRole.ANALYST))
    body = {"source": records.source().slug, "text": "We are ready."}
    response = client.post("/api/v1/documents", body, content_type="application/json")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_key_needs_no_token_to_write(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        "/api/v1/decisions",
        {"kind": "confirm", "shift": records.shift().pk},
        content_type="application/json",
        headers={"Authorization": f"Bearer {records.key('write')}"},
    )
    assert response.status_code == 201


def test_an_owner_without_rights_lends_none_to_a_key(owner: User) -> None:
    Caller(records.key("subscribe", owner=owner)).post("documents", {}, status=403)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@pytest.mark.django_db
def test_who_loses_a_role_loses_it_for_the_programs_too() -> None:
    anna = records.user("anna", role=AccountRole.ANALYST)
    caller = Caller(records.key("write", owner=anna))
    caller.post("documents", {}, status=400)
    anna.groups.clear()
    caller.post("documents", {}, status=403)


@pytest.mark.parametrize("method", ["get", "delete"])
def test_what_is_another_ones_looks_like_what_never_was(method: str, subscriber: Caller) -> None:
    foreign = records.subscription(records.user("another")).pk
    answers = [
        getattr(subscriber, method)(f"subscriptions/{pk}", status=404) for pk in (foreign, 999_999)
    ]
    assert answers[0] == answers[1]
