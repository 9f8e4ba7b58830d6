"""The pages. Each view loads, makes one domain call and renders; nothing is decided here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from frontend import desk, evidence, glance
from frontend.access import AnalystRequest, adders, analysts, readers
from frontend.forms import (
    AddForm,
    AsOfForm,
    CompareForm,
    DecisionForm,
    PairForm,
    SetDateForm,
    ShiftFilterForm,
)
from frontend.reader import Span, pieces
from frontend.story import chart as chart_of
from frontend.story import story
from tracker import ingest, review
from tracker.fetching import FetchError
from tracker.history import history
from tracker.models import Actor, Decision, Document, Shift, Stance, Topic
from tracker.parsing import Refused

PAGE = 50
ROWS = 200  # of a timeline's table
INLINE = 1000  # utterances whose chart data is part of the page
_INSTANT = timedelta(microseconds=1)  # the smallest step before a retraction
UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done


@require_safe
@readers
def overview(request: HttpRequest) -> HttpResponse:
    """Topics, actors, stances, latest shifts and what waits for review."""
    return _page(request, "overview", glance.glance())


@require_safe
@readers
def actor(request: HttpRequest, slug: str) -> HttpResponse:
    """All topics of one actor, on one time axis."""
    found = get_object_or_404(Actor.objects.prefetch_related("roles"), slug=slug)
    cards = glance.cards(glance.stances().filter(actor=found))
    return _page(request, "actor", {"actor": found, "cards": cards})


@require_safe
@readers
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """All actors on one topic, on one time axis."""
    found = get_object_or_404(Topic, slug=slug)
    cards = glance.cards(glance.stances().filter(topic=found)[:PAGE])
    return _page(request, "topic", {"topic": found, "cards": cards})


@require_safe
@readers
def stance(request: HttpRequest, actor: str, topic: str) -> HttpResponse:
    """The timeline of one stance, as of two dates, with the open item beside it."""
    found = get_object_or_404(
        Stance.objects.select_related("actor", "topic"), actor__slug=actor, topic__slug=topic
    )
    as_of, payload = _as_of(request, found)
    told = story(payload)
    pages = Paginator(told.rows, ROWS)
    rows = pages.get_page(request.GET.get("rows", pages.num_pages))
    context = {"stance": found, "payload": payload, "story": told, "rows": rows, "as_of": as_of}
    context["inline"] = len(payload["utterances"]) <= INLINE
    context |= _open_item(request.GET.get("open", ""), payload)
    return _page(request, "stance", context)


@require_safe
@readers
def chart(request: HttpRequest, actor: str, topic: str) -> JsonResponse:
    """The chart's data of a stance that is too large to be in its page."""
    found = get_object_or_404(
        Stance.objects.select_related("actor", "topic"), actor__slug=actor, topic__slug=topic
    )
    _, payload = _as_of(request, found)
    return JsonResponse(chart_of(payload))


@require_safe
@readers
def utterance(request: HttpRequest, pk: int) -> HttpResponse:
    """One utterance with all that stands behind it; a retracted one as it was last held."""
    found = get_object_or_404(evidence.utterances(), pk=pk)
    known_at = found.retracted_at - _INSTANT if found.retracted_at else None
    payload = history(found.stance, known_at=known_at)
    context = {"found": found, "evidence": evidence.utterance_evidence(payload, pk)}
    return _page(request, "utterance", context)


@require_safe
@readers
def shifts(request: HttpRequest) -> HttpResponse:
    """The shifts, newest first, filtered."""
    form = ShiftFilterForm(request.GET)
    form.is_valid()
    rows = evidence.shift_rows().filter(**form.lookups())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return _page(request, "shifts", {"form": form, "page": page})


@require_safe
@readers
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """One shift with its evidence, reasons and decisions."""
    return _page(request, "shift", _shift_context(pk))


