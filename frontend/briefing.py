"""A brief to be printed: chosen shifts and compared pairs with both passages, and their sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend.access import readers
from frontend.citing import archived
from frontend.comparing import Comparison, compared_now
from frontend.evidence import Sides, shift_rows, sides
from frontend.wording import count
from tracker.models import Document, Shift, Statement

MOST = 50  # shifts and pairs of one brief
_STANDING = frozenset({Shift.Status.PROVISIONAL, Shift.Status.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Entry:
    """Two passages, and the shift between them on record or what comparing them gives now.

    `older_source` and `newer_source` are the numbers of their documents in the list at the end.
    """

    shift: Shift | None
    compared: Comparison | None
    older: Any
    newer: Any
    older_statement: Statement
    newer_statement: Statement
    sides: Sides
    reasons: Sequence[str]
    counterfactual: str
    older_source: int = 0
    newer_source: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A document of the list at the end; `archive` is empty where it has no address."""

    document: Document
    archive: str


@require_safe
@readers
def brief(request: HttpRequest) -> HttpResponse:
    """The shifts, in the order of time, and then the pairs of utterances that the address names.

    `?shift=1&shift=2&pair=12-34`: a pair is the numbers of the older and of the newer utterance.
    """
    numbers = [int(one) for one in request.GET.getlist("shift") if _is_number(one)]
    pairs = [pair for one in request.GET.getlist("pair") if (pair := _pair(one))]
    chosen, beside = numbers[:MOST], pairs[: max(0, MOST - len(numbers))]
    rows = shift_rows().filter(pk__in=chosen).order_by("stance", "newer__said_earliest", "pk")
    shifts = [_of_shift(row) for row in rows]
    compared = [_of_pair(one) for one in compared_now(beside)] if beside else []
    entries, references = composed([*shifts, *compared])
    context = {
        "entries": entries,
        "references": references,
        "counted": _counted(len(shifts), len(compared)),
        "title": request.GET.get("title", "")[:200],
        "asked": len(numbers) + len(pairs),
        "most": MOST,
        "now": timezone.now(),
    }
    return render(request, "frontend/brief.html", context)


def address(shifts: Sequence[Mapping[str, Any]], title: str) -> str:
    """Return the address of a brief of shifts of a history payload: those that stand, the latest.

    Empty where none does.
    """
    chosen = [row["id"] for row in shifts if row["status"] in _STANDING][-MOST:]
    query = urlencode([("title", title), *(("shift", pk) for pk in chosen)])
    return f"{reverse('brief')}?{query}" if chosen else ""


def composed(entries: Iterable[Entry]) -> tuple[list[Entry], list[Reference]]:
    """Return the entries of a brief and the documents that they rest on, each once."""
    numbers: dict[int, int] = {}

    def number(statement: Statement) -> int:
        return numbers.setdefault(statement.document_id, len(numbers) + 1)

    numbered = [
        replace(
            entry,
            older_source=number(entry.older_statement),
            newer_source=number(entry.newer_statement),
        )
        for entry in entries
    ]
    rows = Document.objects.select_related("source").briefly().in_bulk(numbers)
    documents = [rows[pk] for pk in numbers]
    archives = [archived(one.url, one.captured_at.date()) for one in documents]
    return numbered, [Reference(*both) for both in zip(documents, archives, strict=True)]


def _of_shift(shift: Shift) -> Entry:
    older, newer = shift.older_statement, shift.newer_statement
    return Entry(
        shift,
        None,
        shift.older,
        shift.newer,
        older,
        newer,
        sides(older.exact, newer.exact),
        shift.reasons,
        shift.evidence.get("counterfactual", ""),
    )


def _of_pair(pair: Comparison) -> Entry:
    older, newer, verdict = pair.older, pair.newer, pair.verdict
    return Entry(
        None,
        pair,
        older,
        newer,
        older.statement,
        newer.statement,
        pair.sides,
        verdict.reasons,
        verdict.counterfactual,
    )


def _counted(shifts: int, pairs: int) -> str:
    """Return how many of both there are, in words."""
    both = [count(shifts, "shift")] if shifts or not pairs else []
    return " and ".join([*both, *([count(pairs, "compared pair")] if pairs else [])])


def _pair(text: str) -> tuple[int, int] | None:
    older, _, newer = text.partition("-")
    return (int(older), int(newer)) if _is_number(older) and _is_number(newer) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
