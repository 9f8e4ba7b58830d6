"""Which clauses of a passage say what has to hold first, and where each of them ends."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from timeline.clause_ends import JOINING, STOPS, SUBJECTS, clause_end
from timeline.lexicon import Entry, Fired
from timeline.words import Words


def conditions(
    tokens: Words, lists: Mapping[str, Sequence[Fired]]
) -> Iterator[tuple[int, int, Fired]]:
    """Return the conditions in order: each ends before the next one and the "and" before it."""
    cues = [cue for cue in lists.get("condition", ()) if _conditional(tokens, cue)]
    cues += _barring(tokens, lists)
    cues.sort(key=lambda cue: cue.first)
    for place, cue in enumerate(cues):
        limit = cues[place + 1].first if place + 1 < len(cues) else len(tokens)
        last = clause_end(tokens, cue.last, limit)
        if cue.entry.words == _WITHOUT:
            last = _fronted_end(tokens, cue, last)
        elif cue.entry.words[0] in _FRONTED:
            last = _inverted_end(tokens, cue, last)
        while last > cue.last and tokens.low[last] in JOINING:
            last -= 1
        yield cue.first, max(last, cue.last), cue


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
    if after >= len(tokens) or (cue.first and tokens.low[cue.first - 1] not in STOPS):
        return False
    if not tokens.raw[after][0].isupper() and tokens.low[after] not in _SUBJECT_OPENINGS:
        return False
    ends = (index for index in range(after, len(tokens)) if tokens.low[index] in STOPS)
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
    ends = [index for index, word in enumerate(tokens.low) if word in STOPS]
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


_CLAUSE_OPENINGS = SUBJECTS | {"no", "nobody", "nothing"}
