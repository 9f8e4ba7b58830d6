"""A passage as words: tokens with their place in the text, folded so spelling matters not."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

import Levenshtein

_TOKEN = re.compile(
    r"\d++(?:[.,]\d++)*+(?:[-\s]\d/\d{1,2}(?!\d)|/\d{1,3}(?!\d))?(?:(?:st|nd|rd|th)(?![^\W\d_]))?"
    r"|(?:[^\W\d_]\.){2,}+|[^\W\d_]++(?:['’ʼ-][^\W\d_]++)*+|\S"
)
_PIECE = re.compile(r"\w++(?:[.,'’/-]\w++)*+|\S")
_SENTENCE_END = frozenset(".!?")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'"})
KEPT = 256  # passages whose reading is kept: those of two dozen utterances. More only take time
_LATIN = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ʹ": "", "ʺ": ""}


@lru_cache(maxsize=65536)
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


@lru_cache(maxsize=KEPT)
def words(text: str) -> Words:
    """Return the tokens of `text`; offsets are into exactly the text given."""
    raw = tuple(_TOKEN.findall(text))
    place, starts, at = text.index, [], 0
    for word in raw:  # only space stands between two tokens, so each is the next place of its own
        start = place(word, at)
        starts.append(start)
        at = start + len(word)
    ends = tuple(map(add, starts, map(len, raw)))
    return Words(text, raw, tuple(map(fold, raw)), tuple(starts), ends)


def pieces(text: str) -> tuple[list[str], list[int]]:
    """Return the words and marks of `text` without the space around them, and where each begins.

    Space before the first word is a piece of its own, so that every character is in a piece or
    in the space after one. Most of what stands between two spaces is one word: only about the
    rest the pattern is asked, which takes longer.
    """
    found, starts, at = [], [], 0
    if text[:1].isspace():
        found, starts = [" "], [0]
    for part in text.split(" "):
        if part.isalnum():
            found.append(part)
            starts.append(at)
        elif part:
            place = 0
            for piece in _PIECE.findall(part):  # only space stands between two pieces
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
