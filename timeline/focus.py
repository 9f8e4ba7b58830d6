"""Which part of a passage speaks of a topic: what is coded as the position on it.

A paragraph of a transcript may thank the hosts, recall a summit and then take a position. What
it says on a topic is looked for in the sentences that have the topic's terms.
"""

from collections.abc import Sequence

from timeline.coding import code
from timeline.words import fold, kept, sentences, words


def focus(text: str, terms: Sequence[str]) -> tuple[int, int]:
    """Return the character span of the sentence that states a position on a topic.

    Of the sentences with one of `terms` the first that states an act, else the first of them;
    the whole text where no sentence has a term, or where there is only one.
    """
    spans = _sentences(text)
    wanted = [tuple(fold(word) for word in words(term).raw) for term in terms]
    about = [span for span in spans if any(_has(text[slice(*span)], term) for term in wanted)]
    if len(spans) < 2 or not about:
        return 0, len(text)
    stating = (span for span in about if code(text[slice(*span)]).act is not None)
    return next(stating, about[0])


@kept
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    tokens = words(text)
    return tuple(tokens.span(first, last - 1) for first, last in sentences(tokens))


def _has(sentence: str, term: tuple[str, ...]) -> bool:
    low = words(sentence).low
    size = len(term)
    return any(low[place : place + size] == term for place in range(len(low) - size + 1))
