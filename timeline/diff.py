"""Two wordings as runs a person can read: kept, dropped, added, moved; and typed differences."""

from dataclasses import asdict, dataclass
from html import escape

import Levenshtein

from timeline.coding import Position, code
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
    def differences(self) -> tuple[Difference, ...]:
        """Return what differs in what the two texts say."""
        return differences(code(self.older), code(self.newer))

    def as_dict(self) -> dict[str, object]:
        """Return the diff as plain values, ready for JSON."""
        return {
            "restated": self.restated,
            "runs": [asdict(run) for run in self.runs],
            "differences": [difference.as_dict() for difference in self.differences],
        }


def diff(older: str, newer: str) -> Diff:
    """Return the readable difference of two texts; raise TooLongError above 20,000 words a side."""
    left, right = words(older), words(newer)
    if max(len(left), len(right)) > WORD_LIMIT:
        raise TooLongError(f"a diff draws at most {WORD_LIMIT} words a side")
    blocks = _kept_blocks(left, right)
    kept = sum(last - first for first, last, _ in blocks)
    restated = (
        bool(len(left) and len(right)) and 2 * kept / (len(left) + len(right)) < RESTATED_BELOW
    )
    return Diff(older, newer, tuple(_runs(left, right, [] if restated else blocks)), restated)


def _kept_blocks(left: Words, right: Words) -> list[tuple[int, int, int]]:
    codes: dict[str, str] = {}
    for word in (*left.raw, *right.raw):
        codes.setdefault(word, chr(len(codes) + 1 if len(codes) < 0xD000 else len(codes) + 0x1000))
    opcodes = Levenshtein.opcodes(
        "".join([codes[word] for word in left.raw]), "".join([codes[word] for word in right.raw])
    )
    blocks = [(a, b, c) for tag, a, b, c, _ in opcodes if tag == "equal"]
    return [
        block
        for number, block in enumerate(blocks)
        if block[1] - block[0] >= _SHORTEST_ISLAND or number in (0, len(blocks) - 1)
    ]


def _runs(left: Words, right: Words, blocks: list[tuple[int, int, int]]) -> list[Run]:
    runs: list[Run] = []
    at = [0, 0]

    def change(older_end: int, newer_end: int) -> None:
        if older_end > at[0]:
            runs.append(
                Run("dropped", left.text[at[0] : older_end], at[0], older_end, at[1], at[1])
            )
        if newer_end > at[1]:
            runs.append(
                Run("added", right.text[at[1] : newer_end], older_end, older_end, at[1], newer_end)
            )
        at[0], at[1] = older_end, newer_end

    for first, last, other in blocks:
        while first < last:
            size = 1
            start, start_other = left.starts[first], right.starts[other]
            while (
                first + size < last
                and left.text[left.ends[first + size - 1] : left.starts[first + size]]
                == right.text[right.ends[other + size - 1] : right.starts[other + size]]
            ):
                size += 1
            change(start, start_other)
            end, end_other = left.ends[first + size - 1], right.ends[other + size - 1]
            runs.append(Run("kept", left.text[start:end], start, end, start_other, end_other))
            at[0], at[1] = end, end_other
            first, other = first + size, other + size
    change(len(left.text), len(right.text))
    return runs


def differences(older: Position, newer: Position) -> tuple[Difference, ...]:
    """Return the typed differences between two coded passages."""
    found: list[Difference] = []
    if older.polarity != newer.polarity:
        found.append(_whole("polarity", older, newer, "one side is negated"))
    if older.modality != newer.modality:
        found.append(_whole("modal", older, newer, f"modal {older.modality} -> {newer.modality}"))
    found += _listed("condition", older.conditions, newer.conditions)
    found += _listed("demand", older.demands, newer.demands)
    found += _listed("name", older.names, newer.names)
    found += _quantities(older, newer)
    return tuple(found)


def _whole(kind: str, older: Position, newer: Position, note: str) -> Difference:
    return Difference(kind, "", "", older.start, older.end, newer.start, newer.end, note)


def _listed(kind: str, older: tuple, newer: tuple) -> list[Difference]:  # type: ignore[type-arg]
    left = {element.text.lower(): element for element in older}
    right = {element.text.lower(): element for element in newer}
    dropped = [
        Difference(
            f"{kind}_dropped", e.text, "", e.start, e.end, 0, 0, f"{kind} dropped: '{e.text}'"
        )
        for text, e in left.items()
        if text not in right
    ]
    return dropped + [
        Difference(f"{kind}_added", "", e.text, 0, 0, e.start, e.end, f"{kind} added: '{e.text}'")
        for text, e in right.items()
        if text not in left
    ]


def _quantities(older: Position, newer: Position) -> list[Difference]:
    found = []
    for old in older.quantities:
        for new in newer.quantities:
            if (old.unit, old.measures) == (new.unit, new.measures) and old.low != new.low:
                note = f"{old.measures or 'number'}: {old.text} -> {new.text}"
                found.append(
                    Difference(
                        "quantity", old.text, new.text, old.start, old.end, new.start, new.end, note
                    )
                )
                break
    return found


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
