"""What stands behind one utterance or one shift: passages in their context, and the difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Greatest, Least, Substr
from django.http import Http404

from frontend import wording
from frontend.citing import archived
from frontend.reader import Piece, Span, pieces
from timeline import coding
from timeline.diff import Difference, TooLongError, as_html, diff
from timeline.positions import Name, Position
from timeline.quantities import Quantity
from tracker import context
from tracker.models import Decision, Document, Shift, Statement, Utterance
from tracker.models.stances import ShiftQuerySet

Payload = Mapping[str, Any]

CONTEXT = 320  # characters of the document shown on either side of a passage
_CODED = ("conditions", "demands", "quantities", "names")
# Never needed beside a passage, and as long as the document itself.
_HEAVY = ("text", "regions", "warnings")


@dataclass(frozen=True, slots=True)
class Chip:
    """An element of a coded position: its list, its words and where they stand."""

    group: str
    text: str
    start: int
    end: int

    @property
    def one(self) -> str:
        """The name of one element of its list."""
        return "quantity" if self.group == "quantities" else self.group[:-1]


@dataclass(frozen=True, slots=True)
class UtteranceEvidence:
    """An utterance of a payload with its best attestation, its words cut at what was coded.

    `before` is the number of the utterance before it, None for the first; `question` is what
    was asked, where the best attestation's document marks it; `decisions` are the joins and splits
    of its statements, newest first. Each attestation has, besides
    what the payload gives, its context: the sentences `before` and `after`, who `passed_on`
    the words, the `note` on the source's grade, the document's `origin`, `warnings` and `archive`.
    """

    utterance: Payload
    before: int | None
    attestations: Sequence[Payload]
    passage: Sequence[Piece]
    chips: Sequence[Chip]
    question: str = ""
    decisions: Sequence[Decision] = ()

    @property
    def reasons(self) -> list[str]:
        """Why the grade is what it is: a sentence for each step."""
        return wording.grade_reasons(self.utterance, self.best)

    @property
    def variance(self) -> list[str]:
        """How the attestations differ, each difference once however many show it."""
        return list(dict.fromkeys(item["note"] for item in self.utterance["variance"]))

    @property
    def best(self) -> Payload:
        """The attestation that the utterance's words come from."""
        return next(item for item in self.attestations if item["canonical"])


@dataclass(frozen=True, slots=True)
class Sides:
    """Two passages to be read side by side.

    `html` holds both escaped, with dropped and added words marked. It is None where that
    would be confetti (`restated`) or too long to draw; then `older` and `newer` hold the
    passages, where restated cut at the differences in what is said (`differs`) and at the
    names and numbers that both have (`shared`).
    """

    html: tuple[str, str] | None
    restated: bool
    older: Sequence[Piece]
    newer: Sequence[Piece]


def utterances() -> QuerySet[Utterance]:
    """Return the utterances with all that a page says of one, in one query."""
    return Utterance.objects.select_related(
        "stance__actor", "stance__topic", "canonical__document__source"
    ).defer(*(f"canonical__document__{name}" for name in _HEAVY))


def utterance_evidence(payload: Payload, pk: int) -> UtteranceEvidence:
    """Return what stands behind an utterance of a history payload, or raise Http404."""
    numbers = [row["id"] for row in payload["utterances"]]
    if pk not in numbers:
        raise Http404
    place = numbers.index(pk)
    utterance = payload["utterances"][place]
    contexts = _contexts([row["statement"] for row in utterance["attestations"]])
    coded = _chips(utterance["position"])
    best = next(row for row in utterance["attestations"] if row["canonical"])
    return UtteranceEvidence(
        utterance,
        numbers[place - 1] if place else None,
        [{**row, **contexts[row["statement"]]} for row in utterance["attestations"]],
        pieces(
            utterance["text"],
            regions=(),
            statements=[Span(chip.start, chip.end, chip) for chip in coded],
        ),
        _once(coded),
        _asked(best),
        _joins_and_splits(utterance["attestations"]),
    )


def _joins_and_splits(attestations: Sequence[Payload]) -> list[Decision]:
    """Return what analysts joined and split here, each statement by the one in its place now."""
    held = {row["statement"] for row in attestations}
    documents = {row["document"] for row in attestations}
    near = Q(statement__document__in=documents) | Q(other_statement__document__in=documents)
    rows = (
        Decision.objects.filter(near, kind__in=(Decision.Kind.JOIN, Decision.Kind.SPLIT))
        .select_related("by", "statement", "other_statement")
        .order_by("-id")
    )
    return [row for row in rows if held & _judged(row)]


