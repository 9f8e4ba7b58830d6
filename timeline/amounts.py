"""Numbers that cannot both hold: which two are of one thing, and whether some value fits both."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from timeline.contrasts import ABOUT_ONE, ALIKE, Contrast, Pair
from timeline.frames import Frame
from timeline.quantities import Quantity


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


def agree(one: Quantity, other: Quantity, *, restated: bool = False) -> bool:
    """Return whether some value fits both, each read as finely as it is written.

    A bound that just touches a round number is not counted as broken (round numbers are read
    loosely, Krifka 2002); two bounds of one kind agree within a fifth, since "more than 40" is not
    said of 80 (Cummins 2012), but where all else is `restated` only within a twentieth, and two
    deadlines not at all; of two plain numbers the coarser may be rounded; numbers said to be
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
        if one.unit in ("date", "day"):
            return not restated or (one.low, one.high) == (other.low, other.high)
        return _nearly(one.value, other.value, 0.05 if restated else 0.2)
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


def _nearly(one: float, other: float, share: float) -> bool:
    return abs(one - other) <= share * max(abs(one), abs(other))


def nearly_the_same_words(both: Pair) -> bool:
    """Return whether the passages say the same but for a word: then a number is the change."""
    return both.cover >= _SAME_WORDS and both.back >= ALIKE


_SAME_WORDS = 0.9


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
    if one.unit not in ("date", "day"):
        return False
    at = bisect_left(both.short.content, one.first)
    if not at:
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


class _Rival(NamedTuple):
    """A number of the other passage that may be of the same thing, and how its words fit."""

    context: float
    place: int
    quantity: Quantity


# A table of numbers is no passage: each is held against each, and behind so many none is. What
# they leave out is never silently the same, since all numbers are counted besides.
MOST = 200


def numbers(both: Pair) -> Iterator[Contrast]:
    """A number of the shorter passage that the longer one's number on the same thing forbids."""
    for one in both.short.position.quantities[:MOST]:
        found = _forbidden(both, one, _rivals(both, one, of_short=True))
        if found is not None:
            yield _conflict(both, one, found[0].quantity, found)


def bounds(both: Pair) -> Iterator[Contrast]:
    """A bound of the longer passage that the shorter one's number on the same thing breaks.

    A number that the longer passage has too, or that is a bound itself, breaks none.
    """
    told = both.long.position.quantities[:MOST]
    for other in told:
        if _is_bound(other):
            found = _forbidden(both, other, _rivals(both, other, of_short=False))
            if found and not any(
                _is_bound(found[0].quantity) or agree(found[0].quantity, known) for known in told
            ):
                yield _conflict(both, found[0].quantity, other, found)


def _forbidden(both: Pair, one: Quantity, rivals: list[_Rival]) -> list[_Rival] | None:
    """Return the rivals, the best one first, where it cannot be what `one` says; else None."""
    if _is_bound(one):
        rivals = _nearest_in_value(one, rivals)
    rivals = sorted(rivals, key=lambda rival: (-rival.context, rival.place))
    close = rivals[0].context - _NEAR_TIE if rivals else 0.0
    strict = nearly_the_same_words(both)
    if not rivals or any(
        agree(one, r.quantity, restated=strict) and r.context >= close for r in rivals
    ):
        return None
    return rivals


def _conflict(both: Pair, one: Quantity, other: Quantity, rivals: list[_Rival]) -> Contrast:
    context = rivals[0].context
    contenders = sum(rival.context >= context - _FITTING for rival in rivals)
    return Contrast(
        "quantity",
        one.measures or one.unit or "number",
        (one.text, other.text),
        (one.first, one.last),
        (other.first, other.last),
        _number_certainty(both, one, other, context, contenders),
        (one, other),
    )


_FITTING = 0.3  # rivals whose surroundings fit about as well as the best one's


