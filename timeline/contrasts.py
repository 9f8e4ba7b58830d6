"""What two passages cannot both hold: numbers, negation, opposites, names in one slot, roles.

Each rule looks at two frames, the shorter one first, and returns contrasts: where they stand in
both, how sure the rule is (0 to 1; set on one half of the labelled sets, checked on the other),
and a note in words. A rule never looks at likeness alone.
"""

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import Levenshtein

from timeline.frames import Frame
from timeline.quantities import Quantity
from timeline.words import opcodes


@dataclass(frozen=True, slots=True)
class Contrast:
    """One thing that differs in substance: token spans in the shorter and the longer passage.

    `note` says what it is; `words` are those of the two sides. The rules of `commitments` give
    the older side first instead.
    """

    kind: str
    note: str
    words: tuple[str, str] | None
    short: tuple[int, int]
    long: tuple[int, int]
    certainty: float
    quantities: tuple[Quantity, Quantity] | None = None

    def reason(self, *, swapped: bool = False) -> str:
        """Return the contrast in words, the sides exchanged where `swapped`."""
        if self.words is None:
            return self.note
        one, other = self.words[::-1] if swapped else self.words
        return f"{self.note}: '{one}' -> '{other}'"


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


def pair(short: Frame, long: Frame) -> Pair:
    """Return the two frames with their content words matched by stem, synonym or kind."""
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for index in short.content:
        keys = short.keys(index)
        places = long.match(keys) or long.kinds.get(keys[0]) or _kind_places(long, keys[0])
        if places:
            place = next((place for place in places if place not in taken), places[0])
            matched[index] = place
            taken.add(place)
    named = _stood_for(short, long, matched)
    cover = (len(matched) + named) / len(short.content) if short.content else 1.0
    back = len(taken) / len(long.content) if long.content else 1.0
    return Pair(short, long, matched, cover, back)


_STAND_INS = frozenset(("it", "he", "she", "they", "its", "his", "her", "their"))


def _stood_for(short: Frame, long: Frame, matched: Mapping[int, int]) -> int:
    """Return how many words of the name that opens the shorter passage "it" or "he" stands for.

    Only where the longer passage begins with such a word: then its subject is the one spoken of.
    """
    if not long.tokens.low or long.tokens.low[0] not in _STAND_INS:
        return 0
    raw, size, first = short.tokens.raw, len(short.tokens), 0
    while first < size and not raw[first][0].isalnum():
        first += 1
    count, index = 0, first
    while index < size and (raw[index][0].isupper() or raw[index] in ("of", "the", "and", "'s")):
        count += index in short.content and index not in matched
        index += 1
    return count


def _kind_places(long: Frame, stem: str) -> list[int]:
    for kind in long.lexicon.kinds.get(stem, ()):
        if kind in long.found:
            return long.found[kind]
    return []


def contrasts(both: Pair) -> list[Contrast]:
    """Return every contrast between the two passages, the surest first, each place once a kind."""
    found = [contrast for rule in RULES for contrast in rule(both)]
    found.sort(key=lambda contrast: (-contrast.certainty, contrast.kind, contrast.short))
    kept: list[Contrast] = []
    for contrast in found:
        if not any(contrast.kind == other.kind and _meet(contrast, other) for other in kept):
            kept.append(contrast)
    return kept


def _meet(one: Contrast, other: Contrast) -> bool:
    return (one.short[0] <= other.short[1] and other.short[0] <= one.short[1]) or (
        one.long[0] <= other.long[1] and other.long[0] <= one.long[1]
    )


# ---- Numbers ----------------------------------------------------------------------------


def comparable(one: Quantity, other: Quantity, both: Pair) -> bool:
    """Return whether two quantities can be of one thing: same unit, and the same noun if counts."""
    if {one.unit, other.unit} == {"day", "date"}:
        return True
    if one.unit != other.unit or one.unit in ("label", "time"):
        return False
    if one.unit and one.unit != "ordinal":
        return True
    left = _noun_keys(both.short, one)
    return not left.isdisjoint(_noun_keys(both.long, other))


def _elided(one: Quantity, other: Quantity) -> bool:
    """Return whether two counts can be of one thing since one of them names nothing it counts."""
    return one.unit == other.unit == "" and not (one.nouns and other.nouns)


