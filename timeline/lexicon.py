"""The packaged cue lists: which words carry which reading, and why; and which words are one."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import compress, count
from pathlib import Path
from typing import Any, NamedTuple

from timeline.words import ByWord, Words

CUES = Path(__file__).parent / "cues"
DEFAULT_LANGUAGE = "en"
_PHRASE_LISTS = (
    "polarity modality condition demand strength act aspect comparator outlook horizon conduct "
    "decision reporting unconditional latitude tempo extent"
)
PHRASE_LISTS = tuple(_PHRASE_LISTS.split(" "))
_OUR = re.compile(
    "^(arm|behavi|cand|clam|col|demean|endeav|fav|ferv|flav|glam|harb|hon|hum|lab|misdemean|neighb"
    "|od|parl|ranc|rum|savi|sav|splend|tum|val|vap|vig)our"
)
_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("ing", ""),
    ("eed", "ee"),
    ("ees", "ee"),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
)
_LONG = 5
_VOWELS = frozenset("aeiouy")
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One cue: its list (`polarity`, ...), its kind there, its words, and the reason."""

    list: str
    kind: str
    words: tuple[str, ...]
    why: str
    value: int = 0
    weak: bool = False


class Fired(NamedTuple):
    """An entry found at the tokens `first` to `last`."""

    entry: Entry
    first: int
    last: int


@dataclass(slots=True)
class Lexicon:
    """The cues of one language, found by their first word, and its relations between words."""

    code: str
    marks: frozenset[str]
    stops: frozenset[str]
    by_first: dict[str, tuple[Entry, ...]]
    bases: dict[str, str] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    opposites: dict[str, frozenset[str]] = field(default_factory=dict)
    exclusives: dict[str, str] = field(default_factory=dict)
    sorts: dict[str, str] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    negators: frozenset[str] = frozenset()
    voices: dict[str, str] = field(default_factory=dict)
    lives: dict[str, str] = field(default_factory=dict)
    keys: Callable[[str], tuple[str, ...]] = field(init=False)
    """Returns what a folded word is found by: its stem, then its classes of synonyms."""
    carries: Callable[[str], bool] = field(init=False)
    """Returns whether a folded word carries content."""
    _opening: ByWord[dict[str, list[tuple[Entry, int]]]] = field(init=False)

    def __post_init__(self) -> None:
        self.keys = ByWord(self._keys_of).__getitem__
        self.carries = ByWord(self._carries).__getitem__
        self._opening = ByWord(self._opened)

    def stem(self, word: str) -> str:
        """Return the form that a word's inflections and spellings share."""
        return self.keys(word)[0]

    def _keys_of(self, word: str) -> tuple[str, ...]:
        base = self.bases.get(word) or stem(word)
        return (base, *self.classes.get(base, ()))

    def _carries(self, word: str) -> bool:
        return word not in self.stops and word[0].isalnum()

    def _opened(self, word: str) -> dict[str, list[tuple[Entry, int]]]:
        """Return what a word begins: second word -> entries, the longest first, with their sizes.

        Empty for a word that begins none. "won't" is what "will" and "not" are; it begins no
        phrase.
        """
        if word[-3:] == "n't" and word != "n't":
            bare = (self._opening["n't"], self._opening[_modal_of(word)])
            return {"": [entry for known in bare for entry in known.get("", ())]}
        entries = self.by_first.get(word)
        return _by_second(entries) if entries else {}

    def fired(self, tokens: Words) -> list[Fired]:
        """Return every cue in order; of one list, the longest phrase at a place."""
        low = tokens.low
        found: list[Fired] = []
        taken: dict[str, int] = {}
        openings = list(map(self._opening.__getitem__, low))
        for index in compress(count(), openings):
            opening, second = openings[index], low[index + 1] if index + 1 < len(low) else ""
            for entry, size in opening.get(second) or opening[""]:
                if size > 2 and low[index : index + size] != entry.words:
                    continue
                if taken.get(entry.list, -1) < index:
                    last = index + size - 1
                    found.append(_fired(Fired, (entry, index, last)))
                    taken[entry.list] = last
        return found


_fired = tuple.__new__  # half the time of Fired(...)


_SHORT_MODALS = {"wo": "will", "ca": "can", "sha": "shall"}


def _modal_of(contraction: str) -> str:
    bare = contraction[:-3]
    return _SHORT_MODALS.get(bare, bare)


def stem(word: str) -> str:
    """Return an English word without its regular endings and with one spelling.

    After Porter (1980), far simpler; British and American spellings (-our/-or, -ise/-ize,
    -ll-/-l-) fall together.
    """
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) <= _SHORTEST_STEM:
        return word
    if "our" in word:
        word = _OUR.sub(r"\1or", word)
    for ending, keep in _ENDINGS:
        if word.endswith(ending) and _can_lose(word, ending):
            return _one_spelling(_bare(word[: -len(ending)] + keep))
    return _one_spelling(_bare(word))


def _can_lose(word: str, ending: str) -> bool:
    rest = word[: -len(ending)]
    if ending in ("ing", "ed"):
        return len(rest) >= _SHORTEST_STEM and bool(_VOWELS & set(rest)) and rest[-1] != "e"
    if ending == "s":
        return rest[-1] not in "sui"
    if ending == "es":
        return len(rest) > _SHORTEST_STEM or rest[-1] in "sxzh"
    return len(rest) > 1


