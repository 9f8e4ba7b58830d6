"""Two wordings as runs a person can read: kept, dropped, added, moved; and typed differences."""

from dataclasses import asdict, dataclass
from html import escape

import Levenshtein

from timeline.coding import Name, Position
from timeline.commitments import Sides, conditions, demands, modals, sides_of
from timeline.contrasts import Contrast, contrasts
from timeline.frames import Frame, frame
from timeline.words import Words, words

WORD_LIMIT = 20_000
RESTATED_BELOW = 0.3
_SHORTEST_ISLAND = 2


class TooLongError(ValueError):
    """A side has more words than a diff draws."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one or both texts. Kept and moved text is the same on both sides."""

    kind: str
    text: str
    older_start: int
    older_end: int
    newer_start: int
    newer_end: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One typed difference: its words and character spans on both sides (empty where absent)."""

    kind: str
    older: str
    newer: str
    older_start: int
    older_end: int
    newer_start: int
    newer_end: int
    note: str

    def as_dict(self) -> dict[str, object]:
        """Return the difference as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Diff:
    """The runs between two texts. `restated`: too unlike to draw word by word."""

    older: str
    newer: str
    runs: tuple[Run, ...]
    restated: bool

    @property
    def differences(older: str, newer: str) -> tuple[Difference, ...]:
    """Return the typed differences between what two texts say, in the order of the older one."""
    before, after = frame(older), frame(newer)
    sides = sides_of(before, after)
    found = [_of_contrast(sides, item, in_time=False) for item in contrasts(sides.both)]
    for rule in (conditions, demands, modals):
        found += [_of_contrast(sides, item, in_time=True) for item in rule(sides)]
    found += _names(before, after)
    found += _strength(before.position, after.position)
    unique = {(item.kind, item.older_start, item.newer_start): item for item in found}
    return tuple(sorted(unique.values(), key=lambda d: (d.older_start, d.newer_start, d.kind)))


def _of_contrast(sides: Sides, contrast: Contrast, *, in_time: bool) -> Difference:
    spans = (contrast.short, contrast.long)
    if not in_time and sides.both.short is not sides.older:
        spans = spans[::-1]
    old, new = (
        side.tokens.span(*span) if len(side.tokens) else (0, 0)
        for side, span in zip((sides.older, sides.newer), spans, strict=True)
    )
    return Difference(
        contrast.kind,
        sides.older.tokens.text[slice(*old)],
        sides.newer.tokens.text[slice(*new)],
        *old,
        *new,
        contrast.note,
    )


def _names(older: Frame, newer: Frame) -> list[Difference]:
    """Return names that one side has and no word of which the other has."""
    found = []
    for name in _missing_names(older, newer):
        note = f"name dropped: '{name.text}'"
        found.append(Difference("name_dropped", name.text, "", name.start, name.end, 0, 0, note))
    for name in _missing_names(newer, older):
        note = f"name added: '{name.text}'"
        found.append(Difference("name_added", "", name.text, 0, 0, name.start, name.end, note))
    return found


def _missing_names(side: Frame, other: Frame) -> list[Name]:
    known = set(other.tokens.low)
    return [
        name
        for name in side.position.names
        if not any(word in known for word in words(name.text).low)
    ]


def _strength(older: Position, newer: Position) -> list[Difference]:
    if older.strength == newer.strength:
        return []
    note = f"strength {older.strength:g} -> {newer.strength:g}"
    return [
        Difference("strength", "", "", older.start, older.end, newer.start, newer.end, note)
    ]


def as_html(difference: Diff) -> tuple[str, str]:
    """Return the older and the newer text as escaped HTML with `del` and `ins` around changes."""
    marks = {"dropped": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
    marks["moved"] = ('<span class="moved" title="moved">', "</span>")
    older, newer = [], []
    for run in difference.runs:
        before, after = marks.get(run.kind, ("", ""))
        html = f"{before}{escape(run.text)}{after}"
        if run.kind != "added":
            older.append(html)
        if run.kind != "dropped":
            newer.append(html)
    return "".join(older), "".join(newer)
