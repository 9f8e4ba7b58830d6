"""The review desk, and what is decided there and on a shift's own page."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from frontend import desk, evidence, exporting
from frontend.access import AnalystRequest, analysts
from frontend.forms import DecisionForm, VerdictForm
from tracker import review
from tracker.models import (
    Actor,
    Attestation,
    Decision,
    MergeProposal,
    Shift,
    Statement,
    Utterance,
)

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done


@require_safe
@analysts
def review_desk(request: AnalystRequest) -> HttpResponseBase:
    """What waits for a person, what matters most first; with `kind`, only such cases.

    `edit` is the number of the shift whose verdict is being edited.
    """
    entries = desk.queue(now=timezone.now())
    kind = request.GET.get("kind", "")
    chosen = [entry for entry in entries if kind not in desk.KINDS or entry.kind == kind]
    if wanted := exporting.wanted(request):
        return exporting.download(wanted, exporting.cases(chosen))
    page = Paginator(chosen, desk.PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cases": desk.cases(list(page), edited=request.GET.get("edit", "")),
        "kind": kind if kind in desk.KINDS else "",
        "tabs": desk.tabs(entries),
        "total": len(entries),
        "decided": desk.decided(),
        "actors": Actor.objects.all(),
    }
    return render(request, "frontend/review.html", context)


@require_POST
@analysts
def decide(request: AnalystRequest, pk: int, verdict: str) -> HttpResponse:
    """Record that an analyst confirms a shift, as what, or rejects it."""
    found = get_object_or_404(Shift, pk=pk)
    form = VerdictForm(request.POST, shift=found)
    # A rejection needs no verdict: what was ticked for one does not matter.
    judged = form if verdict == "confirm" else DecisionForm(request.POST)
    if not judged.is_valid():
        context = shift_context(pk) | {"decision": form}
        return render(request, "frontend/shift.html", context, status=UNPROCESSABLE)
    told: Any = {"by": request.user, "now": timezone.now(), "note": judged.cleaned_data["note"]}
    try:
        if judged is form:
            review.confirm(found, **told, choice=form.choice())
        else:
            review.reject(found, **told)
    except review.CannotDecideError as error:
        messages.error(request, f"Nothing was recorded: {error}.")
    else:
        messages.success(request, "Your decision is recorded; the next detection acts on it.")
    return _back(request, "shift", pk)


@require_POST
@analysts
def undo(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record that a decision no longer stands."""
    decision = get_object_or_404(Decision.objects.standing().select_related("statement"), pk=pk)
    try:
        review.undo(decision, by=request.user, now=timezone.now())
    except review.CannotDecideError as error:
        messages.error(request, f"Nothing was undone: {error}.")
    else:
        messages.success(request, "The decision is undone; what follows from it is done over.")
    if decision.shift_id is not None:
        return _back(request, "shift", decision.shift_id)
    if decision.document_id is None and decision.statement is not None:
        return _back(request, *_place_of(decision.statement.heir))
    return _back(request, "document", decision.document_id)


@require_POST
@analysts
def merge(request: AnalystRequest, pk: int, verdict: str) -> HttpResponse:
    """Record that the two statements of a proposal are one utterance, or are two."""
    found = get_object_or_404(
        MergeProposal.objects.select_related("one", "other", "stance__actor", "stance__topic"),
        pk=pk,
    )
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was recorded: the reason is too long.")
        return redirect(desk.address(request.POST))
    _on_statements(request, verdict, found.one.heir, found.other.heir, form.cleaned_data["note"])
    return redirect(desk.address(request.POST))


@require_POST
@analysts
def split_off(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record that an attestation does not belong to the utterance that it stands for."""
    attestation = get_object_or_404(
        Attestation.objects.held().select_related("statement", "utterance__canonical"),
        statement=pk,
    )
    utterance = attestation.utterance
    _on_statements(request, "split", attestation.statement, utterance.canonical, "")
    return redirect("utterance", pk=utterance.pk)


@require_POST
@analysts
def join(request: AnalystRequest, pk: int) -> HttpResponse:
    """Record that an utterance and another one, named by its number, are one."""
    utterances = Utterance.objects.held().select_related("canonical")
    found = get_object_or_404(utterances, pk=pk)
    number = request.POST.get("other", "")
    other = utterances.filter(pk=int(number)).first() if _is_number(number) else None
    if other is None:
        messages.error(request, "Nothing was recorded: there is no utterance with this number.")
    else:
        _on_statements(request, "join", found.canonical, other.canonical, "")
    return redirect("utterance", pk=pk)


def _on_statements(
    request: AnalystRequest, verdict: str, one: Statement, other: Statement, note: str
) -> None:
    verb = review.join if verdict == "join" else review.split
    try:
        verb(one, other, by=request.user, now=timezone.now(), note=note)
    except review.CannotDecideError as error:
        messages.error(request, f"Nothing was recorded: {error}.")
    else:
        messages.success(request, "Your decision is recorded; the next detection acts on it.")


def _place_of(statement: Statement) -> tuple[str, int]:
    """Return the page on which a statement is joined and split, by its name and number."""
    held = Attestation.objects.held().filter(statement=statement)
    utterance = held.values_list("utterance", flat=True).first()
    return ("utterance", utterance) if utterance else ("document", statement.document_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def shift_context(pk: int) -> dict[str, Any]:
    """Return what a shift's panel shows; raises Http404 where there is none."""
    found = get_object_or_404(evidence.shift_rows(), pk=pk)
    decisions = Decision.objects.on_pair(found.older_id, found.newer_id).select_related("by")
    sides = evidence.sides(found.older_statement.exact, found.newer_statement.exact)
    return {
        "shift": found,
        "sides": sides,
        "decisions": list(decisions),
        "decision": VerdictForm(shift=found),
        "stands": _standing_beside(found) if found.withdrawn_at else None,
    }


def _standing_beside(withdrawn: Shift) -> Shift | None:
    """Return the shift that stands between the same two utterances now, as after an undoing."""
    pair = Shift.objects.filter(older=withdrawn.older_id, newer=withdrawn.newer_id)
    return pair.filter(withdrawn_at=None).first()


def _back(request: AnalystRequest, name: str, pk: int | None) -> HttpResponse:
    """Return to the desk where the form came from there, else to the page of what it decided."""
    if request.POST.get("from") == "review":
        return redirect(desk.address(request.POST))
    return redirect(name, pk=pk)
