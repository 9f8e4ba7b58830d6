"""Two wordings as runs a person can read: kept, dropped, added, moved; and typed differences."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from typing import NamedTuple

from timeline.clauses import conditions, demands
from timeline.commitments import modals
from timeline.contrasts import Contrast
from timeline.frames import Frame, frame
from timeline.positions import Name, Position
from timeline.rules import contrasts
from timeline.sides import Sides, sides_of
from timeline.words import opcodes, pieces, words

WORD_LIMIT = 20_000
RESTATED_BELOW = 0.3  # share of words kept under which a word-by-word drawing is confetti
_ISLAND = 2  # words from which a kept stretch between two changes is worth showing
_SHORT = 4  # words up to which what stood around an island holds no longer stretch
_GAP = 200  # words up to which one is looked for
_STOPS = frozenset(".!?")
_MOVED = 4  # words from which a sentence found elsewhere counts as moved


class TooLongError(ValueError):
    """A side has more words than a diff draws."""


class Run(NamedTuple):
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
        return {name: getattr(self, name) for name in self.__slots__}


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
            "runs": [run._asdict() for run in self.runs],
            "differences": [difference.as_dict() for difference in self.differences],
        }


Block = tuple[int, int, int]
"""First token in the older text, the one after the last, first token in the newer text."""


class _Side:
    """One text in pieces, and where each begins; at last where the text ends."""

    __slots__ = ("pieces", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces, self.starts = pieces(text)
        self.starts.append(len(text))

    def __len__(self) -> int:
        return len(self.pieces)

    def said(self, first: int, last: int) -> str:
        """Return the text of the tokens from `first` up to `last` with the space after them."""
        return self.text[self.starts[first] : self.starts[last]]

    def sentences(self) -> list[tuple[int, int]]:
        """Return the sentences as (first token, token after the last one)."""
        ends = [place + 1 for place, word in enumerate(self.pieces) if word[0] in _STOPS]
        if not ends or ends[-1] < len(self.pieces):
            ends.append(len(self.pieces))
        return list(zip([0, *ends], ends, strict=False))


def diff(older: str, newer: str) -> Diff:
    """Return the readable difference of two texts; raise TooLongError above 20,000 words a side.

    Sentences that stand elsewhere unchanged are moved; the rest is aligned by edit operations on
    word tokens; one-word islands between two changes join the change around them.
    """
    left, right = _Side(older), _Side(newer)
    if max(len(left), len(right)) > WORD_LIMIT:
        raise TooLongError(f"a diff draws at most {WORD_LIMIT} words a side")
    steps = opcodes(left.pieces, right.pieces)
    blocks = [(a, b, c) for tag, a, b, c, _ in steps if tag == "equal"]
    moved = _moved(left, right) if _room_to_move(steps) else []
    if moved:
        blocks = _blocks(left, right, moved)
    same = sum([last - first for first, last, _ in blocks]) + sum([b - a for a, b, _ in moved])
    restated = 2 * same < RESTATED_BELOW * (len(left) + len(right)) and len(left) * len(right) > 0
    if restated:
        blocks = moved = []
    held = _readable(left, right, blocks)
    if len(held) < len(blocks) and not moved:
        held = _joined(left, right, blocks, held)
    runs = _runs(left, right, held)
    if moved:
        runs = list(_with_moved(left, right, runs, moved))
    return Diff(older, newer, tuple(runs), restated)


def _room_to_move(steps: Sequence[tuple[str, int, int, int, int]]) -> bool:
    """Return whether enough words went here and came there for a sentence to have moved."""
    changed = [step for step in steps if step[0] != "equal"]
    gone = [1 for _, a, b, _, _ in changed if b - a >= _MOVED]
    return bool(gone) and any(d - c >= _MOVED for _, _, _, c, d in changed)


def _moved(left: _Side, right: _Side) -> list[Block]:
    """Return whole sentences that stand unchanged, spaces included, in another order."""
    older, newer = left.sentences(), right.sentences()
    if len(older) < 2 or len(newer) < 2:  # one sentence cannot change places
        return []
    counts, others = Counter(_texts(left, older)), Counter(keys := _texts(right, newer))
    places = {key: place for place, key in enumerate(keys) if others[key] == 1}
    same = [
        (place, places[key])
        for place, key in enumerate(_texts(left, older))
        if key in places and counts[key] == 1 and older[place][1] - older[place][0] >= _MOVED
    ]
    targets = [other for _, other in same]
    if targets == sorted(targets):
        return []
    held = _in_order(targets)
    return [(*older[a], newer[b][0]) for number, (a, b) in enumerate(same) if number not in held]


def _texts(side: _Side, bounds: Sequence[tuple[int, int]]) -> list[str]:
    return [side.said(first, last).rstrip() for first, last in bounds]


def _in_order(values: Sequence[int]) -> set[int]:
    """Return the indexes of a longest increasing subsequence (patience sorting)."""
    tails: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tails, value)
        tails[pile : pile + 1] = [value]
        piles[pile : pile + 1] = [index]
        before.append(piles[pile - 1] if pile else -1)
    held: set[int] = set()
    index = piles[-1] if piles else -1
    while index >= 0:
        held.add(index)
        index = before[index]
    return held


def _blocks(left: _Side, right: _Side, moved: Sequence[Block]) -> list[Block]:
    """Return the stretches that stand on both sides in one order, moved sentences left out."""
    mine = _without(len(left), [(first, last) for first, last, _ in moved])
    theirs = _without(len(right), [(other, other + last - first) for first, last, other in moved])
    found: list[Block] = []
    steps = opcodes([left.pieces[i] for i in mine], [right.pieces[i] for i in theirs])
    for tag, a, b, c, _ in steps:
        if tag == "equal":
            found += _contiguous(mine[a:b], theirs[c : c + b - a])
    return found


def _without(size: int, cut: Sequence[tuple[int, int]]) -> list[int]:
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


def _readable(left: _Side, right: _Side, blocks: list[Block]) -> list[Block]:
    """Return the blocks that are long enough to read, or begin or end both texts."""
    edges = _edges(left, right, blocks)
    return [
        block
        for number, block in enumerate(blocks)
        if block[1] - block[0] > 2 * _ISLAND
        or number in edges
        or sum([word[0].isalnum() for word in left.pieces[block[0] : block[1]]]) >= _ISLAND
    ]


def _edges(left: _Side, right: _Side, blocks: list[Block]) -> list[int]:
    """Return the numbers of the blocks with which both texts begin or end."""
    found = []
    if blocks:
        if blocks[0][0] == blocks[0][2] == 0:
            found.append(0)
        first, last, other = blocks[-1]
        if last == len(left.pieces) and other + last - first == len(right.pieces):
            found.append(len(blocks) - 1)
    return found


def _joined(left: _Side, right: _Side, blocks: list[Block], held: list[Block]) -> list[Block]:
    """Return the held blocks, and where others were left out the longest stretch both sides share.

    Edit operations keep as many words as they can, not those that stand together.
    """
    end = (len(left), len(left), len(right))
    stay = {*held, end}
    found: list[Block] = []
    at = to = 0
    left_out = False
    for block in (*blocks, end):
        if block not in stay:
            left_out = True
            continue
        if left_out:
            found += _longest(left, right, (at, block[0]), (to, block[2]))
        found.append(block)
        at, to = block[1], block[2] + block[1] - block[0]
        left_out = False
    return found[:-1]


def _longest(
    left: _Side, right: _Side, mine: tuple[int, int], theirs: tuple[int, int]
) -> list[Block]:
    """Return the longest stretch that both sides share within these tokens, where it reads."""
    if not _SHORT < max(mine[1] - mine[0], theirs[1] - theirs[0]) <= _GAP:
        return []
    older, newer = left.pieces[slice(*mine)], right.pieces[slice(*theirs)]
    if len({*older}.intersection(newer)) < _ISLAND:
        return []
    at, to, size = SequenceMatcher(None, older, newer, autojunk=False).find_longest_match()
    return _readable(left, right, [(mine[0] + at, mine[0] + at + size, theirs[0] + to)])


def _runs(left: _Side, right: _Side, blocks: Iterable[Block]) -> list[Run]:
    """Return the kept, dropped and added runs; space that only one side has is a change."""
    runs: list[Run] = []
    older, newer, starts, begins = left.text, right.text, left.starts, right.starts
    at = to = 0
    waiting = [*blocks, (len(left), len(left), len(right))][::-1]
    while waiting:
        first, last, other = waiting.pop()
        start, begin = starts[first], begins[other]
        kept, theirs = older[start : starts[last]], newer[begin : begins[other + last - first]]
        if kept != theirs:
            kept = kept.rstrip()
            if kept != theirs.rstrip():  # the space inside differs: word by word
                words_in = range(last - first - 1, -1, -1) if last - first > 1 else ()
                waiting += [(first + n, first + n + 1, other + n) for n in words_in]
                continue
        if start > at:
            runs.append(_run(Run, ("dropped", older[at:start], at, start, to, to)))
        if begin > to:
            runs.append(_run(Run, ("added", newer[to:begin], start, start, to, begin)))
        at, to = start + len(kept), begin + len(kept)
        if kept:
            runs.append(_run(Run, ("kept", kept, start, at, begin, to)))
    return runs


_run = tuple.__new__  # half the time of Run(...), and a diff is mostly its runs


def _with_moved(
    left: _Side, right: _Side, runs: list[Run], moved: Sequence[Block]
) -> Iterator[Run]:
    """Return the runs with moved sentences cut out of what was dropped and added."""
    spans = []
    for first, last, other in sorted(moved):
        size = len(left.said(first, last).rstrip())
        spans.append((left.starts[first], right.starts[other], size))
    for run in runs:
        if spans and run.kind == "dropped":
            yield from _cut_dropped(run, spans)
        elif spans and run.kind == "added":
            yield from _cut_added(run, sorted(spans, key=lambda span: span[1]))
        else:
            yield run


def _cut_dropped(run: Run, spans: Sequence[tuple[int, int, int]]) -> Iterator[Run]:
    at, base = run.older_start, run.older_start
    to = run.newer_start
    for start, begin, size in (*spans, (run.older_end, 0, 0)):
        if not at <= start <= run.older_end:
            continue
        if start > at:
            yield Run("dropped", run.text[at - base : start - base], at, start, to, to)
        at = start + size
        if size:
            said = run.text[start - base : at - base]
            yield Run("moved", said, start, at, begin, begin + size)


def _cut_added(run: Run, spans: Sequence[tuple[int, int, int]]) -> Iterator[Run]:
    to, base = run.newer_start, run.newer_start
    at = run.older_start
    for _, begin, size in (*spans, (0, run.newer_end, 0)):
        if not to <= begin <= run.newer_end:
            continue
        if begin > to:
            yield Run("added", run.text[to - base : begin - base], at, at, to, begin)
        to = begin + size


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