def _bare(rest: str) -> str:
    if len(rest) > _SHORTEST_STEM and rest[-1] == rest[-2]:
        double = rest[-1] not in "eslz" or (rest[-1] == "l" and len(rest) > _LONG)
        return rest[:-1] if double else rest
    if rest.endswith("ly") and len(rest) > _LONG:
        rest = rest[:-2]
    if rest.endswith("e") and len(rest) > _SHORTEST_STEM:
        return rest[:-1]
    return rest


def _one_spelling(rest: str) -> str:
    if "z" in rest and len(rest) > _LONG - 1:
        return (
            rest.replace("yz", "ys").replace("ization", "isation")
            if rest[-2:] != "iz"
            else (rest[:-1] + "s")
        )
    return rest


def _entries(table: dict[str, Any]) -> Iterator[Entry]:
    for name in PHRASE_LISTS:
        for group in table.get(name, ()):
            for phrase in group["words"]:
                words = tuple(phrase.split())
                yield Entry(
                    name,
                    group["kind"],
                    words,
                    group["why"],
                    group.get("value", 0),
                    group.get("weak", False),
                )


def _bases(table: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("spelling", "irregular"):
        for group in table.get(name, ()):
            for forms in group["forms"]:
                base, *others = forms.split()
                shared = stem(found.get(base, base))
                for word in (base, *others):
                    found.setdefault(word, shared)
                    found.setdefault(word + "s", shared)
    return found


def _classes(table: dict[str, Any], bases: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for group in table.get("synonym", ()):
        for forms in group["forms"]:
            members = [bases.get(word) or stem(word) for word in forms.split()]
            for member in dict.fromkeys(members):
                found[member] = (*found.get(member, ()), "=" + members[0])
    return found


def _sorts(lexicon: Lexicon, table: dict[str, Any]) -> dict[str, str]:
    """Return stem -> the sort of thing that it names, of those that exclude each other."""
    apart = {kind for group in table.get("apart", ()) for kind in group["kinds"]}
    groups = [(group["of"], group["words"]) for group in table.get("kindof", ())]
    groups += [(group["kind"], group["words"]) for group in table.get("exclusive", ())]
    return {lexicon.stem(word): kind for kind, words in groups if kind in apart for word in words}


def _opposites(lexicon: Lexicon, table: dict[str, Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in table.get("antonym", ()):
        for pair in group["pairs"]:
            one, other = pair.split()
            for left, right in ((one, other), (other, one)):
                for key in lexicon.keys(left):
                    found.setdefault(key, set()).update(lexicon.keys(right))
    return {key: frozenset(others) for key, others in found.items()}


@cache
def lexicon(code: str) -> Lexicon:
    """Return the cues of the language `code`; FileNotFoundError where it has no cue file."""
    table = tomllib.loads((CUES / f"{code}.toml").read_text(encoding="utf-8"))
    by_first: dict[str, list[Entry]] = {}
    for entry in _entries(table):
        by_first.setdefault(entry.words[0], []).append(entry)
    found = Lexicon(
        code,
        frozenset(table["language"]["marks"]),
        frozenset(table["stop"]["words"]),
        {word: _longest_first(entries) for word, entries in by_first.items()},
    )
    found.bases = _bases(table)
    found.classes = _classes(table, found.bases)
    for group in table.get("kindof", ()):
        for word in group["words"]:
            known = found.kinds.get(found.stem(word), ())
            found.kinds[found.stem(word)] = (*known, found.stem(group["of"]))
    for group in table.get("exclusive", ()):
        found.exclusives |= {found.stem(word): group["kind"] for word in group["words"]}
    found.sorts = _sorts(found, table)
    found.negators = frozenset(
        entry.words[0]
        for entries in by_first.values()
        for entry in entries
        if (entry.list, entry.kind, len(entry.words)) == ("polarity", "negation", 1)
    )
    found.measures = frozenset(map(found.stem, table.get("measure", {}).get("words", ())))
    found.single = frozenset(map(found.stem, table.get("single", {}).get("words", ())))
    for group in table.get("voice", ()):
        for forms in group["forms"]:
            members = [found.stem(word) for word in forms.split()]
            found.voices |= dict.fromkeys(members, members[0])
    for group in table.get("life", ()):
        found.lives |= {found.stem(word): group["kind"] for word in group["words"]}
    found.opposites = _opposites(found, table)
    return found


def _by_second(entries: Sequence[Entry]) -> dict[str, list[tuple[Entry, int]]]:
    """Return second word -> the entries that may go on with it, those of one word among them.

    Those of one word stand under "" as well, for whatever word follows.
    """
    seconds = {"", *(entry.words[1] for entry in entries if len(entry.words) > 1)}
    return {
        second: [(e, len(e.words)) for e in entries if len(e.words) == 1 or e.words[1] == second]
        for second in seconds
    }


def _longest_first(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: -len(entry.words)))


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a cue file."""
    return tuple(sorted(path.stem for path in CUES.glob("??.toml")))


def language_of(tokens: Words) -> str:
    """Return the language whose function words the text uses most; English where none fits."""
    if len(languages()) == 1:
        return DEFAULT_LANGUAGE
    seen = set(tokens.low)
    fits = {code: len(seen & lexicon(code).marks) for code in languages()}
    best = max(fits, key=lambda code: (fits[code], code == DEFAULT_LANGUAGE))
    return best if fits[best] else DEFAULT_LANGUAGE
