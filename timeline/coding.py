"""What a passage says: act, polarity, modality, conditions, demands, quantities, names."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from timeline.clause_ends import clause_end, questions
from timeline.conditions import conditions
from timeline.deadlines import deadlines
from timeline.lexicon import Entry, Fired, Lexicon, language_of, lexicon
from timeline.positions import Condition, Demand, Position, Scope
from timeline.quantities import Quantity, quantities
from timeline.scopes import NEGATORS, scopes
from timeline.words import Words, kept, words

VALUE_LIMIT = 10
_MODAL_FACTOR = {"may": 0.5, "would": 0.5, "should": 0.75}


@dataclass(slots=True)
class _Passage:
    """A passage while it is coded: its tokens, the cues of each list, what conditions cover."""

    tokens: Words
    cues: dict[str, list[Fired]]
    questions: list[tuple[int, int]]
    acts: tuple[Entry, ...]
    scopes: list[Scope]
    conditions: list[tuple[int, int, Fired]]
    conditioned: set[int]

    def asked(self, index: int) -> bool:
        return bool(self.questions) and any(a <= index < b for a, b in self.questions)

    def conditional(self, index: int) -> bool:
        return index in self.conditioned

    def negated(self, index: int) -> bool:
        return sum(scope.first <= index <= scope.last for scope in self.scopes) % 2 == 1


@kept
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
    return Position(
        act=act.entry.kind if act else None,
        polarity=polarity,
        modality=modality,
        conditions=tuple([Condition(*_element(tokens, *place)) for place in passage.conditions]),
        demands=_demands(passage),
        quantities=_counted(passage, lists),
        strength=strength,
        value=_value(act, polarity, modality, strength, bool(passage.conditions)),
        aspects=_aspects(passage, modality),
        scopes=tuple(passage.scopes),
        end=len(text),
        language=language,
        words=tokens,
        fired=tuple(cues),
        listed=passage.cues,
    )


def _demands(passage: _Passage) -> tuple[Demand, ...]:
    """Return what is asked of another party, neither in a question nor denied."""
    tokens = passage.tokens
    return tuple(
        [
            Demand(*_element(tokens, cue.first, clause_end(tokens, cue.last), cue))
            for cue in passage.cues.get("demand", ())
            if not passage.asked(cue.first) and not passage.negated(cue.first)
        ]
    )


def _counted(passage: _Passage, lists: Lexicon) -> tuple[Quantity, ...]:
    """Return the quantities and deadlines without the "once" that opens a condition."""
    comparators = passage.cues.get("comparator", ())
    opening = {first for first, _, _ in passage.conditions}
    found = quantities(passage.tokens, comparators, lists)
    counted = [q for q in found if q.unit != "multiple" or q.first not in opening]
    if added := list(deadlines(passage.tokens, comparators)):
        counted = sorted([*counted, *added], key=attrgetter("first"))
    return tuple(counted)


def _passage(tokens: Words, cues: Iterable[Fired], acts: tuple[Entry, ...]) -> _Passage:
    lists: dict[str, list[Fired]] = {}
    for cue in cues:
        lists.setdefault(cue.entry.list, []).append(cue)
    opened = list(conditions(tokens, lists))
    turned = scopes(tokens, lists.get("polarity", ()), [first for first, _, _ in opened])
    inside = {index for first, last, _ in opened for index in range(first, last + 1)}
    return _Passage(tokens, lists, questions(tokens), acts, turned, opened, inside)


def _element(tokens: Words, first: int, last: int, cue: Fired) -> tuple[str, str, int, int, str]:
    start, end = tokens.span(first, last)
    return cue.entry.kind, tokens.text[start:end], start, end, " ".join(cue.entry.words)


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
        cue.entry.kind in NEGATORS and not passage.conditional(cue.first)
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
