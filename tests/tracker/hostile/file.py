"""One hostile file."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file as a person could upload it; `make` builds its bytes, the same ones each time."""

    name: str
    make: Callable[[], bytes]
    content_type: str = ""
    filename: str = ""
