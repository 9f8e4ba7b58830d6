"""Two things side by side: utterances as of an instant, or the statements of two documents."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import Http404

from frontend.evidence import Sides, shift_rows, sides, utterances
from timeline import series, shifts
from timeline.diff import Difference, differences
from timeline.words import words
from tracker.models import (
    Attestation,
    Document,
    FormerUtterance,
    Shift,
    Statement,
    Utterance,
)
from tracker.rendering import as_compared, utterance_content

PAIRS = 60  # passages of two documents laid side by side
ALIKE = 0.3  # share of the words of two passages that are common, from which they are a pair

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One utterance as it was shown at an instant: `content` of the payload, `statement` behind."""

    utterance: Utterance
    content: Content
    statement: Statement
    earlier: int | None
    later: int | None

    @property
    def pk(self) -> int:
        """The number of the utterance."""
        return self.utterance.pk

    @property
    def said(self) -> Any:
        """When it was said, as far as was known."""
        return self.content["said"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two utterances side by side, with the verdict of today's detector on their words."""

    older: Side
    newer: Side
    sides: Sides
    verdict: shifts.Verdict
    held: Shift | None  # the shift between them that stood then

    @property
    def across(self) -> bool:
        """Whether the two are of two stances, between which no verdict is ever recorded."""
        return self.older.utterance.stance_id != self.newer.utterance.stance_id

    @property
    def backwards(self) -> bool:
        """Whether what is called older was certainly said after the other."""
        earliest, latest = self.older.said["earliest"], self.newer.said["latest"]
        return bool(earliest > latest)


def compared(older: int, newer: int, *, known_at: datetime | None = None) -> Comparison:
    """Return two utterances side by side, by their numbers; Http404 where one was not held.

    Changes nothing. With `known_at`, each gives the words that it showed then.
    """
    left, right = _side(older, known_at), _side(newer, known_at)
    return _comparison(left, right, _standing(older, newer, known_at))


def compared_now(pairs: Sequence[tuple[int, int]]) -> list[Comparison]:
    """Return pairs of utterances side by side, those that are there; one query for all.

    What stands between them is not looked up, nor what was said before and after.
    """
    rows = utterances().in_bulk({pk for pair in pairs for pk in pair})
    known = {
        pk: Side(row, utterance_content(row), row.canonical, None, None)
        for pk, row in rows.items()
        if row.said is not None
    }
    return [
        _comparison(known[older], known[newer], None)
        for older, newer in pairs
        if older in known and newer in known
    ]


def _comparison(older: Side, newer: Side, held: Shift | None) -> Comparison:
    return Comparison(
        older,
        newer,
        sides(older.statement.exact, newer.statement.exact),
        series.between(as_compared(older.content), as_compared(newer.content)),
        held,
    )


def _side(pk: int, known_at: datetime | None) -> Side:
    utterance = utterances().filter(pk=pk).first()
    if utterance is None or utterance.said is None or not _held(utterance, known_at):
        raise Http404
    content, statement = utterance_content(utterance), utterance.canonical
    former = _former(utterance, known_at)
    if former and former["canonical"] != content["canonical"]:
        statement = Statement.objects.select_related("document__source").get(pk=former["canonical"])
    return Side(utterance, former or content, statement, *_beside(utterance, known_at))


def _held(utterance: Utterance, known_at: datetime | None) -> bool:
    """Say whether an utterance was in the record; one since retracted is, as it was, for now."""
    if known_at is None:
        return True
    gone = utterance.retracted_at is not None and utterance.retracted_at <= known_at
    return utterance.recorded_at <= known_at and not gone


def _former(utterance: Utterance, known_at: datetime | None) -> Content | None:
    if known_at is None:
        return None
    rows = FormerUtterance.objects.held(known_at).filter(utterance=utterance)
    return rows.values_list("content", flat=True).first()


def _beside(utterance: Utterance, known_at: datetime | None) -> tuple[int | None, int | None]:
    """Return the numbers of the utterances before and after one in its stance; two queries."""
    rows = Utterance.objects.held(known_at).filter(stance=utterance.stance_id)
    day, pk = utterance.said_earliest, utterance.pk
    before = rows.filter(Q(said_earliest__lt=day) | Q(said_earliest=day, pk__lt=pk))
    after = rows.filter(Q(said_earliest__gt=day) | Q(said_earliest=day, pk__gt=pk))
    return (
        before.order_by("-said_earliest", "-pk").values_list("pk", flat=True).first(),
        after.order_by("said_earliest", "pk").values_list("pk", flat=True).first(),
    )


def _standing(older: int, newer: int, known_at: datetime | None) -> Shift | None:
    rows = shift_rows().filter(older=older, newer=newer)
    if known_at is None:
        return rows.filter(withdrawn_at=None).first()
    return rows.filter(recorded_at__lte=known_at).exclude(withdrawn_at__lte=known_at).first()


# --- Two documents ------------------------------------------------------------------------------


class Pair(NamedTuple):
    """A passage of each document with the differences in what they say.

    `verdict` is None where both attest one utterance: then they differ in reporting.
    """

    older: Statement
    newer: Statement
    sides: Sides
    differences: Sequence[Difference]
    verdict: shifts.Verdict | None


@dataclass(frozen=True, slots=True)
class DocumentComparison:
    """What two documents attribute to the same people on the same topics.

    `only` holds, for each document, the statements that have no counterpart in the other;
    `more` counts the pairs beyond those shown.
    """

    older: Document
    newer: Document
    pairs: Sequence[Pair]
    only: tuple[Sequence[Statement], Sequence[Statement]]
    more: int


def documents_compared(older: int, newer: int) -> DocumentComparison:
    """Return two documents by their statements, or raise Http404; four queries."""
    light = Document.objects.select_related("source").briefly()
    found = light.in_bulk([older, newer])
    if len(found) < len({older, newer}):
        raise Http404
    left, right = _stated(older), _stated(newer)
    tied = _tied([row.pk for row in (*left, *right)])
    matched = list(_matched(left, right, tied))
    used = {row.pk for pair in matched for row in pair[:2]}
    only = [[row for row in rows if row.pk not in used] for rows in (left, right)]
    return DocumentComparison(
        found[older],
        found[newer],
        [_pair(*match) for match in matched[:PAIRS]],
        (only[0], only[1]),
        max(0, len(matched) - PAIRS),
    )


def _stated(document: int) -> list[Statement]:
    """Return the statements of a document on any topic, each passage once, in reading order."""
    rows = (
        Statement.objects.held()
        .filter(document=document, topic__isnull=False)
        .select_related("actor", "topic", "document__source")
        .defer("document__text", "document__regions", "document__warnings")
        .order_by("start", "topic", "id")
    )
    once: dict[tuple[int, int, int], Statement] = {}
    for row in rows:
        once.setdefault((row.start, row.end, row.actor_id), row)
    return list(once.values())


def _tied(statements: Iterable[int]) -> dict[int, int]:
    """Return statement -> the utterance that it attests."""
    rows = Attestation.objects.held().filter(statement__in=list(statements))
    return dict(rows.values_list("statement", "utterance"))


def _matched(
    left: Sequence[Statement], right: Sequence[Statement], tied: dict[int, int]
) -> Iterator[tuple[Statement, Statement, bool]]:
    """Yield the pairs in the order of the older document: first what the record says is one
    utterance, then what shares most words of one actor."""
    found = {**_by_likeness(left, right, tied), **_by_utterance(left, right, tied)}
    taken: set[int] = set()
    for one in left:
        other, same = found.get(one.pk, (None, False))
        if other is not None and other.pk not in taken:
            taken.add(other.pk)
            yield one, other, same


def _by_utterance(
    left: Sequence[Statement], right: Sequence[Statement], tied: dict[int, int]
) -> dict[int, tuple[Statement, bool]]:
    others = {tied[row.pk]: row for row in right if row.pk in tied}
    return {row.pk: (others[tied[row.pk]], True) for row in left if tied.get(row.pk) in others}


def _by_likeness(
    left: Sequence[Statement], right: Sequence[Statement], tied: dict[int, int]
) -> dict[int, tuple[Statement, bool]]:
    """Return statement -> its likest counterpart, among those of no common utterance."""
    common = {tied[row.pk] for row in left if row.pk in tied}
    bags = {row.pk: frozenset(words(row.exact).low) for row in (*left, *right)}
    free = [row for row in right if tied.get(row.pk) not in common]
    scored = sorted(
        (
            (_shared(bags[one.pk], bags[other.pk]), one, other)
            for one in left
            for other in free
            if one.actor_id == other.actor_id
        ),
        key=lambda match: (-match[0], match[1].pk, match[2].pk),
    )
    found: dict[int, tuple[Statement, bool]] = {}
    taken: set[int] = set()
    for share, one, other in scored:
        if share >= ALIKE and one.pk not in found and other.pk not in taken:
            found[one.pk] = (other, False)
            taken.add(other.pk)
    return found


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _pair(one: Statement, other: Statement, same: bool) -> Pair:
    both = one.exact, other.exact
    verdict = None if same else shifts.compare(*both)
    found = differences(*both) if verdict is None else verdict.differences
    return Pair(one, other, sides(*both), found, verdict)
