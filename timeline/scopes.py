"""What the negators of a passage turn: the scope of each."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from timeline.clause_ends import clause_end, joints
from timeline.lexicon import Fired
from timeline.positions import SHOWN, Scope
from timeline.words import Words

NEGATORS = frozenset(("negation", "minimiser", "inherent", "phrase"))
_PHRASE_REACH = 4  # words that a negated phrase such as "without ..." covers at most


def scopes(tokens: Words, cues: Iterable[Fired], bars: Sequence[int]) -> list[Scope]:
    """Return the scopes of those of some polarity cues that turn what they stand before.

    `bars` are the tokens at which a condition begins, in order: no condition is denied by what
    its clause denies, and what opens one ("unless") denies nothing besides.
    """
    found: list[Scope] = []
    for cue in cues:
        bar = bisect_left(bars, cue.first)
        known = (bar < len(bars) and bars[bar] == cue.first) or _in_name(tokens, cue.first)
        if cue.entry.kind in NEGATORS and not known and not _goes_on_denying(found, cue):
            found.append(_scope(tokens, cue, bars))
    return found


def _goes_on_denying(found: Iterable[Scope], cue: Fired) -> bool:
    """Return whether a "nor" adds to what is denied already: "neither Karsk nor Ostravia signs"."""
    return cue.entry.words == _NOR and any(
        scope.kind == "negation" and scope.first <= cue.first <= scope.last for scope in found
    )


_NOR = ("nor",)


def _in_name(tokens: Words, index: int) -> bool:
    """Return whether a negator is part of a name, as in "the Do Not Call list"."""
    return index > 0 and tokens.raw[index][0].isupper() and tokens.raw[index - 1][0].isupper()


def _scope(tokens: Words, cue: Fired, bars: Sequence[int]) -> Scope:
    """Return what a negator turns: the rest of its clause; for a phrase, the next few words.

    A condition (`bars`: where each begins) is outside of what its clause denies, and so is what
    "and we ..." adds.
    """
    first = min(cue.last + 1, len(tokens) - 1)
    last = clause_end(tokens, cue.last)
    bar = bisect_right(bars, cue.last)
    if bar < len(bars):
        last = min(last, bars[bar] - 1)
    joined = joints(tokens.text)
    joint = bisect_right(joined, first)
    if joint < len(joined) and joined[joint] < last:
        last = joined[joint] - 1
    if cue.entry.kind == "phrase":
        last = min(last, cue.last + _PHRASE_REACH)
    start, end = tokens.span(cue.first, max(last, cue.last))
    text = tokens.text[start : min(end, start + SHOWN)]
    return Scope(text, start, end, cue.entry.kind, cue.first, first, max(last, cue.last))
