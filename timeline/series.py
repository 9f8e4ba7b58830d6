"""A series of utterances -> its events: like compared with like, claim by claim.

An utterance may make several claims, a stance moves in one of them. Each claim (a sentence) of
an utterance is held against the claims of at most LOOKBACK earlier utterances; of those on the
same aspect (most shared content) the latest one counts. A claim that nothing earlier is like is
something new said, and silence on an earlier one is no change.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import islice

from timeline.diff import Difference
from timeline.likeness import likeness
from timeline.shifts import LOOKBACK, Change, Utterance, Verdict, compare
from timeline.words import sentences, words

SAME_ASPECT = 0.32  # likeness from which two claims speak of one thing
WORTH_REVIEW = 0.5  # likeness from which an undecided pair is worth a person's look
AS_GOOD = 0.85  # of the best likeness: a later claim this like is preferred to an earlier one
_SHORTEST = 4  # words of a claim
_EVENTS = {"shift": "shift", "no_shift": "reaffirmation", "undecided": "undecided"}
_RANK = ("shift", "undecided", "no_shift")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an utterance that is no question, and where it stands in it."""

    utterance: Utterance
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class _Pairing:
    """A claim and the earlier claim on its aspect, with how alike the two are."""

    older: Claim
    newer: Claim
    alike: float


def changes(series: Sequence[Utterance], *, of: Collection[int] | None = None) -> list[Change]:
    """Return the events of a series, each utterance against at most LOOKBACK earlier ones.

    `of` names the utterances to decide (default: all). The order given does not matter. Only
    what was certainly said on an earlier day is compared with.
    """
    ordered = sorted(series, key=_when)
    found: list[Change] = []
    for place, newer in enumerate(ordered):
        if of is None or newer.key in of:
            found += _events(newer, _earlier(ordered, place, newer))
    return found


def _when(utterance: Utterance) -> tuple[date, date, int]:
    return utterance.earliest, utterance.latest, utterance.key


def _earlier(ordered: Sequence[Utterance], place: int, newer: Utterance) -> Sequence[Utterance]:
    before = (ordered[index] for index in range(place - 1, -1, -1))
    return list(islice((older for older in before if older.latest < newer.earliest), LOOKBACK))


def _events(newer: Utterance, earlier: Sequence[Utterance]) -> Iterable[Change]:
    """Return the events between one utterance and the earlier ones that its claims answer to."""
    answered: dict[int, list[tuple[_Pairing, Verdict]]] = {}
    for claim in claims(newer):
        pairings = _counterparts(claim, earlier)
        if not pairings:
            continue
        latest, *others = pairings
        verdict = _judge(latest)
        answered.setdefault(latest.older.utterance.key, []).append((latest, verdict))
        if verdict.verdict == "shift":
            yield from _reversion(newer, others)
    by_key = {older.key: older for older in earlier}
    for key in sorted(answered):
        yield from _event(by_key[key], newer, answered[key])


@lru_cache(maxsize=8192)
def _sentences(text: str) -> tuple[tuple[str, int], ...]:
    tokens = words(text)
    found = []
    for first, last in sentences(tokens):
        start, end = tokens.span(first, last - 1)
        if last - first >= _SHORTEST and tokens.low[last - 1] != "?":
            found.append((text[start:end], start))
    return tuple(found) or ((text, 0),)


def claims(utterance: Utterance) -> list[Claim]:
    """Return what an utterance claims, in order; the whole of it where it is one short piece."""
    return [Claim(utterance, text, start) for text, start in _sentences(utterance.text)]


def _counterparts(claim: Claim, earlier: Sequence[Utterance]) -> list[_Pairing]:
    """Return the pairings with earlier claims that are as like it as any, the latest first."""
    pairings = [
        _Pairing(older, claim, likeness(older.text, claim.text))
        for utterance in earlier
        for older in claims(utterance)
    ]
    best = max((pairing.alike for pairing in pairings), default=0.0)
    if best < SAME_ASPECT:
        return []
    good = [pairing for pairing in pairings if pairing.alike >= best * AS_GOOD]
    return sorted(
        good,
        key=lambda pairing: (
            _when(pairing.older.utterance), pairing.alike, -pairing.older.start
        ),
        reverse=True,
    )  # fmt: skip


def _reversion(newer: Utterance, others: Sequence[_Pairing]) -> Iterable[Change]:
    """Return that a moved claim is back where it was, if an earlier one is the same position."""
    for pairing in others:
        verdict = _judge(pairing)
        if verdict.verdict == "no_shift" and pairing.alike >= WORTH_REVIEW:
            yield _change(pairing.older.utterance, newer, "reversion", verdict)
            return


def _judge(pairing: _Pairing) -> Verdict:
    older, newer = pairing.older, pairing.newer
    verdict = compare(
        replace(older.utterance, text=older.text), replace(newer.utterance, text=newer.text)
    )
    return replace(
        verdict,
        differences=tuple(_moved(item, older.start, newer.start) for item in verdict.differences),
        older_span=_shifted(verdict.older_span, older.start),
        newer_span=_shifted(verdict.newer_span, newer.start),
        features={**verdict.features, "alike": pairing.alike},
    )


def _moved(item: Difference, older: int, newer: int) -> Difference:
    """Return a difference with its spans counted from the start of the utterances."""
    return replace(
        item,
        older_start=item.older_start + older,
        older_end=item.older_end + older,
        newer_start=item.newer_start + newer,
        newer_end=item.newer_end + newer,
    )


def _shifted(span: tuple[int, int], by: int) -> tuple[int, int]:
    return span[0] + by, span[1] + by


def _event(
    older: Utterance, newer: Utterance, judged: Sequence[tuple[_Pairing, Verdict]]
) -> Iterable[Change]:
    """Return the event of two utterances: the weightiest of what their claims give."""
    pairing, verdict = min(
        judged, key=lambda item: (_RANK.index(item[1].verdict), -item[1].score, item[0].newer.start)
    )
    if verdict.verdict != "undecided" or pairing.alike >= WORTH_REVIEW:
        yield _change(older, newer, _EVENTS[verdict.verdict], verdict)


def _change(older: Utterance, newer: Utterance, event: str, verdict: Verdict) -> Change:
    sure = newer.confirmed or min(older.sources, newer.sources) > 1
    return Change(
        older.key,
        newer.key,
        event,
        verdict,
        "confirmed" if sure else "provisional",
        max(older.grade[:1], newer.grade[:1]) + max(older.grade[1:], newer.grade[1:]),
    )
