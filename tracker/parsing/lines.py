"""Printed lines -> paragraphs.

A PDF knows where each line stands, not where a paragraph ends. What shows it to a reader shows it
here: more space above, an indent, another size of letters, a line that stops short.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MORE_SPACE = 1.3  # times the usual distance between two lines
SHORT = 0.8  # of the usual width of a line
OTHER_SIZE = 0.15
RUNNING_LINES = 2  # of a head, and of a foot
HYPHENS = "\x02\ufffe\N{SOFT HYPHEN}"  # how pdfium marks the end of a line inside a word
_SENTENCE_END = re.compile(r"""[.!?:;…]["'”’»)\]]*$""")
_SPEAKER = re.compile(r"\w[^.!?:]{0,50}:\s")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its text and, in points, where it begins, ends and stands."""

    text: str
    left: float
    right: float
    baseline: float  # counted upwards from the foot of the page
    size: float


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """Return the text of the paragraphs that `lines` of one page, in order, make up."""
    if not lines:
        return []
    spacing = _usual_distance(lines)
    width = _usual_width(lines)
    found = [lines[0].text]
    for one, two in pairwise(lines):
        if _begins(one, two, spacing=spacing, width=width):
            found.append(two.text)
        else:
            found[-1] = _joined(found[-1], two.text)
    return [text.rstrip(HYPHENS) for text in found]


def text_of(pages: Sequence[Sequence[Line]]) -> str:
    """Return the paragraphs of all `pages`, one a line; a sentence may run over a page's end.

    Heads and feet, which stand at one height of several pages with the same words, are put once
    at the end, where they cut no sentence.
    """
    running = _running(pages)
    found: list[str] = []
    for page in pages:
        rest = paragraphs([line for line in page if _place(line) not in running])
        if found and rest and rest[0][:1].islower() and not _SENTENCE_END.search(found[-1]):
            found[-1] = _joined(found[-1], rest.pop(0))
        found.extend(rest)
    return "\n".join([*found, *running.values()])


def _running(pages: Sequence[Sequence[Line]]) -> dict[tuple[str, int], str]:
    """Return heads and feet by their place: of the outermost lines, those on several pages."""
    outermost = [line for page in pages for line in _outermost(page)]
    count = Counter(map(_place, outermost))
    texts = {_place(line): line.text for line in reversed(outermost)}
    return {place: texts[place] for place in count if count[place] > 1}


def _outermost(page: Sequence[Line]) -> list[Line]:
    heights = sorted({line.baseline for line in page})
    outer = {*heights[:RUNNING_LINES], *heights[-RUNNING_LINES:]}
    return [line for line in page if line.baseline in outer]


def _place(line: Line) -> tuple[str, int]:
    """Return what a running head has in common on all pages: its words and its height."""
    return re.sub(r"\d+", "#", line.text), round(line.baseline)


def _usual_distance(lines: Sequence[Line]) -> float:
    """Return the distance of two lines inside a paragraph: one in four is no larger."""
    gaps = sorted(one.baseline - two.baseline for one, two in pairwise(lines))
    below = [gap for gap in gaps if gap > 0]
    return below[len(below) // 4] if below else 0.0


def _usual_width(lines: Sequence[Line]) -> float:
    """Return the width that three quarters of the lines do not pass: that of a full one."""
    widths = sorted(line.right - line.left for line in lines)
    return widths[len(widths) * 3 // 4]


def _begins(one: Line, two: Line, *, spacing: float, width: float) -> bool:
    """Tell whether `two` begins a paragraph after `one`."""
    ended = bool(_SENTENCE_END.search(one.text))
    gap = one.baseline - two.baseline
    if gap <= 0:  # the next column, or something printed out of its order
        return ended or two.left < one.left + width
    short = one.right - one.left < SHORT * width and not two.text[:1].islower()
    return (
        gap > MORE_SPACE * spacing
        or two.left > one.left + two.size
        or abs(one.size - two.size) > OTHER_SIZE * one.size
        or short
        or (ended and bool(_SPEAKER.match(two.text)))
    )


def _joined(before: str, after: str) -> str:
    if before.endswith(tuple(HYPHENS)):
        return before.rstrip(HYPHENS) + after
    return f"{before.rstrip()} {after}"
