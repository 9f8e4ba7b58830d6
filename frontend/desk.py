"""The review desk: one queue of all that waits for a person, what matters most first.

The weight of a case is how much it would change, times who waits for it: one more than the
subscriptions on its stance. A shift changes as much as it is material; what others change is
set here once: a wrong merge makes or hides a shift, an undated document holds back all that it
says, a wrong speaker puts words into a mouth.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.urls import reverse

from frontend.evidence import Sides, shift_rows, sides
from frontend.forms import VerdictForm
from frontend.wording import count
from tracker import verdicts
from tracker.models import Decision, Document, MergeProposal, Shift, Statement, Subscription

PAGE = 20
MOST = 1000  # of each kind that are put in order
DECIDED = 10  # latest decisions shown, each with its undo
KINDS: Final = {
    "shift": ("shift or undecided pair", "shifts and undecided pairs"),
    "merge": ("proposed merge", "proposed merges"),
    "date": ("document in triage", "documents in triage"),
    "speaker": ("uncertain speaker", "uncertain speakers"),
}
_CHANGES: Final = {"merge": 0.6, "date": 0.5, "speaker": 0.4}
_ON_SHIFTS = (Decision.Kind.CONFIRM, Decision.Kind.REJECT)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the queue: what it is of, its number, its weight, and who waits for it."""

    kind: str
    pk: int
    weight: float
    waiting: int


@dataclass(frozen=True, slots=True)
class Case:
    """An entry with what is to be judged, two passages side by side where there are two.

    A shift has the verdict that accepting it records and, while it is edited, the form for that.
    """

    entry: Entry
    row: Any
    sides: Sides | None = None
    suggested: verdicts.Choice | None = None
    form: VerdictForm | None = None


def open_shifts() -> QuerySet[Shift]:
    """Return the shifts that nobody has judged."""
    judged = Decision.objects.standing().filter(shift=OuterRef("pk"), kind__in=_ON_SHIFTS)
    waiting = [Shift.Status.PROVISIONAL, Shift.Status.UNDECIDED]
    return Shift.objects.filter(~Exists(judged), status__in=waiting)


def queue(*, now: datetime) -> list[Entry]:
    """Return all that waits, the weightiest first; five queries."""
    waiting = _Waiting(now)
    entries = [*_shifts(waiting), *_merges(waiting), *_dates(waiting), *_speakers(waiting)]
    order = list(KINDS)
    return sorted(entries, key=lambda one: (-one.weight, order.index(one.kind), one.pk))