def _judged(decision: Decision) -> set[int]:
    return {row.heir.pk for row in (decision.statement, decision.other_statement) if row}


def sides(older: str, newer: str) -> Sides:
    """Return two passages side by side, marked as far as that can be read."""
    try:
        difference = diff(older, newer)
    except TooLongError:
        return Sides(None, restated=False, older=_whole(older), newer=_whole(newer))
    if difference.restated:
        return Sides(None, True, *_marked(older, newer, difference.differences))
    return Sides(as_html(difference), restated=False, older=(), newer=())


def shift_rows() -> ShiftQuerySet:
    """Return the shifts with all that a list says of one, in two queries."""
    sides = ("older_statement__document", "newer_statement__document")
    return (
        Shift.objects.select_related("stance__actor", "stance__topic", "older", "newer")
        .select_related(*(f"{side}__source" for side in sides))
        .defer(*(f"{side}__{name}" for side in sides for name in _HEAVY))
        .prefetch_related("kind_rows")
    )


def shift_count(rows: QuerySet[Shift]) -> str:
    """Return how many of these shifts there are in words, undecided pairs apart; one query."""
    undecided = Count("pk", distinct=True, filter=Q(status=Shift.Status.UNDECIDED))
    counts = rows.order_by().aggregate(every=Count("pk", distinct=True), undecided=undecided)
    return wording.shift_count(counts["every"] - counts["undecided"], counts["undecided"])


def _contexts(statements: Sequence[int]) -> dict[int, Payload]:
    """Return statement -> what its document says around it, and of itself; one query."""
    start, end, text = F("start"), F("end"), "document__text"
    rows = Statement.objects.filter(pk__in=statements).values(
        "pk",
        before=Substr(text, Greatest(start - CONTEXT, 0) + 1, Least(start, CONTEXT)),
        after=Substr(text, end + 1, CONTEXT),
        passed_on=F("chain"),
        note=F("document__source__note"),
        origin=F("document__origin"),
        warnings=F("document__warnings"),
        address=F("document__url"),
        captured_at=F("document__captured_at"),
    )
    return {
        row["pk"]: {
            **row,
            "archive": archived(row["address"], row["captured_at"].date()),
            "before": context.before(row["before"]),
            "after": context.after(row["after"]),
        }
        for row in rows
    }


def _asked(attestation: Payload) -> str:
    """Return the question before a passage, from the marks of its document; one query."""
    document = Document.objects.filter(pk=attestation["document"])
    text, regions = document.values_list("text", "regions").get()
    return context.question(text, regions, attestation["start"])


def _marked(
    older: str, newer: str, differences: Sequence[Difference]
) -> tuple[list[Piece], list[Piece]]:
    """Return both passages cut at what decides between them, and at what stands in both."""
    named = [_named(coding.code(text)) for text in (older, newer)]
    common = {words for words, *_ in named[0]} & {words for words, *_ in named[1]}
    marks = [
        [Span(start, end, "shared") for words, start, end in found if words in common]
        for found in named
    ]
    for item in differences:
        # What holds of a whole passage marks nothing in it.
        if item.older and item.older != older:
            marks[0].append(Span(item.older_start, item.older_end, "differs"))
        if item.newer and item.newer != newer:
            marks[1].append(Span(item.newer_start, item.newer_end, "differs"))
    return (
        pieces(older, regions=(), statements=marks[0]),
        pieces(newer, regions=(), statements=marks[1]),
    )


def _named(position: Position) -> list[tuple[str, int, int]]:
    elements: list[Name | Quantity] = [*position.names, *position.quantities]
    return [(element.text.lower(), element.start, element.end) for element in elements]


def _whole(text: str) -> list[Piece]:
    return pieces(text, regions=())


def _chips(position: dict[str, Any]) -> list[Chip]:
    return [
        Chip(group, element["text"], element["start"], element["end"])
        for group in _CODED
        for element in position.get(group, ())
    ]


def _once(chips: Sequence[Chip]) -> list[Chip]:
    """Return the chips without those that say the same again further on."""
    return list({(chip.group, chip.text.lower()): chip for chip in reversed(chips)}.values())[::-1]


def covering(document_id: int) -> QuerySet[Statement]:
    """Return the held statements of a document with their actors, topics and utterances."""
    return (
        Statement.objects.held()
        .filter(document=document_id)
        .select_related("actor", "topic")
        .order_by("start", "end", "id")
    )
