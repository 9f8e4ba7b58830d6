"""A passage made comparable: content words by stem and class, negation scopes, names."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, count, pairwise

from timeline.coding import code
from timeline.lexicon import Lexicon, lexicon
from timeline.positions import Position
from timeline.quantities import Quantity
from timeline.words import ByWord, Words, kept

ROOT = 6  # letters that words of one root share: `frequen-tly`, `frequen-cy`


@dataclass(eq=False)  # told apart by identity, so that what is read off one can be kept by it
class Frame:
    """What rules look at. Token indexes throughout.

    `keys` gives what a token is found by, `stems` the stem of every one, for aligning two passages
    word by word; `content` are the tokens that carry content (numbers and negators excluded);
    `found` leads from a stem or synonym class to its tokens; `negated` holds the tokens under an
    odd number of negators; `named` those written as a name.
    """

    position: Position
    tokens: Words
    lexicon: Lexicon
    keys: Callable[[int], tuple[str, ...]]
    stems: list[str]
    content: list[int] = field(default_factory=list)
    found: dict[str, tuple[int, ...]] = field(default_factory=dict)
    roots: dict[str, tuple[int, ...]] = field(default_factory=dict)
    kinds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    negated: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    sentence: list[int] = field(default_factory=list)

    def quantities_in(self, span: range) -> list[Quantity]:
        """Return the quantities that reach into a span of tokens."""
        return [
            quantity
            for quantity in self.position.quantities
            if quantity.first < span.stop and quantity.last >= span.start
        ]

    def sentences_with(self, name: str) -> set[int]:
        """Return the sentences in which a cue of the list `name` stands."""
        return {self.sentence[cue.first] for cue in self.position.fired_of(name)}

    def opening_name(self) -> range:
        """Return the tokens of the name that the passage begins with, without its article."""
        raw, size, first = self.tokens.raw, len(self.tokens), 0
        while first < size and (not raw[first][0].isalnum() or raw[first] == "The"):
            first += 1
        last = first
        while last < size and raw[last][0].isupper():
            last += 1
        return range(first, last)

    @cached_property
    def name_runs(self) -> list[tuple[int, int]]:
        """Return the names as runs of tokens, each as (first, last)."""
        runs: list[tuple[int, int]] = []
        for index in sorted(self.named):
            if runs and runs[-1][1] == index - 1:
                runs[-1] = (runs[-1][0], index)
            else:
                runs.append((index, index))
        return runs

    @cached_property
    def negators(self) -> int:
        """Return how many negators the passage has, those in fixed phrases included.

        "Neither ... nor" is one.
        """
        known, low = self.lexicon.negators, self.tokens.low
        found = sum(map(known.__contains__, low))
        if "n't" in " ".join(low):
            found += sum([word[-3:] == "n't" and word not in known for word in low])
        return found - (min(low.count("neither"), low.count("nor")) if found > 1 else 0)

    @cached_property
    def numbers(self) -> Counter[object]:
        """Return the quantities, and the digits that stand in names: the 6 of "S6"."""
        quantities, low = self.position.quantities, self.tokens.low
        numbers: Counter[object] = Counter([(q.unit, q.low, q.high) for q in quantities])
        digits = list(compress(count(), map(_OPENS_WITH_DIGIT.__getitem__, low)))
        if digits:
            read = {index for q in quantities for index in range(q.first, q.last + 1)}
            numbers.update([low[index] for index in digits if index not in read])
        return numbers

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        """Return the coordinate main clauses as (first token, token after the last one)."""
        low, size = self.tokens.low, len(self.tokens)
        ends = [
            index + (word in _SENTENCE_END)
            for index, word in enumerate(low)
            if word in _CLAUSE_ENDS and self._goes_on(index)
        ]
        return list(pairwise((0, *(end for end in ends if 0 < end < size), size)))

    def _goes_on(self, index: int) -> bool:
        """Return whether a pause ends a clause: of commas only those before "and we ..."."""
        low = self.tokens.low
        if low[index] not in _PAUSES:
            return True
        opening = low[index + 1 : index + 3]
        return len(opening) > 1 and opening[0] in _JOINING and opening[1] in _SUBJECTS

    def clause_around(self, index: int) -> range:
        """Return the tokens of the main clause in which the token at `index` stands."""
        return next(range(*span) for span in self.clauses if span[0] <= index < span[1])

    def match(self, keys: tuple[str, ...]) -> tuple[int, ...]:
        """Return the tokens here that say the same as `keys`: the stem's own, else a synonym's."""
        for key in keys:
            if key in self.found:
                return self.found[key]
        if len(keys[0]) > ROOT:
            return self.roots.get(keys[0][:ROOT], ())
        return ()


_OPENS_WITH_DIGIT = ByWord(lambda word: word[0].isdigit())
_SENTENCE_END = frozenset((".", "!", "?"))
_PAUSES = frozenset((",", "–", "—"))
_CLAUSE_ENDS = _SENTENCE_END | _PAUSES | {";"}
_JOINING = frozenset(("and", "but", "yet", "so"))
_SUBJECTS = frozenset(
    (
        *("we", "i", "it", "he", "she", "they", "you", "there"),
        *("this", "that", "these", "those", "nobody", "nothing"),
        *("our", "its", "his", "her", "their", "my"),
    )
)


def measures(name: str) -> bool:
    """Return whether a name is that of something measured: a rate, a price, a budget."""
    found = code(name)
    known = lexicon(found.language)
    low = found.words.low if found.words else ()
    return any(known.stem(word) in known.measures for word in low)


@kept
def frame(text: str) -> Frame:
    """Return the comparable form of `text`."""
    position = code(text)
    tokens = position.words
    assert tokens is not None  # noqa: S101 - code() always keeps the tokens
    lists = lexicon(position.language)
    keys = list(map(lists.keys, tokens.low))
    made = Frame(position, tokens, lists, keys.__getitem__, [key[0] for key in keys])
    _fill_content(made)
    for scope in position.scopes:
        made.negated ^= set(range(scope.first, scope.last + 1))
    return made


def _fill_content(made: Frame) -> None:
    low, raw, size = made.tokens.low, made.tokens.raw, len(made.tokens)
    openings, first = set(), 0
    ends = [index + 1 for index, word in enumerate(low) if word in _SENTENCE_END]
    for number, end in enumerate((*ends, size)):
        made.sentence += [number] * (end - first)
        while first < end and not low[first][0].isalnum():
            first += 1
        openings.add(first)
        first = end
    content = list(compress(count(), map(made.lexicon.carries, low)))
    if quantities := made.position.quantities:
        numbers = {i for quantity in quantities for i in range(quantity.first, quantity.last + 1)}
        content = [index for index in content if index not in numbers]
    made.content = content
    made.named = {i for i in content if raw[i][0].isupper() and i not in openings}
    _index_content(made)


def _index_content(made: Frame) -> None:
    """Note where each key stands. Tuples, since the garbage collector need not follow those."""
    keys_of, kinds_of = made.keys, made.lexicon.kinds
    found, roots, kinds = made.found, made.roots, made.kinds
    for index in made.content:
        place = (index,)
        keys = keys_of(index)
        for key in keys:
            found[key] = found[key] + place if key in found else place
        stem = keys[0]
        if len(stem) > ROOT:
            root = stem[:ROOT]
            roots[root] = roots[root] + place if root in roots else place
        if stem in kinds_of:
            for kind in kinds_of[stem]:
                kinds[kind] = kinds[kind] + place if kind in kinds else place
