"""Two wordings as runs a person can read: kept, dropped, added, moved; and typed differences."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape

from timeline.coding import Name, Position
from timeline.commitments import Sides, conditions, demands, modals, sides_of
from timeline.contrasts import Contrast, contrasts
from timeline.frames import Frame, frame
from timeline.words import Words, opcodes, sentences, words

WORD_LIMIT = 20_000
RESTATED_BELOW = 0.3  # share of words kept under which a word-by-word drawing is confetti
_ISLAND = 2  # words from which a kept stretch between two changes is worth showing
_MOVED = 4  # words from which a sentence found elsewhere counts as moved


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
    """The runs between two texts, in reading order. `restated`: too unlike to draw word by word.

    Kept, moved and dropped runs in order of `older_start` spell the older text exactly; kept,
    moved and added runs in order of `newer_start` the newer one.
    """

    older: str
    newer: str
    runs: tuple[Run, ...]
    restated: bool

    def older_runs(self) -> list[Run]:
        """Return the runs of the older text, in its order."""
        mine = [run for run in self.runs if run.kind != "added"]
        return sorted(mine, key=lambda run: run.older_start)

    def newer_runs(self) -> list[Run]:
        """Return the runs of the newer text, in its order."""
        mine = [run for run in self.runs if run.kind != "dropped"]
        return sorted(mine, key=lambda run: run.newer_start)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Return what differs in what the two texts say."""
        return differences(self.older, self.newer)

    def as_dict(self) -> dict[str, object]:
        """Return the diff as plain values, ready for JSON."""
        return {
            "restated": self.restated,
            "runs": [asdict(run) for run in self.runs],
            "differences": [difference.as_dict() for difference in self.differences],
        }


Block = tuple[int, int, int]
"""First token in the older text, the one after the last, first token in the newer text."""


def diff(older: str, newer: str) -> Diff:
    """Return the readable difference of two texts; raise TooLongError above 20,000 words a side.

    Sentences that stand elsewhere unchanged are moved; the rest is aligned by edit operations on
    word tokens; one-word islands between two changes join the change around them.
    """
    left, right = words(older), words(newer)
    if max(len(left), len(right)) > WORD_LIMIT:
        raise TooLongError(f"a diff draws at most {WORD_LIMIT} words a side")
    moved = _moved(left, right)
    blocks = _blocks(left, right, moved)
    same = sum(last - first for first, last, _ in blocks + moved)
    restated = len(left) + len(right) > 0 and 2 * same / (len(left) + len(right)) < RESTATED_BELOW
    if restated and left.raw and right.raw:
        runs = _runs(left, right, [], [])
    else:
        restated = False
        runs = _runs(left, right, _readable(left, blocks), moved)
    return Diff(older, newer, tuple(runs), restated)


def _moved(left: Words, right: Words) -> list[Block]:
    """Return whole sentences that stand unchanged in another order."""
    older, newer = sentences(left), sentences(right)
    if len(older) < 2 or len(newer) < 2:  # one sentence cannot change places
        return []
    keys = [[side.raw[a:b] for a, b in bounds] for side, bounds in ((left, older), (right, newer))]
    counts, others = Counter(keys[0]), Counter(keys[1])
    places = {key: place for place, key in enumerate(keys[1]) if others[key] == 1}
    same = [
        (place, places[key])
        for place, key in enumerate(keys[0])
        if len(key) >= _MOVED and counts[key] == 1 and key in places
    ]
    held = _in_order([other for _, other in same])
    blocks = [(*older[a], newer[b][0]) for number, (a, b) in enumerate(same) if number not in held]
    return [block for block in blocks if _same_text(left, right, block)]


def _same_text(left: Words, right: Words, block: Block) -> bool:
    first, last, other = block
    start, end = left.span(first, last - 1)
    begin, finish = right.span(other, other + last - first - 1)
    return left.text[start:end] == right.text[begin:finish]


def _in_order(values: Sequence[int]) -> set[int]:
    """Return the indexes of a longest increasing subsequence (patience sorting)."""
    tails: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tails, value)
        tails[pile:] = [value, *tails[pile + 1 :]]
        piles[pile:] = [index, *piles[pile + 1 :]]
        before.append(piles[pile - 1] if pile else -1)
    held: set[int] = set()
    index = piles[-1] if piles else -1
    while index >= 0:
        held.add(index)
        index = before[index]
    return held


def _blocks(left: Words, right: Words, moved: Sequence[Block]) -> list[Block]:
    """Return the stretches that stand on both sides in one order, moved sentences left out."""
    mine = _without(len(left), [(first, last) for first, last, _ in moved])
    theirs = _without(len(right), [(other, other + last - first) for first, last, other in moved])
    found: list[Block] = []
    steps = opcodes([left.raw[i] for i in mine], [right.raw[i] for i in theirs])
    for tag, a, b, c, _ in steps:
        if tag == "equal":
            found += _contiguous(mine[a:b], theirs[c : c + b - a])
    return found


def _without(size: int, cut: Sequence[tuple[int, int]]) -> Sequence[int]:
    if not cut:
        return range(size)
    gone = {index for first, last in cut for index in range(first, last)}
    return [index for index in range(size) if index not in gone]


