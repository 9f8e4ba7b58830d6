"""Are two passages the same utterance? Attestations grouped, the best rendering, what varies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from timeline.coding import code
from timeline.diff import Difference, differences
from timeline.words import words

FIDELITIES = ("verbatim", "translated", "reported", "paraphrased")
SAME_UTTERANCE = 0.5
PUBLICATION_LAG = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Attestation:
    """One statement that attests an utterance. Dates are the first and last day it can be of."""

    key: int
    text: str
    earliest: date
    latest: date
    published: date | None
    document: int
    origin: int
    fidelity: str
    venue: str = ""
    rank: int = 0


def likeness(a: str, b: str) -> float:
    """Return how alike two passages are in what they say, 0 to 1, whichever order."""
    left = {word for word in words(a).low if word.isalnum()}
    right = {word for word in words(b).low if word.isalnum()}
    if not left or not right:
        return float(left == right)
    return 2 * len(left & right) / (len(left) + len(right))


def _meet(a: Attestation, b: Attestation) -> bool:
    lag = timedelta(0) if a.fidelity == b.fidelity == "verbatim" else PUBLICATION_LAG
    return a.earliest <= b.latest + lag and b.earliest <= a.latest + lag


def group(
    attestations: Sequence[Attestation],
    *,
    together: Collection[frozenset[int]] = (),
    apart: Collection[frozenset[int]] = (),
) -> list[tuple[int, ...]]:
    """Return the keys grouped to utterances, each group and the list in order of keys and dates.

    `together` and `apart` are pairs (or sets) of keys that an analyst joined or split; they win.
    """
    ordered = sorted(attestations, key=lambda item: (item.earliest, item.latest, item.key))
    home = {item.key: {item.key} for item in ordered}

    def join(a: int, b: int) -> None:
        if home[a] is home[b] or any(len(pair & home[a]) and len(pair & home[b]) for pair in apart):
            return
        merged = home[a] | home[b]
        for key in merged:
            home[key] = merged

    for keys in sorted(together, key=sorted):
        known = sorted(key for key in keys if key in home)
        for key in known[1:]:
            join(known[0], key)
    for index, item in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.earliest > item.latest + PUBLICATION_LAG:
                break
            if _meet(item, other) and likeness(item.text, other.text) >= SAME_UTTERANCE:
                join(item.key, other.key)
    groups = {id(keys): tuple(sorted(keys)) for keys in home.values()}
    order = {item.key: place for place, item in enumerate(ordered)}
    return sorted(groups.values(), key=lambda keys: min(order[key] for key in keys))


def canonical(attestations: Sequence[Attestation]) -> Attestation:
    """Return the best rendering: the most faithful, then the longest, then the lowest key."""
    return min(
        attestations,
        key=lambda item: (FIDELITIES.index(item.fidelity), -len(item.text), item.key),
    )


def variance(attestations: Sequence[Attestation]) -> list[Difference]:
    """Return where the other renderings of one utterance differ from the best one."""
    best = canonical(attestations)
    found: list[Difference] = []
    for item in sorted(attestations, key=lambda item: item.key):
        if item.key != best.key:
            found += differences(code(best.text), code(item.text))
    return found
