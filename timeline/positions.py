"""A position: what a passage says once it is coded, with the elements that it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple

from timeline.clause_ends import STOPS
from timeline.lexicon import Fired, lexicon
from timeline.quantities import Quantity
from timeline.words import Words

_ELEMENTS = ("conditions", "demands", "quantities", "names", "cues", "scopes")


class Cue(NamedTuple):
    """What fired: its list and kind, the words of the passage, where they stand, and why."""

    list: str
    kind: str
    text: str
    start: int
    end: int
    why: str


class Condition(NamedTuple):
    """What has to hold: its kind (`if`, `unless`), the clause as written and its cue."""

    kind: str
    text: str
    start: int
    end: int
    cue: str


class Demand(NamedTuple):
    """What is asked of another party: the clause as written and its cue."""

    kind: str
    text: str
    start: int
    end: int
    cue: str


class Name(NamedTuple):
    """A name or a place in the passage: the scope of what is said."""

    text: str
    start: int
    end: int


SHOWN = 500  # characters


class Scope(NamedTuple):
    """What a negator turns: the tokens `first` to `last` and their character span.

    `text` is the beginning of it, at most SHOWN characters: a thousand negators in one clause
    would else keep that clause a thousand times.
    """

    text: str
    start: int
    end: int
    kind: str
    cue: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Position:
    """A coded passage; every element carries its character span.

    `polarity` is that of the main clause; `value` -10 (full conflict) to +10 (full cooperation),
    None where no act is stated; `aspects` some of `future`, `past`, `hypothetical`, `reported`,
    `question`; `strength` 0 (hedged) to 1 (boosted), 0.5 for a plain statement.
    """

    act: str | None = None
    polarity: int = 1
    modality: str = "plain"
    conditions: tuple[Condition, ...] = ()
    demands: tuple[Demand, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    strength: float = 0.5
    value: int | None = None
    aspects: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    start: int = 0
    end: int = 0
    language: str = "en"
    words: Words | None = field(default=None, repr=False, compare=False)
    fired: tuple[Fired, ...] = field(default=(), repr=False)
    listed: Mapping[str, Sequence[Fired]] = field(default_factory=dict, repr=False, compare=False)

    def fired_of(self, name: str) -> Sequence[Fired]:
        """Return what fired of the list `name`, in order."""
        return self.listed.get(name, ())

    @property
    def names(self) -> tuple[Name, ...]:
        """Return the names in the passage. No verdict asks for them, so they are not kept."""
        return tuple(_names(self.words, lexicon(self.language).stops)) if self.words else ()

    @property
    def cues(self) -> tuple[Cue, ...]:
        """Return what fired, with the words of the passage and the reason of each entry."""
        tokens = self.words
        return tuple([_cue(tokens, cue) for cue in self.fired]) if tokens else ()

    def as_dict(self) -> dict[str, Any]:
        """Return the position as plain values, ready for JSON."""
        payload: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("act", "polarity", "modality", "strength", "value", "start", "end")
        }
        payload |= {"language": self.language, "aspects": list(self.aspects)}
        for name in _ELEMENTS:
            payload[name] = [_plain(element) for element in getattr(self, name)]
        return payload


def _names(tokens: Words, stops: frozenset[str]) -> list[Name]:
    """Return runs of capitalised words; a lone word that opens a sentence is not read as one."""
    raw, low = tokens.raw, tokens.low
    capital = [i for i, word in enumerate(raw) if word[0].isupper() and low[i] not in stops]
    runs: list[list[int]] = []
    for index in capital:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    found: list[Name] = []
    for run in runs:
        opens = run[0] == 0 or raw[run[0] - 1] in STOPS
        if len(run) > opens:
            start, end = tokens.span(run[0], run[-1])
            found.append(Name(tokens.text[start:end], start, end))
    return found


def _plain(element: Any) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in element._asdict().items()
        if name not in ("first", "last", "nouns", "cue") or isinstance(value, str)
    }


def _cue(tokens: Words, cue: Fired) -> Cue:
    entry, start, end = cue.entry, tokens.starts[cue.first], tokens.ends[cue.last]
    return Cue(entry.list, entry.kind, tokens.text[start:end], start, end, entry.why)
