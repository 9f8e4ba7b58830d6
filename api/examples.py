"""One example of everything that is sent and taken, for the published description.

`examples.json` holds one for each shape and body, under its name in the schema; pages and the
other forms of an answer are made of them here. They speak of an invented minister.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer

from api.formats.plain import Form, Json

_FILE = Path(__file__).with_name("examples.json")
_SERVER = "https://stanceline.example/api/v1/"


def of(name: str) -> Any:
    """Return the example of a component of the schema, None where there is none."""
    return _examples().get(name)


def named(shape: type[Any]) -> str:
    """Return the name of a shape in the schema."""
    return shape.__name__.removesuffix("Shape")


def of_operation(view: Any, method: str) -> Iterator[OpenApiExample]:
    """Yield one example of each body and of each form of what a view answers to a method."""
    for media_type, body in view.bodies.items() if method in ("POST", "PATCH") else ():
        shown = of(body.__name__)
        if shown is not None:
            yield OpenApiExample("body", shown, media_type=media_type, request_only=True)
    declared = view.answers.get(method)
    for status, media_type, name, shown in (
        _declared(view, declared) if declared else _sent(view, method)
    ):
        if shown is not None:
            yield OpenApiExample(
                name, shown, media_type=media_type, status_codes=[status], response_only=True
            )


_Shown = Iterator[tuple[str, str, str, Any]]  # status, media type, name, example


def _declared(view: Any, answers: Mapping[Any, Any]) -> _Shown:
    for key, shape in answers.items():
        status, media_type = key if isinstance(key, tuple) else (key, Json.media_type)
        for name in _names(view, shape):
            yield str(status), media_type, name, of(name)


def _names(view: Any, shape: Any) -> Sequence[str]:
    if isinstance(shape, PolymorphicProxySerializer):
        return [named(one) for one in shape.serializers]
    return [named(shape if isinstance(shape, type) else type(view))]


def _sent(view: Any, method: str) -> _Shown:
    """Yield each form of the row or the page that GET answers; a change is sent as JSON."""
    name, reads = named(view.shape), method == "GET"
    one = of(name)
    data = {"results": [one], "next": None} if view.paged and reads else one
    for form in view.renderer_classes if reads else view.renderer_classes[:1]:
        yield "200", form.media_type, name, _as_sent(form, view.shape, data)


def _as_sent(form: type[Any], shape: type[Any], data: Any) -> Any:
    """Return an answer as this form sends it: JSON parsed, other forms as text."""
    if form is Json or not issubclass(form, Form):
        return data
    asked = SimpleNamespace(build_absolute_uri=lambda path="": _SERVER + _below(path))
    view = SimpleNamespace(asked={}, shape=shape)
    text = form().bytes_of(_with_moments(data), {"request": asked, "view": view}).decode()
    return json.loads(text) if form.json else text


@cache
def _examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text())
    return found


def _below(path: str) -> str:
    return path.removeprefix("/api/v1/")


def _with_moments(value: Any, name: str = "") -> Any:
    """Return what views hand to a form: moments that are none of JSON's kinds yet."""
    if isinstance(value, Mapping):
        return {key: _with_moments(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_moments(inner) for inner in value]
    return datetime.fromisoformat(value) if name.endswith("_at") and value else value
