"""The words of a reading: what goes into it (actors, topics) and what comes out of it.

All offsets are half open, count characters, and point into exactly the text that was given.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.dates import EdtfDate

Attribution = Literal["direct", "indirect", "mixed"]
Fidelity = Literal["verbatim", "translated", "reported", "paraphrased"]
Genre = Literal["transcript", "wire", "article", "interview", "statement"]
RegionKind = Literal[
    "statement", "question", "narration", "other_speaker", "heading", "boilerplate", "unread"
]


@dataclass(frozen=True, slots=True)
class KnownRole:
    """A dated role of an actor; `since` and `until` are None where it is open."""

    title: str
    organisation: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class KnownActor:
    """An actor of the record. `pronoun` is "he", "she", "they" or empty where nobody said."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    roles: tuple[KnownRole, ...] = ()
    pronoun: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that finds a topic; a heavier one says more about it."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TopicTerms:
    """A topic as data: the terms that find it and those that exclude it."""

    slug: str
    name: str
    terms: tuple[Term, ...] = ()
    exclusions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic found in a passage: `score` from 0 to 1, and the terms as the topic spells them."""

    topic: str
    score: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceWarning:
    """A trouble of the source; `text[start:end]` are the words that say so, None where none do."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the text and what it is; the regions of a reading tile the whole text."""

    start: int
    end: int
    kind: RegionKind


@dataclass(frozen=True, slots=True)
class Passage:
    """Words attributed to somebody: `text[start:end]` is exactly the content attributed.

    `speaker` is the source as printed, at `speaker_start:speaker_end`; `actor` is the slug of
    a known actor (`known` is true) or else the fullest name that this document gives.
    `chain` names, outermost first, those through whom a nested report came.
    `confidence` (0 to 1) is that of the speaker, not of what was said.
    """

    start: int
    end: int
    speaker: str | None
    speaker_start: int | None
    speaker_end: int | None
    actor: str | None
    known: bool
    cue: str | None
    attribution: Attribution
    fidelity: Fidelity
    said: EdtfDate | None
    topics: tuple[TopicMatch, ...]
    confidence: float
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one text. `problem` is empty, or says why it must wait in triage."""

    genre: Genre
    language: str
    title: str
    translated: bool
    published: EdtfDate | None
    said: EdtfDate | None
    venue: str
    warnings: tuple[SourceWarning, ...]
    passages: tuple[Passage, ...]
    regions: tuple[Region, ...]
    problem: str
