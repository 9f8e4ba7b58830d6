"""A series of utterances -> its events: like compared with like, claim by claim.

An utterance may make several claims, a stance moves in one of them. Each claim (a sentence) of
an utterance is held against the claims of at most LOOKBACK earlier utterances; of those on the
same aspect (most shared content) the latest one counts. A claim that nothing earlier is like is
something new said, and silence on an earlier one is no change.

What came before decides, and in one case what comes next: see `_Told`. Both are the order of
saying, so the order of arrival changes nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import attrgetter, le

from timeline.diff import Difference
from timeline.frames import frame
from timeline.likeness import likeness
from timeline.shifts import LOOKBACK, Change, Topic, Utterance, Verdict, compare
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


def changes(
    series: Sequence[Utterance],
    *,
    of: Collection[int] | None = None,
    topic: Topic | str = "",
    kept: Collection[tuple[int, int]] = (),
) -> list[Change]:
    """Return the events of a series, each utterance against at most LOOKBACK earlier ones.

    `of` names the utterances to decide (default: all). The order given does not matter. Only
    what was certainly said on an earlier day is compared with. Of claims that give a number for
    `topic` that number decides. The pairs in `kept` stand whatever comes later.
    """
    days = list(map(_EARLIEST, series))
    if not all(map(le, days, islice(days, 1, None))):
        series = sorted(series, key=_WHEN)
        days = list(map(_EARLIEST, series))
    places = _places(series, of)
    if not places:
        return []
    told = _Told(_around(series, days, places), topic, frozenset(kept))
    chosen = sorted((series[place] for place in places), key=_WHEN)
    return [change for newer in chosen for change in told.events(newer)]


def _places(series: Sequence[Utterance], of: Collection[int] | None) -> Sequence[int]:
    """Return where the utterances to decide stand; few of them are looked up without a loop."""
    if of is None:
        return range(len(series))
    keys = list(map(_KEY, series))
    if len(of) > _FEW:
        return [place for place, key in enumerate(keys) if key in of]
    return sorted(keys.index(key) for key in of if key in keys)


_FEW = 4
_EARLIEST: Callable[[Utterance], date] = attrgetter("earliest")
_KEY: Callable[[Utterance], int] = attrgetter("key")


def _around(
    series: Sequence[Utterance], days: Sequence[date], places: Sequence[int]
) -> list[Utterance]:
    """Return in order what decides the chosen ones, which may be few of a long series.

    The LOOKBACK utterances before, those that these are compared with, and the next LOOKBACK.
    `days` are the first days of the series, which stands in their order.
    """
    since = days[places[0]]
    for _ in range(2):
        before = reversed(range(bisect_left(days, since)))
        over = list(islice((p for p in before if series[p].latest < since), LOOKBACK))
        since = days[over[-1]] if over else since
    last = days[min(bisect_right(days, days[places[-1]]) + LOOKBACK, len(days)) - 1]
    return sorted(series[bisect_left(days, since) : bisect_right(days, last)], key=_WHEN)


class _Told:
    """An ordered series while it is decided.

    A shift on one source falls where the next utterance on its aspect is better sourced and says
    again what was said before it, while nothing else repeats it: then the one in between was
    likelier misreported than the position moved twice.
    """

    def __init__(
        self, ordered: Sequence[Utterance], topic: Topic | str, kept: frozenset[tuple[int, int]]
    ) -> None:
        self.ordered, self.topic, self.kept = ordered, topic, kept
        self.by_key = {utterance.key: utterance for utterance in ordered}
        self._found: dict[int, list[Change]] = {}

    def events(self, newer: Utterance) -> Iterator[Change]:
        """Yield the events of an utterance; a shift that falls as one that has `fallen`."""
        found = self._raw(newer)
        for change in found:
            if change.event == "shift" and (returned := self._restated(change, found)):
                yield replace(returned, event="reaffirmation")
            elif change.event == "reversion" and self._unmoved(change, found):
                continue
            elif change.event == "shift" and self._fallen(change):
                yield _fallen(change)
            else:
                yield change

    def _raw(self, newer: Utterance) -> list[Change]:
        """Return the events of an utterance by the earlier ones alone."""
        found = self._found.get(newer.key)
        if found is None:
            earlier = _earlier(self.ordered, newer)
            found = self._found[newer.key] = list(_events(newer, earlier, self.topic))
        return found

    def _following(self, utterance: Utterance) -> Iterator[Utterance]:
        """Yield those of the next LOOKBACK utterances that were certainly said later."""
        place = bisect_right(self.ordered, _WHEN(utterance), key=_WHEN)
        for later in self.ordered[place : place + LOOKBACK]:
            if later.earliest > utterance.latest:
                yield later

    def _fallen(self, change: Change) -> bool:
        doubted = self.by_key[change.newer]
        pair = change.older, change.newer
        if change.status != "provisional" or doubted.sources > 1 or pair in self.kept:
            return False
        following = list(self._following(doubted))
        if not any(_better(later, doubted) for later in following):
            return False
        answers = [
            (later, [event for event in self._raw(later) if event.older == doubted.key])
            for later in following
        ]
        if any(event.event in _SAID_AGAIN for _, events in answers for event in events):
            return False
        moved = (later for later, events in answers if any(e.event == "shift" for e in events))
        first = next(moved, None)
        return first is not None and _better(first, doubted) and self._says(first, change.older)

    def _says(self, later: Utterance, earlier: int) -> bool:
        """Return whether a later utterance is back at what an earlier one said."""
        return any(
            event.event == "reversion" and event.older == earlier for event in self._raw(later)
        )

    def _restated(self, change: Change, found: Sequence[Change]) -> Change | None:
        """Return the reversion that a shift back from an utterance that has fallen amounts to."""
        doubted = self.by_key[change.older]
        for event in found:
            if event.event == "reversion" and any(
                before.older == event.older and before.event == "shift" and self._fallen(before)
                for before in self._raw(doubted)
            ):
                return event
        return None

    def _unmoved(self, change: Change, found: Sequence[Change]) -> bool:
        """Return whether a reversion is one that stands as a reaffirmation instead."""
        shifts = (event for event in found if event.event == "shift")
        return any(self._restated(event, found) is change for event in shifts)


_SAID_AGAIN = frozenset(("reaffirmation", "reversion"))


def _better(one: Utterance, other: Utterance) -> bool:
    """Return whether one utterance has the better grade, and neither letter nor digit worse."""
    return one.grade != other.grade and (
        one.grade[:1] <= other.grade[:1] and one.grade[1:] <= other.grade[1:]
    )


def _fallen(change: Change) -> Change:
    return replace(
        change,
        event="fallen",
        verdict=replace(change.verdict, reasons=(*change.verdict.reasons, FALLEN)),
    )


FALLEN = "the next better sourced statement says again what was said before"


def between(older: Utterance, newer: Utterance, *, topic: Topic | str = "") -> Verdict:
    """Return the verdict on two utterances alone, claim by claim, whenever they were said.

    The weightiest that their claims give; where no two are on one aspect, that on the whole.
    """
    pairings = [_counterparts(claim, [older])[:1] for claim in claims(newer)]
    verdicts = [_judge(pairing, topic) for found in pairings for pairing in found]
    return min(verdicts, key=_weight) if verdicts else compare(older, newer, topic=topic)


def _weight(verdict: Verdict) -> tuple[int, float]:
    return _RANK.index(verdict.verdict), -verdict.score


_WHEN: Callable[[Utterance], tuple[date, date, int]] = attrgetter("earliest", "latest", "key")


def _earlier(ordered: Sequence[Utterance], newer: Utterance) -> Sequence[Utterance]:
    """Return the LOOKBACK last utterances that were certainly over, the latest first."""
    place = bisect_left(ordered, _WHEN(newer), key=_WHEN)
    before = (ordered[index] for index in range(place - 1, -1, -1))
    return list(islice((older for older in before if older.latest < newer.earliest), LOOKBACK))


def _events(newer: Utterance, earlier: Sequence[Utterance], topic: Topic | str) -> Iterable[Change]:
    """Return the events between one utterance and the earlier ones that its claims answer to."""
    answered: dict[int, list[tuple[_Pairing, Verdict]]] = {}
    for claim in claims(newer):
        pairings = _counterparts(claim, earlier)
        if not pairings:
            continue
        latest, *others = pairings
        verdict = _judge(latest, topic)
        answered.setdefault(latest.older.utterance.key, []).append((latest, verdict))
        if verdict.verdict == "shift":
            yield from _reversion(newer, others, topic)
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
        _Pairing(older, claim, aspect_likeness(older.text, claim.text))
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
            _WHEN(pairing.older.utterance), pairing.alike, -pairing.older.start
        ),
        reverse=True,
    )  # fmt: skip


def aspect_likeness(older: str, newer: str) -> float:
    """Return how surely two claims are on one aspect, 0 to 1: the mean of two likenesses.

    That of the whole claims and that of their cores, so that a condition set or lifted and a
    clause added do not make a claim answer to another one.
    """
    whole, cores = likeness(older, newer), (_core(older), _core(newer))
    if cores == (older, newer):
        return whole
    return (whole + likeness(*cores)) / 2


@lru_cache(maxsize=8192)
def _core(text: str) -> str:
    """Return the first main clause without its conditions; all of it where little is left."""
    made = frame(text)
    if not made.clauses or not made.tokens:
        return text
    first, last = made.clauses[0]
    start, end = made.tokens.span(first, last - 1)
    parts, at = [], start
    for condition in made.position.conditions:
        if at <= condition.start < end:
            parts.append(text[at : condition.start])
            at = min(condition.end, end)
    core = " ".join([*parts, text[at:end]]).strip()
    return core if len(frame(core).content) >= _TELLING else text


_TELLING = 2  # content words from which a core says something


def _reversion(
    newer: Utterance, others: Sequence[_Pairing], topic: Topic | str
) -> Iterable[Change]:
    """Return that a moved claim is back where it was, if an earlier one is the same position."""
    for pairing in others:
        verdict = _judge(pairing, topic)
        if verdict.verdict == "no_shift" and pairing.alike >= WORTH_REVIEW:
            yield _change(pairing.older.utterance, newer, "reversion", verdict)
            return


def _judge(pairing: _Pairing, topic: Topic | str) -> Verdict:
    older, newer = pairing.older, pairing.newer
    verdict = compare(
        replace(older.utterance, text=older.text),
        replace(newer.utterance, text=newer.text),
        topic=topic,
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
    pairing, verdict = min(judged, key=lambda item: (*_weight(item[1]), item[0].newer.start))
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
