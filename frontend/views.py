"""The pages. Each view loads, makes one domain call and renders; nothing is decided here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend import briefing, comparing, evidence, exporting, glance
from frontend.access import readers
from frontend.forms import (
    AsOfForm,
    CompareForm,
    DocumentPairForm,
    PairForm,
    ShiftFilterForm,
    ShownForm,
)
from frontend.reviewing import shift_context
from frontend.story import chart as chart_of
from frontend.story import story
from tracker.history import history
from tracker.models import Actor, Stance, Topic

PAGE = 50
LATEST = 6  # shifts on the page of an actor or a topic
ROWS = 200  # of a timeline's table
INLINE = 1000  # utterances whose chart data is part of the page
_INSTANT = timedelta(microseconds=1)  # the smallest step before a retraction


@require_safe
@readers
def overview(request: HttpRequest) -> HttpResponseBase:
    """Topics, actors, stances, latest shifts and what waits for review."""
    if form := exporting.wanted(request):
        return exporting.download(form, exporting.stances(glance.stances(), "stances"))
    return _page(request, "overview", glance.glance(timezone.now()))


@require_safe
@readers
def actor(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All topics of one actor, on one time axis."""
    found = get_object_or_404(Actor.objects.prefetch_related("roles"), slug=slug)
    stances = glance.stances().filter(actor=found)
    if form := exporting.wanted(request):
        return exporting.download(form, exporting.stances(stances, slug))
    latest = evidence.shift_rows().standing().filter(stance__actor=found)[:LATEST]
    context = {"actor": found, "cards": glance.cards(stances), "latest": latest}
    return _page(request, "actor", context)


@require_safe
@readers
def topic(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All actors on one topic, on one time axis."""
    found = get_object_or_404(Topic, slug=slug)
    stances = glance.stances().filter(topic=found)
    if form := exporting.wanted(request):
        return exporting.download(form, exporting.stances(stances, slug))
    latest = evidence.shift_rows().standing().filter(stance__topic=found)[:LATEST]
    context = {"topic": found, "cards": glance.cards(stances[:PAGE]), "latest": latest}
    return _page(request, "topic", context)


@require_safe
@readers
def stance(request: HttpRequest, actor: str, topic: str) -> HttpResponseBase:
    """The timeline of one stance, as of two dates, with the open item beside it."""
    found = get_object_or_404(
        Stance.objects.select_related("actor", "topic"), actor__slug=actor, topic__slug=topic
    )
    as_of, payload = _as_of(request, found)
    filters = ShownForm(request.GET)
    shown = filters.narrowed(payload)
    if form := exporting.wanted(request):
        return exporting.download(form, _exported(request, shown))
    told = story(payload, shown)
    pages = Paginator(told.rows, ROWS)
    rows = pages.get_page(request.GET.get("rows", pages.num_pages))
    context = {"stance": found, "payload": payload, "story": told, "rows": rows, "as_of": as_of}
    context |= {"filters": filters, "shown": shown, "first": _first(payload)}
    context["brief"] = briefing.address(shown["shifts"], str(found))
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
def utterance(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One utterance with all that stands behind it; a retracted one as it was last held."""
    found = get_object_or_404(evidence.utterances(), pk=pk)
    known_at = found.retracted_at - _INSTANT if found.retracted_at else None
    payload = history(found.stance, known_at=known_at)
    if form := exporting.wanted(request):
        table = exporting.utterances(payload, lambda row: row["id"] == pk, undecided=True)
        return exporting.download(form, table)
    context = {"found": found, "evidence": evidence.utterance_evidence(payload, pk)}
    return _page(request, "utterance", context)


@require_safe
@readers
def shifts(request: HttpRequest) -> HttpResponseBase:
    """The shifts, newest first, filtered."""
    form = ShiftFilterForm(request.GET)
    form.is_valid()
    rows = evidence.shift_rows().filter(**form.lookups())
    if wanted := exporting.wanted(request):
        return exporting.download(wanted, exporting.shifts(rows.iterator(chunk_size=500)))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counted = evidence.shift_count(rows)
    return _page(request, "shifts", {"form": form, "page": page, "counted": counted})


@require_safe
@readers
def shift(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One shift with its evidence, reasons and decisions."""
    if form := exporting.wanted(request):
        rows = [get_object_or_404(evidence.shift_rows(), pk=pk)]
        return exporting.download(form, exporting.shifts(rows, f"shift-{pk}"))
    return _page(request, "shift", shift_context(pk))


@require_safe
@readers
def compare(request: HttpRequest) -> HttpResponseBase:
    """Two utterances, or two documents, side by side. Actors and days lead to such a pair."""
    asked = request.GET.dict()
    days = request.GET if "actor" in asked else None
    form = CompareForm(days, initial=asked, auto_id="day_%s")
    pair = form.pair() if form.is_valid() else None
    if pair:
        known_at = request.GET.get("known_at", "")
        there = {"older": pair[0], "newer": pair[1]} | ({"known_at": known_at} if known_at else {})
        return redirect(f"{request.path}?{urlencode(there)}")
    numbers = PairForm(request.GET if "older" in request.GET else None, auto_id="pair_%s")
    whole = request.GET if "other_document" in asked else None
    both = DocumentPairForm(whole, initial=asked, auto_id="document_%s")
    context: dict[str, Any] = {"form": form, "numbers": numbers, "documents": both}
    wanted = exporting.wanted(request)
    if numbers.is_valid():
        found = comparing.compared(**numbers.cleaned_data)
        if wanted:
            return exporting.download(wanted, exporting.comparison(found))
        context["comparison"] = found
    elif both.is_valid():
        texts = comparing.documents_compared(*both.cleaned_data.values())
        if wanted:
            return exporting.download(wanted, exporting.document_comparison(texts))
        context["texts"] = texts
    return _page(request, "compare", context)


@require_safe
def favicon(request: HttpRequest) -> HttpResponseBase:
    """The mark, for pages that do not name it: the administration, files, answers of the API."""
    return redirect(static("frontend/mark.svg"))


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with a page."""
    return render(request, f"frontend/{name}.html", context)


def _as_of(request: HttpRequest, stance: Stance) -> tuple[AsOfForm, dict[str, Any]]:
    """Return the history of a stance as of the dates that the address gives, and their form."""
    form = AsOfForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    said_until, known_at = chosen.get("said_until"), chosen.get("known_at")
    return form, history(stance, said_until=said_until, known_at=known_at)


def _first(payload: Mapping[str, Any]) -> int | None:
    """Return the number of the utterance before which nothing is on record."""
    return payload["utterances"][0]["id"] if payload["utterances"] else None


def _exported(request: HttpRequest, payload: dict[str, Any]) -> exporting.Table:
    """Return what the chart shows: the days of its window, with or without undecided pairs."""
    since, until = request.GET.get("from", ""), request.GET.get("until", "") or "9999"

    def shown(row: Mapping[str, Any]) -> bool:
        said = row["said"]
        return bool(since <= said["latest"] and said["earliest"] <= until)

    return exporting.utterances(payload, shown, undecided=request.GET.get("undecided") != "no")


def _open_item(asked: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of the panel that `u12` or `s3` asks for, if the payload holds it."""
    number = int(asked[1:]) if asked[1:].isascii() and asked[1:].isdigit() else 0
    if asked[:1] == "u" and any(row["id"] == number for row in payload["utterances"]):
        return {"evidence": evidence.utterance_evidence(payload, number)}
    if asked[:1] == "s" and any(row["id"] == number for row in payload["shifts"]):
        return shift_context(number)
    return {}
