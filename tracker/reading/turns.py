"""Transcripts: who holds the floor in which paragraph."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tracker.reading.layout import Line

_CAPITAL = r"[^\W\d_a-zß-öø-ÿа-я]"
_NAME_WORD = rf"{_CAPITAL}[\w.’'-]*"
_LABEL = re.compile(
    rf"[“\"«]?(?P<name>{_NAME_WORD}(?:\s(?:of|the|and|for|de|da|di|van|von|al|bin|{_NAME_WORD})){{0,7}})"
    r"\s?(?:\([^)\n]{0,80}\))?\s?:(?=\s|$)"
)
_QUESTION = re.compile(
    r"(?:Q|Question|Questions|Reporter|Journalist|Correspondent|Moderator|Interviewer|Host|Presenter|"
    r"Anchor|Media|Press|Вопрос)(?:\s\w+)?$",
    re.I,
)
_ANSWER = re.compile(r"(?:A|Answer|Ответ)$", re.I)
_SPEECH = r"(?:remarks|answers|repl(?:y|ies)|statement|speech|address|interview|comments|message)"
# "X's remarks and answers to media questions ...:" opens a transcript with X speaking.
_OPENING = re.compile(
    rf"(?P<name>{_NAME_WORD}(?:\s(?:of|{_NAME_WORD})){{0,6}}?)[’']s?\s(?:[\w-]+\s){{0,3}}?{_SPEECH}\b"
)
_BY = re.compile(
    rf"(?:[A-Z]\w+\s)?(?i:(?:opening\s|closing\s)?{_SPEECH}\s(?:by|of)\s(?:the\s)?)"
    rf"(?P<name>{_NAME_WORD}(?:,?\s(?:of|for|and|the|{_NAME_WORD})){{0,12}})"
)
_FIRST_PERSON = re.compile(r"\b(?:I|we|We|our|Our|my|My|us|me)\b")
_OPENING_LINES, _OPENING_LIMIT, _LABEL_LIMIT = 8, 400, 160
_MONOLOGUE_SHARE = 400  # characters of text for each first-person word a speech has at least


@dataclass(frozen=True, slots=True)
class Turn:
    """One paragraph spoken; `name_start:name_end` is the label or opening that gives the speaker.

    `question` is the last question before it as offsets, None for opening words.
    """

    start: int
    end: int
    name_start: int
    name_end: int
    is_question: bool
    question: tuple[int, int] | None = None


@dataclass(slots=True)
class Turns:
    """A transcript: its turns, the line that opens it, and what sort of transcript it is."""

    turns: list[Turn] = field(default_factory=list)
    opening: Line | None = None
    monologue: bool = False
    hosted: bool = False


def read_turns(text: str, lines: Sequence[Line]) -> Turns:
    """Return the turns paragraph by paragraph; none where `text` is no transcript."""
    labels = {
        index: label
        for index, line in enumerate(lines)
        if line.kind in ("body", "heading") and (label := _label(text, line))
    }
    opening = next((i for i, line in enumerate(lines[:_OPENING_LINES]) if _opens(text, line)), None)
    if opening is not None:
        labels = {index: label for index, label in labels.items() if index > opening}
    asking = _askers(text, lines, labels)
    if not labels or not (asking or opening is not None or _repeats(labels)):
        return _monologue(text, lines)
    if len(labels) < 2 and opening is None:
        return _monologue(text, lines)
    spoken = _spoken(text, lines, labels, opening, asking)
    hosted = any(not _QUESTION.match(name) for name in asking)
    return Turns(spoken, lines[opening] if opening is not None else None, hosted=hosted)


def _label(text: str, line: Line) -> re.Match[str] | None:
    return _LABEL.match(text, line.start, min(line.end, line.start + _LABEL_LIMIT))


def _opens(text: str, line: Line) -> re.Match[str] | None:
    if text[line.end - 1] != ":" or line.end - line.start > _OPENING_LIMIT:
        return None
    return _OPENING.search(text, line.start, line.end)


def _repeats(labels: dict[int, re.Match[str]]) -> bool:
    names = [label["name"] for label in labels.values()]
    return len(set(names)) < len(names) and len(names) > 2  # two of three at least


def _askers(text: str, lines: Sequence[Line], labels: dict[int, re.Match[str]]) -> set[str]:
    """Return the labels that ask: called so, or most of their turns end with a question mark."""
    asked: dict[str, list[bool]] = defaultdict(list)
    for index, label in labels.items():
        asked[label["name"]].append(text[lines[index].end - 1] == "?")
    several = len(asked) > 1
    return {
        name
        for name, marks in asked.items()
        if _QUESTION.match(name) or (several and 2 * sum(marks) > len(marks) > 1)
    }


def _spoken(
    text: str,
    lines: Sequence[Line],
    labels: dict[int, re.Match[str]],
    opening: int | None,
    asking: set[str],
) -> list[Turn]:
    found: list[Turn] = []
    floor = _Floor()
    for index, line in enumerate(lines):
        start = line.start
        if (label := labels.get(index)) is not None:
            floor.take(label, asks=label["name"] in asking)
            start = label.end()
        elif index == opening and (match := _opens(text, line)):
            floor.name = floor.answerer = match.span("name")
            continue
        if floor.name is None or (line.kind != "body" and label is None):
            continue
        begin, end = _without_marks(text, start, line.end)
        if begin < end:
            found.append(Turn(begin, end, *floor.name, floor.asks, floor.question))
            if floor.asks:
                floor.question = (floor.question[0] if floor.question else begin, end)
    return found


@dataclass(slots=True)
class _Floor:
    """Who speaks now, who answers, and what was asked last."""

    name: tuple[int, int] | None = None
    answerer: tuple[int, int] | None = None
    asks: bool = False
    question: tuple[int, int] | None = None

    def take(self, label: re.Match[str], *, asks: bool) -> None:
        if asks and not self.asks:
            self.question = None
        self.asks = asks
        answers = _ANSWER.match(label["name"]) and self.answerer is not None
        self.name = self.answerer if answers else label.span("name")
        self.answerer = self.answerer if asks else self.name


def _without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a paragraph without the quotation marks that open or close the whole speech."""
    while start < end and (text[start].isspace() or text[start] in '“"«'):
        start += 1
    if end > start and text[end - 1] in '”"»':
        inner = text[start : end - 1]
        if sum(map(inner.count, "“«")) <= sum(map(inner.count, "”»")) and inner.count('"') % 2 == 0:
            end -= 1
    return start, end


def _monologue(text: str, lines: Sequence[Line]) -> Turns:
    """Return a speech or statement that a heading gives to one speaker, in the first person."""
    for index, line in enumerate(lines[:3]):
        match = _BY.match(text, line.start, line.end) or _OPENING.match(text, line.start, line.end)
        if match is None:
            continue
        body = [other for other in lines[index + 1 :] if other.kind == "body"]
        length = sum(other.end - other.start for other in body)
        said = sum(len(_FIRST_PERSON.findall(text, o.start, o.end)) for o in body)
        if said and length / said < _MONOLOGUE_SHARE:
            turns = [
                Turn(*_without_marks(text, o.start, o.end), *match.span("name"), False)
                for o in body
            ]
            return Turns([turn for turn in turns if turn.start < turn.end], line, monologue=True)
    return Turns()
