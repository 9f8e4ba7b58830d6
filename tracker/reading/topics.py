"""Which topics a passage is on: terms and phrases with weights, and terms that exclude."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tracker.reading.parts import TopicMatch, TopicTerms

CONTEXT_SHARE = 0.35  # what a term in the question or heading counts beside one in the passage
THRESHOLD = 0.4  # scores below are no match: one light word alone says little
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "\xa0": " ", "‑": "-"})


@dataclass(frozen=True, slots=True)
class _Compiled:
    slug: str
    weights: dict[str, tuple[str, float]]
    pattern: re.Pattern[str]
    exclusions: re.Pattern[str] | None


def match(
    words: str, topics: tuple[TopicTerms, ...], *, context: str = ""
) -> tuple[TopicMatch, ...]:
    """Return the topics of `words`, best first.

    The score is 1 minus the product of (1 - weight) over the distinct terms found, each
    weight between 0 and 1: every further term brings it nearer to 1. Terms found only in
    `context` (the question, the heading) count CONTEXT_SHARE of their weight, so that one of
    them alone stays below THRESHOLD. A term inside an exclusion does not count.
    """
    found = [result for topic in _compiled(topics) if (result := _scored(topic, words, context))]
    return tuple(sorted(found, key=lambda result: (-result.score, result.topic)))


def _scored(topic: _Compiled, words: str, context: str) -> TopicMatch | None:
    own = dict(_terms(topic, words))
    around = {term: weight for term, weight in _terms(topic, context) if term not in own}
    missing = 1.0
    for weight in own.values():
        missing *= 1 - weight
    for weight in around.values():
        missing *= 1 - CONTEXT_SHARE * weight
    score = round(1 - missing, 3)
    if score < THRESHOLD or not (own or around):
        return None
    return TopicMatch(topic.slug, score, tuple(own) + tuple(around))


def _terms(topic: _Compiled, words: str) -> Iterator[tuple[str, float]]:
    if not words:
        return
    plain = words.translate(_APOSTROPHES)
    barred = (
        [found.span() for found in topic.exclusions.finditer(plain)] if topic.exclusions else []
    )
    seen: set[str] = set()
    for found in topic.pattern.finditer(plain):
        term, weight = topic.weights[_folded(found.group())]
        if term not in seen and not any(a <= found.start() < b for a, b in barred):
            seen.add(term)
            yield term, min(weight, 0.95)


@lru_cache(maxsize=64)
def _compiled(topics: tuple[TopicTerms, ...]) -> tuple[_Compiled, ...]:
    return tuple(_compile(topic) for topic in topics if topic.terms)


def _compile(topic: TopicTerms) -> _Compiled:
    weights = {_folded(term.text): (term.text, term.weight) for term in topic.terms}
    exclusions = _alternatives([_folded(words) for words in topic.exclusions])
    pattern = _alternatives(list(weights))
    assert pattern is not None  # noqa: S101  # a topic without terms is not compiled
    return _Compiled(topic.slug, weights, pattern, exclusions)


def _alternatives(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """Return one pattern for all phrases, longest first: "peace talks" wins over "talks"."""
    if not phrases:
        return None
    ordered = sorted(
        {phrase for phrase in phrases if phrase}, key=lambda phrase: (-len(phrase), phrase)
    )
    inner = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered)
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.I)


def _folded(words: str) -> str:
    return " ".join(words.translate(_APOSTROPHES).lower().split())
