"""JSON, NDJSON and CSV: rows as they are."""

import base64
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from rest_framework.renderers import BaseRenderer
from rest_framework.serializers import Serializer

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC  # SQLite's moments come without a zone
# What a spreadsheet would run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Context = Mapping[str, Any]


def encoded(value: Any) -> bytes:
    """Return a value as JSON in UTF-8; bytes in base64."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value)} is sent nowhere")


class Form(BaseRenderer):
    """A form of an answer. `format` is its name in `format=`; `json` whether it is JSON."""

    charset: str | None = None
    render_style = "binary"
    json: ClassVar[bool] = False

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Context | None = None,
    ) -> bytes:
        """Return an answer's data as bytes."""
        return b"" if data is None else self.bytes_of(data, renderer_context or {})

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return data that is there as bytes."""
        raise NotImplementedError


class Json(Form):
    """JSON."""

    media_type, format, json = "application/json", "json", True

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return JSON."""
        return encoded(data)


class Ndjson(Form):
    """One JSON object a line: the rows of a page, without what is around them."""

    media_type, format = "application/x-ndjson", "ndjson"

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return lines of JSON."""
        return b"".join(encoded(row) + b"\n" for row in rows_of(data))


class Csv(Form):
    """A table with a head: names of nested values joined with dots, lists as JSON."""

    media_type, format, charset = "text/csv", "csv", "utf-8"

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return the table."""
        names = list(_names(context["view"].shape()))
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(names)
        table.writerows([_cell(row, name) for name in names] for row in rows_of(data))
        return out.getvalue().encode()


class Octets(BaseRenderer):
    """Bytes that an endpoint sends itself: a form to be asked for by `Accept`."""

    media_type, format = "application/octet-stream", "bin"


class Words(BaseRenderer):
    """Plain text that an endpoint sends itself: a form to be asked for by `Accept`."""

    media_type, format = "text/plain", "txt"


def rows_of(data: Any) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a page, or the one row of a detail."""
    if isinstance(data, Mapping) and "results" in data:
        found: Sequence[Mapping[str, Any]] = data["results"]
        return found
    return [data]


def _names(shape: Serializer[Any], path: str = "") -> Iterator[str]:
    for name, field in shape.fields.items():
        if isinstance(field, Serializer):
            yield from _names(field, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def _cell(row: Any, name: str) -> Any:
    value = row
    for part in name.split("."):
        value = value[part] if isinstance(value, Mapping) else None
    if isinstance(value, list | tuple | dict):
        value = encoded(value).decode()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    return encoded(value).decode().strip('"')
