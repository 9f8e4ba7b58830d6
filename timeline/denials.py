"""What one side denies and the other affirms, by a negator or by an opposite word."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from timeline.amounts import agree
from timeline.contrasts import ALIKE, Contrast, Pair
from timeline.frames import Frame
from timeline.quantities import Quantity


def negation(both: Pair) -> Iterator[Contrast]:
    """What one side denies the other affirms: the first shared word after the negator decides."""
    short, long = both.short, both.long
    back: dict[int, int] = {place: index for index, place in both.matched.items()}
    turned = [
        (index, both.matched[index], True)
        for index in _denied(short, long, both.matched)
        if both.matched[index] not in long.negated
    ]
    turned += [
        (back[place], place, False)
        for place in _denied(long, short, back)
        if back[place] not in short.negated
    ]
    turned = [item for item in turned if not _unless(both, item[0], item[1])]
    if not turned:
        return
    index, place, on_short = turned[0]
    said = short.tokens.raw[index], long.tokens.raw[place]
    if on_short:
        said = f"{_negator(short, index)} {said[0]}", said[1]
    else:
        said = said[0], f"{_negator(long, place)} {said[1]}"
    yield Contrast(
        "polarity",
        "negation",
        said,
        (_cue_of(short, index), index) if on_short else (index, index),
        (place, place) if on_short else (_cue_of(long, place), place),
        _denial_certainty(both),
    )


def _unless(both: Pair, index: int, place: int) -> bool:
    """Return whether what is denied in an "if" of one side stands in an "unless" of the other."""
    short, long = both.short.position.conditions, both.long.position.conditions
    if not short or not long:
        return False
    one, other = _condition_at(both.short, index), _condition_at(both.long, place)
    return {one, other} == {"if", "unless"}


def _condition_at(frame: Frame, index: int) -> str:
    """Return the kind of the condition in which a token stands, "" where in none."""
    start, end = frame.tokens.span(index, index)
    kinds = (c.kind for c in frame.position.conditions if c.start <= start and end <= c.end)
    return next(kinds, "")


def _cue_of(frame: Frame, index: int) -> int:
    """Return where the negator begins in whose scope the token at `index` stands.

    So that what is marked as evidence has the "not" as well as the word that it denies.
    """
    cues = (s.cue for s in frame.position.scopes if s.first <= index <= s.last)
    return next(cues, index)


def _denial_certainty(both: Pair) -> float:
    """Return how sure a denial is; less where what is denied may be what differs besides."""
    certainty = _negation_certainty(both)
    if _otherwise_different(both):
        return certainty * _OPEN
    if _none_so_special(both) or _denies_a_kind_of_it(both):
        return min(certainty, _NONE_SUCH)
    return max(certainty, _OUTRIGHT) if _denied_outright(both) else certainty


_NONE_SUCH = 0.58  # of a denial of something more special than what the other side says is there


def _none_so_special(both: Pair) -> bool:
    """Return whether one side says that there is none of whom more is said than on the other.

    "No envoy sings and dances" leaves room for an envoy who sings: what "no" denies it denies of
    less, not of more (downward monotone, Barwise & Cooper 1981).
    """
    places = set(both.matched.values())
    sides = ((both.short, set(both.matched)), (both.long, places))
    return any(_denies_there_is(frame) and _denies_unknown(frame, known) for frame, known in sides)


def _denies_a_kind_of_it(both: Pair) -> bool:
    """Return whether a word is denied that is only one kind of what the other side says.

    "No man plays" leaves room for "a person plays", "no person plays" none for "a man plays".
    """
    short, long = both.short, both.long
    return any(
        _kind_of(short, index, long, place)
        if index in short.negated
        else place in long.negated and _kind_of(long, place, short, index)
        for index, place in both.matched.items()
    )


def _kind_of(frame: Frame, index: int, other: Frame, place: int) -> bool:
    """Return whether a token says a kind of what the other token says: man, person."""
    one, two = frame.keys(index), other.keys(place)
    return two[0] in frame.lexicon.kinds.get(one[0], ()) and set(one).isdisjoint(two)


def _denies_there_is(frame: Frame) -> bool:
    """Return whether a passage opens with "no ..." or "there is no ..."."""
    low = frame.tokens.low
    first = next((index for index, word in enumerate(low) if word[0].isalnum()), 0)
    cues = (scope.cue for scope in frame.position.scopes)
    return any(low[cue] in _NONE and (cue == first or low[first] == "there") for cue in cues)


_NONE = frozenset(("no", "nobody", "none"))


def _denies_unknown(frame: Frame, known: set[int]) -> bool:
    return any(index in frame.negated and index not in known for index in frame.content)


_OUTRIGHT = 0.66
_SEVERAL, _MUCH = 3, 4  # shared content words from which two passages say one thing


def _denied_outright(both: Pair) -> bool:
    """Return whether one side alone denies, first of all a word that the other side has.

    What the shorter side denies has to be known besides, or may be more than the other says.
    """
    short, long = both.short, both.long
    turned = len(short.position.scopes) % 2, len(long.position.scopes) % 2
    if turned[0] == turned[1] or both.cover < ALIKE:
        return False
    frame, known = (short, set(both.matched)) if turned[0] else (long, set(both.matched.values()))
    denied = [index in known for index in frame.content if index in frame.negated]
    if not denied or not denied[0]:
        return False
    whole = all(denied) if turned[0] else both.cover == 1.0
    shared = len(both.matched)
    return (whole and shared >= _SEVERAL) or shared >= _MUCH + turned[0]


_OPEN = 0.6  # of the certainty of a denial that may deny only what differs besides it


def _otherwise_different(both: Pair) -> bool:
    """Return whether what is denied differs besides: then the denial may be of that difference.

    "Not a football match" beside "a hockey match", "not up 30 percent" beside "up 10 percent",
    "not encouraged" beside "discouraged": denied is what the other side does not say.
    """
    places = set(both.matched.values())
    short = [index for index in both.short.content if index not in both.matched]
    long = [index for index in both.long.content if index not in places]
    denied = (
        any(index in both.short.negated for index in short),
        any(place in both.long.negated for place in long),
    )
    if (denied[0] and long) or (denied[1] and short):
        return True
    return _denies_number(both.short, both.long) or _denies_number(both.long, both.short)


def _denies_number(frame: Frame, other: Frame) -> bool:
    """Return whether a number stands under a negator that the other side has not."""
    return any(
        quantity.first in frame.negated
        and not any(agree(quantity, known) for known in other.position.quantities)
        for quantity in frame.position.quantities
    )


def _negator(frame: Frame, index: int) -> str:
    """Return the words of the negator in whose scope the token at `index` stands."""
    for scope in frame.position.scopes:
        if scope.first <= index <= scope.last:
            start, end = frame.tokens.span(scope.cue, max(scope.cue, scope.first - 1))
            return frame.tokens.text[start:end]
    return "not"


def _denied(frame: Frame, other: Frame, shared: Mapping[int, int]) -> list[int]:
    """Return the first word after each negator that the other side has too: what it denies.

    A verb such as "refuse" that stands on both sides denies the same on both.
    """
    content = frame.content
    found = []
    for scope in frame.position.scopes:
        same_verb = scope.kind == "inherent" and other.match(frame.keys(scope.cue))
        if same_verb and not _doubled(other):
            continue
        at = bisect_left(content, scope.first)
        inside = content[at : bisect_right(content, scope.last)]
        found += [index for index in inside if index in shared][:1]
    return found


def _doubled(frame: Frame) -> bool:
    """Return whether a denying verb is itself denied: "do not rule out"."""
    return any(cue.entry.kind == "double" for cue in frame.position.fired_of("polarity"))


def _negation_certainty(both: Pair) -> float:
    """Return how sure a denial is; the steps are those of precision on the halves built on.

    Nearly everything has to be shared; what only the longer passage denies may be part of more.
    """
    share, matched = _denied_share(both), len(both.matched)
    if matched < 2 and _back_besides_verbs(both) < ALIKE:
        return 0.5 * both.back  # one word that happens to be the same
    if len(both.short.position.scopes) == len(both.long.position.scopes):
        return 0.45 * both.cover * share
    if share >= 0.75 and both.cover >= 0.8:
        return 0.9
    if not both.short.position.scopes:
        if share >= 0.75 and both.cover >= 0.6 and matched >= _SEVERAL:
            return 0.6
        if both.cover == 1.0 and share >= 0.25:
            return 0.58
    return 0.5 * both.cover * share


def _back_besides_verbs(both: Pair) -> float:
    """Return the share of the longer side that is said, without verbs that only deny: "refuse to".

    They are its "not".
    """
    cues = {scope.cue for scope in both.long.position.scopes if scope.kind == "inherent"}
    if not cues:
        return both.back
    places = set(both.matched.values())
    rest = [index in places for index in both.long.content if index not in cues]
    return sum(rest) / len(rest) if rest else 1.0


def _denied_share(both: Pair) -> float:
    """Return how much of what either side denies is named on the other."""
    places = set(both.matched.values())
    short = [index in both.matched for index in both.short.content if index in both.short.negated]
    long = [index in places for index in both.long.content if index in both.long.negated]
    return min((sum(side) / len(side) for side in (short, long) if side), default=0.0)


def denied_numbers(both: Pair) -> Iterator[Contrast]:
    """A number or rank that one side denies and the other states: "not the first", "the first"."""
    if both.cover < ALIKE or len(both.matched) < 2:
        return
    for on_short in (True, False):
        frame, other = (both.short, both.long) if on_short else (both.long, both.short)
        for quantity in _denied_quantities(frame):
            stated = [known for known in other.position.quantities if _equal(quantity, known)]
            if not stated or any(known.first in other.negated for known in stated):
                continue
            here, there = (quantity.first, quantity.last), (stated[0].first, stated[0].last)
            said = f"{_negator(frame, quantity.first)} {quantity.text}", stated[0].text
            yield Contrast(
                "polarity",
                "negation",
                said if on_short else said[::-1],
                here if on_short else there,
                there if on_short else here,
                0.85 * both.cover,
            )


def _denied_quantities(frame: Frame) -> Iterator[Quantity]:
    """Return the quantities right after a negator that the passage does not state as well."""
    for quantity in frame.position.quantities:
        direct = any(
            scope.first <= quantity.first <= scope.last
            and not any(scope.first <= index < quantity.first for index in frame.content)
            for scope in frame.position.scopes
        )
        again = (q for q in frame.position.quantities if q.first not in frame.negated)
        if (
            direct
            and quantity.first in frame.negated
            and not any(_equal(quantity, q) for q in again)
        ):
            yield quantity


def _equal(one: Quantity, other: Quantity) -> bool:
    return (one.unit, one.low, one.high) == (other.unit, other.low, other.high)


# ---- Opposites --------------------------------------------------------------------------


def opposites(both: Pair) -> Iterator[Contrast]:
    """A word on one side, its opposite or another of its kind on the other, neither on both.

    Where both passages open with an indefinite subject ("a man ...") they can be of two things,
    and nothing follows.
    """
    short, long = both.short, both.long
    places = set(both.matched.values())
    free = [(index, long.keys(index)) for index in long.content if index not in places]
    for index in short.content:
        if index in both.matched:
            continue
        for place, kind in _opposed(both, index, free):
            if (index in short.negated) == (place in long.negated):
                yield Contrast(
                    kind,
                    "opposites" if kind == "opposite" else "two of a kind",
                    (short.tokens.raw[index], long.tokens.raw[place]),
                    (index, index),
                    (place, place),
                    _opposite_certainty(both, kind, index, place),
                )


_INDEFINITE = frozenset(("a", "an", "some", "two", "three", "several", "many"))


def _opposite_certainty(both: Pair, kind: str, index: int, place: int) -> float:
    rest = both.covered([other for other in both.short.content if other != index])
    if both.short.tokens.low[0] in _INDEFINITE and both.long.tokens.low[0] in _INDEFINITE:
        return 0.3 * rest
    if both.short.position.scopes or both.long.position.scopes:
        return 0.5 * rest
    if _of_two_sorts(both, index, place):
        return 0.85 * rest
    if _of_one_noun(both, index, place):
        return 0.45 + 0.4 * rest
    if kind == "exclusive" and _predicate(both.short, index) and _predicate(both.long, place):
        return 0.5 + 0.35 * rest
    return (0.55 if kind == "exclusive" else 0.8) * rest


def _of_one_noun(both: Pair, index: int, place: int) -> bool:
    """Return whether two words stand right before one noun: "mixed reviews", "positive reviews"."""
    short, long, beside = both.short, both.long, both.matched.get(index + 1)
    return beside == place + 1 and index + 1 not in short.named and beside not in long.named


def _predicate(frame: Frame, index: int) -> bool:
    """Return whether a word is what something is said to be: "is a ... city"."""
    before = frame.tokens.low[max(0, index - _SAID_OF) : index]
    return any(word in ("is", "was", "are", "were") for word in before) and any(
        word in ("a", "an", "the") for word in before
    )


_SAID_OF = 6  # tokens before a noun in which the "is a" stands by which it is said of something


def _opposed(
    both: Pair, index: int, free: Sequence[tuple[int, tuple[str, ...]]]
) -> Iterator[tuple[int, str]]:
    """Yield where an opposite or another of its kind stands on the longer side, and which it is."""
    left = both.short.keys(index)
    lists = both.short.lexicon
    listed = set().union(*(lists.opposites.get(key, ()) for key in left))
    kind, sorted_out = lists.exclusives.get(left[0]), left[0] in lists.sorts
    for place, right in free:
        other = right[0]
        if not listed.isdisjoint(right) or _privative(left[0], other) or _privative(other, left[0]):
            yield place, "opposite"
        elif (kind or sorted_out) and left[0][:_ROOT] != other[:_ROOT]:
            same = kind is not None and kind == lists.exclusives.get(other)
            if same or (sorted_out and _of_two_sorts(both, index, place)):
                yield place, "exclusive"


def _of_two_sorts(both: Pair, index: int, place: int) -> bool:
    """Return whether something is said to be a thing of one sort here, of another there."""
    sorts = both.short.lexicon.sorts
    one = sorts.get(both.short.keys(index)[0])
    other = sorts.get(both.long.keys(place)[0])
    if not one or not other or one == other:
        return False
    return _predicate(both.short, index) and _predicate(both.long, place)


_ROOT = 5  # letters that Europe and European share: one thing, not two of a kind
_PRIVATIVE = ("un", "in", "im", "ir", "il", "dis", "non-", "non", "de", "de-")
_LONGEST_AFFIX = 4


def _privative(one: str, other: str) -> bool:
    """Return whether `one` is `other` with a prefix that denies it, or with -less (CGEL 19.3.2)."""
    more = len(one) - len(other)
    if not 0 < more <= _LONGEST_AFFIX or len(other) < 4:
        return False
    return one == other + "less" or (one.endswith(other) and one[:more] in _PRIVATIVE)
