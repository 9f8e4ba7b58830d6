"""Is one report a reprint or a translation of another? Then the two are one origin, one witness.

Two independent reports of one press conference share its quotations; a reprint or a
translation shares the narration too, sentence after sentence in the same order. What is
compared is therefore the narration. A fingerprint of names and numbers, which survive
translation, decides cheaply which pairs are worth that comparison.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from timeline.likeness import likeness
from timeline.words import sentences, words

SAME_ORIGIN = 0.5  # share of the shorter narration that has its counterpart in the other
WORTH_COMPARING = 0.4  # share of the smaller fingerprint that the other one has too
FINGERPRINT_SIZE = 64
_FEWEST_SENTENCES = 3
_FEWEST_MARKS = 6
_ALIKE = 0.45
_SHORTEST = 4  # words; a shorter sentence is alike by chance


def fingerprint(text: str) -> list[str]:
    """Return the names and numbers of a text, folded, each once, at most FINGERPRINT_SIZE."""
    tokens = words(text)
    openers = {first for first, _ in sentences(tokens)}
    marks = (
        low
        for place, (raw, low) in enumerate(zip(tokens.raw, tokens.low, strict=True))
        if raw[0].isdigit() or (raw[0].isupper() and place not in openers)
    )
    return sorted(dict.fromkeys(marks))[:FINGERPRINT_SIZE]


def worth_comparing(one: Collection[str], other: Collection[str]) -> bool:
    """Tell whether two fingerprints share enough for their texts to be one."""
    smaller = min(len(one), len(other))
    if smaller < _FEWEST_MARKS:
        return False
    return len(set(one) & set(other)) / smaller >= WORTH_COMPARING


def same_origin(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two narrations, each a list of sentences in order, are of one origin."""
    shorter, longer = sorted((_telling(one), _telling(other)), key=len)
    if len(shorter) < _FEWEST_SENTENCES:
        return False
    places = [_counterpart(sentence, longer) for sentence in shorter]
    in_order = _longest_rise([place for place in places if place is not None])
    return in_order / len(shorter) >= SAME_ORIGIN


def _telling(narration: Sequence[str]) -> list[str]:
    return [sentence for sentence in narration if len(words(sentence)) >= _SHORTEST]


def _counterpart(sentence: str, others: Sequence[str]) -> int | None:
    best = max(range(len(others)), key=lambda place: likeness(sentence, others[place]))
    return best if likeness(sentence, others[best]) >= _ALIKE else None


def _longest_rise(places: Sequence[int]) -> int:
    """Return the length of the longest rising subsequence (patience sorting)."""
    piles: list[int] = []
    for place in places:
        pile = bisect_left(piles, place)
        piles[pile : pile + 1] = [place]
    return len(piles)
