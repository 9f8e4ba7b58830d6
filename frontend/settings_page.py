"""One's own account: time zone, password, keys for programs."""

import zoneinfo
from datetime import timedelta
from functools import cache
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm as DjangosPasswordForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from frontend.access import AccountRequest, subscribers
from tracker import roles
from tracker.models import Preferences
from tracker.models.alerts import known_time_zone
from tracker.roles import Action

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
_NO_PLACES = ("Etc", "SYS", "US/")  # distances from UTC, and second names
_SCOPES = {
    "read": ("read: look, where reading is not public", Action.READ),
    "subscribe": ("subscribe: your subscriptions and messages", Action.SUBSCRIBE),
    "write": ("write: add documents, decide", Action.ADD),
    "edit": ("edit: change actors, roles, topics and sources", Action.EDIT),
}


class ZoneForm(forms.Form):
    """In which time zone one's days are."""

    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        validators=[known_time_zone],
        help_text="In it the pages give times to you, and your new subscriptions begin and end "
        "their days: Europe/Berlin, say. Days on which something was said never shift.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "list": "zones"}
        ),
    )


class PasswordForm(DjangosPasswordForm):
    """A new password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["old_password"].widget.attrs.pop("autofocus")
        self.fields["new_password1"].help_text = "At least 8 characters, and no common one."


class KeyForm(forms.Form):
    """A key to be made; only what the account itself may do can be opened by it."""

    name = forms.CharField(
        label="What uses it",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say what uses the key: you will want to know later."},
    )
    scopes = forms.MultipleChoiceField(
        label="Scopes",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one."},
    )
    days = forms.IntegerField(
        label="Days until it ends",
        required=False,
        min_value=1,
        max_value=3650,
        help_text="Empty: it does not end by itself.",
    )

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = roles.allowed(user)
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [
                (scope, words) for scope, (words, action) in _SCOPES.items() if action in allowed
            ]


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@subscribers
def settings(request: AccountRequest) -> HttpResponse:
    """One's own settings; posting changes the one that `change` names."""
    do = {"zone": _keep_zone, "password": _change_password, "key": _make_key}
    change = do.get(request.POST.get("change", "")) if request.method == "POST" else None
    return change(request) if change else _page(request)


@require_POST
@subscribers
def revoke_key(request: AccountRequest, pk: int) -> HttpResponse:
    """End one of one's own keys."""
    get_object_or_404(request.user.api_keys, pk=pk).revoke(timezone.now())
    messages.success(request, "The key opens nothing any more.")
    return redirect("settings")


def _keep_zone(request: AccountRequest) -> HttpResponse:
    form = ZoneForm(request.POST)
    if not form.is_valid():
        return _page(request, zone_form=form)
    Preferences.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
    messages.success(request, "Kept.")
    return redirect("settings")


def _change_password(request: AccountRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, password_form=form)
    update_session_auth_hash(request, form.save())
    messages.success(request, "The password is changed; other sessions of yours are ended.")
    return redirect("settings")


def _make_key(request: AccountRequest) -> HttpResponse:
    """Make a key and show it, this once, in the answer: it is stored nowhere."""
    form = KeyForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, key_form=form)
    now, chosen = timezone.now(), form.cleaned_data
    _, secret = request.user.api_keys.issue(
        owner=request.user,
        name=chosen["name"],
        scopes=chosen["scopes"],
        now=now,
        expires_at=now + timedelta(days=chosen["days"]) if chosen["days"] else None,
    )
    return _page(request, secret=secret)


@cache
def _zones() -> list[str]:
    """Return the zones to choose from: UTC, and those named after a place."""
    places = zoneinfo.available_timezones()
    return ["UTC", *sorted(name for name in places if "/" in name and name[:3] not in _NO_PLACES)]


def _page(request: AccountRequest, **given: Any) -> HttpResponse:
    now = timezone.now()
    role = roles.role_of(request.user)
    context = {
        "zone_form": ZoneForm(initial={"time_zone": timezone.get_current_timezone_name()}),
        "zones": _zones(),
        "password_form": PasswordForm(request.user),
        "key_form": KeyForm(user=request.user, initial={"scopes": ["read"]}),
        "keys": [(key, key.state(now)) for key in request.user.api_keys.order_by("-id")],
        "role": role.value.removesuffix("s") if role else "",
        **given,
    }
    refused = any(name.endswith("_form") for name in given)
    status = UNPROCESSABLE if refused else 200
    return render(request, "frontend/settings.html", context, status=status)
