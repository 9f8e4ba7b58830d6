"""A client that speaks JSON, and holds every answer against the published schema."""

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.schema import document

BASE = "/api/v1"
_ROOT = "urn:schema"


class Caller:
    """Calls the API as somebody; each answer must be what the schema promises."""

    def __init__(self, secret: str = "", client: Client | None = None) -> None:
        self.client = client or Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, path: str, query: Mapping[str, Any] | None = None, status: int = 200) -> Any:
        """GET below /api/v1, or a whole address; return the parsed answer."""
        address = path if path.startswith("http") else f"{BASE}/{path}"
        response = self.client.get(address, query, headers=self.headers)
        return self._checked("get", response, status)

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        """POST JSON; return the parsed answer."""
        return self._checked("post", self.posted(path, body), status)

    def posted(self, path: str, body: Any) -> Any:
        """POST JSON; return the response."""
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"{BASE}/{path}", text, content_type="application/json", headers=self.headers
        )

    def upload(self, path: str, fields: Mapping[str, Any], status: int = 202) -> Any:
        """POST a form; return the parsed answer."""
        response = self.client.post(f"{BASE}/{path}", fields, headers=self.headers)
        return self._checked("post", response, status)

    def patch(self, path: str, body: Any, status: int = 200, version: str = "*") -> Any:
        """PATCH JSON, of any version; return the parsed answer."""
        response = self.client.patch(
            f"{BASE}/{path}",
            json.dumps(body),
            content_type="application/json",
            headers=self.headers | {"If-Match": version},
        )
        return self._checked("patch", response, status)

    def delete(self, path: str, status: int = 204) -> Any:
        """DELETE; return the parsed answer."""
        response = self.client.delete(f"{BASE}/{path}", headers=self.headers)
        return self._checked("delete", response, status)

    def _checked(self, method: str, response: Any, status: int) -> Any:
        assert response.status_code == status, response.content[:2000]
        conforms(method, response)
        return json.loads(response.content) if response.content else None


def conforms(method: str, response: Any) -> None:
    """Fail unless the schema has this answer, with this media type and exactly these names."""
    path = urlsplit(response.request["PATH_INFO"]).path
    found = _operation(path, method)["responses"][str(response.status_code)]
    if not response.content:
        assert "content" not in found
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    schema = found["content"][media_type]["schema"]
    if not media_type.endswith("json"):
        return
    packed = response.headers.get("Content-Encoding") == "gzip"
    answer = json.loads(gzip.decompress(response.content) if packed else response.content)
    reasons = reasons_against(schema, answer)
    assert not reasons, reasons


def reasons_against(schema: Any, value: Any) -> list[str]:
    """Return why a value is not of a schema of the published document; none where it is."""
    validator = Draft202012Validator(
        schema if "$ref" not in schema else {"$ref": _ROOT + schema["$ref"]}, registry=_registry()
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _operation(path: str, method: str) -> Any:
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"{\w+}", "[^/]+", template.replace("{id}", "[0-9]+"))
        if re.fullmatch(f"{pattern}/?", path):
            return operations[method]
    raise AssertionError(f"{path} is not in the schema")


@cache
def _registry() -> Registry[Any]:
    """Return the schema with every object closed: a name that it lacks is a failure too."""
    closed = _closed(document())
    resource = Resource.from_contents(closed, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_ROOT, resource)
    return registry


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _closed(part) for name, part in value.items()}
    if isinstance(inner.get("properties"), dict) and inner.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner
