"""How one delivery leaves: as an e-mail, or as a webhook by the Standard Webhooks specification.

Both carry the delivery's `message_id`, the same over every try, so that a receiver can tell
a repetition from something new.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import smtplib
import textwrap
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tracker import fetching
from tracker.models import Delivery, Subscription

SECRET_PREFIX = "whsec_"  # noqa: S105  # the specification's prefix, no secret
SECRET_BYTES = 32
GONE = 410
PERMANENT_SMTP = 500


class ChannelError(Exception):
    """A delivery did not leave. `retryable`: another try can help; `gone`: never send again.

    `retry_after` is the wait in seconds that the receiver asked for.
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool = True,
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.gone = gone
        self.retry_after = retry_after


def new_secret() -> str:
    """Return a new signing secret as the specification writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def send(delivery: Delivery, *, now: datetime, allow: Sequence[str] = ()) -> None:
    """Send one delivery by its subscription's channel; raise ChannelError where that failed."""
    if delivery.subscription.channel == Subscription.Channel.EMAIL:
        _send_mail(delivery)
    else:
        _send_webhook(delivery, now, allow)


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of a body: HMAC-SHA256 over `id.timestamp.body`.

    Raises ValueError for a secret that is no `whsec_` and base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is 'whsec_' and base64") from error
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _send_webhook(delivery: Delivery, now: datetime, allow: Sequence[str]) -> None:
    body, message_id = delivery.body.encode(), str(delivery.message_id)
    timestamp = int(now.timestamp())
    subscription = delivery.subscription
    try:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": fetching.USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(
                subscription.secret, message_id=message_id, timestamp=timestamp, body=body
            ),
        }
        answer = fetching.post(subscription.address, body, headers, allow=allow)
    except ValueError as error:
        raise ChannelError(str(error), retryable=False) from error
    except fetching.FetchError as error:
        raise ChannelError(
            error.reason, retryable=error.retryable, retry_after=error.retry_after
        ) from error
    if not 200 <= answer.status < 300:
        raise ChannelError(
            f"the receiver answered {answer.status}",
            gone=answer.status == GONE,
            retry_after=answer.retry_after,
        )


MANNERS = {
    "verbatim": "the words as spoken",
    "translated": "the words in translation",
    "reported": "as reported",
    "paraphrased": "a paraphrase, not a quotation",
}


def _context(message: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates of a mail show: the message, with both sides made readable."""
    sides = [("Before", message["older"]), ("After", message["newer"])]
    return {"message": message, "sides": [_side(name, side) for name, side in sides]}


def _side(name: str, side: dict[str, Any]) -> dict[str, Any]:
    """Return one side with its evidence apart: in HTML it is marked, in text in brackets."""
    start, end = side["evidence"]
    text = side["text"]
    parts = text[:start], text[start:end], text[end:]
    marked = parts[1] if parts[1] == text else f"[{parts[1]}]"
    plain = textwrap.fill(
        parts[0] + marked + parts[2], width=76, initial_indent="    ", subsequent_indent="    "
    )
    return {
        **side,
        "name": name,
        "manner": MANNERS[side["fidelity"]],
        "parts": parts,
        "plain": plain,
    }


def _send_mail(delivery: Delivery) -> None:
    context = _context(json.loads(delivery.body)["data"])
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    mail = EmailMultiAlternatives(
        subject=render_to_string("tracker/alert_subject.txt", context).strip(),
        body=render_to_string("tracker/alert.txt", context),
        to=[delivery.subscription.address],
        headers={"Message-ID": f"<{delivery.message_id}@{domain}>"},
    )
    mail.attach_alternative(render_to_string("tracker/alert.html", context), "text/html")
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        reason = f"the mail server answered {error.smtp_code}"
        raise ChannelError(reason, retryable=error.smtp_code < PERMANENT_SMTP) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [answer[0] for answer in error.recipients.values()]
        raise ChannelError(
            f"the mail server refused the address ({', '.join(map(str, codes))})",
            retryable=all(code < PERMANENT_SMTP for code in codes),
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(f"no mail server: {error}") from error
