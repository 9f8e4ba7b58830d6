"""The outer shape of a text: its paragraphs, headings, bylines and page furniture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

LineKind = Literal["body", "title", "heading", "byline", "dateline", "boilerplate"]

_BREAK = re.compile(r"[^\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+")
_FURNITURE = re.compile(
    r"\W*(?:read (?:more|also|the (?:rest|full|original))\b|see also|also read|more like this|"
    r"follow (?:the|us|our|live)\b|subscribe|sign up|log in|share (?:this|on)|"
    r"related (?:articles?|stories|posts)|back to top|to the top of|advertisement|click here|"
    r"watch:|(?:file )?photo(?:graph)?s?:|image:|copyright\b|©|all rights reserved|"
    r"\d+ min(?:ute)?s?\b(?: read)?(?: \d+)*\W*$|tags?:|filed under|\d* ?comments?\W*$|"
    r"this (?:article|story|contribution|text) (?:has been|was)\b|"
    r"(?:the |this )?interview was (?:conducted|held by)|source:|to the original|"
    r"editor(?:ial|'s|’s) note|https?://)",
    re.I,
)
_CREDIT = re.compile(
    r"(?:photo|image|picture|getty images|profimedia|shutterstock)\b[^.]{0,12}[:/]", re.I
)
_BYLINE = re.compile(
    r"(?i:by|story by|written by|reporting by)\s+[^\W\d_a-zß-öø-ÿ]"
    r"|(?i:staff(?: (?:writer|reporter)s?)?$"
    r"|(?:author|editor|correspondent):|(?:press|information) (?:and|department|service|office)\b)"
)
DATELINE = re.compile(
    r"(?P<place>[A-ZÀ-Þ][A-ZÀ-Þ .’'-]+[A-ZÀ-Þ]\b(?:, [A-Z][\w.]{1,12})?)(?:,\s[^–—\n(]{3,30})?\s?"
    r"(?:\((?P<agency>[\w./ ]{2,20})\)\s?)?(?:--|[–—-])\s"
)
_DATELINE_LIMIT = 120
_TERMINAL = re.compile(r"""[.!?…:;,]["”“’»')\]]*$""")
_SENTENCE_END = re.compile(r"[.!?…]+[\"”’»')\]]*(?=\s|$)|(?<=[a-z]{2})[.!?][\"”]?(?=[A-Z][a-z])")
_HEADING_WORDS = 14  # more words than this are prose that lost its full stop
_TITLE_WORDS = 30
_NAME_WORDS = 4
_DATED_LINE = 60  # characters a line may have that only says when
_WRAPPED_LINES, _WRAPPED_WIDTH, _WRAPPED_SHORT = 5, 100, 45


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of the text without its surrounding white space."""

    start: int
    end: int
    kind: LineKind = "body"


def lines(text: str) -> list[Line]:
    """Return the paragraphs of `text` with their kind; lines wrapped by width are joined."""
    plain = [
        line
        for match in _BREAK.finditer(text)
        if (line := stripped(text, match.start(), match.end())).start < line.end
    ]
    joined = _unwrapped(text, plain)
    found = [replace(line, kind=_kind(text, joined, index)) for index, line in enumerate(joined)]
    return _without_teasers(text, found)


def stripped(text: str, start: int, end: int) -> Line:
    """Return `text[start:end]` without surrounding white space and zero-width signs."""
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return Line(start, end)


def dateline(text: str, line: Line) -> re.Match[str] | None:
    """Return the dateline that opens a report: "VELGRAD, May 24, 2023 (VWS) - "."""
    return DATELINE.match(text, line.start, min(line.end, line.start + _DATELINE_LIMIT))


def dateline_end(text: str, line: Line) -> int:
    """Return where the story begins after its dateline."""
    match = dateline(text, line)
    return match.end() if match else line.start


def _blank(character: str) -> bool:
    return character.isspace() or character in "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def _unwrapped(text: str, plain: list[Line]) -> list[Line]:
    """Join lines that were broken by width: all short, most of them nearly full."""
    inner = [a.end - a.start for a, b in pairwise(plain) if _adjacent(text, a, b)]
    if len(inner) < _WRAPPED_LINES or max(line.end - line.start for line in plain) > _WRAPPED_WIDTH:
        return plain
    if sum(length >= _WRAPPED_SHORT for length in inner) < 0.8 * len(inner):
        return plain
    joined: list[Line] = []
    for line in plain:
        if joined and _adjacent(text, joined[-1], line):
            joined[-1] = Line(joined[-1].start, line.end)
        else:
            joined.append(line)
    return joined


def _adjacent(text: str, before: Line, after: Line) -> bool:
    return text.count("\n", before.end, after.start) <= 1 and after.start > before.end


def _kind(text: str, plain: list[Line], index: int) -> LineKind:
    line = plain[index]
    words = text[line.start : min(line.end, line.start + 400)]
    if _FURNITURE.match(words) or (len(words) < 200 and _CREDIT.search(words)):
        return "boilerplate"
    if _BYLINE.match(words) and len(words.split()) <= 2 * _NAME_WORDS:
        return "byline"
    if index == 0 and len(plain) > 1 and (_is_title(words) or _is_dated_off(text, plain)):
        return "title"
    if len(words.split()) > _HEADING_WORDS or _TERMINAL.search(words):
        return "body"
    if not any(character.isalpha() for character in words):
        return "boilerplate"
    if index == len(plain) - 1 and _is_name(words):
        return "byline"
    return "heading"


def _is_dated_off(text: str, plain: list[Line]) -> bool:
    """Return whether a first line without a full stop stands above a line that dates the text."""
    below = text[plain[1].start : plain[1].end]
    ends = text[plain[0].start : plain[0].end].rstrip('”"’»')[-1:]
    return len(below) < _DATED_LINE and ends not in ".!?:" and bool(re.search(r"\d{4}", below))


def _is_title(words: str) -> bool:
    count = words.split()
    if len(count) > _TITLE_WORDS or words.rstrip().endswith(":"):
        return False
    if not _TERMINAL.search(words) or (words[0] in '“"«‘' and words[-1] in '”"»’'):
        return True
    longer = [word for word in count if len(word.strip("“”\"'‘’.,")) > 3]
    capitals = sum(word.strip("“\"'‘")[:1].isupper() for word in longer)
    return len(longer) >= _NAME_WORDS and ": " not in words and capitals >= 0.7 * len(longer)


def _is_name(words: str) -> bool:
    parts = words.split()
    return 2 <= len(parts) <= _NAME_WORDS and all(part[:1].isupper() for part in parts)


def _without_teasers(text: str, found: list[Line]) -> list[Line]:
    """Mark as furniture a line that is cut off with "…" and stands in full further down."""
    heads = {text[line.start : line.start + 40] for line in found}
    if len(heads) == len(found):
        return found
    return [
        replace(line, kind="boilerplate")
        if text[line.end - 1] == "…" and _repeated(text, line, found[index + 1 : index + 5])
        else line
        for index, line in enumerate(found)
    ]


def _repeated(text: str, line: Line, following: list[Line]) -> bool:
    head = text[line.start : line.end].rstrip("… ")
    return any(text.startswith(head, other.start) for other in following)


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of `text[start:end]` as offsets, cut at full stops before a space."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        yield begin, match.end()
        begin = match.end()
    if begin < end:
        yield begin, end