def _contiguous(mine: Sequence[int], theirs: Sequence[int]) -> Iterator[Block]:
    first = 0
    for index in range(1, len(mine) + 1):
        if (
            index == len(mine)
            or mine[index] != mine[index - 1] + 1
            or theirs[index] != theirs[index - 1] + 1
        ):
            yield mine[first], mine[index - 1] + 1, theirs[first]
            first = index


def _readable(left: Words, blocks: list[Block]) -> list[Block]:
    """Return the blocks without the islands between changes that are too short to read."""
    return [
        block
        for number, block in enumerate(blocks)
        if number in (0, len(blocks) - 1) or _word_count(left, block) >= _ISLAND
    ]


def _word_count(left: Words, block: Block) -> int:
    return sum(word[0].isalnum() for word in left.raw[block[0] : block[1]])


def _runs(left: Words, right: Words, blocks: Sequence[Block], moved: Sequence[Block]) -> list[Run]:
    drawn = _Drawing(left, right, moved)
    for first, last, other in blocks:
        while first < last:
            size = drawn.same_gaps(first, last, other)
            drawn.keep(first, first + size, other)
            first, other = first + size, other + size
    drawn.change(len(left.text), len(right.text))
    return drawn.runs


class _Drawing:
    """The runs while they are laid out; `at` and `to` are where both texts are read up to."""

    def __init__(self, left: Words, right: Words, moved: Sequence[Block]) -> None:
        self.left, self.right = left, right
        self.runs: list[Run] = []
        self.at = self.to = 0
        spans = [self._characters(block) for block in moved]
        self.gone = sorted(spans)
        self.come = sorted(spans, key=lambda span: span[2])

    def _characters(self, block: Block) -> tuple[int, int, int, int]:
        first, last, other = block
        return *self.left.span(first, last - 1), *self.right.span(other, other + last - first - 1)

    def same_gaps(self, first: int, last: int, other: int) -> int:
        """Return how many tokens from here have the same spaces between them on both sides."""
        left, right, size = self.left, self.right, 1
        while (
            first + size < last
            and left.text[left.ends[first + size - 1] : left.starts[first + size]]
            == right.text[right.ends[other + size - 1] : right.starts[other + size]]
        ):
            size += 1
        return size

    def keep(self, first: int, last: int, other: int) -> None:
        """Draw tokens as kept, and what was passed over before them as changed."""
        start, end = self.left.span(first, last - 1)
        begin, finish = self.right.span(other, other + last - first - 1)
        self.change(start, begin)
        self._kept(end, finish)

    def _kept(self, end: int, finish: int) -> None:
        at, to = self.at, self.to
        if end > at:
            if self.runs and self.runs[-1].kind == "kept":
                before = self.runs.pop()
                at, to = before.older_start, before.newer_start
            self.runs.append(Run("kept", self.left.text[at:end], at, end, to, finish))
        self.at, self.to = end, finish

    def change(self, older_end: int, newer_end: int) -> None:
        """Draw everything up to here as dropped, added or moved; shared space stays kept."""
        old, new = self.left.text[self.at : older_end], self.right.text[self.to : newer_end]
        lead = _shared_space(old, new)
        self._kept(self.at + lead, self.to + lead)
        tail = _shared_space(old[lead:][::-1], new[lead:][::-1])
        self._dropped(older_end - tail, self.to)
        self._added(self.at, newer_end - tail)
        self._kept(older_end, newer_end)

    def _dropped(self, end: int, to: int) -> None:
        while self.gone and self.gone[0][0] < end:
            start, stop, begin, finish = self.gone.pop(0)
            self._drop_to(start, to)
            self.runs.append(Run("moved", self.left.text[start:stop], start, stop, begin, finish))
            self.at = stop
        self._drop_to(end, to)

    def _drop_to(self, end: int, to: int) -> None:
        if end > self.at:
            self.runs.append(Run("dropped", self.left.text[self.at : end], self.at, end, to, to))
            self.at = end

    def _added(self, at: int, end: int) -> None:
        while self.come and self.come[0][2] < end:
            _, _, begin, finish = self.come.pop(0)
            self._add_to(at, begin)
            self.to = finish
        self._add_to(at, end)

    def _add_to(self, at: int, end: int) -> None:
        if end > self.to:
            self.runs.append(Run("added", self.right.text[self.to : end], at, at, self.to, end))
            self.to = end


def _shared_space(old: str, new: str) -> int:
    size = 0
    for one, other in zip(old, new, strict=False):
        if one != other or not one.isspace():
            break
        size += 1
    return size


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
    swapped = not in_time and sides.both.short is not sides.older
    if swapped:
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
        contrast.reason(swapped=swapped),
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
    return [Difference("strength", "", "", older.start, older.end, newer.start, newer.end, note)]


def as_html(difference: Diff) -> tuple[str, str]:
    """Return the older and the newer text as escaped HTML with `del` and `ins` around changes.

    A moved stretch is a `span` that says so in its title: no mark rests on colour alone.
    """
    older = "".join(_html(run) for run in difference.older_runs())
    newer = "".join(_html(run) for run in difference.newer_runs())
    return older, newer


_MARKS = {
    "kept": ("", ""),
    "dropped": ("<del>", "</del>"),
    "added": ("<ins>", "</ins>"),
    "moved": ('<span class="moved" title="moved">', "</span>"),
}


def _html(run: Run) -> str:
    before, after = _MARKS[run.kind]
    return f"{before}{escape(run.text)}{after}"
