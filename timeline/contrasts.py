"""A contrast, something that two passages cannot both hold; and two passages set side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from timeline.frames import Frame
from timeline.quantities import Quantity

ALIKE = 0.75  # of the content words on both sides, for a word-by-word comparison to mean much
ABOUT_ONE = 0.5  # of the shorter passage's words are in the other: both speak of one thing


class Contrast(NamedTuple):
    """One thing that differs in substance: token spans in the shorter and the longer passage.

    `note` says what it is; `words` are those of the two sides, "" where one has none. The rules
    of `commitments` give the older side first instead.
    """

    kind: str
    note: str
    words: tuple[str, str]
    short: tuple[int, int]
    long: tuple[int, int]
    certainty: float
    quantities: tuple[Quantity, Quantity] | None = None

    def reason(self, *, swapped: bool = False) -> str:
        """Return the contrast in words, the sides exchanged where `swapped`."""
        words = self.words[::-1] if swapped else self.words
        quoted = " -> ".join(f"'{side}'" for side in words if side)
        return f"{self.note}: {quoted}"

    def named(self, *, swapped: bool = False) -> str:
        """Return the contrast as what a sentence can speak of, the sides exchanged likewise."""
        older, newer = self.words[::-1] if swapped else self.words
        if self.kind == "polarity":
            return f"the denial '{max(older, newer, key=len)}'"  # of two, the one with a "not"
        element, _, moved = self.kind.rpartition("_")
        if moved in ("added", "dropped"):
            return f"the {moved} {element} '{newer if moved == 'added' else older}'"
        return f"the change from '{older}' to '{newer}'"


@dataclass(slots=True)
class Pair:
    """Two frames, the shorter first, and which of its content words the longer one has too."""

    short: Frame
    long: Frame
    matched: dict[int, int]
    cover: float
    back: float

    def covered(self, indexes: Iterable[int]) -> float:
        """Return the share of these tokens of the shorter frame that the longer has; 1 of none."""
        known = [index in self.matched for index in indexes]
        return sum(known) / len(known) if known else 1.0

    def told(self, indexes: Iterable[int]) -> float:
        """Return the same share, with names that the longer frame says by a pronoun or in part."""
        meant = _stood_for(self.short, self.long, self.matched)
        known = [index in self.matched or index in meant for index in indexes]
        return sum(known) / len(known) if known else 1.0


def pair(short: Frame, long: Frame) -> Pair:
    """Return the two frames with their content words matched by stem, synonym or kind."""
    matched: dict[int, int] = {}
    taken: set[int] = set()
    found, keys_of = long.found, short.keys
    for index in short.content:
        places = found.get(keys_of(index)[0]) or _places(long, keys_of(index))
        if places:
            place = places[0]
            if place in taken:
                place = next((other for other in places if other not in taken), place)
            matched[index] = place
            taken.add(place)
    named = len(_stood_for(short, long, matched)) if _opens_with_pronoun(long) else 0
    cover = (len(matched) + named) / len(short.content) if short.content else 1.0
    back = len(taken) / len(long.content) if long.content else 1.0
    return Pair(short, long, matched, cover, back)


_STAND_INS = frozenset(("it", "he", "she", "they", "its", "his", "her", "their"))


def _opens_with_pronoun(frame: Frame) -> bool:
    return bool(frame.tokens.low) and frame.tokens.low[0] in _STAND_INS


def _stood_for(short: Frame, long: Frame, matched: Mapping[int, int]) -> frozenset[int]:
    """Return the words of the name that opens the shorter passage that are meant by others.

    By "it" or "he" where the longer passage begins so: then its subject is the one spoken of; by
    a surname that stands alone there: "Marenko" is "Ilva Marenko".
    """
    raw, size, first = short.tokens.raw, len(short.tokens), 0
    while first < size and not raw[first][0].isalnum():
        first += 1
    index, words = first, []
    while index < size and (raw[index][0].isupper() or raw[index] in ("of", "the", "and", "'s")):
        if index in short.content and index not in matched:
            words.append(index)
        index += 1
    if not words:
        return frozenset()
    meant = _opens_with_pronoun(long) or _surname(long, matched.get(index - 1))
    return frozenset(words) if meant else frozenset()


def _surname(long: Frame, place: int | None) -> bool:
    """Return whether a name of one word stands at `place`."""
    if place is None or not long.tokens.raw[place][0].isupper():
        return False
    raw = long.tokens.raw
    beside = (raw[place - 1] if place else "", raw[place + 1] if place + 1 < len(raw) else "")
    return not any(word[:1].isupper() and word.lower() not in long.lexicon.stops for word in beside)


def _places(long: Frame, keys: tuple[str, ...]) -> tuple[int, ...]:
    """Return the tokens that say the same, else those of a kind of it, else of what it is one."""
    places = long.match(keys) or long.kinds.get(keys[0])
    if places:
        return places
    for kind in long.lexicon.kinds.get(keys[0], ()):
        if kind in long.found:
            return long.found[kind]
    return ()
