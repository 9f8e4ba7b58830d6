"""Names and numbers in each other's place: after the same word, between the same words, swapped."""

import itertools
from collections.abc import Iterator

import Levenshtein

from timeline.amounts import MOST, agree, at_other_times, bound_alike
from timeline.contrasts import ABOUT_ONE, ALIKE, Contrast, Pair
from timeline.frames import Frame
from timeline.quantities import Quantity
from timeline.words import opcodes

_SLOT_REACH = 8  # tokens after the governing word in which its slot is looked for
_GOVERNING = 4  # tokens before a name in which its governing word stands


def _slot(frame: Frame, first: int) -> tuple[int, str] | None:
    """Return the word that governs a name and the preposition between them, if there is one."""
    low = frame.tokens.low
    link = ""
    for index in range(first - 1, max(-1, first - 1 - _GOVERNING), -1):
        if low[index] in _LINKS:
            link = _LINKS[low[index]]
        elif not low[index][0].isalnum():
            return None
        elif low[index] not in frame.lexicon.stops and index not in frame.named:
            return (index, link) if link else None
    return None


def _text(frame: Frame, first: int, last: int) -> str:
    start, end = frame.tokens.span(first, last)
    return frame.tokens.text[start:end]


_LINKS = {
    "by": "by",
    "of": "of",
    "on": "on",
    "in": "place",
    "at": "place",
    "from": "place",
    "near": "place",
    "for": "party",
    "with": "party",
    "to": "party",
    "against": "against",
}


def slots(both: Pair) -> Iterator[Contrast]:
    """A name after the same word and preposition, where the other side has another name.

    Surer after a word whose slot takes one filler ("born in"); after any other word only where
    the name follows at once on both sides and nothing is denied.
    """
    short, long = both.short, both.long
    runs = dict(long.name_runs)
    for first, last in short.name_runs if runs else ():
        slot = _slot(short, first)
        place = both.matched.get(slot[0]) if slot else None
        if slot is None or place is None:
            continue
        governing, link = slot
        single = short.keys(governing)[0] in short.lexicon.single
        rival = (_filler if single else _next_filler)(long, place, link, runs)
        if rival is None or not _another(both, (first, last), (rival, runs[rival])):
            continue
        rest = both.told([index for index in short.content if not first <= index <= last])
        yield Contrast(
            "name",
            f"names after '{short.tokens.raw[governing]} {link}'",
            (_text(short, first, last), _text(long, rival, runs[rival])),
            (first, last),
            (rival, runs[rival]),
            _of_one_filler(both, rest, slot, rival == _next_filler(long, place, link, runs))
            if single
            else _beside(both, rest, (first, last), (rival, runs[rival])),
        )


def _of_one_filler(both: Pair, rest: float, slot: tuple[int, str], at_once: bool) -> float:
    """Return how sure two names are after a word whose slot takes one, such as "born in".

    Where something said before that word is shared and the name follows at once, whatever else
    is said.
    """
    said = any(index in both.matched for index in both.short.content if index < slot[0])
    return max(0.85 * rest, 0.66 if said and at_once else 0.0)


