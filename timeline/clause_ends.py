"""Where a clause ends, where "and we ..." goes on with another one, and which sentences ask."""

from bisect import bisect_right
from functools import lru_cache

from timeline.words import Words, words

_PAUSES = frozenset(',.;:!?()"“”«»–—')
STOPS = frozenset(".!?")
JOINING = frozenset(("and", "or", "but", "also", "only"))
SUBJECTS = frozenset(("there", "we", "i", "they", "he", "she", "it"))
_BREAKS = frozenset(("but", "although", "though", "while", "whereas", "because", "if", "unless"))
_CLAUSE_ENDS = _PAUSES | _BREAKS


def clause_end(tokens: Words, index: int, limit: int | None = None) -> int:
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
def joints(text: str) -> list[int]:
    """Return the tokens at which "and we ..." begins."""
    low = words(text).low
    return [
        index
        for index, word in enumerate(low[:-1])
        if word in JOINING and low[index + 1] in SUBJECTS
    ]


def questions(tokens: Words) -> list[tuple[int, int]]:
    """Return the sentences that end with a question mark as (first token, token after it)."""
    if "?" not in tokens.low:
        return []
    found, first = [], 0
    for index, word in enumerate(tokens.low):
        if word in STOPS:
            if word == "?":
                found.append((first, index + 1))
            first = index + 1
    return found
