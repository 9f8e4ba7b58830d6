"""Input that has broken such servers: each is refused with a reason, none is a fault of ours."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from api.schema import document
from tests.api import records
from tests.api.calling import Caller, conforms

VALUES = [
    "",
    "\0",
    "a\0b",
    "%00",
    "\ud800",
    "-1",
    "0",
    "9" * 30,
    "1e400",
    "NaN",
    "Infinity",
    "true",
    "null",
    "[]",
    "{}",
    "' OR 1=1 --",
    "../../etc/passwd",
    "0000-00-00",
    "9999-12-31T23:59:59.999999-12:00",
    "0001-01-01T00:00:00+14:00",
    "2024-02-30",
    "2024-02",
    "2024-02-01",
    "2024/..",
    "x" * 5000,
    "‮𝕏é",
    "${jndi:ldap://x}",
    "{{7*7}}",
]
OTHERS: list[Any] = [None, True, -1, 0, 1.5, 2**63, 10**30, [], {}, [[]], {"a": {"b": []}}]
DOCUMENT = {"text": "We are ready."}


def _queries() -> list[tuple[str, str]]:
    return [
        (path, parameter["name"])
        for path, operations in document()["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter["in"] == "query"
    ]


def _bodies() -> list[tuple[str, str]]:
    return [
        (path, name)
        for path, operations in document()["paths"].items()
        if "requestBody" in operations.get("post", {})
        for name in _properties(operations["post"])
    ]


def _properties(operation: Any) -> list[str]:
    content = operation["requestBody"]["content"]["application/json"]["schema"]
    component = document()["components"]["schemas"][content["$ref"].rpartition("/")[2]]
    return list(component["properties"])


def _escaped(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"))


def _fine(response: Any, seen: object) -> None:
    """Fail for a fault of ours, and for any answer that the schema does not have."""
    assert response.status_code < 500, seen
    if response.headers["Content-Type"] in ("application/json", "application/problem+json"):
        conforms(response.request["REQUEST_METHOD"].lower(), response)
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json", seen
        reasons = [field["reason"] for field in response.json()["fields"]]
        assert reasons or response.status_code != 400 or response.json()["detail"], seen


@pytest.fixture
def caller(db: None) -> Caller:
    """Somebody who may do everything, and a record to do it with."""
    records.shift()
    return Caller(records.key("read", "write", "edit", "subscribe"))


@pytest.mark.parametrize(("path", "name"), _queries())
def test_a_query_parameter_takes_nothing_hostile(caller: Caller, path: str, name: str) -> None:
    path = path.replace("{actor}", "ilva-marenko").replace("{topic}", "talks")
    path = path.replace("{id}", "1").replace("{slug}", "talks")
    for value in VALUES:
        address = f"{path}?{name}={_escaped(value)}"
        _fine(caller.client.get(address, headers=caller.headers), address)


def _body(path: str) -> dict[str, Any]:
    """Return a body that is accepted, to spoil one field of."""
    anchored = {"exact": "ready", "attribution": "direct", "fidelity": "verbatim"}
    bodies: dict[str, dict[str, Any]] = {
        "documents": {"source": records.source().slug} | DOCUMENT,
        "decisions": {"kind": "confirm", "shift": 1},
        "statements": {"document": 1, "actor": "ilva-marenko", "said": "2024"} | anchored,
        "subscriptions": {"channel": "webhook", "address": "https://desk.example/h"},
        "saved-searches": {"name": "hard turns"},
        "endpoints": {"since": "2024-01-01T00:00:00Z", "until": "2024-02-01T00:00:00Z"},
        "actors": {"slug": "tomas-brel", "name": "Tomas Brel"},
        "roles": {"actor": "ilva-marenko", "title": "Mayor"},
        "topics": {"slug": "grain", "name": "Grain", "terms": [{"text": "grain"}]},
        "sources": {"slug": "harbour-post", "name": "Harbour Post"},
    }
    list_of, _, way = path.partition("/")
    return {"rows": [bodies[list_of]]} if way == "batch" else bodies[list_of]


@pytest.mark.parametrize(("path", "name"), _bodies())
def test_a_body_field_takes_nothing_hostile(caller: Caller, path: str, name: str) -> None:
    path = path.replace("{id}", "1")
    body = _body(path.removeprefix("/api/v1/"))
    for value in [*VALUES, *OTHERS]:
        text = json.dumps(body | {name: value})
        if path == "/api/v1/documents" and name == "url" and isinstance(value, str):
            text = json.dumps({"source": records.source().slug, "url": value})
        response = caller.posted(path.removeprefix("/api/v1/"), text)
        _fine(response, text[:200])


@pytest.mark.parametrize("value", [value for value in VALUES if value])
@pytest.mark.parametrize("template", ["actors/{}", "documents/{}", "stances/{}/{}/history"])
@pytest.mark.django_db
def test_a_path_takes_nothing_hostile(template: str, value: str) -> None:
    path = template.replace("{}", _escaped(value))
    response = Client().get(f"/api/v1/{path}")
    assert response.status_code in (200, 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"NaN",
        b'{"text": NaN}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"text": "a", "text": "b"}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"text": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"text": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("path", ["documents", "decisions", "subscriptions"])
def test_a_broken_body_is_refused(caller: Caller, path: str, body: bytes) -> None:
    response = caller.posted(path, body)
    assert response.status_code == 400
    _fine(response, body[:50])


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=x; charset=hex",
        "application/json; charset=hex",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "text/plain",
        ";;;",
        "\0",
    ],
)
def test_a_strange_content_type_is_refused(caller: Caller, content_type: str) -> None:
    response = caller.client.generic(
        "POST",
        "/api/v1/documents?",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb",
        content_type=content_type,
        headers=caller.headers,
    )
    assert response.status_code in (400, 415)
    _fine(response, content_type)


@pytest.mark.parametrize("charset", ["hex", "unicode_escape", "utf-7", "idna", "punycode", "zzz"])
def test_a_request_cannot_choose_how_its_query_is_read(caller: Caller, charset: str) -> None:
    response = caller.client.generic(
        "GET",
        "/api/v1/statements?limit=1&actor=ilva-marenko",
        content_type=f"text/plain; charset={charset}",
        headers=caller.headers,
    )
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_thousand_parameters_are_too_many() -> None:
    query = "&".join(f"p{number}=1" for number in range(1500))
    response = Client().get(f"/api/v1/actors?{query}")
    assert response.status_code == 400
    _fine(response, "parameters")


def test_a_file_with_a_hostile_name_is_stored_under_a_plain_one(caller: Caller) -> None:
    name = "../../etc/pass\0wd"
    body = (
        b"--x\r\nContent-Disposition: form-data; name=source\r\n\r\nvelgrad-wire\r\n"
        b'--x\r\nContent-Disposition: form-data; name=file; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: text/plain" + b"x" * 300 + b"\r\n\r\nWe are ready to talk.\r\n--x--\r\n"
    )
    response = caller.client.generic(
        "POST",
        "/api/v1/documents",
        body,
        content_type="multipart/form-data; boundary=x",
        headers=caller.headers,
    )
    _fine(response, name)
