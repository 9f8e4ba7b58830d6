"""A document's text cut where its status changes, so that a page can show what each character is.

Pure: plain values in, plain values out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """Something that covers `start` to `end` of a text: a region, a statement, a warning."""

    start: int
    end: int
    what: Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one status.

    `begins` says that a region with more than blanks starts here; `opening` are the statements
    that start here, `statements` and `warnings` all that cover it.
    """

    start: int
    text: str
    region: str
    begins: bool
    opening: tuple[Any, ...]
    statements: tuple[Any, ...]
    warnings: tuple[Any, ...]


def pieces(
    text: str,
    *,
    regions: Sequence[Span],
    statements: Sequence[Span] = (),
    warnings: Sequence[Span] = (),
) -> list[Piece]:
    """Return the whole text in order, cut at every edge of a region, statement or warning.

    What no region covers is `unread`. Work grows with the pieces and what covers each.
    """
    cuts = _cuts(len(text), [*regions, *statements, *warnings])
    layers = [_Sweep(layer) for layer in (regions, statements, warnings)]
    found: list[Piece] = []
    for start, end in pairwise(cuts):
        region, covering, warned = (layer.at(start) for layer in layers)
        found.append(
            Piece(
                start,
                text[start:end],
                region[0].what if region else "unread",
                _begins(text, region, start),
                tuple(span.what for span in covering if span.start == start),
                tuple(span.what for span in covering),
                tuple(span.what for span in warned),
            )
        )
    return found


def _begins(text: str, region: Sequence[Span], start: int) -> bool:
    if not region:
        return not text[start : start + 1].isspace()
    return region[0].start == start and not text[start : region[0].end].isspace()


def _cuts(length: int, spans: Iterable[Span]) -> list[int]:
    edges = {0, length}
    for span in spans:
        edges.update((span.start, span.end))
    return sorted(edge for edge in edges if 0 <= edge <= length)


class _Sweep:
    """The spans that cover a place, for places asked in ascending order."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._coming = sorted(spans, key=lambda span: (span.start, -span.end))[::-1]
        self._open: list[Span] = []

    def at(self, place: int) -> list[Span]:
        while self._coming and self._coming[-1].start <= place:
            self._open.append(self._coming.pop())
        self._open = [span for span in self._open if span.end > place]
        return self._open
