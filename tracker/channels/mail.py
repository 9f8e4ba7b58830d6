"""E-mail: a text that reads well by itself, the same as HTML, and one click to end it."""

import json
import smtplib
import textwrap
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tracker.channels.errors import ChannelError
from tracker.channels.letters import Letter
from tracker.models import Delivery

PERMANENT = 500
NO_MAILBOX = 550, 551, 553  # RFC 5321, 4.2.3; with 5.7 (RFC 3463) it is a policy that refuses
WIDTH = 76
OPENING, CLOSING = " \"'“‘«„‚-–—:", " \"'”’»,.;"  # what opens a quotation, and closes it
_SALT = "tracker.alerts.unsubscribe"
MANNERS = {
    "verbatim": "the words as spoken",
    "translated": "the words in translation",
    "reported": "as reported",
    "paraphrased": "a paraphrase, not a quotation",
}
_LINKS = {  # the one that a mail gives, the first of these that a message has
    "timeline": "The whole timeline",
    "document": "The document",
    "documents": "All documents",
    "shifts": "All shifts",
    "subscriptions": "Your subscriptions",
}


def unsubscribe_token(message_id: str) -> str:
    """Return what stands in a mail's link that ends the subscriptions that it names."""
    return signing.dumps(message_id, salt=_SALT)


def message_of(token: str) -> str | None:
    """Return the message id in an unsubscribe link, None where it was not made here."""
    try:
        return str(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        return None


def send(letter: Letter, *, token: str = "") -> None:
    """Send one mail. Raises ChannelError; `ours` where no mail server took it."""
    mail = _mail(letter, token)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        answers = error.recipients.values()
        codes = [code for code, _ in answers]
        raise ChannelError(
            f"the mail server refused the address ({', '.join(map(str, codes))})",
            retryable=all(code < PERMANENT for code in codes),
            gone=all(code in NO_MAILBOX and not said.startswith(b"5.7.") for code, said in answers),
        ) from error
    except smtplib.SMTPResponseException as error:
        reason = f"the mail server answered {error.smtp_code}"
        raise ChannelError(reason, retryable=error.smtp_code < PERMANENT, ours=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(f"no mail server: {error}", ours=True) from error


def _mail(letter: Letter, token: str) -> EmailMultiAlternatives:
    content = json.loads(letter.body)
    leave = f"{settings.PUBLIC_URL}/unsubscribe/{unsubscribe_token(str(letter.message_id))}/"
    may_leave = letter.notice != Delivery.Notice.CONFIRM
    context = _context(content["data"], token, leave if may_leave else "")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<{letter.message_id}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    if may_leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=" ".join(context["message"]["title"].split()),
        body=render_to_string("tracker/alert.txt", context),
        to=[letter.address],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("tracker/alert.html", context), "text/html")
    return mail


def _context(message: dict[str, Any], token: str, leave: str) -> dict[str, Any]:
    """Return what the templates of a mail show: the message, with its parts made readable."""
    confirm = f"{settings.PUBLIC_URL}/subscriptions/confirm/{token}/" if token else ""
    names = [name for name in _LINKS if name in message["links"]]
    return {
        "message": message,
        "summary": textwrap.fill(message["summary"], WIDTH),
        "reasons": message.get("shift", message).get("reasons", []),
        "values": _values(message),
        "sides": _sides(message),
        "events": [{**event, "sides": _quoted(event)} for event in message.get("events", [])],
        "whys": _whys(message["subscriptions"]),
        "confirm": confirm,
        "link": message["links"][names[0]] if names and not confirm else "",
        "link_name": _LINKS[names[0]] if names else "",
        "leave": leave,
    }


def _whys(subscriptions: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return why a message comes, what several subscriptions say alike once."""
    whys = [_why(subscription) for subscription in subscriptions]
    return [why for place, why in enumerate(whys) if why not in whys[:place]]


def _why(subscription: Mapping[str, Any]) -> dict[str, str]:
    """Return in words why a message goes to a subscription: its note, and the rule that matched."""
    matched = subscription["matched"]
    rules = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in matched.items()]
    return {"note": subscription["note"], "rule": "; ".join(rules) or "every shift"}


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"“{value.get('name', '')}”"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _values(message: dict[str, Any]) -> str:
    """Return the old and the new value in words, empty where a message has none."""
    if "newer" not in message:
        return ""
    values = [message[side]["value"] for side in ("older", "newer")]
    return " -> ".join("not stated" if value is None else f"{value:+d}" for value in values)


def _sides(message: dict[str, Any]) -> list[dict[str, Any]]:
    names = [("Before", "older"), ("After", "newer")]
    return [_side(name, message[key]) for name, key in names if key in message]


def _side(name: str, side: dict[str, Any]) -> dict[str, Any]:
    """Return one side with its evidence apart: in HTML it is marked, in text in brackets."""
    start, end = side["evidence"]
    text = side["text"]
    parts = text[:start], text[start:end], text[end:]
    marked = parts[1] if parts[1] == text else f"[{parts[1]}]"
    return {
        **side,
        "name": name,
        "manner": MANNERS[side["fidelity"]],
        "parts": parts,
        "plain": _indented(parts[0] + marked + parts[2]),
        "plain_question": _indented(f"Asked: {side['question']}") if side["question"] else "",
        "plain_before": _around(side["before"].rstrip(OPENING)),
        "plain_after": _around(side["after"].lstrip(CLOSING)),
    }


def _around(text: str) -> str:
    """Return what stands around a passage, in brackets of its own; empty where nothing does."""
    return _indented(f"({text})") if text else ""


def _quoted(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [("Before", "older"), ("After", "newer")]
    return [
        {**event[key], "name": name, "plain": _indented(event[key]["text"])}
        for name, key in names
        if key in event
    ]


def _indented(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
