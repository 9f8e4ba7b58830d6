"""A document's text cut where its status changes, so that a page can show what each character is.

Pure: plain values in, plain values out.
"""

from collections import Counter
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
    that start here, `noted` the warnings; `statements` and `warnings` all that cover it.
    """

    start: int
    text: str
    region: str
    begins: bool
    opening: tuple[Any, ...]
    statements: tuple[Any, ...]
    warnings: tuple[Any, ...]
    noted: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of a text is of one status."""

    region: str
    stretches: int
    characters: int


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
                tuple(span.what for span in warned if span.start == start),
            )
        )
    return found


def tally(pieces: Iterable[Piece]) -> list[Tally]:
    """Return for each status its stretches and characters, the most common first.

    The characters of all add up to the text's.
    """
    characters: Counter[str] = Counter()
    stretches: Counter[str] = Counter()
    for piece in pieces:
        characters[piece.region] += len(piece.text)
        stretches[piece.region] += piece.begins
    return [Tally(kind, stretches[kind], count) for kind, count in characters.most_common()]


def as_corrected(
    regions: Sequence[Span], statements: Sequence[Span], *, whole: bool = True
) -> list[Span]:
    """Return the regions as people's corrections left them.

    Where a statement stands in a region of another kind, a person added it; where none stands
    in a region of a statement although the `whole` reading was stored, a person found that its
    words are somebody else's.
    """
    coming = _Sweep(statements)
    found: list[Span] = []
    for region in regions:
        within = coming.between(region.start, region.end)
        if region.what != "statement":
            found += _split(region, within)
        elif within or not whole:
            found.append(region)
        else:
            found.append(Span(region.start, region.end, "other_speaker"))
    return found


def _split(region: Span, statements: Sequence[Span]) -> list[Span]:
    """Return a region with the statements in it cut out as regions of their own."""
    found, place = [], region.start
    for row in sorted(statements, key=lambda row: (row.start, -row.end)):
        if row.end <= place:
            continue
        if place < row.start:
            found.append(Span(place, row.start, region.what))
        end = min(row.end, region.end)
        found.append(Span(max(place, row.start), end, "statement"))
        place = end
    if place < region.end:
        found.append(Span(place, region.end, region.what))
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
    """The spans that cover places, for places asked in ascending order."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._coming = sorted(spans, key=lambda span: (span.start, -span.end))[::-1]
        self._open: list[Span] = []

    def at(self, place: int) -> list[Span]:
        """Return the spans that cover a place."""
        return self.between(place, place + 1)

    def between(self, start: int, end: int) -> list[Span]:
        """Return the spans that cover a part of `start` to `end`."""
        while self._coming and self._coming[-1].start < end:
            self._open.append(self._coming.pop())
        self._open = [span for span in self._open if span.end > start]
        return self._open
