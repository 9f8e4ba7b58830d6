"""JSON as it may come in: nothing that a database, a client or a log would choke on."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DEEPEST = 32
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, at most 32 deep, each name once, without NaN, NUL and lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises ParseError with the reason, RequestDataTooBig."""
        # `.body` instead of the stream: only there does Django judge the size first.
        raw: bytes = (parser_context or {})["request"]._request.body
        try:
            value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        except RecursionError as error:
            raise ParseError(f"The JSON is more than {DEEPEST} levels deep.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}.") from error
        refuse_unstorable(value)
        return value


def refuse_unstorable(value: Any) -> None:
    """Raise ParseError for NUL or a lone surrogate in any text, and for nesting above 32."""
    waiting = [(value, 1)]
    while waiting:
        current, depth = waiting.pop()
        if depth > DEEPEST:
            raise ParseError(f"The JSON is more than {DEEPEST} levels deep.")
        if isinstance(current, str):
            if not is_storable(current):
                raise ParseError("A text holds NUL or a lone surrogate.")
        elif isinstance(current, Mapping):
            waiting += [(inner, depth + 1) for pair in current.items() for inner in pair]
        elif isinstance(current, list):
            waiting += [(inner, depth + 1) for inner in current]


def is_storable(text: str) -> bool:
    """Say whether a text is free of NUL and of lone surrogates."""
    return _UNSTORABLE.search(text) is None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")
