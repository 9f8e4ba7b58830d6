"""Adding one document: what will be read of it is shown before it is stored, if asked for.

An address is only noted; a worker fetches it, and its page follows (`previewing`).
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.access import AnalystRequest, adders
from frontend.forms import AddForm
from frontend.previewing import LONGEST_PREVIEW, details, led_to, shown
from tracker import fetches, ingest
from tracker.parsing import Refused

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
_CONTENT = frozenset({"text", "file", "url"})  # the fields of which one holds the document


@require_http_methods(["GET", "HEAD", "POST"])
@adders
def add(request: AnalystRequest) -> HttpResponse:
    """Add one document: paste, upload or address. With `preview`, nothing is stored."""
    if request.method != "POST":
        return _page(request, AddForm(initial=request.GET.dict()))
    form = AddForm(request.POST, request.FILES)
    form.is_valid()
    if "preview" in request.POST and not form.errors.keys() & _CONTENT:
        return _preview(request, form)
    if form.errors:
        return _page(request, form, status=UNPROCESSABLE)
    return _ordered(request, form) if form.cleaned_data["url"] else _stored(request, form)


def _preview(request: AnalystRequest, form: AddForm) -> HttpResponse:
    """Show what would be read of the document; an address has to be fetched first.

    What is wrong beside the document is said and left out: it shows with what is right.
    """
    chosen = form.cleaned_data
    if chosen["url"]:
        if form.errors:
            return _page(request, form, status=UNPROCESSABLE)
        return _ordered(request, form, preview=True)
    body, given = _content(form)
    try:
        seen = ingest.preview(
            body,
            now=timezone.now(),
            longest=LONGEST_PREVIEW,
            **details(form),
            **given,
        )
    except (ingest.BadInputError, Refused) as error:
        form.add_error(_field(form), str(error))
        return _page(request, form, status=UNPROCESSABLE)
    status = UNPROCESSABLE if form.errors else 200
    return _page(request, form, status=status, **shown(seen))


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


def _ordered(request: AnalystRequest, form: AddForm, *, preview: bool = False) -> HttpResponse:
    """Note the address of a valid form, to be stored or to be looked at first."""
    given = ("url", "source", "title", "said", "published")
    chosen = {name: form.cleaned_data[name] for name in given}
    try:
        made = fetches.order(**chosen, by=request.user, now=timezone.now(), preview=preview)
    except ingest.BadInputError as error:
        form.add_error("url", str(error))
        return _page(request, form, status=UNPROCESSABLE)
    return redirect("fetch", pk=made.pk)


def _stored(request: AnalystRequest, form: AddForm) -> HttpResponse:
    """Store the bytes that a valid form holds, and lead to their document."""
    given = ("source", "title", "said", "published")
    chosen = {name: form.cleaned_data[name] for name in given}
    body, kind = _content(form)
    try:
        kept = ingest.store(body, now=timezone.now(), **chosen, **kind)
    except (ingest.BadInputError, Refused) as error:
        form.add_error(_field(form), str(error))
        return _page(request, form, status=UNPROCESSABLE)
    return led_to(request, kept)