def _rivals(both: Pair, one: Quantity, *, of_short: bool) -> list[_Rival]:
    """Return the numbers of the other passage that can be of the same thing as `one`."""
    others = (both.long if of_short else both.short).position.quantities[:MOST]
    pairs = [(one, other) if of_short else (other, one) for other in others]
    places = (
        [place for place, pair in enumerate(pairs) if comparable(*pair, both)]
        or [place for place, pair in enumerate(pairs) if _elided(*pair)]
        or [place for place, other in enumerate(others) if _bounded_by(one, other)]
        or [place for place, pair in enumerate(pairs) if _of_a_hundred(*pair)]
    )
    return [_Rival(_context(both, *pairs[place]), place, others[place]) for place in places]


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
    if nearly_the_same_words(both):
        return 0.9 if _breaks(one, other) else 0.85
    certainty = _certainty_elsewhere(both, one, other, context, rivals)
    if certainty > _OTHER_TIME and at_other_times(both, one, other):
        return _OTHER_TIME
    return certainty


_OTHER_TIME = 0.5  # of two numbers that may both be true


def at_other_times(both: Pair, one: Quantity, other: Quantity) -> bool:
    """Return whether two numbers may both be true, each at its time.

    "Over 600 million in 2017" and "86 million in June 2016": both passages say when, and the
    time of the shorter one is not known to the other. Not of what is to come: a promise with
    another number and date is another promise.
    """
    if any(side.position.fired_of("modality") for side in (both.short, both.long)):
        return False
    if one.unit in _DATED:
        return not _breaks(one, other) and _says_when(both, one, other)
    return _times_unknown(both.short, both.long)


_DATED = frozenset(("date", "day"))


def _says_when(both: Pair, one: Quantity, other: Quantity) -> bool:
    """Return whether a date says when another number held that the other passage does not give.

    Not where it is the day of what happens once.
    """
    if _same_event(both, one, _near(both.long, other, 2 * _REACH)):
        return False
    return _amounts_unknown(both.short, both.long)


@lru_cache(maxsize=1)  # asked for each number of a pair
def _times_unknown(short: Frame, long: Frame) -> bool:
    """Return whether both passages say when, and one time of the shorter is not the longer's."""
    said, told = ([q for q in f.position.quantities if q.unit in _DATED] for f in (short, long))
    return bool(told) and _unknown(said, told)


@lru_cache(maxsize=1)
def _amounts_unknown(short: Frame, long: Frame) -> bool:
    """Return whether the shorter passage has a number, no date, that the longer has not."""
    said = [quantity for quantity in short.position.quantities if quantity.unit not in _DATED]
    return _unknown(said, long.position.quantities)


def _unknown(said: Sequence[Quantity], told: Sequence[Quantity]) -> bool:
    """Return whether one of the first quantities is none of the others."""
    return any(not any(agree(one, known) for known in told[:MOST]) for one in said[:MOST])


def _certainty_elsewhere(
    both: Pair, one: Quantity, other: Quantity, context: float, rivals: int
) -> float:
    """Return how sure a number conflict is where other words differ as well."""
    if one.unit == "date" and "<=" in (one.comparator, other.comparator):
        return 0.5 * context
    if _breaks(one, other):
        return 0.9 if context >= (0.2 if rivals > 1 else 0.1) else 0.5
    if one.unit in ("date", "day") and _dated_alike(one, other, both, context):
        return 0.66
    if context < 0.6 or both.cover < 0.6:
        return 0.45 * context
    alone = rivals == 1 and one.unit != "money" and context >= _SURROUNDED
    return 0.66 if alone else 0.55


def bound_alike(one: Quantity, other: Quantity) -> bool:
    """Return whether both are lower or both are upper bounds: something can keep to both."""
    return all(q.comparator in _BOUNDS for q in (one, other)) and not _breaks(one, other)


def _breaks(one: Quantity, other: Quantity) -> bool:
    """Return whether one of the two is a bound; two of one kind hold both, whatever they name."""
    kinds = [q.comparator[:1] for q in (one, other) if q.comparator in _BOUNDS]
    return len(kinds) == 1 or len(set(kinds)) == _BOTH_WAYS


_BOTH_WAYS = 2


def _dated_alike(one: Quantity, other: Quantity, both: Pair, context: float) -> bool:
    """Return whether two dates are of one thing: one day each, or the day of what happens once."""
    if both.cover < ABOUT_ONE:
        return False
    once = context >= _SURROUNDED and both.cover < ALIKE
    return once or (one.unit == other.unit == "day" and context >= _PARTLY)


_PARTLY = 0.4
