"""What a passage says: act, polarity, modality, conditions, demands, quantities, names."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from math import isfinite
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from timeline.deadlines import deadlines
from timeline.lexicon import Entry, Fired, language_of, lexicon
from timeline.quantities import Quantity, quantities
from timeline.words import KEPT, Words, words

VALUE_LIMIT = 10
_PAUSES = frozenset(',.;:!?()"“”«»–—')
_STOPS = frozenset(".!?")
_NEGATORS = frozenset(("negation", "minimiser", "inherent", "phrase"))
_PHRASE_REACH = 4  # words that a negated phrase such as "without ..." covers at most
_MODAL_FACTOR = {"may": 0.5, "would": 0.5, "should": 0.75}
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
    names: tuple[Name, ...] = ()
    strength: float = 0.5
    value: int | None = None
    aspects: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    start: int = 0
    end: int = 0
    language: str = "en"
    words: Words | None = field(default=None, repr=False, compare=False)
    fired: tuple[Fired, ...] = field(default=(), repr=False)

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


def _plain(element: Any) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in element._asdict().items()
        if name not in ("first", "last", "nouns", "cue") or isinstance(value, str)
    }


@dataclass(slots=True)
class _Passage:
    """A passage while it is coded: its tokens, and the cues of each list."""

    tokens: Words
    cues: dict[str, list[Fired]]
    questions: list[tuple[int, int]]
    acts: tuple[Entry, ...]
    scopes: list[Scope] = field(default_factory=list)
    conditions: list[tuple[int, int, Fired]] = field(default_factory=list)

    def asked(self, index: int) -> bool:
        return bool(self.questions) and any(a <= index < b for a, b in self.questions)

    def conditional(self, index: int) -> bool:
        return bool(self.conditions) and any(a <= index <= b for a, b, _ in self.conditions)

    def conditional_at(self, index: int) -> bool:
        place = bisect_left(self.conditions, index, key=itemgetter(0))
        return place < len(self.conditions) and self.conditions[place][0] == index

    def negated(self, index: int) -> bool:
        return sum(scope.first <= index <= scope.last for scope in self.scopes) % 2 == 1


@lru_cache(maxsize=KEPT)
def code(text: str) -> Position:
    """Return what `text` says, coded by the cue lists of its language. Deterministic."""
    tokens = words(text)
    if not len(tokens):
        return Position(end=len(text), words=tokens)
    language = language_of(tokens)
    lists = lexicon(language)
    cues = lists.fired(tokens)
    passage = _passage(tokens, cues, lists.by_first.get("demand", ()))
    act, polarity = _act(passage)
    modality = _modality(passage, act)
    strength = _strength(passage)
    conditions = tuple([Condition(*_element(tokens, *place)) for place in passage.conditions])
    return Position(
        act=act.entry.kind if act else None,
        polarity=polarity,
        modality=modality,
        conditions=conditions,
        demands=tuple(
            [
                Demand(*_element(tokens, cue.first, _clause_end(tokens, cue.last), cue))
                for cue in passage.cues.get("demand", ())
                if not passage.asked(cue.first) and not passage.negated(cue.first)
            ]
        ),
        quantities=_counted(passage, quantities(tokens, cues, lists), deadlines(tokens, cues)),
        names=tuple(_names(tokens, lists.stops)),
        strength=strength,
        value=_value(act, polarity, modality, strength, bool(conditions)),
        aspects=_aspects(passage, modality),
        scopes=tuple(passage.scopes),
        start=0,
        end=len(text),
        language=language,
        words=tokens,
        fired=tuple(cues),
    )


def _counted(
    passage: _Passage, found: Iterable[Quantity], until: Iterable[Quantity]
) -> tuple[Quantity, ...]:
    """Return the quantities and deadlines without the "once" that opens a condition."""
    opening = {first for first, _, _ in passage.conditions}
    counted = [q for q in found if q.unit != "multiple" or q.first not in opening]
    if added := list(until):
        counted = sorted([*counted, *added], key=attrgetter("first"))
    return tuple(counted)


def _passage(tokens: Words, cues: Iterable[Fired], acts: tuple[Entry, ...]) -> _Passage:
    lists: dict[str, list[Fired]] = {}
    for cue in cues:
        lists.setdefault(cue.entry.list, []).append(cue)
    passage = _Passage(tokens, lists, _questions(tokens), acts)
    passage.conditions += _conditions(tokens, lists)
    bars = [first for first, _, _ in passage.conditions]
    for cue in lists.get("polarity", ()):
        known = passage.conditional_at(cue.first) or _in_name(tokens, cue.first)
        known = known or _goes_on_denying(passage, cue)
        if cue.entry.kind in _NEGATORS and not known:
            passage.scopes.append(_scope(tokens, cue, bars))
    return passage


def _goes_on_denying(passage: _Passage, cue: Fired) -> bool:
    """Return whether a "nor" adds to what is denied already: "neither Karsk nor Ostravia signs"."""
    return cue.entry.words == _NOR and any(
        scope.kind == "negation" and scope.first <= cue.first <= scope.last
        for scope in passage.scopes
    )


_NOR = ("nor",)


def _conditions(
    tokens: Words, lists: Mapping[str, Sequence[Fired]]
) -> Iterator[tuple[int, int, Fired]]:
    """Return the conditions in order: each ends before the next one and the "and" before it."""
    cues = [cue for cue in lists.get("condition", ()) if _conditional(tokens, cue)]
    cues += _barring(tokens, lists)
    cues.sort(key=lambda cue: cue.first)
    for place, cue in enumerate(cues):
        limit = cues[place + 1].first if place + 1 < len(cues) else len(tokens)
        last = _clause_end(tokens, cue.last, limit)
        if cue.entry.words == _WITHOUT:
            last = _fronted_end(tokens, cue, last)
        elif cue.entry.words[0] in _FRONTED:
            last = _inverted_end(tokens, cue, last)
        while last > cue.last and tokens.low[last] in _JOINING:
            last -= 1
        yield cue.first, max(last, cue.last), cue


_JOINING = frozenset(("and", "or", "but", "also", "only"))


def _conditional(tokens: Words, cue: Fired) -> bool:
    """Return whether a cue opens a condition: "once" only where a subject follows it."""
    if cue.entry.kind == "exempt":
        return False
    if cue.entry.words in _INVERTED:
        return _opens_inverted(tokens, cue)
    if cue.entry.words != ("once",):
        return True
    if cue.last + 1 >= len(tokens) or (cue.first and tokens.low[cue.first - 1] in _COPULAS):
        return False
    after = cue.last + 1
    return tokens.raw[after][0].isupper() or tokens.low[after] in _SUBJECT_OPENINGS


_INVERTED = frozenset((("should",), ("had",), ("were",)))


def _opens_inverted(tokens: Words, cue: Fired) -> bool:
    """Return whether "should", "had" or "were" opens a sentence, with a comma before what follows.

    "Should Karsk withdraw, we will talk" names a condition; with a question mark it asks.
    """
    after = cue.last + 1
    if after >= len(tokens) or (cue.first and tokens.low[cue.first - 1] not in _STOPS):
        return False
    if not tokens.raw[after][0].isupper() and tokens.low[after] not in _SUBJECT_OPENINGS:
        return False
    ends = (index for index in range(after, len(tokens)) if tokens.low[index] in _STOPS)
    end = next(ends, len(tokens))
    asked = end < len(tokens) and tokens.low[end] == "?"
    return not asked and "," in tokens.low[after:end]


_FRONTED = frozenset(("only", "not"))  # "only after ...", "not until ...": the verb comes first
_AUXILIARIES = frozenset(
    (
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "do",
        "does",
        "did",
    )
)


def _inverted_end(tokens: Words, cue: Fired, end: int) -> int:
    """Return the last token of "only after ..." where "will we ..." follows it, else `end`."""
    for index in range(cue.last + 2, end):
        if tokens.low[index] in _AUXILIARIES and (
            tokens.low[index + 1] in _SUBJECT_OPENINGS or tokens.raw[index + 1][0].isupper()
        ):
            return index - 1
    return end


_COPULAS = frozenset(("is", "was", "are", "were", "be", "been", "had", "has", "have"))
_SUBJECT_OPENINGS = frozenset(
    (
        *("the", "this", "that", "these", "those", "all", "both", "its", "their", "his", "her"),
        *("our", "it", "they", "he", "she", "we", "there"),
    )
)


def _barring(tokens: Words, lists: Mapping[str, Sequence[Fired]]) -> list[Fired]:
    """Return each "without" in a sentence that is denied besides: "no peace without guarantees".

    There it names what has to hold first, as "unless" does (CGEL 8.14.2).
    """
    polarity = lists.get("polarity", ())
    if not any(cue.entry.words == _WITHOUT for cue in polarity):
        return []
    free = {place for cue in lists.get("unconditional", ()) for place in range(cue.first, cue.last)}
    ends = [index for index, word in enumerate(tokens.low) if word in _STOPS]
    denied = {bisect_left(ends, cue.first) for cue in polarity if cue.entry.kind == "negation"}
    return [
        Fired(_as_unless(cue.entry), cue.first, cue.last)
        for cue in polarity
        if cue.entry.words == _WITHOUT
        and cue.first not in free
        and bisect_left(ends, cue.first) in denied
    ]


@cache
def _as_unless(entry: Entry) -> Entry:
    return replace(entry, list="condition", kind="unless")


_WITHOUT = ("without",)


def _fronted_end(tokens: Words, cue: Fired, end: int) -> int:
    """Return the last token of "without ..." where its main clause follows, else `end`."""
    if cue.first and tokens.low[cue.first - 1][0].isalnum():
        return end
    opens = (i for i in range(cue.last + 2, end + 1) if tokens.low[i] in _CLAUSE_OPENINGS)
    return next(opens, end + 1) - 1


_SUBJECTS = frozenset(("there", "we", "i", "they", "he", "she", "it"))
_CLAUSE_OPENINGS = _SUBJECTS | {"no", "nobody", "nothing"}


def _in_name(tokens: Words, index: int) -> bool:
    """Return whether a negator is part of a name, as in "the Do Not Call list"."""
    return index > 0 and tokens.raw[index][0].isupper() and tokens.raw[index - 1][0].isupper()


def _questions(tokens: Words) -> list[tuple[int, int]]:
    if "?" not in tokens.low:
        return []
    found, first = [], 0
    for index, word in enumerate(tokens.low):
        if word in _STOPS:
            if word == "?":
                found.append((first, index + 1))
            first = index + 1
    return found


def _cue(tokens: Words, cue: Fired) -> Cue:
    entry, start, end = cue.entry, tokens.starts[cue.first], tokens.ends[cue.last]
    return Cue(entry.list, entry.kind, tokens.text[start:end], start, end, entry.why)


def _element(tokens: Words, first: int, last: int, cue: Fired) -> tuple[str, str, int, int, str]:
    start, end = tokens.span(first, last)
    return cue.entry.kind, tokens.text[start:end], start, end, " ".join(cue.entry.words)


def _clause_end(tokens: Words, index: int, limit: int | None = None) -> int:
    """Return the last token of the clause around `index`: up to a pause or a contrasting word.

    Tokens from `limit` on are not looked at. No clause is longer than _LONGEST tokens: what goes
    on without a pause is no prose, and a thousand cues in it would each take all of it.
    """
    size = min(len(tokens) if limit is None else limit, index + _LONGEST)
    ends = _ends(tokens.text)
    place = bisect_right(ends, index)
    return max(index, min(ends[place] if place < len(ends) else size, size) - 1)


_LONGEST = 200


@lru_cache(maxsize=8)
def _ends(text: str) -> list[int]:
    """Return the tokens that end a clause. Asked for time and again while a passage is coded."""
    return [index for index, word in enumerate(words(text).low) if word in _CLAUSE_ENDS]


@lru_cache(maxsize=8)
def _joints(text: str) -> list[int]:
    """Return the tokens at which "and we ..." begins."""
    low = words(text).low
    return [
        index
        for index, word in enumerate(low[:-1])
        if word in _JOINING and low[index + 1] in _SUBJECTS
    ]


_BREAKS = frozenset(("but", "although", "though", "while", "whereas", "because", "if", "unless"))
_CLAUSE_ENDS = _PAUSES | _BREAKS


def _scope(tokens: Words, cue: Fired, bars: Sequence[int]) -> Scope:
    """Return what a negator turns: the rest of its clause; for a phrase, the next few words.

    A condition (`bars`: where each begins) is outside of what its clause denies, and so is what
    "and we ..." adds.
    """
    first = min(cue.last + 1, len(tokens) - 1)
    last = _clause_end(tokens, cue.last)
    bar = bisect_right(bars, cue.last)
    if bar < len(bars):
        last = min(last, bars[bar] - 1)
    joints = _joints(tokens.text)
    joint = bisect_right(joints, first)
    if joint < len(joints) and joints[joint] < last:
        last = joints[joint] - 1
    if cue.entry.kind == "phrase":
        last = min(last, cue.last + _PHRASE_REACH)
    start, end = tokens.span(cue.first, max(last, cue.last))
    text = tokens.text[start : min(end, start + SHOWN)]
    return Scope(text, start, end, cue.entry.kind, cue.first, first, max(last, cue.last))


def _act(passage: _Passage) -> tuple[Fired | None, int]:
    """Return the act of the passage and the polarity it stands under.

    The first verb that tells an act counts, a noun only where there is no such verb. Acts in
    questions and in conditions are not stated. Without an act the polarity is that of the first
    sentence's main clause.
    """
    stated = [
        cue
        for cue in passage.cues.get("act", ())
        if not passage.asked(cue.first) and not passage.conditional(cue.first)
    ]
    act = next((cue for cue in stated if not cue.entry.weak), stated[0] if stated else None)
    if asked := _demanded(passage):
        return asked, 1
    if act is not None:
        return act, -1 if passage.negated(act.first) else 1
    turned = sum(
        cue.entry.kind in _NEGATORS and not passage.conditional(cue.first)
        for cue in passage.cues.get("polarity", ())
    )
    return None, -1 if turned % 2 else 1


def _demanded(passage: _Passage) -> Fired | None:
    """Return the demand that a "must" makes of somebody other than the speaker, if there is one."""
    low = passage.tokens.low
    for cue in passage.cues.get("demand", ()):
        own = any(word in _OWN for word in low[max(0, cue.first - 4) : cue.first])
        modal = cue.entry.words[0] in _OBLIGING and not own
        if modal and not passage.asked(cue.first) and not passage.conditional(cue.first):
            demand = next((entry for entry in passage.acts if entry.list == "act"), None)
            return Fired(demand, cue.first, cue.last) if demand else None
    return None


_OWN = frozenset(("we", "i"))
_OBLIGING = frozenset(("must", "has", "have"))


def _modality(passage: _Passage, act: Fired | None) -> str:
    """Return the kind of the modal before the act, else of the first one outside conditions."""
    modals = [cue for cue in passage.cues.get("modality", ()) if not passage.conditional(cue.first)]
    if act is not None:
        before = [cue for cue in modals if cue.first < act.first]
        modals = before[-1:] or modals
    return modals[0].entry.kind if modals else "plain"


def _strength(passage: _Passage) -> float:
    kinds = [cue.entry.kind for cue in passage.cues.get("strength", ())]
    return min(1.0, max(0.0, 0.5 + 0.25 * (kinds.count("booster") - kinds.count("hedge"))))


def _value(
    act: Fired | None, polarity: int, modality: str, strength: float, conditional: bool
) -> int | None:
    """Return the stance value, None where no act is stated.

    The act's own value (in the manner of the Goldstein and PLOVER scales); turned by negation,
    a negated conflict act counting half; times a modal factor; times 0.75 to 1.25 by strength;
    a condition takes a cooperative value down by a quarter.
    """
    if act is None:
        return None
    value = float(act.entry.value)
    if polarity < 0:
        value = -value if value > 0 else -value / 2
    value *= _MODAL_FACTOR.get(modality, 1.0) * (0.75 + strength / 2)
    if conditional and value > 0:
        value *= 0.75
    return max(-VALUE_LIMIT, min(VALUE_LIMIT, round(value)))


def _aspects(passage: _Passage, modality: str) -> tuple[str, ...]:
    seen = {cue.entry.kind for cue in passage.cues.get("aspect", ())}
    if modality == "will":
        seen.add("future")
    if modality == "would" or passage.conditions:
        seen.add("hypothetical")
    if passage.questions:
        seen.add("question")
    return tuple(sorted(seen))


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
        opens = run[0] == 0 or raw[run[0] - 1] in _STOPS
        if len(run) > opens:
            start, end = tokens.span(run[0], run[-1])
            found.append(Name(tokens.text[start:end], start, end))
    return found
