"""What the links in mails open: agreeing to a subscription, and ending it.

They work without a login, for whoever holds the link holds the mailbox. A mail program or a
scanner that opens a link changes nothing: opening shows, and a button (or the mail program's
own one click, RFC 8058) does.
"""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracker import alerts

_GONE = 410


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was asked for; begin it when the button is pressed."""
    now = timezone.now()
    try:
        if request.method == "POST":
            subscription = alerts.confirm(token, now=now)
        else:
            subscription = alerts.asked_about(token, now=now)
    except alerts.BadTokenError as error:
        return _refused(request, error)
    context = {"subscriptions": [subscription], "done": request.method == "POST"}
    return render(request, "frontend/mail_confirm.html", context)


@csrf_exempt  # a mail program posts here without any page, cookie or login; the link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show which subscriptions the message was for; end them when the button is pressed."""
    try:
        if request.method == "POST":
            subscriptions = alerts.unsubscribe(token, now=timezone.now())
        else:
            subscriptions = alerts.named_by(token)
    except alerts.BadTokenError as error:
        return _refused(request, error)
    context = {"subscriptions": subscriptions, "done": request.method == "POST"}
    return render(request, "frontend/mail_unsubscribe.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_again(request: HttpRequest) -> HttpResponse:
    """Send the question to a mailbox again; the answer is the same for every address."""
    address = request.POST.get("address", "").strip()
    if request.method != "POST":
        return render(request, "frontend/mail_again.html", {"done": False, "error": ""})
    try:
        validate_email(address)
    except ValidationError as error:
        context = {"done": False, "error": error.messages[0]}
        return render(request, "frontend/mail_again.html", context, status=400)
    alerts.ask_again(address, now=timezone.now())
    return render(request, "frontend/mail_again.html", {"done": True, "error": ""})


def _refused(request: HttpRequest, error: alerts.BadTokenError) -> HttpResponse:
    return render(request, "frontend/mail_refused.html", {"reason": str(error)}, status=_GONE)
