"""The review desk, and what is decided there and on a shift's own page."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from frontend import desk, evidence
from frontend.access import AnalystRequest, analysts
from frontend.forms import DecisionForm
from tracker import review
from tracker.models import Decision, Shift

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done


@require_safe
@analysts
def review_desk(request: AnalystRequest) -> HttpResponse:
    """What waits for a person, the weightiest first."""
    page = Paginator(desk.open_shifts(), desk.PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cases": desk.cases(list(page)), **desk.around()}
    context |= {"decision": DecisionForm(auto_id=False)}
    return render(request, "frontend/review.html", context)


@require_POST
@analysts
def decide(request: AnalystRequest, pk: int, verdict: str) -> HttpResponse:
    """Record that an analyst confirms or rejects a shift."""
    found = get_object_or_404(Shift, pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        context = shift_context(pk) | {"decision": form}
        return render(request, "frontend/shift.html", context, status=UNPROCESSABLE)
    verb = review.confirm if verdict == "confirm" else review.reject
    try:
        verb(found, by=request.user, now=timezone.now(), note=form.cleaned_data["note"])
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
    statement = decision.statement
    document = decision.document_id or (statement.document_id if statement else None)
    return _back(request, "document", document)


def shift_context(pk: int) -> dict[str, Any]:
    """Return what a shift's panel shows; raises Http404 where there is none."""
    rows = evidence.shift_rows().prefetch_related("decisions__by")
    found = get_object_or_404(rows, pk=pk)
    sides = evidence.sides(found.older_statement.exact, found.newer_statement.exact)
    return {"shift": found, "sides": sides, "decision": DecisionForm()}


def _back(request: AnalystRequest, name: str, pk: int | None) -> HttpResponse:
    """Return to the desk where the form came from there, else to the page of what it decided."""
    return redirect("review") if request.POST.get("from") == "review" else redirect(name, pk=pk)
