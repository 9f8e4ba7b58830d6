"""Are two passages the same utterance? Attestations grouped, the best rendering, what varies."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import compress
from operator import itemgetter
from typing import NamedTuple

from timeline.diff import Difference, differences
from timeline.frames import Frame, frame
from timeline.words import ByWord, kept

FIDELITIES = ("verbatim", "translated", "reported", "paraphrased")
SAME_UTTERANCE = 0.3  # on sentences of two outlets without dates
SAME_OCCASION = 0.25  # where venue and date are known to be the same
SAME_DOCUMENT = 0.5  # one document seldom quotes one sentence twice
PUBLICATION_LAG = timedelta(days=3)
_SPEAKER = 0.3  # weight of who is quoted, where both passages say so
DOUBT = 0.8  # of what is needed: from here to WELL_ABOVE of it a person should look
WELL_ABOVE = 1.2
_GRAM = 4  # letters: forgives inflection, spelling and glued words
_BEFORE, _AFTER = 6, 4  # tokens around a verb of saying in which its subject stands


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


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two attestations that are hardly, or nearly, alike enough to be one utterance."""

    one: int
    other: int
    likeness: float
    joined: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """How alike two attestations are, and how alike they need to be to be one utterance."""

    one: int
    other: int
    alike: float
    needed: float


class _Look(NamedTuple):
    """What two passages are held side by side by: stems, letter groups, who is quoted.

    `again` counts the letter groups found again, so that each of several alike counts.
    """

    stems: set[str]
    grams: set[str]
    again: dict[str, int]
    speaker: set[str]


def likeness(a: str, b: str) -> float:
    """Return how alike two passages are in what they say, 0 to 1, whichever order.

    Shared content words and letter groups, each by the Dice coefficient and by containment in the
    shorter passage; and, where both name the source of the words, whether it is the same: two
    different sources halve the likeness.
    """
    return _alike(_look(a), _look(b))


def _alike(left: _Look, right: _Look) -> float:
    words = _overlap(len(left.stems & right.stems), len(left.stems), len(right.stems))
    grams = _overlap(_shared_grams(left, right), _size(left), _size(right))
    content = 0.64 * words + 0.36 * grams
    if not left.speaker or not right.speaker:
        return round(content * (0.9 + 0.1 * content), 4)
    same = len(left.speaker & right.speaker) / min(len(left.speaker), len(right.speaker))
    if not same:
        return round(content / 2, 4)
    return round((1 - _SPEAKER) * content + _SPEAKER * min(1.0, 1.5 * same), 4)


def _shared_grams(left: _Look, right: _Look) -> int:
    others = right.again
    again = sum([min(n, others[gram]) for gram, n in left.again.items() if gram in others])
    return len(left.grams & right.grams) + again


def _size(look: _Look) -> int:
    return len(look.grams) + sum(look.again.values())


def _overlap(shared: int, left: int, right: int) -> float:
    if not left or not right:
        return float(left == right)
    return 0.55 * 2 * shared / (left + right) + 0.45 * shared / min(left, right)


_IS_WORD = ByWord(lambda word: word[0].isalnum())


@kept
def _look(text: str) -> _Look:
    made = frame(text)
    stems = set(map(made.stems.__getitem__, made.content))
    stems.update([f"{q.unit}{q.value:g}" for q in made.position.quantities])
    low = made.tokens.low
    plain = " ".join(compress(low, map(_IS_WORD.__getitem__, low)))
    return _Look(stems, *_grams(plain), set(_speaker(made)))


def _grams(plain: str) -> tuple[set[str], dict[str, int]]:
    """Return the letter groups, and how often those found more than once are found again."""
    grams: set[str] = set()
    again: dict[str, int] = {}
    add = grams.add  # returns None: a group is found again where it was in the set before
    for gram in [gram for gram in _every_gram(plain) if gram in grams or add(gram)]:
        again[gram] = again.get(gram, 0) + 1
    return grams, again


def _every_gram(plain: str) -> list[str]:
    """Return the letter groups in order, cut several at once: in half the time."""
    size, found = len(plain) - _GRAM + 1, []
    for start in range(0, size - _AT_ONCE + 1, _AT_ONCE):
        found += _CUT(plain[start : start + _AT_ONCE + _GRAM - 1])
    return found + [plain[start : start + _GRAM] for start in range(len(found), size)]


_AT_ONCE = 32
_CUT = itemgetter(*(slice(start, start + _GRAM) for start in range(_AT_ONCE)))


def _speaker(made: Frame) -> Iterable[str]:
    """Return the stems around verbs of saying that name the source."""
    cues = made.position.fired_of("reporting")
    content = set(made.content) if cues else ()
    for cue in cues:
        for index in _around(made.tokens.low, cue.first, cue.last):
            if index in content:
                stem = made.stems[index]
                yield made.lexicon.voices.get(stem, stem)


def _around(low: Sequence[str], first: int, last: int) -> Iterable[int]:
    after = low[last + 1 : last + 2]
    inverted = low[first] in _INVERTING and low[max(0, first - 1)] in _BREAKS
    reach = 0 if inverted and after and after[0] in _OPENING else _BEFORE
    for index in range(first - 1, max(-1, first - 1 - reach), -1):
        if low[index] in _BREAKS and index < first - 1:
            break
        yield index
    for index in range(last + 1, min(len(low), last + 1 + _AFTER)):
        if low[index] in _BREAKS or low[index] == "that":
            break
        yield index
        if low[first] not in _INVERTING:
            break


