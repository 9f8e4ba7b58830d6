"""How firmly a stance binds, and what it asks, promises and makes depend on something.

Here are modals, compared where the rest of what is said is the same; with the rules for clauses,
horizons and decided numbers they are the rules of two passages in order of time.
"""

from collections.abc import Callable, Iterator

from timeline.clauses import alternatives, conditions, demands, latitude
from timeline.contrasts import Contrast
from timeline.decided import decided_numbers
from timeline.frames import Frame
from timeline.guidance import guidance
from timeline.lexicon import Fired
from timeline.sides import Sides, whole_statements
from timeline.words import edits

_MODAL_SCALE = {"may": 0, "should": 1, "would": 1, "will": 2, "must": 3}


def modals(sides: Sides) -> Iterator[Contrast]:
    """A modal in the place of a stronger or weaker one, in otherwise nearly the same words."""
    older, newer = sides.older, sides.newer
    said = [side.position.fired_of("modality") for side in (older, newer)]
    if not all(said) or not _said_again(sides):
        return
    left, right = _modal_levels(older), _modal_levels(newer)
    for a, b, c, d in edits(older.stems, newer.stems):
        old = next((left[index] for index in range(a, b) if index in left), None)
        new = next((right[index] for index in range(c, d) if index in right), None)
        if not old or not new or old[1] == new[1]:
            continue
        up = new[1] > old[1]
        yield Contrast(
            "commitment_strengthened" if up else "commitment_weakened",
            "modal",
            (old[0], new[0]),
            (a, b - 1),
            (c, d - 1),
            0.7,
        )


_NEARLY_ALL = 0.9


def _said_again(sides: Sides) -> bool:
    """Return whether either side says nearly all of the other, but for boosters and hedges.

    In whole statements word for word: there much is said twice.
    """
    if whole_statements(sides):
        return min(sides.both.cover, sides.both.back) >= _NEARLY_ALL
    whole = (sides.older, sides.newer)
    return all(sides.covered(side, _unshaded(side)) >= _NEARLY_ALL for side in whole)


def _unshaded(frame: Frame) -> list[int]:
    """Return the content without boosters and hedges."""
    shaded = {cue.first for cue in frame.position.fired_of("strength")}
    return [index for index in frame.content if index not in shaded]


def _modal_levels(frame: Frame) -> dict[int, tuple[str, int]]:
    """Return the modals by token. In a report "would" is the "will" that was said (CGEL 5.7)."""
    reported = "reported" in frame.position.aspects
    return {
        cue.first: (" ".join(cue.entry.words), _modal_level(frame, cue, reported=reported))
        for cue in frame.position.fired_of("modality")
    }


def _modal_level(frame: Frame, cue: Fired, *, reported: bool) -> int:
    """Return the step of a modal; "there would be" promises nothing, no less than "will"."""
    nobody = frame.tokens.low[max(0, cue.first - 1)] == "there"
    kind = "will" if cue.entry.kind == "would" and (reported or nobody) else cue.entry.kind
    return _MODAL_SCALE[kind]


RULES: tuple[Callable[[Sides], Iterator[Contrast]], ...] = (
    conditions,
    alternatives,
    demands,
    latitude,
    modals,
    guidance,
    decided_numbers,
)
