"""Saved searches: filters of shifts kept under a name, to subscribe to or to follow as a feed.

Everybody who is logged in has their own; they are nobody else's business.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend import evidence
from frontend.access import AccountRequest, subscribers
from frontend.subscription_forms import SavedSearchForm, carried
from tracker import alerts
from tracker.models import SavedSearch, Shift

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
PAGE = 50
LATEST = 10  # shifts that a saved search finds, shown on its page


@require_safe
@subscribers
def saved_searches(request: AccountRequest) -> HttpResponse:
    """One's own saved searches, with the subscriptions to each."""
    page = Paginator(_mine(request), PAGE).get_page(request.GET.get("page"))
    return render(request, "frontend/saved_searches.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@subscribers
def new(request: AccountRequest) -> HttpResponse:
    """Keep the filters of the view that led here under a name."""
    if request.method != "POST":
        return _edit(request, SavedSearchForm(initial=_initial(request)))
    found = SavedSearch(owner=request.user, created_at=timezone.now())
    return _kept(request, SavedSearchForm(request.POST), found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@subscribers
def saved_search(request: AccountRequest, pk: int) -> HttpResponse:
    """One saved search: its name and filters, its feed, what it finds."""
    found = get_object_or_404(_mine(request), pk=pk)
    if request.method != "POST":
        return _edit(request, SavedSearchForm(initial=_values(found)), found)
    return _kept(request, SavedSearchForm(request.POST), found)


@require_POST
@subscribers
def delete(request: AccountRequest, pk: int) -> HttpResponse:
    """Forget a saved search; subscriptions to it end with it."""
    get_object_or_404(_mine(request), pk=pk).delete()
    messages.success(request, "The saved search is no more.")
    return redirect("saved-searches")


def _mine(request: AccountRequest) -> QuerySet[SavedSearch]:
    rows = SavedSearch.objects.filter(owner=request.user).prefetch_related("actors", "topics")
    return rows.annotate(asked=Count("subscriptions")).order_by("name", "pk")


def _kept(request: AccountRequest, form: SavedSearchForm, found: SavedSearch) -> HttpResponse:
    """Store a saved search as the form has it; its name is the owner's only one."""
    made = found if found.pk else None
    if not form.is_valid():
        return _edit(request, form, made, status=UNPROCESSABLE)
    chosen = form.filters()
    actors, topics = chosen.pop("actors"), chosen.pop("topics")
    try:
        with transaction.atomic():
            for name, value in chosen.items():
                setattr(found, name, value)
            found.save()
            found.actors.set(actors)
            found.topics.set(topics)
    except IntegrityError:
        form.add_error("name", "You have a saved search of this name already.")
        return _edit(request, form, made, status=UNPROCESSABLE)
    messages.success(request, "Kept. What follows it asks for this from now on.")
    return redirect("saved-search", pk=found.pk)


def _edit(
    request: AccountRequest,
    form: SavedSearchForm,
    found: SavedSearch | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "search": found}
    if found is not None:
        standing = alerts.found_by(found, Shift.objects.filter(withdrawn_at=None))
        latest = standing.order_by("-recorded_at", "-pk").values_list("pk", flat=True)[:LATEST]
        rows = evidence.shift_rows().in_bulk(list(latest))
        feed = f"{reverse('api:shifts')}?search={found.mark}&format=atom"
        context |= {
            "shifts": [rows[pk] for pk in latest],
            "number": evidence.shift_count(standing),
            "feed": request.build_absolute_uri(feed),
        }
    return render(request, "frontend/saved_search.html", context, status=status)


def _initial(request: AccountRequest) -> dict[str, Any]:
    """Return what a new one starts from: the filters of the view that led here."""
    asked = request.GET
    own = {to: [one for one in asked.getlist(name) if one] for name, to in _SEVERAL.items()}
    return carried(asked) | own


_SEVERAL = {"actor": "actors", "topic": "topics"}


def _values(found: SavedSearch) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in SavedSearchForm.base_fields}
    slugs = {name: [row.slug for row in getattr(found, name).all()] for name in _SEVERAL.values()}
    return values | slugs
