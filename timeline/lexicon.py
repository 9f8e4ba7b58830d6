"""The packaged cue lists: which words carry which reading, and why."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from timeline.words import Words

CUES = Path(__file__).parent / "cues"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Entry:
    """One cue: its list (`polarity`, ...), its kind there, its words, and the reason."""

    list: str
    kind: str
    words: tuple[str, ...]
    why: str
    value: int = 0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The cues of one language, found by their first word, the longest phrase first."""

    code: str
    marks: frozenset[str]
    by_first: dict[str, tuple[Entry, ...]]


def _entries(table: dict[str, Any]) -> Iterator[Entry]:
    for name, groups in table.items():
        if not isinstance(groups, list):
            continue
        for group in groups:
            for phrase in group["words"]:
                yield Entry(
                    name,
                    str(group["kind"]),
                    tuple(phrase.split()),
                    str(group["why"]),
                    int(str(group.get("value", 0))),
                )


@cache
def lexicon(code: str) -> Lexicon:
    """Return the cues of the language `code`; FileNotFoundError where it has no cue file."""
    table = tomllib.loads((CUES / f"{code}.toml").read_text(encoding="utf-8"))
    by_first: dict[str, list[Entry]] = {}
    for entry in _entries(table):
        by_first.setdefault(entry.words[0], []).append(entry)
    return Lexicon(
        code,
        frozenset(table["language"]["marks"]),
        {
            word: tuple(sorted(found, key=lambda entry: -len(entry.words)))
            for word, found in by_first.items()
        },
    )


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a cue file."""
    return tuple(sorted(path.stem for path in CUES.glob("??.toml")))


def language_of(tokens: Words) -> str:
    """Return the language whose function words the text uses most; English where none fits."""
    seen = set(tokens.low)
    best = max(
        languages(), key=lambda code: (len(seen & lexicon(code).marks), code == DEFAULT_LANGUAGE)
    )
    return best if seen & lexicon(best).marks else DEFAULT_LANGUAGE
