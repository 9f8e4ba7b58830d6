"""What a number counts, by the nouns after or before it, or whether it only names something."""

from timeline.lexicon import Lexicon
from timeline.numerals import AND_A_HALF, CARDINALS, MONEY, SHARES, at, number
from timeline.words import Words


def labels(tokens: Words, index: int, lexicon: Lexicon) -> bool:
    """Return whether a bare number names its noun (`season 1`) or scores (`4-3`), not counts it."""
    if "," in tokens.low[index]:
        return False
    before = at(tokens, index - 1)
    if before in ("-", "–") or at(tokens, index + 1) in ("-", "–"):
        return True
    return before.isalpha() and before not in lexicon.stops and before not in lexicon.by_first


def nouns_after(tokens: Words, last: int, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the content words right after a number: the noun counted is among them.

    A second number joined by `and` or a comma is stepped over: `second and third singles`. In
    `five-year plan` and `10-year plan` the unit joined by the hyphen is what is counted.
    """
    head, _, tail = tokens.low[last].partition("-")
    if head in CARDINALS and tail and tail not in SHARES and tail != AND_A_HALF:
        return (tail,)
    joined = at(tokens, last + 1) == "-" and tokens.ends[last] == tokens.starts[last + 1]
    if joined and at(tokens, last + 2)[:1].isalpha():
        return (tokens.low[last + 2],)
    nouns: list[str] = []
    for index in range(last + 1, min(last + 6, len(tokens))):
        word = tokens.low[index]
        if word in lexicon.stops or not word[0].isalpha():
            steps = word in _STEPPED or word in _JOINING
            if word.isdigit() and tokens.raw[index - 1] == "-":
                continue  # the 19 of COVID-19
            if (nouns and word not in ("-", "–", "and")) or not steps:
                break
        elif number(word) is None:
            nouns.append(word)
    return tuple(nouns)


def nouns_before(tokens: Words, index: int, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the noun that a number after "is", "of" or "to" is of: `the population is 190,000`."""
    linked = False
    for place in range(index - 1, max(-1, index - 7), -1):
        word = tokens.low[place]
        if not word[0].isalnum() and word not in MONEY:
            break
        if word in _LINKS:
            linked = True
        elif linked and word not in lexicon.stops and word.isalpha():
            return (word,)
    return ()


_LINKS = frozenset(("is", "was", "are", "were", "of", "to", "at", "reached", "stood"))
_STEPPED = frozenset(("of", "the", "more", "other", "new", "total", "-", "–", "+"))
_JOINING = frozenset((",", "and", "or"))


def measured(nouns: tuple[str, ...]) -> str:
    """Return the noun to name: the first plural, else the last word."""
    return next((noun for noun in nouns if noun[-1] == "s"), nouns[-1] if nouns else "")