def _noun_keys(frame: Frame, quantity: Quantity) -> set[str]:
    keys: set[str] = set()
    for noun in quantity.nouns:
        found = frame.lexicon.keys(noun)
        keys.update(found)
        keys.update(frame.lexicon.kinds.get(found[0], ()))
    return keys


def agree(one: Quantity, other: Quantity) -> bool:
    """Return whether some value fits both, each read as finely as it is written.

    A bound that just touches a round number is not counted as broken (round numbers are read
    loosely, Krifka 2002); two bounds of one kind agree within a fifth, since "more than 40" is not
    said of 80 (Cummins 2012); of two plain numbers the coarser may be rounded; numbers said to be
    rounded may differ by a twentieth.
    """
    if one.unit != other.unit and {one.unit, other.unit} not in _ONE_SCALE:
        if {one.unit, other.unit} != {"day", "date"}:
            return False
        return _days_agree(one, other) if one.unit == "day" else _days_agree(other, one)
    if one.value == other.value and one.unit != "date" and _round(one.value):
        return True
    slack = 0.0
    comparators = {one.comparator, other.comparator}
    if comparators <= {"=", "~"} and one.unit not in ("date", "day"):
        slack = 0.5 * max(one.step, other.step) if one.step != other.step else 0.0
        if "~" in comparators:
            slack = max(slack, 0.05 * max(abs(one.value), abs(other.value)))
    elif comparators <= {">", ">="} or comparators <= {"<", "<="}:
        return _nearly(one.value, other.value) if one.unit not in ("date", "day") else True
    return one.low <= other.high + slack and other.low <= one.high + slack


_ONE_SCALE = ({"", "multiple"}, {"percent", "rating"})


def _days_agree(day: Quantity, dated: Quantity) -> bool:
    """Return whether a date without a year can be the date with one."""
    if not all(map(math.isfinite, (dated.low, dated.high))):
        return True
    first, last = (date.fromordinal(int(end)) for end in (dated.low, dated.high))
    if (last - first).days >= _MONTH:
        return True
    low, high = first.month * 100.0 + first.day, last.month * 100.0 + last.day
    return day.low <= high and low <= day.high


_MONTH = 31  # days from which an interval says nothing about the month


def _nearly(one: float, other: float) -> bool:
    return abs(one - other) <= 0.2 * max(abs(one), abs(other))


def _round(value: float) -> bool:
    return value % 10 == 0 or value in (0.5, 12.0)


_NEAR_TIE = 0.2  # rivals whose surroundings fit nearly as well count too
_REACH, _CLOSE = 5, 2  # content words on either side of a number that say what it is of


def _near(frame: Frame, quantity: Quantity, reach: int) -> list[int]:
    at = bisect_left(frame.content, quantity.first)
    sentence = frame.sentence[quantity.first]
    around = frame.content[max(0, at - reach) : at + reach]
    return [index for index in around if frame.sentence[index] == sentence]


def _context(both: Pair, one: Quantity, other: Quantity) -> float:
    """Return how much of the words around `one` stands around `other`, the closest twice."""
    near, wide = _near(both.short, one, _REACH), _near(both.long, other, 2 * _REACH)
    close = _shared(both, _near(both.short, one, _CLOSE), _near(both.long, other, _CLOSE))
    context = (_shared(both, near, wide) + close) / 2
    return max(context, 0.8) if _same_event(both, one, wide) else context


def _same_event(both: Pair, one: Quantity, wide: list[int]) -> bool:
    """Return whether a date belongs to a thing that happens once (born, founded) on both sides."""
    at = bisect_left(both.short.content, one.first)
    if one.unit not in ("date", "day") or not at:
        return False
    keys = both.short.keys(both.short.content[at - 1])
    if keys[0] not in both.short.lexicon.single:
        return False
    return any(both.long.keys(index)[0] == keys[0] for index in wide)


def _shared(both: Pair, near: list[int], around: list[int]) -> float:
    if not near:
        return 0.0
    places = {key for index in around for key in both.long.keys(index)}
    return sum(not places.isdisjoint(both.short.keys(index)) for index in near) / len(near)


@dataclass(frozen=True, slots=True)
class _Rival:
    """A number of the longer passage that may be of the same thing, and how its words fit."""

    context: float
    place: int
    quantity: Quantity


