"""What will be read of a document before it is stored, and the pages of what is being fetched.

A page that was fetched to be looked at is kept for an hour; what is stored are its very bytes.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend.access import AnalystRequest, adders
from frontend.forms import AboutForm
from frontend.reader import Span, pieces, tally
from tracker import fetches, ingest
from tracker.models import Fetch, FetchedPage
from tracker.parsing import Refused

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
_DATES = ("said", "published")
LONGEST_PREVIEW = 200_000  # characters: reading them takes a second or two


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@adders
def fetch(request: AnalystRequest, pk: int) -> HttpResponse:
    """How the fetching of an address goes; once it is stored, its document.

    One that was fetched to be looked at shows what will be read. Posting stores its bytes, or
    with `preview` shows what will be read with what is given in the form.
    """
    found = get_object_or_404(Fetch.objects.select_related("source"), pk=pk)
    if found.document_id is not None:
        return redirect("document", pk=found.document_id)
    if found.state == "fetched":
        return _looked_at(request, found)
    again = {name: getattr(found, name) for name in ("url", "title", "said", "published")}
    query = urlencode({**again, "source": found.source_id})
    return render(request, "frontend/fetch.html", {"fetch": found, "again": query})


@require_safe
@adders
def fetch_state(request: HttpRequest, pk: int) -> JsonResponse:
    """How far the fetching of an address is."""
    found = get_object_or_404(Fetch, pk=pk)
    return JsonResponse({"state": found.state, "problem": found.problem})


@require_POST
@adders
def discard(request: AnalystRequest, pk: int) -> HttpResponse:
    """Forget a page that was looked at."""
    fetches.discard(get_object_or_404(Fetch, pk=pk))
    messages.info(request, "Nothing was stored of it.")
    return redirect("add")


def led_to(request: HttpRequest, kept: ingest.Stored) -> HttpResponse:
    """Return the way to a document that was stored, or was held before."""
    if not kept.created:
        messages.info(request, "These very bytes were already held: this is the document.")
    return redirect("document", pk=kept.document.pk)


def shown(seen: ingest.Preview) -> dict[str, Any]:
    """Return a preview as `_preview.html` shows it."""
    reading = seen.reading
    known = [passage for passage in reading.passages if passage.known]
    spans = [Span(passage.start, passage.end, passage) for passage in known]
    cut = pieces(
        seen.text,
        regions=[Span(region.start, region.end, region.kind) for region in reading.regions],
        warnings=[
            Span(warning.start, warning.end, warning)
            for warning in reading.warnings
            if warning.start is not None and warning.end is not None
        ],
    )
    return {
        "seen": seen,
        "pieces": cut,
        "tally": tally(cut),
        "passages": [(span.what, seen.text[span.start : span.end]) for span in spans],
    }


def _looked_at(request: AnalystRequest, found: Fetch) -> HttpResponse:
    """Show what will be read of a fetched page, or store it."""
    form = AboutForm(request.POST if request.method == "POST" else _given(found))
    storing = request.method == "POST" and "preview" not in request.POST
    try:
        if form.is_valid() and storing:
            kept = fetches.store_shown(found, now=timezone.now(), **form.cleaned_data)
            return led_to(request, kept)
        status = UNPROCESSABLE if form.errors else 200
        return _page(request, found, form, status=status, **_seen(found, form))
    except FetchedPage.DoesNotExist:
        return redirect("fetch", pk=found.pk)
    except (ingest.BadInputError, Refused) as error:
        form.add_error(None, str(error))
        return _page(request, found, form, status=UNPROCESSABLE)


def _seen(found: Fetch, form: AboutForm) -> dict[str, Any]:
    given = details(form)
    return shown(fetches.shown(found, now=timezone.now(), longest=LONGEST_PREVIEW, **given))


def details(form: AboutForm) -> dict[str, Any]:
    """Return what is better known than read, without what was given wrongly."""
    right = form.cleaned_data
    return {"title": right.get("title", ""), **{name: right.get(name) for name in _DATES}}


def _given(found: Fetch) -> dict[str, Any]:
    """Return what was given with the address, as the form takes it."""
    given = {name: getattr(found, name) for name in ("title", "said", "published")}
    return {**given, "source": found.source_id}


def _page(
    request: AnalystRequest, found: Fetch, form: AboutForm, *, status: int = 200, **seen: Any
) -> HttpResponse:
    context = {"fetch": found, "form": form, **seen}
    return render(request, "frontend/fetched.html", context, status=status)
