"""How far people agree who judged the same things independently: Krippendorff's alpha.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). 1 is perfect agreement, 0
what chance would give, below 0 systematic disagreement. He advises to rely on data from 0.8
upwards and to draw tentative conclusions down to 0.667.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Value = TypeVar("Value", bound=Hashable)
Distance = Callable[[Value, Value], float]


def nominal(units: Iterable[Sequence[Value]]) -> float | None:
    """Return alpha where any two different values differ alike.

    Each unit holds the values that it was given, by as many people as judged it; those with
    fewer than two say nothing. None where nothing can be said: no unit was judged twice, or
    all values are one, so that there is nothing to agree about.
    """
    return _alpha(units, lambda _: lambda a, b: float(a != b))


def ordinal(units: Iterable[Sequence[Value]], order: Sequence[Value]) -> float | None:
    """Return alpha where values stand in an `order`, and differ by what lies between them.

    As for `nominal`; raises ValueError for a value that is not in the order.
    """
    place = {value: number for number, value in enumerate(order)}

    def ranked(totals: Mapping[Value, int]) -> Distance[Value]:
        for value in totals:
            if value not in place:
                raise ValueError(f"{value!r} is not one of {list(order)}")
        counts = [totals.get(value, 0) for value in order]

        def distance(a: Value, b: Value) -> float:
            low, high = sorted((place[a], place[b]))
            return float(sum(counts[low : high + 1]) - (counts[low] + counts[high]) / 2) ** 2

        return distance

    return _alpha(units, ranked)


def _alpha(
    units: Iterable[Sequence[Value]], metric: Callable[[Mapping[Value, int]], Distance[Value]]
) -> float | None:
    """Return 1 minus the observed disagreement over the expected one."""
    paired = [Counter(unit) for unit in units if len(unit) > 1]
    totals: Counter[Value] = Counter()
    for unit in paired:
        totals.update(unit)
    distance = metric(totals)
    judged = totals.total()
    expected = _disagreement(totals, distance)
    if not expected:
        return None
    observed = sum(_disagreement(unit, distance) / (unit.total() - 1) for unit in paired)
    return 1 - (judged - 1) * observed / expected


def _disagreement(counts: Counter[Value], distance: Distance[Value]) -> float:
    """Return the sum of the distances of all ordered pairs of values."""
    return sum(
        counts[one] * counts[other] * distance(one, other)
        for one in counts
        for other in counts
        if one != other
    )
