"""Two passages in order of time, and how much of what each says the other says too."""

from collections.abc import Sequence
from dataclasses import dataclass

from timeline.contrasts import Pair, pair
from timeline.frames import Frame

_LONG = 40  # content words from which a passage is read as a whole statement


@dataclass(frozen=True, slots=True)
class Sides:
    """Two frames in order of time, and their content match."""

    older: Frame
    newer: Frame
    both: Pair

    def covered(self, frame: Frame, indexes: Sequence[int]) -> float:
        """Return the share of these tokens that the other frame has too."""
        other = self.newer if frame is self.older else self.older
        keys, found, match = frame.keys, other.found, other.match
        known = [keys(index)[0] in found or bool(match(keys(index))) for index in indexes]
        return sum(known) / len(known) if known else 1.0


def sides_of(older: Frame, newer: Frame) -> Sides:
    """Return both frames, matched with the shorter one first, whatever came first in time."""
    short, long = sorted((older, newer), key=lambda side: (len(side.content), side.tokens.text))
    return Sides(older, newer, pair(short, long))


def whole_statements(sides: Sides) -> bool:
    """Return whether both passages are long enough to report many things besides the stance."""
    return min(len(sides.older.content), len(sides.newer.content)) >= _LONG
