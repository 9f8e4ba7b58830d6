"""A passage as words: tokens with their place in the text, folded so spelling matters not."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import Levenshtein

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*(?:[-\s]\d/\d{1,2}(?!\d)|/\d{1,3}(?!\d))?(?:(?:st|nd|rd|th)(?![^\W\d_]))?"
    r"|(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*|\S"
)
_PIECE = re.compile(r"\w+(?:[.,'’/-]\w+)*\s*|\S\s*|\s+")
_SENTENCE_END = frozenset(".!?")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'"})
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


@lru_cache(maxsize=4096)
def words(text: str) -> Words:
    """Return the tokens of `text`; offsets are into exactly the text given."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    starts, ends = zip(*spans, strict=True) if spans else ((), ())
    raw = tuple([text[start:end] for start, end in spans])
    return Words(text, raw, tuple(map(fold, raw)), starts, ends)


def pieces(text: str) -> list[str]:
    """Return the tokens of `text`, each with the space after it: joined they are the text."""
    return _PIECE.findall(text)


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


_LETTERS = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x10000)]))  # no surrogates


def opcodes(
    left: Sequence[str], right: Sequence[str], *, spaced: bool = False
) -> list[tuple[str, int, int, int, int]]:
    """Return the edit operations (tag, a, b, c, d) between two sequences of words.

    Each word becomes one letter, so that the bit-parallel algorithm runs on two strings. Words
    that come `spaced` are the same whatever space follows them.
    """
    seen = {*left, *right}
    letter = dict(zip(seen, _LETTERS, strict=False))
    if spaced:
        bare = {word: word.rstrip() for word in seen}
        same = dict(zip(set(bare.values()), _LETTERS, strict=False))
        letter = {word: same[bare[word]] for word in seen}
    of = letter.__getitem__
    return Levenshtein.opcodes("".join(map(of, left)), "".join(map(of, right)))