def numbers(both: Pair) -> Iterator[Contrast]:
    """A number of the shorter passage that the longer one's number on the same thing forbids."""
    for one in both.short.position.quantities:
        rivals = _rivals(both, one)
        if _is_bound(one):
            rivals = _nearest_in_value(one, rivals)
        if not rivals:
            continue
        rival = max(rivals, key=lambda rival: (rival.context, -rival.place))
        close = rival.context - _NEAR_TIE
        if any(agree(one, r.quantity) and r.context >= close for r in rivals):
            continue
        other = rival.quantity
        contenders = sum(r.context >= rival.context - _FITTING for r in rivals)
        yield Contrast(
            "quantity",
            one.measures or one.unit or "number",
            (one.text, other.text),
            (one.first, one.last),
            (other.first, other.last),
            _number_certainty(both, one, other, rival.context, contenders),
            (one, other),
        )


_FITTING = 0.3  # rivals whose surroundings fit about as well as the best one's


def _rivals(both: Pair, one: Quantity) -> list[_Rival]:
    """Return the numbers of the longer passage that can be of the same thing as `one`."""
    others = both.long.position.quantities
    places = (
        [place for place, other in enumerate(others) if comparable(one, other, both)]
        or [place for place, other in enumerate(others) if _elided(one, other)]
        or [place for place, other in enumerate(others) if _bounded_by(one, other)]
        or [place for place, other in enumerate(others) if _of_a_hundred(one, other)]
    )
    return [_Rival(_context(both, one, others[place]), place, others[place]) for place in places]


def _is_bound(one: Quantity) -> bool:
    return one.comparator in _BOUNDS and one.unit not in ("date", "day")


def _nearest_in_value(one: Quantity, rivals: list[_Rival]) -> list[_Rival]:
    """Return the rival closest in value: a bound is named near the number that it is of.

    Of those in fitting surroundings, or of all where one is as near as bounds are named.
    """
    apart = {rival.place: abs(rival.quantity.value - one.value) for rival in rivals}
    named = [r for r in rivals if apart[r.place] <= _NAMED_NEAR * abs(one.value)]
    best = max((rival.context for rival in rivals), default=0.0)
    fitting = [r for r in rivals if r.context >= best - _FITTING]
    return sorted(named or fitting, key=lambda rival: apart[rival.place])[:1]


def _bounded_by(one: Quantity, other: Quantity) -> bool:
    """Return whether a bound can be that of a count of things named otherwise: "200 games"."""
    return (
        _is_bound(one)
        and {one.unit, other.unit} <= {"", "multiple"}
        and abs(one.value - other.value) <= _NAMED_NEAR * max(one.value, other.value)
    )


def _of_a_hundred(one: Quantity, other: Quantity) -> bool:
    """Return whether one is a percentage and the other a rating out of a hundred."""
    rating = one if one.unit == "rating" else other
    return {one.unit, other.unit} == {"percent", "rating"} and rating.text.endswith("100")


_NAMED_NEAR = 0.1  # of its value a bound lies from the number that it is of


_SURROUNDED = 0.8  # of the words around a number are around the other one: both are of one thing
_BOUNDS = frozenset((">", ">=", "<", "<="))


def _number_certainty(
    both: Pair, one: Quantity, other: Quantity, context: float, rivals: int
) -> float:
    """Return how sure a number conflict is.

    A stated bound that is broken is a conflict in nearly any wording about the same thing; two
    plain numbers are one only in nearly the same words, since reports round and time moves on.
    """
    if one.unit == "date" and "<=" in (one.comparator, other.comparator):
        return 0.5 * context
    if _BOUNDS & {one.comparator, other.comparator}:
        return 0.9 if context >= (0.2 if rivals > 1 else 0.1) else 0.5
    if both.cover >= 0.9 and both.back >= 0.75:
        return 0.85
    if one.unit in ("date", "day") and _dated_alike(one, other, both, context):
        return 0.66
    if context < 0.6 or both.cover < 0.6:
        return 0.45 * context
    alone = rivals == 1 and one.unit != "money" and context >= _SURROUNDED
    return 0.66 if alone else 0.55


