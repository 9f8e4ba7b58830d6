"""Quotation marks -> quoted stretches, repaired within the paragraph where a mark is missing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tracker.reading.layout import Line
from tracker.reading.printed_markup import around_markup

_MARK = re.compile(r"""["“”„‟«»]|``|''|(?<!\w)[‘'](?=\w)|(?<=[\w.,!?…])[’'](?!\w)""")
_CURLY_OPENING, _CURLY_CLOSING = frozenset("“„«‟"), frozenset("”»")
_SINGLE = frozenset("‘’'")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|[A-Z]|$)")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted stretch: `start:end` with its marks, `inner_start:inner_end` without them.

    `repaired` says that the closing mark was missing and an end was found for it.
    """

    start: int
    end: int
    inner_start: int
    inner_end: int
    repaired: bool = False


@dataclass(slots=True)
class Quotations:
    """The outermost quoted stretches of a text, and the offsets of marks without a partner."""

    quotes: list[Quote] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)


def quotations(text: str, paragraphs: Sequence[Line]) -> Quotations:
    """Return the quotations of each paragraph, in order, never overlapping.

    A paragraph that opens with a mark and does not close it goes on into the next one when
    that opens with the same mark (the convention of long quotations): no fault. Any other
    open mark ends with its sentence, or at the next mark.
    """
    found = Quotations()
    for index, paragraph in enumerate(paragraphs):
        following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
        _read_paragraph(text, paragraph, following, found)
    return found


def _read_paragraph(text: str, paragraph: Line, following: Line | None, found: Quotations) -> None:
    opened: list[re.Match[str]] = []
    closed: list[Quote] = []
    for mark in _marks(text, paragraph):
        sign = mark.group()
        if sign in _SINGLE:
            if not opened:
                closed += _single(text, mark, paragraph)
            continue
        if closed and mark.start() < closed[-1].end:
            continue
        if _opens(text, mark, opened, paragraph):
            opened.append(mark)
        elif opened:
            start = opened.pop()
            if not opened:
                closed.append(Quote(start.start(), mark.end(), start.end(), mark.start()))
        else:
            found.faults.append(mark.start())
    if opened:
        _close(text, opened, paragraph, following, closed, found)
    found.quotes += _outermost(closed)


def _marks(text: str, paragraph: Line) -> Iterator[re.Match[str]]:
    for start, end in around_markup(text, paragraph.start, paragraph.end):
        yield from _MARK.finditer(text, start, end)


def _opens(
    text: str, mark: re.Match[str], opened: Sequence[re.Match[str]], paragraph: Line
) -> bool:
    """Return whether a mark opens; one turned the wrong way is told by what stands around it."""
    sign = mark.group()
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    begins = (not before or before.isspace() or before in "([—–-") and not after.isspace()
    ends = bool(before) and not before.isspace() and not after.isalnum()
    if sign in _CURLY_CLOSING:
        turned = mark.start() == paragraph.start and after.isalnum()
        return turned and not opened  # typed the wrong way round
    if sign in _CURLY_OPENING or sign == "``":
        return not (opened and (ends or before.isalnum()))
    if not opened:
        return True
    return begins and opened[-1].group() != sign


def _single(text: str, mark: re.Match[str], paragraph: Line) -> list[Quote]:
    """Return the stretch that a single opening mark begins, if it closes like a quotation."""
    if mark.group() not in "‘'" or text[mark.end() : mark.end() + 1].isspace():
        return []
    if mark.start() > 0 and (text[mark.start() - 1].isalnum() or text[mark.start() - 1] in ".,!?…"):
        return []
    closing = "’" if mark.group() == "‘" else "'"
    limit = min(paragraph.end, mark.end() + 600)
    position = text.find(closing, mark.end(), limit)
    while position != -1:
        after = text[position + 1 : position + 2]
        if not after.isalnum() and text[position - 1] != "s":
            return [Quote(mark.start(), position + 1, mark.end(), position)]
        if not after.isalnum() and text[position - 1] in ".,!?":
            return [Quote(mark.start(), position + 1, mark.end(), position)]
        position = text.find(closing, position + 1, limit)
    return []


def _close(
    text: str,
    opened: Sequence[re.Match[str]],
    paragraph: Line,
    following: Line | None,
    closed: list[Quote],
    found: Quotations,
) -> None:
    first = opened[0]
    if first.start() == paragraph.start:
        goes_on = following is not None and text[following.start] == first.group()[0]
        if not goes_on:
            found.faults.append(first.start())
        closed.append(Quote(first.start(), paragraph.end, first.end(), paragraph.end, not goes_on))
        return
    for index, mark in enumerate(opened):
        found.faults.append(mark.start())
        nearest = opened[index + 1].start() if index + 1 < len(opened) else paragraph.end
        end = _sentence_end(text, mark.end(), nearest)
        closed.append(Quote(mark.start(), end, mark.end(), end, repaired=True))


def _sentence_end(text: str, start: int, limit: int) -> int:
    match = _SENTENCE_END.search(text, start, limit)
    end = match.end() if match else limit
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _outermost(closed: list[Quote]) -> Iterator[Quote]:
    reached = -1
    for quote in sorted(closed, key=lambda quote: (quote.start, -quote.end)):
        if quote.start >= reached and quote.inner_start < quote.inner_end:
            reached = quote.end
            yield quote
