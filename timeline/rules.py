"""The rules that find what two passages cannot both hold: numbers, denials, opposites, names.

Each rule looks at two frames, the shorter one first, and returns contrasts: where they stand in
both, how sure the rule is (0 to 1; set on one half of the labelled sets, checked on the other),
and a note in words. A rule never looks at likeness alone.
"""

from collections.abc import Callable, Iterator

from timeline.amounts import bounds, numbers
from timeline.contrasts import Contrast, Pair
from timeline.denials import denied_numbers, negation, opposites
from timeline.lives import lives
from timeline.names import in_place, replaced, roles, slots, sole


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


RULES: tuple[Callable[[Pair], Iterator[Contrast]], ...] = (
    numbers,
    bounds,
    negation,
    denied_numbers,
    opposites,
    slots,
    roles,
    replaced,
    in_place,
    sole,
    lives,
)