def _dated_alike(one: Quantity, other: Quantity, both: Pair, context: float) -> bool:
    """Return whether two dates are of one thing: one day each, or the day of what happens once."""
    if both.cover < _ABOUT_ONE:
        return False
    once = context >= _SURROUNDED and both.cover < _ALIKE
    return once or (one.unit == other.unit == "day" and context >= _PARTLY)


_PARTLY = 0.4


# ---- Negation ---------------------------------------------------------------------------


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
        (index, index),
        (place, place),
        _denial_certainty(both),
    )


def _denial_certainty(both: Pair) -> float:
    """Return how sure a denial is; less where what is denied may be what differs besides.

    Not where the first word that is denied is shared and so is most of what is said.
    """
    certainty = _negation_certainty(both)
    if _otherwise_different(both):
        certainty *= _OPEN
    return max(certainty, _OUTRIGHT) if _denied_outright(both) else certainty


_OUTRIGHT = 0.66
_SEVERAL, _MUCH = 3, 4  # shared content words from which two passages say one thing


def _denied_outright(both: Pair) -> bool:
    """Return whether one side alone denies, first of all a word that the other side has.

    What the shorter side denies has to be known besides, or may be more than the other says.
    """
    short, long = both.short, both.long
    turned = len(short.position.scopes) % 2, len(long.position.scopes) % 2
    if turned[0] == turned[1] or both.cover < _ALIKE:
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
    return any(
        (cue.entry.list, cue.entry.kind) == ("polarity", "double") for cue in frame.position.fired
    )


def _negation_certainty(both: Pair) -> float:
    """Return how sure a denial is; the steps are those of precision on the halves built on.

    Nearly everything has to be shared; what only the longer passage denies may be part of more.
    """
    share, matched = _denied_share(both), len(both.matched)
    if matched < 2 and both.back < _ALIKE:
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


def _denied_share(both: Pair) -> float:
    """Return how much of what either side denies is named on the other."""
    places = set(both.matched.values())
    short = [index in both.matched for index in both.short.content if index in both.short.negated]
    long = [index in places for index in both.long.content if index in both.long.negated]
    return min((sum(side) / len(side) for side in (short, long) if side), default=0.0)


def denied_numbers(both: Pair) -> Iterator[Contrast]:
    """A number or rank that one side denies and the other states: "not the first", "the first"."""
    if both.cover < _ALIKE or len(both.matched) < 2:
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
    free = [index for index in long.content if index not in places]
    for index in short.content:
        if index in both.matched:
            continue
        for place in free:
            kind = _opposed(both, index, place)
            if kind and (index in short.negated) == (place in long.negated):
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
    if kind == "exclusive" and _predicate(both.short, index) and _predicate(both.long, place):
        return 0.5 + 0.35 * rest
    return (0.55 if kind == "exclusive" else 0.8) * rest


def _predicate(frame: Frame, index: int) -> bool:
    """Return whether a word is what something is said to be: "is a ... city"."""
    before = frame.tokens.low[max(0, index - _GOVERNING - 2) : index]
    return any(word in ("is", "was", "are", "were") for word in before) and any(
        word in ("a", "an", "the") for word in before
    )


def _opposed(both: Pair, index: int, place: int) -> str:
    left, right = both.short.keys(index), both.long.keys(place)
    lists = both.short.lexicon
    if any(key in lists.opposites and lists.opposites[key] & set(right) for key in left):
        return "opposite"
    if _privative(left[0], right[0]) or _privative(right[0], left[0]):
        return "opposite"
    if left[0][:_ROOT] == right[0][:_ROOT]:
        return ""
    kind = lists.exclusives.get(left[0])
    if kind and kind == lists.exclusives.get(right[0]):
        return "exclusive"
    return "exclusive" if _of_two_sorts(both, index, place) else ""


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


def _privative(one: str, other: str) -> bool:
    """Return whether `one` is `other` with a prefix that denies it, or with -less (CGEL 19.3.2)."""
    if len(other) < 4 or len(one) <= len(other):
        return False
    return one == other + "less" or (one.endswith(other) and one[: -len(other)] in _PRIVATIVE)


# ---- Names ------------------------------------------------------------------------------

_SLOT_REACH = 8  # tokens after the governing word in which its slot is looked for
_GOVERNING = 4  # tokens before a name in which its governing word stands


