"""Adding one document: what will be read of it is shown before it is stored, if asked for."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.access import AnalystRequest, adders
from frontend.forms import AddForm
from frontend.reader import Span, pieces, tally
from tracker import ingest
from tracker.fetching import FetchError
from tracker.parsing import Refused

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
LONGEST_PREVIEW = 200_000  # characters: reading them takes a second or two


@require_http_methods(["GET", "HEAD", "POST"])
@adders
def add(request: AnalystRequest) -> HttpResponse:
    """Add one document: paste, upload or address. With `preview`, nothing is stored."""
    if request.method != "POST":
        return _page(request, AddForm())
    form = AddForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    if "preview" in request.POST:
        return _preview(request, form)
    stored = _stored(form)
    if stored is None:
        return _page(request, form, status=UNPROCESSABLE)
    if not stored.created:
        messages.info(request, "These very bytes were already held: this is the document.")
    return redirect("document", pk=stored.document.pk)


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


def _stored(form: AddForm) -> ingest.Stored | None:
    """Store what a valid form holds; None, with the error beside its field, where it is refused."""
    chosen = dict(form.cleaned_data)
    url, *_ = (chosen.pop(name) for name in ("url", "text", "file"))
    try:
        if url:
            return ingest.capture_url(url, now=timezone.now(), allow=settings.FETCH_ALLOW, **chosen)
        body, given = _content(form)
        return ingest.store(body, now=timezone.now(), **chosen, **given)
    except (ingest.BadInputError, FetchError, Refused) as error:
        form.add_error(_field(form), str(error))
        return None
