"""Quotation marks -> quoted stretches, repaired by paragraph where a mark is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.layout import Line

_MARK = re.compile(r"""["“”„‟«»]|``|''""")
_OPENING = frozenset("“„«")
_CLOSING = frozenset("”»")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted stretch: `start:end` with its marks, `inner_start:inner_end` without them.

    `repaired` says that a mark was missing and the end of the paragraph was taken for it.
    `continues` says that the mark was left open because the next paragraph goes on quoting.
    """

    start: int
    end: int
    inner_start: int
    inner_end: int
    repaired: bool = False
    continues: bool = False


def quotes(text: str, paragraphs: Sequence[Line]) -> list[Quote]:
    """Return the outermost quoted stretches of each paragraph, in order, never overlapping."""
    found: list[Quote] = []
    for index, paragraph in enumerate(paragraphs):
        following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
        found += _in_paragraph(text, paragraph, following)
    return found


def _in_paragraph(text: str, paragraph: Line, following: Line | None) -> list[Quote]:
    found: list[Quote] = []
    opened: re.Match[str] | None = None
    depth = 0
    for mark in _MARK.finditer(text, paragraph.start, paragraph.end):
        opens = _opens(text, mark, paragraph, is_open=opened is not None)
        if opens:
            opened, depth = (opened, depth + 1) if opened is not None else (mark, 1)
        elif opened is not None:
            depth -= 1
            if depth == 0:
                found.append(Quote(opened.start(), mark.end(), opened.end(), mark.start()))
                opened = None
    if opened is not None:
        found.append(_repaired(text, opened, paragraph, following))
    return found


def _opens(text: str, mark: re.Match[str], paragraph: Line, *, is_open: bool) -> bool:
    sign = mark.group()
    if sign in _OPENING or sign == "``":
        return True
    if sign in _CLOSING or sign == "''":
        return False
    return not is_open


def _repaired(text: str, opened: re.Match[str], paragraph: Line, following: Line | None) -> Quote:
    continues = following is not None and text[following.start] == opened.group()
    return Quote(
        opened.start(), paragraph.end, opened.end(), paragraph.end, not continues, continues
    )
