"""The occasion of a document: its genre, its two dates and its place, from the head of the text.

Dates are taken from lines that are there to date the text, from the dateline and from the line
that opens a transcript; never from a footer, and never from the clock.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracker.dates import EdtfDate, between
from tracker.reading import dates
from tracker.reading.layout import Line, dateline, dateline_end
from tracker.reading.lexicon import Lexicon
from tracker.reading.parts import Genre
from tracker.reading.turns import Turns

HEAD_LINES = 8  # a date further down dates something in the story, not the story
PUBLICATION_LAG = timedelta(days=1)
_LEAD_SPAN = timedelta(days=7)  # a lead that names an older day looks back
_DATING = re.compile(r"\W*(?:date|published|posted|updated|created|issued)\b", re.I)
_PLACE_DATED = re.compile(r"(?P<place>[A-ZÀ-Þ][\w.’'-]+(?: [A-ZÀ-Þ][\w.’'-]+){0,3}), $")
_SCENE = re.compile(
    r"\b(?:(?:press |news )?(?:conference|briefing)|forum|summit|speech|address|talks|meeting|"
    r"session|interview)\b(?: (?:in|at|with)(?: the)?) "
    r"(?P<place>(?:[A-ZÀ-Þ][\w’'-]+|newspaper|magazine)(?: [A-ZÀ-Þ][\w’'-]+){0,3})"
)
_DEMONYMS = ("ian", "ish", "ese")
_DATED_REST = 40  # characters beside the date in a line that is there to date the text
_OUTLET = re.compile(r"[^\n]{0,40}\binterview\b", re.I)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, where and in which form: `said` and `published` are None where the text is silent."""

    genre: Genre
    said: EdtfDate | None
    published: EdtfDate | None
    venue: str


def genre_of(text: str, lines: Sequence[Line], turns: Turns, lexicon: Lexicon) -> Genre:
    """Return the form of the text."""
    if turns.monologue:
        return "statement"
    if turns.turns:
        return "interview" if turns.hosted else "transcript"
    for line in lines[:HEAD_LINES]:
        head = dateline(text, line)
        if head and (head["agency"] or line.end - line.start > 120):
            return "wire"
    agencies = "|".join(sorted(lexicon.agencies))
    credited = rf"\b(?:{agencies})\b(?: and (?:{agencies}))?\s(?:writes?|reports?|reported|said)\b"
    if re.search(rf"{credited}|\((?:{agencies})\b", text, re.I):
        return "wire"
    return "article"


def published_in(text: str, lines: Sequence[Line]) -> EdtfDate | None:
    """Return the date that the head of the text gives itself."""
    order = dates.day_first(text)
    for line in lines[:HEAD_LINES]:
        end = min(line.end, line.start + 300)
        for written in dates.explicit(text, line.start, end, order=order):
            rest = (line.end - line.start) - (written.end - written.start)
            if rest <= _DATED_REST or _DATING.match(text, line.start, line.end):
                return written.value
        if line.end - line.start > _DATED_REST and (value := _dateline(text, line)) is not None:
            return value
    return None


def _dateline(text: str, line: Line) -> EdtfDate | None:
    match = dateline(text, line)
    if match is None:
        return None
    found = dates.explicit(text, match.start(), match.end())
    return found[0].value if found else None


def said_in(
    text: str, lines: Sequence[Line], turns: Turns, published: EdtfDate | None
) -> EdtfDate | None:
    """Return the day of a transcript or statement: from its opening line, or counted back."""
    if turns.opening is not None:
        opening = turns.opening
        found = dates.explicit(text, opening.start, opening.end, order=dates.day_first(text))
        if found:
            return found[-1].value
    if turns.monologue:
        return published
    return _from_introduction(text, lines, turns, published)


def _from_introduction(
    text: str, lines: Sequence[Line], turns: Turns, published: EdtfDate | None
) -> EdtfDate | None:
    if not turns.turns or published is None:
        return None
    for line in lines:
        if line.start >= turns.turns[0].start:
            break
        value = dates.spoken_of(text, line.start, line.end, published=published)
        if line.kind == "body" and value is not None and value.basis != published.basis:
            return value
    return None


def lead_day(text: str, lead: Line, published: EdtfDate) -> EdtfDate | None:
    """Return the day that the first paragraph of a report names: "on Wednesday", "yesterday"."""
    value = dates.spoken_of(text, dateline_end(text, lead), lead.end, published=published)
    recent = value is not None and published.earliest - value.earliest <= _LEAD_SPAN
    if value is None or value.precision != "day" or not recent or value.latest > published.latest:
        return None
    return None if value.basis == published.basis else value


def lagged(published: EdtfDate) -> EdtfDate:
    """Return when something reported without time words was said: that day or the one before."""
    if published.precision != "day":
        return published
    return between(published.earliest - PUBLICATION_LAG, published.latest, basis=published.basis)


def venue_of(text: str, lines: Sequence[Line], turns: Turns) -> str:
    """Return the place of the occasion as far as the head of the text names it."""
    if turns.opening is not None:
        opening = turns.opening
        for written in dates.explicit(text, opening.start, opening.end):
            if place := _PLACE_DATED.search(text, opening.start, written.start):
                return place["place"]
    for line in lines[: 2 * HEAD_LINES]:
        if line.kind in ("boilerplate", "byline"):
            continue
        head = dateline(text, line)
        if head:
            return head["place"].title()
        scene = _SCENE.search(text, line.start, line.end)
        if scene and not scene["place"].endswith(_DEMONYMS):
            return re.sub(r"[’']s$", "", re.sub(r"^[\w-]+[’']s ", "", scene["place"]))
        for written in dates.explicit(text, line.start, min(line.end, line.start + 80)):
            place = _PLACE_DATED.match(text, line.start, written.start)
            if place and not _OUTLET.search(text, 0, 600):
                return place["place"]
    return ""
