"""A document's text -> dated, attributed passages. Pure: no clock, no database, no I/O."""

from tracker.reading.parts import (
    KnownActor,
    KnownRole,
    Passage,
    Reading,
    Region,
    SourceWarning,
    Term,
    TopicMatch,
    TopicTerms,
)
from tracker.reading.reader import read
from tracker.reading.trouble import credibility

__all__ = [
    "KnownActor",
    "KnownRole",
    "Passage",
    "Reading",
    "Region",
    "SourceWarning",
    "Term",
    "TopicMatch",
    "TopicTerms",
    "credibility",
    "read",
]
