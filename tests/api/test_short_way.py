"""Plain questions before Django's handler: the same answers, whole, as through all of it."""

import json
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import OperationalError, close_old_connections, connection

from api import short_way
from api.resource import JSON
from api.urls import RESOURCES
from tests.api import records
from tests.api.calling import BASE
from tracker.models import Shift
from tracker.roles import AccountRole


def _answer(application: Any, path: str, **asked: str) -> tuple[str, dict[str, str], bytes]:
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    seen: list[Any] = []
    parts = application(environ | asked, lambda *head: seen.append(head))
    status, head = seen[0]
    return status, dict(head), b"".join(parts)


@pytest.fixture(autouse=True)
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the connection, which is in a transaction, as Django's test client does."""
    monkeypatch.setattr(short_way, "close_old_connections", lambda: None)
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest, settings: LazySettings) -> str:
    """How the asker reaches the proxy before a service that is told of it."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60
    settings.API_RATES = {"read": None, "write": None}
    return str(request.param)


def test_it_answers_what_all_of_django_answers(db: None, scheme: str) -> None:
    kept = records.statement()
    django = WSGIHandler()
    for path in (f"statements/{kept.pk}", "statements?limit=1", "statements/999999", "position"):
        asked = {"path": f"{BASE}/{path}", "HTTP_X_FORWARDED_PROTO": scheme}
        short = _answer(short_way.first(_refuses), **asked)
        assert short == _answer(django, **asked), path
        assert ("Strict-Transport-Security" in short[1]) == (scheme == "https")


QUERIES = [
    *("limit=1", "limit=0", "limit=1&limit=1", "limit=%D9%A1", "limit=%ff", "limit=1%00"),
    *("Format=csv", "no_such_name=1", "=", "%00=1", "a[]=1", "limit=1;limit=2", "cursor=x"),
    *("known_at=2024-06", "said_until=2024-13-01", "known_at=2024-06-01T00:00:00Z", "order=x"),
    *("actor=ilva-marenko", "actor=nobody", "topic=talks", "q=ready&limit=1", "q=", "q=%22"),
]


def test_it_answers_what_the_framework_answers(db: None, settings: LazySettings) -> None:
    settings.API_RATES = {"read": (10**6, 3600), "write": None}
    settings.REDIS_URL = "unix:///nowhere/broker.sock"
    owner = records.user("administrator", role=AccountRole.ADMINISTRATOR)
    shift = records.shift()
    records.delivery(records.subscription(owner), shift)
    records.decision(shift=shift)
    key = {"HTTP_AUTHORIZATION": f"Bearer {records.key('read', 'subscribe', owner=owner)}"}
    django: Any = WSGIHandler()
    short = short_way.first(django)
    queries = cycle(QUERIES)
    for path in [*_paths(shift), f"{BASE}/stances/nobody/talks/history", f"{BASE}/shifts/0"]:
        for query in ["", *islice(queries, 4)]:
            asked = {"path": f"{path}?{query}", **key}
            long = _answer(django, HTTP_ACCEPT=f"{JSON};q=1.0", **asked)
            assert _comparable(_answer(short, **asked)) == _comparable(long), asked


def _paths(shift: Shift) -> list[str]:
    """Return an address of each route that has a short answer, of rows that are there if it can."""
    named = {"actor": "ilva-marenko", "topic": "talks", "message": uuid4(), "pk": shift.pk}
    slugs = {"actors": "ilva-marenko", "topics": "talks", "sources": "velgrad-wire"}
    found = []
    for pattern in RESOURCES:
        route = str(pattern.pattern)
        view = pattern.callback.cls  # type: ignore[attr-defined]  # as_view's
        if view.has_short_answer() and not route.endswith("/"):  # each route is there with both
            slug = slugs.get(route.partition("/")[0], "none")
            for name, value in {**named, "slug": slug}.items():
                route = re.sub(rf"<\w+:{name}>", str(value), route)
            found.append(f"{BASE}/{route}")
    return found


def _comparable(answer: tuple[str, dict[str, str], bytes]) -> tuple[str, dict[str, str], Any]:
    """Return an answer without what is of its bytes or of its second.

    Allow only a 405 must have; Last-Modified comes two seconds after the last change.
    """
    status, head, body = answer
    kept = head.keys() - {"ETag", "Content-Length", "RateLimit", "Allow", "Last-Modified"}
    return status, {name: head[name] for name in kept}, json.loads(body)


@pytest.mark.parametrize("word", ["é", "𝕏", "\udcff", "a\0"])
def test_a_path_that_goes_on_is_as_it_came(db: None, word: str) -> None:
    path = f"{BASE}/topics/{word}".encode("utf-8", "surrogateescape").decode("latin-1")
    django: Any = WSGIHandler()
    answer = _answer(short_way.first(django), path)
    assert answer == _answer(django, path)
    assert answer[0] == "404 Not Found"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", {}),
        (f"{BASE}/actors", {"REQUEST_METHOD": "POST"}),
        (f"{BASE}/actors", {"HTTP_ACCEPT": "text/csv"}),
        (f"{BASE}/actors", {"HTTP_COOKIE": "sessionid=anything"}),
        (f"{BASE}/actors", {"HTTP_HOST": "elsewhere.example"}),
        (f"{BASE}/actors", {"HTTP_AUTHORIZATION": "Bearer sl_none"}),
        (f"{BASE}/actors", {"SCRIPT_NAME": "/below"}),
        (f"{BASE}/actors?format=json", {}),
        (f"{BASE}/actors?f%6frmat=csv", {}),
        (f"{BASE}/actors?format", {}),
        (f"{BASE}/actors?{'&'.join(f'p{number}' for number in range(1500))}", {}),
        (f"{BASE}/subscriptions", {}),
        (f"{BASE}/nothing", {}),
    ],
)
def test_what_is_not_plain_goes_on(db: None, path: str, asked: dict[str, str]) -> None:
    with pytest.raises(NotImplementedError):
        _answer(short_way.first(_refuses), path, **asked)


def test_a_head_is_the_whole_head_of_the_answer_and_no_more(
    db: None, settings: LazySettings
) -> None:
    settings.API_RATES = {"read": None, "write": None}
    records.shift()
    server, path = short_way.first(_refuses), f"{BASE}/shifts"
    status, head, body = _answer(server, path)
    assert _answer(server, path, REQUEST_METHOD="HEAD") == (status, head, b"")
    assert (status, int(head["Content-Length"])) == ("200 OK", len(body))


def test_a_key_that_cannot_be_looked_up_is_worded_by_the_framework(
    db: None, settings: LazySettings
) -> None:
    settings.API_RATES = {"read": None, "write": None}
    asked = {"path": f"{BASE}/actors", "HTTP_AUTHORIZATION": "Bearer sl_any"}
    django: Any = WSGIHandler()
    with connection.execute_wrapper(_away):
        status, head, _ = _answer(short_way.first(django), **asked)
    assert (status[:3], head["Content-Type"]) == ("500", "application/problem+json")


def _away(*_: Any) -> None:
    raise OperationalError("the database is away")


def test_a_site_with_guests_from_other_sites_goes_all_the_way(settings: LazySettings) -> None:
    settings.CORS_ORIGINS = ["https://desk.example"]
    assert short_way.first(_refuses) is _refuses


def _refuses(environ: dict[str, Any], start: Any) -> list[bytes]:
    raise NotImplementedError