_OPENING = frozenset(("the", "a", "an", "his", "her", "its", "their"))
_BREAKS = frozenset((",", ".", ";", '"'))
_INVERTING = frozenset(("said", "says", "according", "told"))  # "..., said the minister"


def _dates_meet(a: Attestation, b: Attestation) -> bool:
    """Return whether both can be of one day; a report may be dated up to a lag later."""
    lag = timedelta(0) if a.fidelity == b.fidelity == "verbatim" else PUBLICATION_LAG
    return a.earliest <= b.latest + lag and b.earliest <= a.latest + lag


def _threshold(a: Attestation, b: Attestation) -> float:
    """Return the likeness from which two attestations are one utterance; above 1 for never."""
    if not _dates_meet(a, b):
        return 2.0
    if a.document == b.document:
        return SAME_DOCUMENT
    if a.venue and b.venue:
        if a.venue != b.venue:
            return 2.0
        if a.earliest <= b.latest and b.earliest <= a.latest:
            return SAME_OCCASION
    return SAME_UTTERANCE


def group(
    attestations: Sequence[Attestation],
    *,
    together: Collection[frozenset[int]] = (),
    apart: Collection[frozenset[int]] = (),
) -> list[tuple[int, ...]]:
    """Return the keys grouped to utterances, in order of date; input order does not matter.

    Date and venue decide first, likeness after them; the likest pairs join first, and a group
    takes a second passage of one document only where the two are like each other. `together` and
    `apart` are sets of keys that an analyst joined or split: they win.
    """
    return group_and_doubt(attestations, together=together, apart=apart)[0]


def group_and_doubt(
    attestations: Sequence[Attestation],
    *,
    together: Collection[frozenset[int]] = (),
    apart: Collection[frozenset[int]] = (),
) -> tuple[list[tuple[int, ...]], list[Doubt]]:
    """Return what `group` does, and what a person should look at.

    Doubtful is a passage that joined its group although it is hardly like any other in it; and
    of two groups that stayed apart, the likest pair from two documents, if nearly like enough.
    What an analyst decided is in no doubt.
    """
    ordered = sorted(attestations, key=lambda item: (item.earliest, item.latest, item.key))
    homes = _Homes({item.key: item for item in ordered}, [frozenset(keys) for keys in apart])
    for keys in sorted(together, key=sorted):
        known = sorted(key for key in keys if key in homes.items)
        for key in known[1:]:
            homes.join(known[0], key, decided=True)
    links = sorted(_links(ordered), key=lambda link: (-link.alike, link.one, link.other))
    for link in links:
        if link.alike >= link.needed:
            homes.join(link.one, link.other)
    place = {item.key: number for number, item in enumerate(ordered)}
    groups = {min(keys): tuple(sorted(keys)) for keys in homes.of.values()}
    in_order = sorted(groups.values(), key=lambda keys: min(place[key] for key in keys))
    decided = [frozenset(keys) for keys in (*together, *apart)]
    return in_order, _doubts(links, homes, decided)


def _links(ordered: Sequence[Attestation]) -> Iterable[_Link]:
    """Return the pairs that date and venue let be one utterance, if nearly like enough."""
    longest = max((item.latest - item.earliest for item in ordered), default=timedelta(0))
    look = cache(_look)  # of each passage once, however many there are
    for index, item in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.earliest > item.earliest + longest + PUBLICATION_LAG:
                break
            needed = _threshold(item, other)
            if needed > 1:
                continue
            alike = _alike(look(item.text), look(other.text))
            if alike >= needed * DOUBT:
                yield _Link(min(item.key, other.key), max(item.key, other.key), alike, needed)


def _doubts(
    links: Sequence[_Link], homes: "_Homes", decided: Collection[frozenset[int]]
) -> list[Doubt]:
    """Return the doubtful ones of the links, which come the likest first."""
    best: set[int] = set()  # passages whose likest link within their group was seen
    apart: set[frozenset[frozenset[int]]] = set()  # pairs of groups whose likest link was seen
    found = []
    for link in links:
        left, right = homes.of[link.one], homes.of[link.other]
        joined = left is right
        if joined:
            first = not {link.one, link.other} <= best
            best |= {link.one, link.other}
            doubtful = first and link.alike < link.needed * WELL_ABOVE
        else:
            first = frozenset((left, right)) not in apart
            apart.add(frozenset((left, right)))
            doubtful = first and homes.of_two_documents(link.one, link.other)
        if doubtful and not any(pair <= left | right for pair in decided):
            found.append(Doubt(link.one, link.other, link.alike, joined))
    return found


@dataclass(slots=True)
class _Homes:
    """Which group each key is in, while groups are joined."""

    items: dict[int, Attestation]
    apart: list[frozenset[int]]
    of: dict[int, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.of = {key: frozenset((key,)) for key in self.items}

    def join(self, one: int, other: int, *, decided: bool = False) -> None:
        """Put two groups together unless an analyst split them or one document forbids it."""
        left, right = self.of[one], self.of[other]
        if left is right or any(pair & left and pair & right for pair in self.apart):
            return
        if not decided and not self._documents_allow(left, right):
            return
        both = left | right
        for key in both:
            self.of[key] = both

    def of_two_documents(self, one: int, other: int) -> bool:
        """Say whether two keys come from different documents."""
        return self.items[one].document != self.items[other].document

    def _documents_allow(self, left: frozenset[int], right: frozenset[int]) -> bool:
        return all(
            likeness(self.items[a].text, self.items[b].text) >= SAME_DOCUMENT
            for a in left
            for b in right
            if self.items[a].document == self.items[b].document
        )


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
            found += differences(best.text, item.text)
    return found
