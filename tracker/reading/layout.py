"""The outer shape of a text: its lines, headings and page furniture, its sentences."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

LineKind = Literal["body", "title", "heading", "boilerplate"]

# A sentence ends at . ! ? … (with closing marks) before a space and something that can begin
# one, or at a full stop glued between a lower-case word and a capitalised one (seen in pages
# whose blank lines were lost).
_SENTENCE_END = re.compile(
    r"""[.!?…]+["”’»')\]]*(?:(?=\s+["“„‘«(\[—–'-]*\s?[^\W_a-zß-öø-ÿ])|$)|(?<=[a-z]{2})[.!?]["”]?(?=["“]?[A-Z][a-z])"""
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Sgt|Capt|Cmdr|Adm|Maj|Hon|Rev|St|Jr|Sr"
    r"|Inc|Ltd|Co|Corp|vs|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Mt|Ft|Fla|Ill|Va|Pa"
    r"|Mass|Conn|Calif|Ariz|Wis|Mich|Ind|Ky|Tenn|Ga|Ala|Wash|Ore|Colo|Minn|Nev|a\.m|p\.m|U\.S|U\.K|U\.N"
    r"|D\.C|e\.g|i\.e|etc|al)|\b[A-Z])\.$"
)
_BOILERPLATE = re.compile(
    r"^\W*(?:read (?:more|the (?:rest|full|original))|read also|see also|also read|"
    r"follow (?:the latest|us)|"
    r"subscribe|sign up|share (?:this|on)|related (?:articles?|stories)|back to top|advertisement|"
    r"click here|watch:|photo:|image:|copyright|©|all rights reserved|\d+ min(?:ute)?s? read|"
    r"tags?:|filed under|comments?\s*\(?\d*\)?$|this article (?:has been|was)|more on this)",
    re.I,
)
_CREDIT = re.compile(
    r"(?:photo|image|picture|getty images|profimedia|shutterstock|file photo)\b.{0,12}[:/]", re.I
)
_TERMINAL = re.compile(r"""[.!?…:;,]["”’»')\]]*\s*$""")
_HEADING_LIMIT = 140  # characters; longer lines are prose that lost its full stop


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text without its surrounding white space."""

    start: int
    end: int
    kind: LineKind = "body"


def lines(text: str) -> list[Line]:
    """Return the lines of `text` that hold anything, in order, with their kind."""
    found = [
        _stripped(text, match.start(), match.end())
        for match in re.finditer(r"[^\r\n\f\v\u2028\u2029]+", text)
    ]
    plain = [line for line in found if line.start < line.end]
    return [replace(line, kind=_kind(text, plain, index)) for index, line in enumerate(plain)]


def _stripped(text: str, start: int, end: int) -> Line:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return Line(start + left, max(start + left, start + len(piece.rstrip())))


def _kind(text: str, plain: list[Line], index: int) -> LineKind:
    line = plain[index]
    words = text[line.start : line.end]
    if _BOILERPLATE.search(words[:80]) or (len(words) < _HEADING_LIMIT and _CREDIT.search(words)):
        return "boilerplate"
    if (
        index == 0
        and len(plain) > 1
        and len(words) <= 2 * _HEADING_LIMIT
        and not words.startswith(('"', "“"))
    ):
        return "title"
    if len(words) > _HEADING_LIMIT or _TERMINAL.search(words):
        return "body"
    return "heading" if any(character.isalpha() for character in words) else "boilerplate"


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of `text[start:end]` as offsets into `text`."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(begin, match.end() - 8), match.end()):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    line = _stripped(text, start, end)
    if line.start < line.end:
        yield line.start, line.end


def line_at(found: list[Line], offset: int) -> int:
    """Return the index of the last line that starts at or before `offset`, at least 0."""
    return max(0, bisect_right(found, offset, key=lambda line: line.start) - 1)
