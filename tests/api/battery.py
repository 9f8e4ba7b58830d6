"""Hostile requests, made from the published schema: whatever it names is given what breaks servers.

Every query parameter, header, path variable and body field x hostile values, and every operation
with a body x broken bodies and content types. STANCELINE_HOSTILE says how many values each name
gets, others from one name to the next: 2 in the suite, `full` for all of some thirty, which makes
tens of thousands of requests.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from api.schema import document

_ASKED = os.environ.get("STANCELINE_HOSTILE", "2")
_FEW = None if _ASKED == "full" else int(_ASKED)
JSON = "application/json"

VALUES = [
    *("", "\0", "a\0b", "%00", "\ud800", "-1", "0", "1", "9" * 30, "1e400", "NaN", "Infinity"),
    *("true", "null", "[]", "{}", "' OR 1=1 --", "../../etc/passwd", "*", "0000-00-00"),
    *("9999-12-31", "9999-12-31T23:59:59.999999-12:00", "0001-01-01T00:00:00+14:00"),
    *("2024-02-30", "2024-02", "2024-02-01", "2024/..", "x" * 5000, "‮𝕏é", "١٢"),
    *("${jndi:ldap://x}", "{{7*7}}", "http://[::1", "a@b", "sl_00000000_0", "\x7f\x1b[2J"),
]
OTHERS: list[Any] = [
    *(None, True, -1, 0, 1, 1.5, -0.0, 1e308, 2**31, 2**63, 10**30, [], {}, [[]], [None], [1]),
    *({"a": {"b": []}}, ["x"] * 300),
]
HEADER_VALUES = [
    *("", "*", '"', 'W/"', '"x"', ",,,", "é", "x" * 3000, "a\tb", "1", '"a", W/"b", *', "null"),
    *("Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 31 Feb 9999 99:99:99 GMT", "bytes=0-", "gzip;q=x"),
]
HEADERS = ["If-None-Match", "If-Modified-Since", "Accept", "Accept-Encoding", "Authorization"]
HEADERS += ["Range", "Origin", "X-HTTP-Method-Override", "Content-Language", "Cookie"]
RAW = [
    *(b"", b" ", b"{", b"null", b"[]", b'"text"', b"1", b"NaN", b'{"text": NaN}'),
    *(b'{"text": "a\\u0000b"}', b'{"text": "\\ud800"}', b'{"\\ud800": 1}', b"{'a': 1}"),
    *(b'{"text": "a", "text": "b"}', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"[" * 100_000),
    *(b'{"a":' * 100_000, b'{"text": ' + b"[" * 40 + b"]" * 40 + b"}", b'{"": 1}'),
    *(b'{"text": ' + b"9" * 10_000 + b"}", b'{"note": 1e999}', b'{"__proto__": {}}'),
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb",
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="/\0"\r\n\r\nb\r\n--x--\r\n',
]
TYPES = [
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"),
    *("multipart/form-data; boundary=x; charset=hex", "application/json; charset=hex"),
    *("application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain"),
    *(";;;", "\0", "multipart/form-data; boundary=" + "x" * 300, "multipart/form-data; boundary=x"),
]


@dataclass(frozen=True)
class Hostile:
    """One request; `name` is what is spoiled in it."""

    method: str
    address: str
    name: str
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Battery:
    """The requests, against rows whose numbers `ids` has by the first part of a path."""

    def __init__(self, ids: Mapping[str, int], bodies: Mapping[str, Mapping[str, Any]]) -> None:
        self.ids, self.bodies = ids, bodies
        self._turn = 0

    def queries(self) -> Iterator[Hostile]:
        """Every query parameter, and one that there is not, of every operation."""
        for path, method, operation in _operations():
            named = [one["name"] for one in _parameters(operation, "query")]
            for name in [*named, "no_such_name"]:
                for value in self._some(VALUES):
                    yield Hostile(method, f"{self._address(path)}?{name}={_escaped(value)}", name)

    def paths(self) -> Iterator[Hostile]:
        """Every variable of every path."""
        for path, method, operation in _operations():
            for name in (one["name"] for one in _parameters(operation, "path")):
                for value in self._some([value for value in VALUES if value not in ("", "1")]):
                    address = self._address(path.replace(f"{{{name}}}", _escaped(value)))
                    body, kind = (b"{}", JSON) if method in ("post", "patch") else (b"", "")
                    yield Hostile(method, address, name, body, kind)

    def headers(self) -> Iterator[Hostile]:
        """Every header that the schema names, and those that browsers and proxies send."""
        for path, method, operation in _operations():
            named = [one["name"] for one in _parameters(operation, "header")]
            for name in [*named, *HEADERS]:
                for value in self._some(HEADER_VALUES):
                    body = b"{}" if "requestBody" in operation else b""
                    yield Hostile(method, self._address(path), name, body, JSON, {name: value})

    def fields(self) -> Iterator[Hostile]:
        """Every field of every body, those of rows in it too."""
        for path, method, operation in _with_bodies():
            whole = self._body(path, method)
            for name, spoil in _fields(whole, _schema(operation)):
                for value in self._some([*VALUES, *OTHERS]):
                    text = json.dumps(spoil(value)).encode()
                    yield Hostile(method, self._address(path), name, text, JSON)

    def raw(self) -> Iterator[Hostile]:
        """Broken bodies, as JSON and as other types."""
        for path, method, _ in _with_bodies():
            for body in self._some(RAW):
                yield Hostile(method, self._address(path), "body", body, JSON)
            whole = json.dumps(self._body(path, method)).encode()
            for kind in self._some(TYPES):
                yield Hostile(method, self._address(path), "type", whole, kind)
                for body in self._some(RAW[-2:]):
                    yield Hostile(method, self._address(path), "type", body, kind)

    def _some(self, values: list[Any]) -> list[Any]:
        if _FEW is None:
            return values
        self._turn += 1
        first = self._turn * _FEW % len(values)
        return [*values, *values][first : first + min(_FEW, len(values))]

    def _address(self, path: str) -> str:
        first = path.removeprefix("/api/v1/").partition("/")[0]
        values = {"id": str(self.ids.get(first, 1)), "actor": "ilva-marenko", "topic": "talks"}
        values["message"] = "00000000-0000-4000-8000-000000000000"
        values["slug"] = {"actors": "ilva-marenko", "sources": "velgrad-wire"}.get(first, "talks")
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", value)
        return path

    def _body(self, path: str, method: str) -> dict[str, Any]:
        """Return a body that is accepted, to spoil one field of."""
        name = path.removeprefix("/api/v1/").replace("/{id}", "").replace("/{slug}", "")
        if name.endswith("/batch"):
            return {"rows": [self.bodies[name.removesuffix("/batch")]]}
        return dict(self.bodies.get(name, {})) if method == "post" else {}


def _operations() -> Iterator[tuple[str, str, Any]]:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _with_bodies() -> Iterator[tuple[str, str, Any]]:
    return (one for one in _operations() if "requestBody" in one[2])


def _parameters(operation: Any, place: str) -> list[Any]:
    return [one for one in operation.get("parameters", []) if one["in"] == place]


def _schema(operation: Any) -> Any:
    return _resolved(operation["requestBody"]["content"][JSON]["schema"])


def _resolved(schema: Any) -> Any:
    if "$ref" not in schema:
        return schema
    return document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _fields(whole: dict[str, Any], schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield each field's name with what gives the body in which it has another value."""
    for name, inner in schema.get("properties", {}).items():
        yield name, lambda value, name=name: whole | {name: value}
        items = _resolved(inner.get("items", {}))
        row = (whole.get(name) or [{}])[0] if items.get("properties") else {}
        for part in items.get("properties", {}):
            yield (
                f"{name}.{part}",
                lambda value, name=name, row=row, part=part: whole | {name: [row | {part: value}]},
            )


def _escaped(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")
