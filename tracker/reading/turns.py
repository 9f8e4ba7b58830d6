"""Transcripts: who holds the floor in which paragraph."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.layout import Line

_NAME_WORD = r"[^\W\d_a-zß-öø-ÿ][\w.’'-]*"
_LABEL = re.compile(
    rf"[“\"]?(?P<name>{_NAME_WORD}(?:\s(?:of|the|and|for|de|da|di|van|von|al|bin|{_NAME_WORD})){{0,7}})"
    r"\s?(?:\([^)\n]{0,80}\))?\s?:(?=\s|$)"
)
_QUESTION = re.compile(
    r"(?:Q|Question|Questions|Reporter|Journalist|Correspondent|Moderator|Interviewer|Host|Presenter|"
    r"Anchor|Media|Press|Вопрос)(?:\s\w+)?$",
    re.I,
)
_ANSWER = re.compile(r"(?:A|Answer|Ответ)$", re.I)
# "X's remarks and answers to media questions ...:" opens a transcript with X speaking.
_OPENING = re.compile(
    rf"(?P<name>{_NAME_WORD}(?:\s{_NAME_WORD}){{0,6}}?)[’']s?\s(?:[\w-]+\s){{0,3}}?"
    r"(?:remarks|answers|statement|speech|address|interview|comments|reply|opening)\b"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A paragraph of a transcript: the words spoken, and by whom.

    `name_start:name_end` is the label (or opening line's name) that gives the speaker;
    an empty stretch means that a questioner speaks.
    """

    start: int
    end: int
    name_start: int
    name_end: int
    question: bool


def turns(text: str, lines: Sequence[Line]) -> list[Turn]:
    """Return a transcript's turns by paragraph; none where `text` is no transcript."""
    labels = {index: label for index, line in enumerate(lines) if (label := _label(text, line))}
    body = [index for index in labels if lines[index].kind != "title"]
    asked = any(_is_question(labels[index]["name"]) for index in body)
    opening = next((i for i, line in enumerate(lines[:8]) if _opening(text, line)), None)
    if not (len(body) >= 2 and (asked or _repeats(labels, body))) and not (
        opening is not None and body
    ):
        return []
    return _spoken(text, lines, {index: labels[index] for index in body}, opening)


def _repeats(labels: dict[int, re.Match[str]], body: Sequence[int]) -> bool:
    names = [labels[index]["name"] for index in body]
    return len(set(names)) < len(names)


def _label(text: str, line: Line) -> re.Match[str] | None:
    if line.kind == "boilerplate":
        return None
    return _LABEL.match(text, line.start, min(line.end, line.start + 160))


def _opening(text: str, line: Line) -> re.Match[str] | None:
    if text[line.end - 1] != ":" or line.end - line.start > 400:
        return None
    return _OPENING.search(text, line.start, line.end)


def _is_question(name: str) -> bool:
    return _QUESTION.match(name) is not None


def _spoken(
    text: str, lines: Sequence[Line], labels: dict[int, re.Match[str]], opening: int | None
) -> list[Turn]:
    found: list[Turn] = []
    speaker: tuple[int, int] | None = None
    answerer: tuple[int, int] | None = None
    question = False
    for index, line in enumerate(lines):
        label = labels.get(index)
        start = line.start
        if label is not None:
            question = _is_question(label["name"])
            speaker, start = _floor(label, answerer), label.end()
            answerer = answerer if question else speaker
        elif index == opening and (match := _opening(text, line)):
            speaker = answerer = match.span("name")
            continue
        if speaker is None or line.kind in ("boilerplate", "title"):
            continue
        found += _turn(text, start, line.end, speaker, question=question)
    return found


def _floor(label: re.Match[str], answerer: tuple[int, int] | None) -> tuple[int, int]:
    if _ANSWER.match(label["name"]) and answerer is not None:
        return answerer
    return label.span("name")


def _turn(
    text: str, start: int, end: int, speaker: tuple[int, int], *, question: bool
) -> list[Turn]:
    """Return the words of one paragraph without the marks around them."""
    while start < end and (text[start].isspace() or text[start] in '“"«'):
        start += 1
    if end > start and text[end - 1] in '”"»' and not re.search('[“"«]', text[start : end - 1]):
        end -= 1
    return [Turn(start, end, *speaker, question)] if start < end else []
