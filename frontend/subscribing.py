"""Subscriptions: who wants to hear of what, how the places do that messages go to, dead letters.

Everybody who is logged in sees and changes their own; administrators may open anybody's.
"""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend.access import AccountRequest, subscribers
from frontend.subscription_forms import (
    NewSubscriptionForm,
    ReplayForm,
    SubscriptionForm,
    carried,
)
from tracker import alerts, roles
from tracker.alerts import CannotSubscribeError
from tracker.models import Delivery, Endpoint, Subscription
from tracker.roles import Action

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
PAGE = 50
LATEST = 10  # deliveries on the page of a subscription
_STATES: Final = {
    "owed": Q(sent_at=None, dead_at=None),
    "sent": Q(sent_at__isnull=False),
    "dead": Q(dead_at__isnull=False),
}
_DOES: Final[dict[str, tuple[Callable[..., object], str]]] = {
    "pause": (alerts.pause, "Paused: what happens meanwhile is not told."),
    "resume": (alerts.resume, "It goes on from now."),
    "end": (alerts.end, "Ended: nothing more is sent to it."),
    "test": (alerts.send_test, "A test message is on its way."),
}


@require_safe
@subscribers
def subscriptions(request: AccountRequest) -> HttpResponse:
    """One's own subscriptions, and how the places do that their messages go to."""
    rows = _visible(request).filter(owner=request.user)
    dead = Count("deliveries", filter=Q(deliveries__dead_at__isnull=False))
    endpoints = Endpoint.objects.filter(owner=request.user).annotate(dead=dead)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "endpoints": endpoints.order_by(F("disabled_at").asc(nulls_first=True), "-failures", "id"),
        "replay": ReplayForm(auto_id=False),
    }
    return render(request, "frontend/subscriptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@subscribers
def new(request: AccountRequest) -> HttpResponse:
    """A subscription to be made, with the filters of the view that led here; or its preview."""
    if request.method != "POST":
        return _edit(request, NewSubscriptionForm(owner=request.user, initial=_initial(request)))
    form = NewSubscriptionForm(request.POST, owner=request.user)
    if not form.is_valid():
        return _edit(request, form, status=UNPROCESSABLE)
    now = timezone.now()
    wishes = form.wishes(now=now)
    channel, address = wishes.pop("channel"), wishes.pop("address")
    if "preview" in request.POST:
        return _edit(request, form, preview=alerts.preview(Subscription(**wishes), now=now))
    try:
        made = alerts.subscribe(
            owner=request.user,
            channel=channel,
            address=address,
            now=now,
            trusted=roles.may(request.user, Action.DECIDE),
            **wishes,
        )
    except CannotSubscribeError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _edit(request, form, status=UNPROCESSABLE)
    asked = made.confirmed_at is None
    messages.success(request, "The mailbox is asked first." if asked else "Subscribed.")
    return redirect("subscription", pk=made.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@subscribers
def subscription(request: AccountRequest, pk: int) -> HttpResponse:
    """One subscription: what it asks for, what it would have sent in a year, its messages."""
    found = get_object_or_404(_visible(request), pk=pk)
    now = timezone.now()
    if request.method != "POST":
        return _edit(request, _form_of(found), found, preview=alerts.preview(found, now=now))
    form = SubscriptionForm(request.POST, owner=found.owner)
    if not form.is_valid():
        return _edit(request, form, found, status=UNPROCESSABLE)
    if "preview" in request.POST:
        wished = Subscription(owner=found.owner, **form.wishes(now=now))
        return _edit(request, form, found, preview=alerts.preview(wished, now=now))
    try:
        alerts.change(found, now=now, **form.wishes(now=now))
    except CannotSubscribeError as error:
        form.add_error(error.field, str(error))
        return _edit(request, form, found, status=UNPROCESSABLE)
    messages.success(request, "Changed: it asks for this from now on.")
    return redirect("subscription", pk=pk)


@require_POST
@subscribers
def act(request: AccountRequest, pk: int, verb: str) -> HttpResponse:
    """Pause a subscription, let it go on, end it, or send it a test message."""
    found = get_object_or_404(_visible(request), pk=pk)
    do, words = _DOES[verb]
    try:
        do(found, now=timezone.now())
    except CannotSubscribeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("subscription", pk=pk)


@require_safe
@subscribers
def deliveries(request: AccountRequest) -> HttpResponse:
    """The messages to one's own places, the latest first; `?state=` owed, sent or dead."""
    state = request.GET.get("state", "")
    mine = Delivery.objects.filter(endpoint__owner=request.user)
    rows = _with_subjects(mine.filter(_STATES.get(state, Q())))
    counts = mine.aggregate(**{name: Count("pk", filter=q) for name, q in _STATES.items()})
    context = {
        "page": Paginator(rows.order_by("-id"), PAGE).get_page(request.GET.get("page")),
        "state": state if state in _STATES else "",
        "tabs": [(name, counts[name]) for name in _STATES],
    }
    return render(request, "frontend/deliveries.html", context)


@require_POST
@subscribers
def retry(request: AccountRequest, pk: int) -> HttpResponse:
    """Owe a message anew that was sent or given up, under its old id."""
    chosen = Delivery.objects.filter(**_owned(request, "endpoint__owner"), pk=pk)
    get_object_or_404(chosen)
    if chosen.replay(timezone.now()):
        messages.success(request, "It is sent again, under its old id.")
    else:
        messages.info(request, "It is still to be sent: nothing was done.")
    return redirect("deliveries")


@require_POST
@subscribers
def replay(request: AccountRequest, pk: int) -> HttpResponse:
    """Owe the messages of some time to a place anew, under their old ids."""
    found = get_object_or_404(Endpoint, **_owned(request, "owner"), pk=pk)
    form = ReplayForm(request.POST)
    if form.is_valid():
        owed = form.messages_to(found).replay(timezone.now())
        messages.success(request, f"{owed} messages are sent again, under their old ids.")
    else:
        messages.error(request, "Nothing was done: give a day, or two in their order.")
    return redirect("subscriptions")


@require_POST
@subscribers
def enable(request: AccountRequest, pk: int) -> HttpResponse:
    """Send messages to a place again that was switched off, its dead letters included."""
    found = get_object_or_404(Endpoint, **_owned(request, "owner"), pk=pk)
    alerts.enable(found, now=timezone.now())
    messages.success(request, "Messages go there again, those included that had been given up.")
    return redirect("subscriptions")


@require_POST
@subscribers
def rotate(request: AccountRequest, pk: int) -> HttpResponse:
    """Give a webhook a new secret; for a day the old one signs besides."""
    found = get_object_or_404(
        Endpoint, **_owned(request, "owner"), pk=pk, channel=Endpoint.Channel.WEBHOOK
    )
    alerts.rotate_secret(found, now=timezone.now())
    messages.success(request, "There is a new secret; for a day the old one signs besides.")
    return redirect("subscriptions")


def _edit(
    request: AccountRequest,
    form: SubscriptionForm,
    found: Subscription | None = None,
    *,
    preview: alerts.Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "subscription": found, "preview": preview}
    if found is not None:
        latest = Delivery.objects.filter(endpoint=found.endpoint_id).order_by("-id")
        context["deliveries"] = _with_subjects(latest)[:LATEST]
    return render(request, "frontend/subscription.html", context, status=status)


def _visible(request: AccountRequest) -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(**_owned(request, "owner"))
    return rows.select_related("actor", "topic", "endpoint", "saved_search").order_by(
        F("disabled_at").asc(nulls_first=True), "-id"
    )


def _owned(request: AccountRequest, field: str) -> dict[str, Any]:
    """Return the lookup of what the account may open: its own, administrators anybody's."""
    everybody = roles.may(request.user, Action.ADMINISTER)
    return {} if everybody else {field: request.user}


def _with_subjects(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return deliveries with all that a line says of what they tell."""
    return rows.select_related(
        "endpoint",
        "digest",
        "event__shift__stance__actor",
        "event__shift__stance__topic",
        "event__stance_event__stance__actor",
        "event__stance_event__stance__topic",
    ).defer("body")


def _initial(request: AccountRequest) -> dict[str, Any]:
    """Return what a new subscription starts from: the filters of the view that led here."""
    asked = request.GET
    return {
        **carried(asked),
        **{name: asked.get(name, "") for name in ("actor", "topic", "saved_search")},
        "channel": "email",
        "address": request.user.email,
        "frequency": "immediate",
        "time_zone": timezone.get_current_timezone_name(),
    }


def _form_of(found: Subscription) -> SubscriptionForm:
    initial = {name: getattr(found, name) for name in SubscriptionForm.base_fields}
    initial |= {
        "actor": found.actor.slug if found.actor else "",
        "topic": found.topic.slug if found.topic else "",
    }
    return SubscriptionForm(owner=found.owner, initial=initial)
