"""The cue lists of a language as data: which words report, and what may follow them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

WordForm = Literal["base", "s", "past", "participle", "ing", "fixed"]
WordClass = Literal["verb", "adjective", "noun", "phrase", "adverb"]
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class Cue:
    """One inflected cue: its first word is the key it is found by, `tail` the words after it.

    `frames` says what may carry the content: `s` a clause or quotation after it, `p` the clause
    that it stands after or inside ("..., he said"), `n` a noun phrase, `t` an act ("to ..."),
    `w` a question ("whether ..."), `o` a clause after the person told. `noun` says that the
    form is a noun as well; `reports` that the cue reports words, not merely a view or a wish.
    """

    lemma: str
    tail: tuple[str, ...]
    form: WordForm
    kind: WordClass
    frames: frozenset[str]
    noun: bool = False
    reports: bool = False


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """Titles, nations and pronouns that name people; `nations` maps a word to its nation.

    `words_as` gives function words of the language the English ones that the rules name.
    """

    words_as: Mapping[str, str]
    offices: frozenset[str]
    generic: frozenset[str]
    qualifiers: frozenset[str]
    titles: frozenset[str]
    masculine: frozenset[str]
    feminine: frozenset[str]
    same_office: Mapping[str, str]
    nations: Mapping[str, str]
    bodies: frozenset[str]
    leads: frozenset[str]
    indefinite: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sign of source trouble: the warning's code and the pattern of the words that say so."""

    code: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All cues by their first word, and the closed classes of the language.

    `clause_commas` says that a comma opens a subordinate clause: "sagte am Montag, die Tür ...".
    """

    cues: Mapping[str, tuple[Cue, ...]]
    function: Mapping[str, frozenset[str]]
    titles: frozenset[str]
    people: PeopleWords
    agencies: frozenset[str]
    phrase_heads: frozenset[str]
    trouble: tuple[Trouble, ...]
    clause_commas: bool = False


@cache
def languages() -> frozenset[str]:
    """Return the languages whose prose is read: those that have a file of cues."""
    names = (entry.name for entry in files("tracker.reading").joinpath("cues").iterdir())
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


@cache
def lexicon(language: str = "en") -> Lexicon:
    """Return the packaged lexicon of `language`; raise FileNotFoundError where there is none."""
    data = json.loads(
        files("tracker.reading").joinpath(f"cues/{language}.json").read_text(encoding="utf-8")
    )
    table: dict[str, dict[tuple[tuple[str, ...], str, str], Cue]] = {}
    adjectives = frozenset(data["not_verbs"])
    for word, cue in _entries(data):
        if word in adjectives and cue.kind == "verb":
            continue
        slot = table.setdefault(word, {})
        key = (cue.tail, cue.form, cue.kind)
        known = slot.get(key)
        frames = cue.frames | (known.frames if known else frozenset())
        reports = cue.reports or (known is not None and known.reports)
        slot[key] = replace(cue, frames=frames, reports=reports)
    cues = {
        word: tuple(sorted(slot.values(), key=lambda cue: -len(cue.tail)))
        for word, slot in table.items()
    }
    function = {name: frozenset(words) for name, words in data["function"].items()}
    return Lexicon(
        cues,
        function,
        frozenset(data["titles"]),
        _people(data),
        frozenset(agency.lower() for agency in data["agencies"]),
        frozenset(phrase.split()[0] for group in data["phrases"] for phrase in group["words"]),
        tuple(
            Trouble(kind["code"], re.compile(pattern, re.I))
            for kind in data["trouble"]
            for pattern in kind["patterns"]
        ),
        bool(data.get("clause_commas")),
    )


def _people(data: Mapping[str, Any]) -> PeopleWords:
    people = data["people"]
    sets = (
        "offices",
        "generic",
        "qualifiers",
        "masculine",
        "feminine",
        "bodies",
        "leads",
        "indefinite",
    )
    nations = {word: nation for nation, words in people["nations"].items() for word in words}
    return PeopleWords(
        **{name: frozenset(people[name]) for name in sets},
        words_as=data.get("words_as", {}),
        titles=frozenset(data["titles"]),
        same_office=people["same_office"],
        nations=nations,
    )


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Cue]]:
    irregular: Mapping[str, str] = data["irregular"]
    nouns = frozenset(data["also_nouns"])
    for group in data["verbs"]:
        frames = frozenset(str(group["frames"]))
        for lemma in group["words"]:
            head, *tail = lemma.split()
            for form, word in _inflected(head, irregular):
                noun = head in nouns and form in ("base", "s")
                yield (
                    word,
                    Cue(lemma, tuple(tail), form, "verb", frames, noun, bool(group.get("reports"))),
                )
    kinds: tuple[tuple[str, WordClass], ...] = (
        ("adjectives", "adjective"), ("phrases", "phrase"), ("adverbs", "adverb"),
    )  # fmt: skip
    for key, kind in kinds:
        for group in data[key]:
            for lemma in group["words"]:
                head, *tail = lemma.split()
                yield head, Cue(lemma, tuple(tail), "fixed", kind, frozenset())
    for group in data["nouns"]:
        for lemma in group["words"]:
            yield lemma, Cue(lemma, (), "base", "noun", frozenset())
            yield _plural(lemma), Cue(lemma, (), "s", "noun", frozenset())


def _inflected(verb: str, irregular: Mapping[str, str]) -> Iterator[tuple[WordForm, str]]:
    yield "base", verb
    forms = irregular[verb].split() if verb in irregular else _regular(verb)
    names: tuple[WordForm, ...] = ("s", "past", "participle", "ing")
    yield from zip(names, forms, strict=True)


def _regular(verb: str) -> list[str]:
    if verb.endswith("e"):
        stem = verb if verb.endswith("ee") else verb[:-1]
        return [verb + "s", verb + "d", verb + "d", stem + "ing"]
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return [verb[:-1] + "ies", verb[:-1] + "ied", verb[:-1] + "ied", verb + "ing"]
    return [_plural(verb), verb + "ed", verb + "ed", verb + "ing"]


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"