def _name_runs(frame: Frame) -> list[tuple[int, int]]:
    """Return runs of name tokens as (first, last)."""
    runs: list[tuple[int, int]] = []
    for index in sorted(frame.named):
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


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
    """A name after the same word and preposition, where the other side has another name."""
    short, long = both.short, both.long
    runs = dict(_name_runs(long))
    for first, last in _name_runs(short):
        slot = _slot(short, first)
        if slot is None or last in both.matched:
            continue
        governing, link = slot
        place = both.matched.get(governing)
        if place is None or short.keys(governing)[0] not in short.lexicon.single:
            continue
        rival = _filler(long, place, link, runs)
        if (
            rival is None
            or _known(both, runs[rival])
            or _initials(short, long, first, last, rival, runs[rival])
        ):
            continue
        rest = [index for index in short.content if not first <= index <= last]
        yield Contrast(
            "name",
            f"names after '{short.tokens.raw[governing]} {link}'",
            (_text(short, first, last), _text(long, rival, runs[rival])),
            (first, last),
            (rival, runs[rival]),
            0.85 * both.covered(rest),
        )


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


# ---- Roles ------------------------------------------------------------------------------


def roles(both: Pair) -> Iterator[Contrast]:
    """The same words with names in each other's place: who does it, and to whom."""
    if both.cover < 1.0 or both.back < 1.0:
        return
    short, long = both.short, both.long
    left, right = _name_runs(short), _name_runs(long)
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


_ALIKE = 0.75  # of the content words on both sides, for a word-by-word comparison to mean much
_SHORT_NAME = 2  # letters up to which a "name" is a symbol or an abbreviation
_OTHER_EDITS = 2  # words that may differ elsewhere when one name has taken another's place


def replaced(both: Pair) -> Iterator[Contrast]:
    """Where nearly all words are the same, a number or name put in the place of another."""
    if both.cover < _ALIKE or both.back < _ALIKE:
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

_ABOUT_ONE = 0.5  # of the shorter passage's words are in the other: both speak of one thing
_ROUNDED = frozenset(("money", "percent"))  # reports of one amount differ in these
_BESIDE = 3  # words right beside a name or number, one at least on each side, that are the same


def in_place(both: Pair) -> Iterator[Contrast]:
    """A name or number between the very words that stand around another one on the other side.

    "The intersection of the Mitchell and Golden roads" beside "... of the Samuel and Golden roads".
    """
    denied = both.short.position.scopes or both.long.position.scopes
    if both.cover >= _ABOUT_ONE and not denied:
        yield from _names_in_place(both)
        yield from _numbers_in_place(both)


def _names_in_place(both: Pair) -> Iterator[Contrast]:
    short, long = both.short, both.long
    free = [
        run
        for run in _name_runs(long)
        if not any(_known(both, index) for index in range(run[0], run[1] + 1))
    ]
    for run in _name_runs(short) if free else ():
        governed = short.tokens.low[max(0, run[0] - 1)] in _GOVERNORS
        if not governed or any(index in both.matched for index in range(run[0], run[1] + 1)):
            continue
        for other in free:
            if _alike_names(short, long, run, other) or not _same_place(both, run, other):
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
    short, long = both.short.stems, both.long.stems
    before = _run_of(short[: here[0]][::-1], long[: there[0]][::-1])
    after = _run_of(short[here[1] + 1 :], long[there[1] + 1 :])
    if not before or not after or before + after < _BESIDE:
        return False
    beside = (*range(here[0] - before, here[0]), *range(here[1] + 1, here[1] + 1 + after))
    return any(index in both.matched for index in beside)


def _run_of(one: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many equal words two sequences begin."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in same)


def _numbers_in_place(both: Pair) -> Iterator[Contrast]:
    for one in both.short.position.quantities:
        for other in both.long.position.quantities:
            here, there = (one.first, one.last), (other.first, other.last)
            if (
                one.unit == other.unit
                and one.unit not in _ROUNDED
                and not any(agree(one, known) for known in both.long.position.quantities)
                and _same_place(both, here, there)
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


RULES: tuple[Callable[[Pair], Iterator[Contrast]], ...] = (
    numbers,
    negation,
    denied_numbers,
    opposites,
    slots,
    roles,
    replaced,
    in_place,
)
