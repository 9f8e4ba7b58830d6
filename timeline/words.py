"""A passage as words: tokens with their place in the text, folded so spelling matters not."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import ParamSpec, TypeVar, cast

import Levenshtein

Known = TypeVar("Known")
P = ParamSpec("P")

_TOKEN = re.compile(
    r"\d++(?:[.,]\d++)*+(?:[-\s]\d/\d{1,2}(?!\d)|/\d{1,3}(?!\d))?(?:(?:st|nd|rd|th)(?![^\W\d_]))?"
    r"|(?:[^\W\d_]\.){2,}+|[^\W\d_]++(?:['’ʼ-][^\W\d_]++)*+|\S"
)
_PIECE = re.compile(r"\w++(?:[.,'’/-]\w++)*+|\S")
_SENTENCE_END = frozenset(".!?")
_MARKS = frozenset(".,;:!?)")  # end a word in no pattern
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'"})
KEPT = 2048  # passages whose reading is kept at hand: more take memory, and so time
_LATIN = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ʹ": "", "ʺ": ""}


def kept(read: Callable[P, Known]) -> Callable[P, Known]:
    """Keep at hand what `read` tells of the last passages, until they are forgotten."""
    keeping = lru_cache(maxsize=KEPT)(read)
    _CLEARING.append(keeping.cache_clear)
    return cast(Callable[P, Known], keeping)


def forget() -> None:
    """Let go of every passage that was read: of one met once it is memory touched for nothing."""
    for clear in _CLEARING:
        clear()


_CLEARING: list[Callable[[], None]] = []


class ByWord(dict[str, Known]):
    """What `tell` says of the words met so far. Asked of every word of every passage, so a dict."""

    def __init__(self, tell: Callable[[str], Known]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, word: str) -> Known:
        if len(self) > _KNOWN_WORDS:
            self.clear()
        found = self[word] = self._tell(word)
        return found


_KNOWN_WORDS = 200_000  # words of which it is kept


def fold(word: str) -> str:
    """Return `word` in lower case without accents and with straight apostrophes."""
    low = word.lower()
    if low.isascii():
        return low
    low = low.translate(_APOSTROPHES)
    plain = "".join(
        mark for mark in unicodedata.normalize("NFKD", low) if not unicodedata.combining(mark)
    )
    return "".join(_LATIN.get(letter, letter) for letter in plain) or low


_FOLDED = ByWord(fold)


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a text: as written, folded, and where each begins and ends."""

    text: str
    raw: tuple[str, ...]
    low: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.raw)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the character span of the tokens `first` to `last`, both included."""
        return self.starts[first], self.ends[last]


@kept
def words(text: str) -> Words:
    """Return the tokens of `text`; offsets are into exactly the text given."""
    # of all tokens only a number and its fraction, "5 1/4", are one over a space
    found, starts = _cut([text] if "/" in text else text.split(" "), _TOKEN)
    raw = tuple(found)
    ends = tuple(map(add, starts, map(len, raw)))
    return Words(text, raw, tuple(map(_FOLDED.__getitem__, raw)), tuple(starts), ends)


def pieces(text: str) -> tuple[list[str], list[int]]:
    """Return the words and marks of `text` without the space around them, and where each begins.

    Space before the first word is a piece of its own, so that every character is in a piece or
    in the space after one.
    """
    found, starts = _cut(text.split(" "), _PIECE)
    if text[:1].isspace():
        found.insert(0, " ")
        starts.insert(0, 0)
    return found, starts


def _cut(parts: Iterable[str], pattern: re.Pattern[str]) -> tuple[list[str], list[int]]:
    """Return what `pattern` finds in parts with one space between them, and where each begins.

    Most parts are letters, or letters and one mark: only about the rest the pattern is asked,
    which takes longer.
    """
    found: list[str] = []
    starts: list[int] = []
    at = 0
    for part in parts:
        if part.isalpha():
            found.append(part)
            starts.append(at)
        elif part[-1:] in _MARKS and (word := part[:-1]).isalpha():
            found += word, part[-1]
            starts += at, at + len(word)
        else:
            place = 0
            for piece in pattern.findall(part):  # only space stands between two finds
                place = part.index(piece, place)
                found.append(piece)
                starts.append(at + place)
                place += len(piece)
        at += len(part) + 1
    return found, starts


def sentences(tokens: Words) -> list[tuple[int, int]]:
    """Return the sentences as (first token, token after the last one), covering every token."""
    bounds: list[tuple[int, int]] = []
    first = 0
    for index, word in enumerate(tokens.raw):
        if word in _SENTENCE_END or (word == ";" and index - first > 4):
            bounds.append((first, index + 1))
            first = index + 1
    if first < len(tokens):
        bounds.append((first, len(tokens)))
    return bounds


def opcodes(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return the edit operations (tag, a, b, c, d) between two sequences of words.

    The bit-parallel algorithm runs on the hashes of the words, of one letter on the letter.
    """
    return Levenshtein.opcodes(left, right)


def edits(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return the places (a, b, c, d) at which two sequences differ, one for what stands together.

    So the places are the same whichever comes first, but for ties between equal words.
    """
    found: list[tuple[int, int, int, int]] = []
    for tag, a, b, c, d in opcodes(left, right):
        if tag == "equal":
            continue
        if found and (found[-1][1], found[-1][3]) == (a, c):
            found[-1] = (found[-1][0], b, found[-1][2], d)
        else:
            found.append((a, b, c, d))
    return found
