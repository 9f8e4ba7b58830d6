"""What a passage says: act, polarity, modality, conditions, demands, quantities, names."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from timeline.lexicon import Entry, language_of, lexicon
from timeline.quantities import Quantity, quantities
from timeline.words import Words, sentences, words

_CLAUSE_END = frozenset(",.;:!?")
VALUE_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Cue:
    """What fired: its list and kind, the words of the passage, where they stand, and why."""

    list: str
    kind: str
    text: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold: its kind (`if`, `unless`), the clause as written and its cue."""

    kind: str
    text: str
    start: int
    end: int
    cue: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of another party: the clause as written and its cue."""

    kind: str
    text: str
    start: int
    end: int
    cue: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a place in the passage: the scope of what is said."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """A coded passage. `value` is None where the passage states no act; spans are characters."""

    act: str | None = None
    polarity: int = 1
    modality: str = "plain"
    conditions: tuple[Condition, ...] = ()
    demands: tuple[Demand, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    names: tuple[Name, ...] = ()
    strength: float = 0.5
    value: int | None = None
    cues: tuple[Cue, ...] = ()
    start: int = 0
    end: int = 0
    language: str = "en"
    words: Words | None = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, object]:
        """Return the position as plain values, ready for JSON."""
        payload = {
            name: getattr(self, name)
            for name in (
                "act",
                "polarity",
                "modality",
                "strength",
                "value",
                "start",
                "end",
                "language",
            )
        }
        for name in ("conditions", "demands", "quantities", "names", "cues"):
            payload[name] = [asdict(element) for element in getattr(self, name)]
        return payload


@dataclass(frozen=True, slots=True)
class Fired:
    """A cue list entry found at the tokens `first` to `last`."""

    entry: Entry
    first: int
    last: int


def fired(tokens: Words, language: str) -> list[Fired]:
    """Return every cue of the passage in order; of one list, the longest phrase at a place."""
    by_first = lexicon(language).by_first
    low = tokens.low
    found: list[Fired] = []
    taken: dict[str, int] = {}
    for index, word in enumerate(low):
        for entry in by_first.get(word, ()):
            size = len(entry.words)
            if taken.get(entry.list, -1) >= index:
                continue
            if size == 1 or low[index : index + size] == entry.words:
                found.append(Fired(entry, index, index + size - 1))
                taken[entry.list] = index + size - 1
    return found


@lru_cache(maxsize=4096)
def code(text: str) -> Position:
    """Return what `text` says, coded by the cue lists of its language. Deterministic."""
    tokens = words(text)
    if not len(tokens):
        return Position(end=len(text), words=tokens)
    language = language_of(tokens)
    cues = fired(tokens, language)
    polarity = _polarity(cues)
    modality = next((cue.entry.kind for cue in cues if cue.entry.list == "modality"), "plain")
    strength = _strength(cues)
    act = next((cue.entry for cue in cues if cue.entry.list == "act"), None)
    return Position(
        act=act.kind if act else None,
        polarity=polarity,
        modality=modality,
        conditions=tuple(_conditions(tokens, cues)),
        demands=tuple(_demands(tokens, cues)),
        quantities=quantities(tokens),
        names=tuple(_names(tokens)),
        strength=strength,
        value=_value(act, polarity, modality, strength),
        cues=tuple([_cue(tokens, cue) for cue in cues]),
        start=0,
        end=len(text),
        language=language,
        words=tokens,
    )


def _cue(tokens: Words, cue: Fired) -> Cue:
    start, end = tokens.span(cue.first, cue.last)
    return Cue(cue.entry.list, cue.entry.kind, tokens.text[start:end], start, end, cue.entry.why)


def _polarity(cues: Sequence[Fired]) -> int:
    negators = sum(
        cue.entry.list == "polarity" and cue.entry.kind in ("negation", "minimiser", "inherent")
        for cue in cues
    )
    return -1 if negators % 2 else 1


def _strength(cues: Sequence[Fired]) -> float:
    kinds = [cue.entry.kind for cue in cues if cue.entry.list == "strength"]
    return min(1.0, max(0.0, 0.5 + 0.25 * kinds.count("booster") - 0.25 * kinds.count("hedge")))


def _value(act: Entry | None, polarity: int, modality: str, strength: float) -> int | None:
    if act is None:
        return None
    factor = {"may": 0.5, "would": 0.5, "should": 0.75}.get(modality, 1.0) * (0.5 + strength)
    return max(-VALUE_LIMIT, min(VALUE_LIMIT, round(act.value * polarity * factor)))


def _clause_end(tokens: Words, first: int) -> int:
    last = first
    while last + 1 < len(tokens) and tokens.raw[last + 1] not in _CLAUSE_END:
        last += 1
    return last


def _conditions(tokens: Words, cues: Sequence[Fired]) -> list[Condition]:
    found = []
    for cue in cues:
        if cue.entry.list == "condition":
            start, end = tokens.span(cue.first, _clause_end(tokens, cue.last))
            found.append(
                Condition(
                    cue.entry.kind, tokens.text[start:end], start, end, " ".join(cue.entry.words)
                )
            )
    return found


def _demands(tokens: Words, cues: Sequence[Fired]) -> list[Demand]:
    found = []
    for cue in cues:
        if cue.entry.list == "demand":
            start, end = tokens.span(cue.first, _clause_end(tokens, cue.last))
            found.append(
                Demand(
                    cue.entry.kind, tokens.text[start:end], start, end, " ".join(cue.entry.words)
                )
            )
    return found


_NAME = re.compile(r"[A-Z][\w'’.-]*\Z")


def _names(tokens: Words) -> list[Name]:
    openings = {first for first, _ in sentences(tokens)}
    found: list[Name] = []
    index = 0
    while index < len(tokens):
        last = index
        while last < len(tokens) and _NAME.match(tokens.raw[last]) and last not in openings:
            last += 1
        if last > index:
            start, end = tokens.span(index, last - 1)
            found.append(Name(tokens.text[start:end], start, end))
        index = max(last, index + 1)
    return found