def _beside(both: Pair, rest: float, run: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how sure two names after one word are where any number of names may stand there."""
    short, long = both.short, both.long
    denied = short.position.scopes or long.position.scopes
    heads = _is_head(short, run) and _is_head(long, other)
    if denied or not heads or rest < ABOUT_ONE or _alike_names(short, long, run, other):
        return 0.5 * rest
    return 0.66 if _text(short, *run).lower() not in long.tokens.text.lower() else 0.3


def _is_head(frame: Frame, run: tuple[int, int]) -> bool:
    """Return whether a name stands for itself: not "Ostravia's army", "the Ostravian state"."""
    after = frame.tokens.low[run[1] + 1] if run[1] + 1 < len(frame.tokens) else "."
    joins = after in frame.lexicon.stops and after not in _POSSESSIVE
    return joins or not after[0].isalnum()


_POSSESSIVE = frozenset(("'s", "s"))


def _another(both: Pair, run: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether two names are of two: nothing shared, or each has a part of its own.

    "Ostravia City" and "Ostravia United" share a part; "Marenko" and "Ilva Marenko" are one.
    """
    here, there = range(run[0], run[1] + 1), range(other[0], other[1] + 1)
    shared = [both.matched[index] for index in here if index in both.matched]
    if _initials(both.short, both.long, *run, *other):
        return False
    if not shared:
        return not _known(both, other[1])
    if not all(place in there for place in shared) or len(shared) == len(here):
        return False
    return not any(_known(both, index) for index in there if index not in shared) and len(
        shared
    ) < len(there)


def _next_filler(long: Frame, place: int, link: str, runs: dict[int, int]) -> int | None:
    """Return the name that follows a word at once, with the preposition between them."""
    low = long.tokens.low
    linked = False
    for index in range(place + 1, min(place + _SLOT_NEXT, len(low))):
        if index in runs:
            return index if linked else None
        if _LINKS.get(low[index]) == link:
            linked = True
        elif low[index] not in _ARTICLES:
            return None
    return None


_SLOT_NEXT = 5
_ARTICLES = frozenset(("the", "a", "an"))


def _initials(
    short: Frame, long: Frame, first: int, last: int, rival: int, rival_last: int
) -> bool:
    """Return whether one name is the initials of the other: UK, United Kingdom."""
    left, right = short.tokens.low[first : last + 1], long.tokens.low[rival : rival_last + 1]
    return "".join(word[0] for word in left) == "".join(right).replace(".", "") or "".join(
        word[0] for word in right
    ) == "".join(left).replace(".", "")


def _filler(long: Frame, place: int, link: str, runs: dict[int, int]) -> int | None:
    low = long.tokens.low
    for index in range(place + 1, min(place + _SLOT_REACH, len(low) - 1)):
        if _LINKS.get(low[index]) == link:
            return next((first for first in range(index + 1, index + 5) if first in runs), None)
    return None


def _known(both: Pair, place: int) -> bool:
    """Return whether the longer side's token is one that the shorter side has."""
    return bool(both.short.match(both.long.keys(place)))


def other_names(both: Pair) -> bool:
    """Return whether each side has a name of which the other has nothing."""
    places = set(both.matched.values())
    return any(
        not any(index in both.matched for index in range(first, last + 1))
        for first, last in both.short.name_runs
    ) and any(
        not any(index in places for index in range(first, last + 1))
        for first, last in both.long.name_runs
    )


# ---- Roles ------------------------------------------------------------------------------


def roles(both: Pair) -> Iterator[Contrast]:
    """The same words with names in each other's place: who does it, and to whom."""
    if both.cover < 1.0 or both.back < 1.0:
        return
    short, long = both.short, both.long
    left, right = short.name_runs, long.name_runs
    names, others = (
        [_folded(side, run) for run in runs] for side, runs in ((short, left), (long, right))
    )
    if names == others or len(names) < 2 or sorted(names) != sorted(others):
        return
    if _frame_of(short) != _frame_of(long) or any(
        _listed(side, runs) for side, runs in ((short, left), (long, right))
    ):
        return
    yield Contrast(
        "roles",
        "names in each other's place",
        (_text(short, left[0][0], left[-1][1]), _text(long, right[0][0], right[-1][1])),
        (left[0][0], left[-1][1]),
        (right[0][0], right[-1][1]),
        0.75,
    )


def _folded(frame: Frame, run: tuple[int, int]) -> tuple[str, ...]:
    return frame.tokens.low[run[0] : run[1] + 1]


def _frame_of(frame: Frame) -> list[str]:
    """Return the stems with every name blotted out."""
    return [stem for index, stem in enumerate(frame.stems) if index not in frame.named]


def _listed(frame: Frame, runs: list[tuple[int, int]]) -> bool:
    """Return whether two names stand in a list, where their order says nothing."""
    low = frame.tokens.low
    return any(
        set(low[one[1] + 1 : other[0]]) <= {"and", "or", ",", "the"}
        for one, other in itertools.pairwise(runs)
    )


# ---- Nearly the same words --------------------------------------------------------------


_SHORT_NAME = 2  # letters up to which a "name" is a symbol or an abbreviation
_OTHER_EDITS = 2  # words that may differ elsewhere when one name has taken another's place


def replaced(both: Pair) -> Iterator[Contrast]:
    """Where nearly all words are the same, a number or name put in the place of another."""
    if both.cover < ALIKE or both.back < ALIKE:
        return
    short, long = both.short, both.long
    edits = [step for step in opcodes(short.stems, long.stems) if step[0] != "equal"]
    size = sum(max(b - a, d - c) for _, a, b, c, d in edits)
    for tag, a, b, c, d in edits:
        if tag != "replace":
            continue
        elsewhere = size - max(b - a, d - c)
        kind, certainty, moved = _replaced_kind(both, range(a, b), range(c, d), elsewhere)
        if kind:
            said = _text(short, a, b - 1), _text(long, c, d - 1)
            places = (a, b - 1), (c, d - 1)
            yield Contrast(kind, f"{kind} replaced", said, *places, certainty, moved)


def _replaced_kind(
    both: Pair, left: range, right: range, elsewhere: int
) -> tuple[str, float, tuple[Quantity, Quantity] | None]:
    """Return what was put in whose place, and how sure that is with `elsewhere` other edits."""
    short, long = both.short, both.long
    old, new = short.quantities_in(left), long.quantities_in(right)
    if old and new:
        if any(agree(one, other) for one in old for other in long.position.quantities):
            return _NOTHING
        return "quantity", 0.85 if elsewhere <= 2 * _OTHER_EDITS else 0.55, (old[0], new[0])
    names = any(index in short.named for index in left) and any(
        index in long.named for index in right
    )
    if not names or any(index in both.matched for index in left):
        return _NOTHING
    one, other = short.tokens.low[left[-1]], long.tokens.low[right[-1]]
    if min(len(one), len(other)) <= _SHORT_NAME or one.startswith(other) or other.startswith(one):
        return _NOTHING
    return "name", 0.8 if elsewhere <= _OTHER_EDITS else 0.5, None


_NOTHING = ("", 0.0, None)

# ---- The same words on either side -------------------------------------------------------

_ROUNDED = frozenset(("money", "percent"))  # reports of one amount differ in these
_BESIDE = 3  # words right beside a name or number, one at least on each side, that are the same


def in_place(both: Pair) -> Iterator[Contrast]:
    """A name or number between the very words that stand around another one on the other side.

    "The intersection of the Mitchell and Golden roads" beside "... of the Samuel and Golden roads".
    """
    denied = both.short.position.scopes or both.long.position.scopes
    if both.cover >= ABOUT_ONE and not denied:
        yield from _names_in_place(both)
        yield from _numbers_in_place(both)


def _names_in_place(both: Pair) -> Iterator[Contrast]:
    short, long = both.short, both.long
    free = [
        run
        for run in long.name_runs
        if not any(_known(both, index) for index in range(run[0], run[1] + 1))
    ]
    for run in short.name_runs if free else ():
        governed = short.tokens.low[max(0, run[0] - 1)] in _GOVERNORS
        if not governed or any(index in both.matched for index in range(run[0], run[1] + 1)):
            continue
        for other in free:
            if not _same_place(both, run, other) or _alike_names(short, long, run, other):
                continue
            yield Contrast(
                "name",
                "names between the same words",
                (_text(short, *run), _text(long, *other)),
                run,
                other,
                0.8,
            )


def _alike_names(short: Frame, long: Frame, run: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether two names may be one: an abbreviation, or nearly the same letters."""
    if _initials(short, long, *run, *other) or any(
        quantity.unit == "day" for quantity in short.quantities_in(range(run[0], run[1] + 1))
    ):
        return True
    if _abbreviated(_text(short, *run)) or _abbreviated(_text(long, *other)):
        return True
    one, two = _text(short, *run).lower(), _text(long, *other).lower()
    return Levenshtein.ratio(one, two) > _ALIKE_SPELLING or one in two or two in one


_ALIKE_SPELLING = 0.7
_GOVERNORS = frozenset((*_LINKS, "the"))


def _abbreviated(name: str) -> bool:
    """Return whether a name is written in initials: UN, U.N., EU."""
    return "." in name or (name.isupper() and len(name) <= _INITIALS)


_INITIALS = 4


def _same_place(both: Pair, here: tuple[int, int], there: tuple[int, int]) -> bool:
    """Return whether the words right before and right after two spans are the same."""
    before = _same_words(both, here[0] - 1, there[0] - 1, -1)
    after = _same_words(both, here[1] + 1, there[1] + 1, 1) if before else 0
    if not after or before + after < _BESIDE:
        return False
    beside = (*range(here[0] - before, here[0]), *range(here[1] + 1, here[1] + 1 + after))
    shared = sum(index in both.matched for index in beside)
    return shared >= (1 if both.cover >= _MOSTLY else 2)


def _same_words(both: Pair, here: int, there: int, step: int) -> int:
    """Return how many words from two places on are the same, at most _NEIGHBOURS."""
    short, long = both.short.stems, both.long.stems
    same = 0
    while (
        same < _NEIGHBOURS
        and 0 <= here < len(short)
        and 0 <= there < len(long)
        and short[here] == long[there]
    ):
        same, here, there = same + 1, here + step, there + step
    return same


_NEIGHBOURS = 8
_MOSTLY = 0.6  # of the words shared, one content word beside is enough; with less it may be chance


def _numbers_in_place(both: Pair) -> Iterator[Contrast]:
    told = both.long.position.quantities
    for one in both.short.position.quantities[:MOST]:
        if one.unit in _ROUNDED or any(agree(one, known) for known in told):
            continue
        for other in told[:MOST]:
            here, there = (one.first, one.last), (other.first, other.last)
            if (
                one.unit == other.unit
                and not bound_alike(one, other)
                and _same_place(both, here, there)
                and not at_other_times(both, one, other)
            ):
                yield Contrast(
                    "quantity",
                    "numbers between the same words",
                    (one.text, other.text),
                    here,
                    there,
                    0.8,
                    (one, other),
                )


# ---- What only one can be ----------------------------------------------------------------

_COPULAS = frozenset(("is", "was", "are", "were", "became", "remains"))
_SUPERLATIVES = frozenset(("most", "least", "only", "best", "worst", "last", "sole"))
_LONGEST_NOT_SUPERLATIVE = 4  # letters: "west", "test", "rest" end as superlatives do
_TO_SUPERLATIVE = (
    5  # tokens from "is" on in which the superlative stands: "the capital and largest"
)


def sole(both: Pair) -> Iterator[Contrast]:
    """Two names of which each is said to be what only one can be.

    "Karsk is the largest city of the province" beside "Ilvara is the capital and largest city of
    the province".
    """
    short, long = both.short, both.long
    denied = short.position.scopes or long.position.scopes
    if denied or both.cover < ABOUT_ONE:
        return
    one = _subject(short)
    place = _superlative(short, one[1]) if one else None
    other = _subject(long) if place is not None else None
    if one is None or place is None or other is None or not _only_one(both, place, one, other):
        return
    if any(index in both.matched for index in range(one[0], one[1] + 1)) or any(
        _known(both, index) for index in range(other[0], other[1] + 1)
    ):
        return
    said = _text(short, *one), _text(long, *other)
    yield Contrast("name", "what only one can be", said, one, other, 0.7)


def _only_one(both: Pair, place: int, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether the longer passage says all that the shorter one says of its subject.

    The superlative at `place` among it.
    """
    if both.short.stems[place] not in both.long.stems[other[1] :]:
        return False
    rest = [index for index in both.short.content if index > one[1]]
    whole = len(rest) > 1 and both.covered(rest) == 1.0
    return whole and not both.short.numbers - both.long.numbers


def _subject(frame: Frame) -> tuple[int, int] | None:
    """Return the name that opens a passage, without its article."""
    name = frame.opening_name()
    return (name[0], name[-1]) if name and name[0] in frame.content else None


def _superlative(frame: Frame, last: int) -> int | None:
    """Return the superlative that is said of the subject which ends at `last`."""
    low = frame.tokens.low
    if last + 1 >= len(low) or low[last + 1] not in _COPULAS:
        return None
    for index in range(last + 2, min(last + 2 + _TO_SUPERLATIVE, len(low))):
        word = low[index]
        if word in _SUPERLATIVES or (word[-3:] == "est" and len(word) > _LONGEST_NOT_SUPERLATIVE):
            return index
    return None
