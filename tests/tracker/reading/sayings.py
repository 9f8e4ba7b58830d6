"""The invented people whom the tests of reading quote, and short ways to read a text."""

from datetime import date

from tracker.dates import EdtfDate, day
from tracker.reading import KnownActor, KnownRole, Passage, Reading, Term, TopicTerms, read

MARENKO = KnownActor(
    "ilva-marenko",
    "Ilva Marenko",
    ("Ilwa Marenko",),
    (KnownRole("Minister of Foreign Affairs", "Ostravia", date(2019, 6, 3)),),
    "she",
)
BREL = KnownActor(
    "tomas-brel", "Tomas Brel", (), (KnownRole("President", "Ostravia", date(2018, 5, 7)),), "he"
)
TAVIK = KnownActor(
    "oren-tavik", "Oren Tavik", (), (KnownRole("Minister of Foreign Affairs", "Karsk"),), "he"
)
PEOPLE = (MARENKO, BREL, TAVIK)
TALKS = TopicTerms(
    "talks",
    "Talks",
    (Term("talks", 0.9), Term("peace talks", 1.0), Term("ceasefire", 0.9)),
    ("trade talks",),
)
PACT = TopicTerms("pact", "Northern Pact", (Term("Northern Pact"), Term("bases", 0.6)))
WEDNESDAY = day(date(2024, 5, 8))


def reading_of(text: str, *, published: EdtfDate | None = WEDNESDAY) -> Reading:
    """Read a text with the invented people and topics."""
    return read(text, actors=PEOPLE, topics=(TALKS, PACT), published=published)


def passages_of(text: str) -> list[tuple[str | None, str]]:
    """Return the slug or name behind each passage, and its words."""
    return [(p.actor, text[p.start : p.end]) for p in reading_of(text).passages]


def the_passage(text: str) -> Passage:
    """Return the only passage of a text."""
    (passage,) = reading_of(text).passages
    return passage


def said_by(slug: str, text: str) -> list[str]:
    """Return the words that one actor is said to have said."""
    return [words for actor, words in passages_of(text) if actor == slug]
