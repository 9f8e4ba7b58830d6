"""The documents: the list, the reader, and what an analyst corrects in it.

A correction answers with a redirect to the document, or with the document's page again, the
reasons beside the fields and nothing that was typed lost.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from frontend import desk, evidence, exporting, reader
from frontend.access import AnalystRequest, analysts, readers
from frontend.correction_forms import OriginForm, RereadForm, SpeakerForm, StatementForm
from frontend.forms import SetDateForm
from frontend.reader import Span
from tracker import corrections, ingest, origins
from tracker.corrections import CorrectionError
from tracker.ingest import BadInputError
from tracker.models import Document, Statement

PAGE = 50
UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done


@require_safe
@readers
def documents(request: HttpRequest) -> HttpResponseBase:
    """The documents, newest first; with `state=triage` those that wait for a person."""
    triage = request.GET.get("state") == "triage"
    rows = Document.objects.in_triage() if triage else Document.objects.all()
    rows = rows.select_related("source").briefly()
    if form := exporting.wanted(request):
        return exporting.download(form, exporting.documents(rows.iterator()))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "frontend/documents.html", {"page": page, "triage": triage})


@require_safe
@readers
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its text with the status of every character, and what was read from it.

    `?statement=` opens the form that corrects the speaker of one.
    """
    asked = request.GET.get("statement", "")
    return _page(request, pk, statement=int(asked) if asked.isascii() and asked.isdigit() else 0)


@require_GET
@readers
def document_state(request: HttpRequest, pk: int) -> JsonResponse:
    """How far the reading of a document is."""
    found = get_object_or_404(Document.objects.defer("text", "regions"), pk=pk)
    return JsonResponse(
        {
            "state": found.state,
            "problem": found.problem,
            "statements": evidence.covering(pk).count(),
        }
    )


@require_POST
@analysts
def set_date(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record on which day a document's words were said, and have it read again."""
    found = get_object_or_404(Document, pk=pk)
    form = SetDateForm(request.POST)

    def record(chosen: dict[str, Any]) -> None:
        ingest.set_date(found, by=request.user, now=timezone.now(), **chosen)

    return _recorded(request, pk, form, record, name="date_form")


@require_POST
@analysts
def reread(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record that somebody wants the document read again, and order it."""
    found = get_object_or_404(Document, pk=pk)
    form = RereadForm(request.POST)

    def record(chosen: dict[str, Any]) -> None:
        corrections.reread(found, by=request.user, now=timezone.now(), **chosen)

    return _recorded(request, pk, form, record, name="reread_form")


@require_POST
@analysts
def add_statement(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record a statement that the reading overlooked, by its words."""
    found = get_object_or_404(Document, pk=pk)
    form = StatementForm(request.POST)

    def record(chosen: dict[str, Any]) -> None:
        note = chosen.pop("note")
        given = form.given(found.text)
        corrections.add_statement(found, given, by=request.user, now=timezone.now(), note=note)

    return _recorded(request, pk, form, record, name="statement_form")


@require_POST
@analysts
def set_origin(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record which document this one reprints or translates, or that it is none."""
    found = get_object_or_404(Document, pk=pk)
    form = OriginForm(request.POST, document=found)

    def record(chosen: dict[str, Any]) -> None:
        origins.set_origin(found, by=request.user, now=timezone.now(), **chosen)

    return _recorded(request, pk, form, record, name="origin_form")


@require_POST
@analysts
def set_speaker(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record who spoke the words of a statement, and have its document read again."""
    found = get_object_or_404(Statement.objects.select_related("document", "actor"), pk=pk)
    form = SpeakerForm(request.POST)

    def record(chosen: dict[str, Any]) -> None:
        corrections.set_speaker(found, by=request.user, now=timezone.now(), **chosen)

    return _recorded(
        request, found.document_id, form, record, name="speaker_form", statement=found.pk
    )


def _recorded(
    request: AnalystRequest,
    pk: int,
    form: Any,
    record: Callable[[dict[str, Any]], None],
    *,
    name: str,
    statement: int = 0,
) -> HttpResponse:
    """Record what a form asks for; where it cannot be, show the page with the reasons in place."""
    if form.is_valid():
        try:
            record(dict(form.cleaned_data))
        except CorrectionError as error:
            form.add_error(error.field, str(error))
        except BadInputError as error:
            form.add_error("said", str(error))
    if not form.errors:
        messages.success(request, "Recorded. The document is read again with it.")
        if request.POST.get("from") == "review":
            return redirect(desk.address(request.POST))
        return redirect("document", pk=pk)
    return _page(request, pk, statement=statement, status=UNPROCESSABLE, **{name: form})


def _page(
    request: HttpRequest, pk: int, *, statement: int = 0, status: int = 200, **forms: Any
) -> HttpResponse:
    found = Document.objects.select_related("source", "origin").filter(pk=pk).first()
    if found is None:
        raise Http404
    statements = list(evidence.covering(pk))
    corrected = next((row for row in statements if row.pk == statement), None)
    pieces = _pieces(found, statements)
    context = {
        "document": found,
        "statements": statements,
        "pieces": pieces,
        "tally": reader.tally(pieces),
        "decisions": found.decisions.select_related("by"),
        "date_form": SetDateForm(),
        "reread_form": RereadForm(),
        "statement_form": StatementForm(),
        "origin_form": OriginForm(document=found),
        "corrected": corrected,
        "speaker_form": SpeakerForm(initial={"actor": corrected.actor.slug}) if corrected else None,
        **forms,
    }
    return render(request, "frontend/document.html", context, status=status)


def _pieces(document: Document, statements: list[Statement]) -> list[reader.Piece]:
    spans = [Span(row.start, row.end, row) for row in statements]
    regions = reader.as_corrected(
        [Span(row["start"], row["end"], row["kind"]) for row in document.regions],
        spans,
        whole=document.state == "read",
    )
    warned = [
        Span(item["start"], item["end"], {**item, "number": number})
        for number, item in enumerate(document.warnings, start=1)
        if item["start"] is not None
    ]
    return reader.pieces(document.text, regions=regions, statements=spans, warnings=warned)