def tabs(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """Return the kinds with how many of each wait, in words."""
    numbers = Counter(entry.kind for entry in entries)
    return [(kind, count(numbers[kind], *words)) for kind, words in KINDS.items()]


def cases(entries: Sequence[Entry], *, edited: str = "") -> list[Case]:
    """Return entries with what is to be judged, as few queries for many as for one.

    The shift with the number `edited` has its form: a form for each would be most of the page.
    """
    return [_case(entry, row, edited) for entry, row in rows(entries)]


def rows(entries: Sequence[Entry]) -> list[tuple[Entry, Any]]:
    """Return entries with their rows, without those that are gone; a query for each kind."""
    numbers = {kind: [entry.pk for entry in entries if entry.kind == kind] for kind in KINDS}
    found: dict[str, dict[int, Any]] = {
        "shift": shift_rows().in_bulk(numbers["shift"]),
        "merge": _with_documents(MergeProposal.objects.all(), "one", "other").in_bulk(
            numbers["merge"]
        ),
        "date": Document.objects.select_related("source").briefly().in_bulk(numbers["date"]),
        "speaker": _with_documents(Statement.objects.all(), "").in_bulk(numbers["speaker"]),
    }
    both = [(entry, found[entry.kind].get(entry.pk)) for entry in entries]
    return [(entry, row) for entry, row in both if row is not None]


def decided() -> QuerySet[Decision]:
    """Return the latest decisions that stand."""
    return (
        Decision.objects.standing()
        .select_related("by", "document__source", "statement__actor", "statement__topic")
        .select_related("shift__stance__actor", "shift__stance__topic")
        .defer("document__text", "document__regions", "document__warnings")
        .order_by("-id")[:DECIDED]
    )


def address(posted: QueryDict) -> str:
    """Return where on the desk to go on after a form from there: the case that comes next."""
    asked = {name: posted.get(name, "") for name in ("kind", "page", "place")}
    query = {
        "kind": asked["kind"] if asked["kind"] in KINDS else "",
        "page": asked["page"] if _is_number(asked["page"]) else "",
    }
    given = urlencode({name: value for name, value in query.items() if value})
    place = f"#place-{asked['place']}" if _is_number(asked["place"]) else ""
    return reverse("review") + (f"?{given}" if given else "") + place


class _Waiting:
    """How many active subscriptions wait for each stance."""

    def __init__(self, now: datetime) -> None:
        active = Subscription.objects.active(now).order_by()
        rows = active.values_list("actor", "topic").annotate(number=Count("pk"))
        self._numbers = {(actor, topic): number for actor, topic, number in rows}

    def on(self, actor: int | None, topic: int | None) -> int:
        """Return the subscriptions to an actor, a topic, both or everything."""
        pairs = {(actor, topic), (actor, None), (None, topic), (None, None)}
        return sum(self._numbers.get(pair, 0) for pair in pairs)


def _entry(kind: str, pk: int, change: float, waiting: int) -> Entry:
    return Entry(kind, pk, change * (1 + waiting), waiting)


def _shifts(waiting: _Waiting) -> list[Entry]:
    rows = open_shifts().order_by("-materiality", "-score", "id")
    values = rows.values_list("pk", "materiality", "score", "stance__actor", "stance__topic")
    # The score only parts what is equally material.
    return [
        _entry("shift", pk, materiality + score / 1000, waiting.on(actor, topic))
        for pk, materiality, score, actor, topic in values[:MOST]
    ]


def _merges(waiting: _Waiting) -> list[Entry]:
    rows = MergeProposal.objects.open().order_by("-likeness", "id")
    values = rows.values_list("pk", "stance__actor", "stance__topic")
    return [
        _entry("merge", pk, _CHANGES["merge"], waiting.on(actor, topic))
        for pk, actor, topic in values[:MOST]
    ]


def _dates(waiting: _Waiting) -> list[Entry]:
    numbers = Document.objects.in_triage().values_list("pk", flat=True)[:MOST]
    return [_entry("date", pk, _CHANGES["date"], waiting.on(None, None)) for pk in numbers]


def _speakers(waiting: _Waiting) -> list[Entry]:
    rows = Statement.objects.unsure().order_by("confidence", "-id")
    values = rows.values_list("pk", "actor", "topic")
    return [
        _entry("speaker", pk, _CHANGES["speaker"], waiting.on(actor, topic))
        for pk, actor, topic in values[:MOST]
    ]


def _with_documents(rows: Any, *statements: str) -> Any:
    """Return rows with the statements that they name, those with all that a case shows."""
    for name in statements:
        before = f"{name}__" if name else ""
        rows = rows.select_related(
            f"{before}document__source", f"{before}actor", f"{before}topic"
        ).defer(*(f"{before}document__{heavy}" for heavy in ("text", "regions", "warnings")))
    return rows


def _case(entry: Entry, row: Any, edited: str) -> Case:
    if not isinstance(row, Shift):
        return Case(entry, row, _sides(row))
    form = VerdictForm(shift=row) if edited == str(row.pk) else None
    return Case(entry, row, _sides(row), verdicts.suggested(row), form)


def _sides(row: Any) -> Sides | None:
    if isinstance(row, Shift):
        return sides(row.older_statement.exact, row.newer_statement.exact)
    return sides(row.one.exact, row.other.exact) if isinstance(row, MergeProposal) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
