"""What is said in a crash run, and the oracle: which shifts that makes, in a few lines."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

READY = "We are ready to negotiate with Karsk about the Sarn valley."
NOT_READY = "We are not ready to negotiate with Karsk about the Sarn valley."
FIRST = date(1990, 1, 1)
APART = timedelta(days=35)  # so far apart that no stance goes back and forth within a month
_STARTS = ("Bar", "Dor", "Fel", "Gal", "Hal", "Kor", "Lam", "Mor", "Nal", "Tor", "Vel", "Zar")
_ENDS = ("enko", "avik", "osta", "ulin", "eman", "irov", "adze", "omek", "unda", "eyko")

Told = tuple[str, str, str]  # an actor, and the days on which the two sides were said


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of an actor."""

    actor: str
    name: str
    day: date
    text: str

    @property
    def report(self) -> str:
        """A document that quotes it."""
        return (
            f"Velgrad, {self.day:%d %B %Y}\n\n"
            f"Foreign Minister {self.name} spoke to the press in Velgrad on {self.day:%d %B %Y}."
            f"\n\n“{self.text}” {self.name.split()[-1]} said.\n"
        )


def names(count: int) -> list[str]:
    """Return so many invented names, no two alike."""
    return [f"Ilva {start}{end}" for end in _ENDS for start in _STARTS][:count]


def slug(name: str) -> str:
    """Return the slug of a name."""
    return name.lower().replace(" ", "-")


def statements(count: int, actors: int, seed: int) -> list[Said]:
    """Return statements of each actor in turn, ready or not ready by chance."""
    chance = random.Random(seed)
    people = names(actors)
    return [
        Said(
            slug(people[number % actors]),
            people[number % actors],
            FIRST + APART * (number // actors),
            chance.choice((READY, NOT_READY)),
        )
        for number in range(count)
    ]


def oracle(said: list[Said]) -> Iterator[Told]:
    """Yield the shifts: two statements of an actor in a row that say the opposite."""
    for actor in {one.actor for one in said}:
        own = sorted((one for one in said if one.actor == actor), key=lambda one: one.day)
        for older, newer in pairwise(own):
            if older.text != newer.text:
                yield actor, older.day.isoformat(), newer.day.isoformat()
