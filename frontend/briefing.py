"""A brief to be printed: chosen shifts, both passages of each, and the sources at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend.access import readers
from frontend.citing import archived
from frontend.evidence import Sides, shift_rows, sides
from tracker.models import Document, Shift, Statement

MOST = 50  # shifts of one brief
_STANDING = frozenset({Shift.Status.PROVISIONAL, Shift.Status.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Entry:
    """A shift with its passages, and the numbers of its two sources in the list at the end."""

    shift: Shift
    sides: Sides
    older_source: int
    newer_source: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A document of the list at the end; `archive` is empty where it has no address."""

    document: Document
    archive: str


@require_safe
@readers
def brief(request: HttpRequest) -> HttpResponse:
    """The shifts that the address names (`?shift=1&shift=2`), in the order of time."""
    asked = [int(one) for one in request.GET.getlist("shift") if _is_number(one)]
    rows = shift_rows().filter(pk__in=asked[:MOST])
    entries, references = composed(rows.order_by("stance", "newer__said_earliest", "pk"))
    context = {
        "entries": entries,
        "references": references,
        "title": request.GET.get("title", "")[:200],
        "asked": len(asked),
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


def composed(shifts: Iterable[Shift]) -> tuple[list[Entry], list[Reference]]:
    """Return the entries of a brief and the documents that they rest on, each once."""
    numbers: dict[int, int] = {}

    def number(statement: Statement) -> int:
        return numbers.setdefault(statement.document_id, len(numbers) + 1)

    entries = [
        Entry(
            shift,
            sides(shift.older_statement.exact, shift.newer_statement.exact),
            number(shift.older_statement),
            number(shift.newer_statement),
        )
        for shift in shifts
    ]
    rows = Document.objects.select_related("source").briefly().in_bulk(numbers)
    documents = [rows[pk] for pk in numbers]
    return entries, [Reference(one, archived(one.url, one.captured_at.date())) for one in documents]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