@require_POST
@analysts
def decide(request: AnalystRequest, pk: int, verdict: str) -> HttpResponse:
    """Record that an analyst confirms or rejects a shift."""
    found = get_object_or_404(Shift, pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        context = _shift_context(pk) | {"decision": form}
        return _page(request, "shift", context, status=UNPROCESSABLE)
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
    """Record that a decision about a shift no longer stands."""
    decisions = Decision.objects.standing().filter(shift__isnull=False)
    decision = get_object_or_404(decisions, pk=pk)
    review.undo(decision, by=request.user, now=timezone.now())
    messages.success(request, "The decision is undone; the next detection acts on it.")
    return _back(request, "shift", decision.shift_id)


@require_safe
@analysts
def review_desk(request: AnalystRequest) -> HttpResponse:
    """What waits for a person, the weightiest first."""
    page = Paginator(desk.open_shifts(), desk.PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cases": desk.cases(list(page)), **desk.around()}
    return _page(request, "review", context | {"decision": DecisionForm(auto_id=False)})


@require_safe
@readers
def compare(request: HttpRequest) -> HttpResponse:
    """Two utterances side by side: difference, verdict, reasons. Two days lead to such a pair."""
    form = CompareForm(request.GET if "stance" in request.GET else None)
    pair = form.pair() if form.is_valid() else None
    if pair:
        return redirect(f"{request.path}?older={pair[0].pk}&newer={pair[1].pk}")
    numbers = PairForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if numbers.is_valid():
        older = get_object_or_404(evidence.utterances(), pk=numbers.cleaned_data["older"])
        newer = get_object_or_404(evidence.utterances(), pk=numbers.cleaned_data["newer"])
        context["comparison"] = evidence.compared(older, newer)
        context["held"] = evidence.standing_shift(older, newer)
    return _page(request, "compare", context)


@require_safe
@readers
def documents(request: HttpRequest) -> HttpResponse:
    """The documents, newest first; with `state=triage` those that wait for a person."""
    triage = request.GET.get("state") == "triage"
    rows = Document.objects.in_triage() if triage else Document.objects.all()
    rows = rows.select_related("source").defer("text", "regions")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return _page(request, "documents", {"page": page, "triage": triage})


@require_safe
@readers
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its text with the status of every character, and what was read from it."""
    return _page(request, "document", _document_context(pk))


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
    if form.is_valid():
        try:
            ingest.set_date(found, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ingest.BadInputError as error:
            form.add_error("said", str(error))
        else:
            return redirect("document", pk=pk)
    context = _document_context(pk) | {"date_form": form}
    return _page(request, "document", context, status=UNPROCESSABLE)


@adders
def add(request: AnalystRequest) -> HttpResponse:
    """Add one document: paste, upload or address."""
    if request.method != "POST":
        return _page(request, "add", {"form": AddForm()})
    form = AddForm(request.POST, request.FILES)
    stored = _stored(form) if form.is_valid() else None
    if stored is None:
        return _page(request, "add", {"form": form}, status=UNPROCESSABLE)
    if not stored.created:
        messages.info(request, "These very bytes were already held: this is the document.")
    return redirect("document", pk=stored.document.pk)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with a page."""
    return render(request, f"frontend/{name}.html", context, status=status)


def _back(request: HttpRequest, name: str, pk: int | None) -> HttpResponse:
    """Return to the desk where the form came from there, else to the page of what it decided."""
    return redirect("review") if request.POST.get("from") == "review" else redirect(name, pk=pk)


def _stored(form: AddForm) -> ingest.Stored | None:
    """Store what a valid form holds; None, with the error beside its field, where it is refused."""
    chosen = dict(form.cleaned_data)
    text, file, url = (chosen.pop(name) for name in ("text", "file", "url"))
    field = "url" if url else "file" if file else "text"
    try:
        if url:
            return ingest.capture_url(url, now=timezone.now(), allow=settings.FETCH_ALLOW, **chosen)
        if file:
            chosen |= {"content_type": file.content_type or "", "filename": file.name or ""}
        body = file.read() if file else text.encode()
        return ingest.store(body, now=timezone.now(), **chosen)
    except (ingest.BadInputError, FetchError, Refused) as error:
        form.add_error(field, str(error))
        return None


def _as_of(request: HttpRequest, stance: Stance) -> tuple[AsOfForm, dict[str, Any]]:
    """Return the history of a stance as of the dates that the address gives, and their form."""
    form = AsOfForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    said_until, known_at = chosen.get("said_until"), chosen.get("known_at")
    return form, history(stance, said_until=said_until, known_at=known_at)


def _open_item(asked: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of the panel that `u12` or `s3` asks for, if the payload holds it."""
    number = int(asked[1:]) if asked[1:].isascii() and asked[1:].isdigit() else 0
    if asked[:1] == "u" and any(row["id"] == number for row in payload["utterances"]):
        return {"evidence": evidence.utterance_evidence(payload, number)}
    if asked[:1] == "s" and any(row["id"] == number for row in payload["shifts"]):
        return _shift_context(number)
    return {}


def _shift_context(pk: int) -> dict[str, Any]:
    found = get_object_or_404(evidence.shift_rows().prefetch_related("decisions__by"), pk=pk)
    sides = evidence.sides(found.older_statement.exact, found.newer_statement.exact)
    return {"shift": found, "sides": sides, "decision": DecisionForm()}


def _document_context(pk: int) -> dict[str, Any]:
    found = Document.objects.select_related("source", "origin").filter(pk=pk).first()
    if found is None:
        raise Http404
    statements = list(evidence.covering(pk))
    return {
        "document": found,
        "statements": statements,
        "pieces": pieces(
            found.text,
            regions=[Span(r["start"], r["end"], r["kind"]) for r in found.regions],
            statements=[Span(s.start, s.end, s) for s in statements],
            warnings=[
                Span(w["start"], w["end"], w) for w in found.warnings if w["start"] is not None
            ],
        ),
        "date_form": SetDateForm(),
        "decisions": found.decisions.select_related("by"),
    }
