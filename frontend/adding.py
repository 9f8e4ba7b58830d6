"""Adding one document: what will be read of it is shown before it is stored, if asked for.

An address is only noted; a worker fetches it, and its page follows.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.access import AnalystRequest, adders
from frontend.forms import AddForm
from frontend.reader import Span, pieces, tally
from tracker import fetches, ingest
from tracker.models import Fetch
from tracker.parsing import Refused

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
LONGEST_PREVIEW = 200_000  # characters: reading them takes a second or two


@require_http_methods(["GET", "HEAD", "POST"])
@adders
def add(request: AnalystRequest) -> HttpResponse:
    """Add one document: paste, upload or address. With `preview`, nothing is stored."""
    if request.method != "POST":
        return _page(request, AddForm(initial=request.GET.dict()))
    form = AddForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    if "preview" in request.POST:
        return _preview(request, form)
    kept = _ordered(request, form) if form.cleaned_data["url"] else _stored(form)
    if kept is None:
        return _page(request, form, status=UNPROCESSABLE)
    if isinstance(kept, Fetch):
        return redirect("fetch", pk=kept.pk)
    if not kept.created:
        messages.info(request, "These very bytes were already held: this is the document.")
    return redirect("document", pk=kept.document.pk)


@require_safe
@adders
def fetch(request: AnalystRequest, pk: int) -> HttpResponse:
    """How the fetching of an address goes; once it is stored, its document."""
    found = get_object_or_404(Fetch.objects.select_related("source"), pk=pk)
    if found.document_id is not None:
        return redirect("document", pk=found.document_id)
    again = {name: getattr(found, name) for name in ("url", "title", "said", "published")}
    query = urlencode({**again, "source": found.source_id})
    return render(request, "frontend/fetch.html", {"fetch": found, "again": query})


@require_safe
@adders
def fetch_state(request: HttpRequest, pk: int) -> JsonResponse:
    """How far the fetching of an address is."""
    found = get_object_or_404(Fetch, pk=pk)
    return JsonResponse({"state": found.state, "problem": found.problem})


def _preview(request: AnalystRequest, form: AddForm) -> HttpResponse:
    """Show what would be read of the document; an address is not fetched for it."""
    chosen = form.cleaned_data
    if chosen["url"]:
        form.add_error("url", "An address is fetched only once it is stored: no preview of it.")
        return _page(request, form, status=UNPROCESSABLE)
    body, given = _content(form)
    try:
        seen = ingest.preview(
            body,
            now=timezone.now(),
            longest=LONGEST_PREVIEW,
            **{name: chosen[name] for name in ("title", "said", "published")},
            **given,
        )
    except (ingest.BadInputError, Refused) as error:
        form.add_error(_field(form), str(error))
        return _page(request, form, status=UNPROCESSABLE)
    return _page(request, form, **_shown(seen))


def _shown(seen: ingest.Preview) -> dict[str, Any]:
    """Return a preview as the page shows it."""
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


def _page(
    request: AnalystRequest, form: AddForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, "frontend/add.html", {"form": form, **context}, status=status)


def _content(form: AddForm) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes that a form holds, with what is known of their kind."""
    file = form.cleaned_data["file"]
    if not file:
        return form.cleaned_data["text"].encode(), {}
    return file.read(), {"content_type": file.content_type or "", "filename": file.name or ""}


def _field(form: AddForm) -> str:
    """Return the field that holds the document."""
    return next(name for name in ("url", "file", "text") if form.cleaned_data[name])


def _ordered(request: AnalystRequest, form: AddForm) -> Fetch | None:
    """Note the address of a valid form; None, with the error beside its field, if it is refused."""
    given = ("url", "source", "title", "said", "published")
    chosen = {name: form.cleaned_data[name] for name in given}
    try:
        return fetches.order(**chosen, by=request.user, now=timezone.now())
    except ingest.BadInputError as error:
        form.add_error("url", str(error))
        return None


def _stored(form: AddForm) -> ingest.Stored | None:
    """Store what a valid form holds; None, with the error beside its field, where it is refused."""
    given = ("source", "title", "said", "published")
    chosen = {name: form.cleaned_data[name] for name in given}
    body, kind = _content(form)
    try:
        return ingest.store(body, now=timezone.now(), **chosen, **kind)
    except (ingest.BadInputError, Refused) as error:
        form.add_error(_field(form), str(error))
        return None
