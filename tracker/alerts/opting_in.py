"""Whether a mailbox wants to be written to: asked by mail, answered once, ended by one click."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from tracker.alerts import digests, messages
from tracker.channels import mail
from tracker.models import Delivery, Match, OptIn, Subscription

LASTS = timedelta(hours=48)
AGAIN = timedelta(minutes=10)  # between two questions about one subscription
UNSUBSCRIBED = "unsubscribed by a link in a message"


class BadTokenError(ValueError):
    """A token that does not open anything (any more); the message says so to the person."""


def ask(subscription: Subscription, *, now: datetime) -> Delivery:
    """Owe a mailbox the question whether it wants a subscription."""
    return Delivery.objects.create(
        endpoint=subscription.endpoint,
        notice=Delivery.Notice.CONFIRM,
        subscription=subscription,
        body=messages.notice_body(Delivery.Notice.CONFIRM, [subscription], now=now),
        created_at=now,
        next_try_at=now,
    )


def ask_again(address: str, *, now: datetime) -> None:
    """Ask a mailbox again about subscriptions that wait for its answer.

    Says nothing of whether there are any: who asks learns nothing about an address.
    """
    waiting = Subscription.objects.filter(
        endpoint__address__iexact=address, confirmed_at=None, disabled_at=None
    ).exclude(notices__notice=Delivery.Notice.CONFIRM, notices__created_at__gt=now - AGAIN)
    for subscription in waiting.select_related("endpoint"):
        ask(subscription, now=now)


def new_token(subscription: Subscription, *, now: datetime) -> str:
    """Return a token that confirms a subscription once, within 48 hours. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    OptIn.objects.create(
        subscription=subscription,
        token_sha256=_hash(token),
        asked_at=now,
        expires_at=now + LASTS,
    )
    return token


def asked_about(token: str, *, now: datetime) -> Subscription:
    """Return the subscription that a token can confirm, changing nothing. Raises BadTokenError."""
    found = OptIn.objects.open(now).filter(token_sha256=_hash(token))
    question = found.select_related("subscription__endpoint").first()
    if question is None or question.subscription.disabled_at is not None:
        raise BadTokenError("This link has been used, has expired or never was one.")
    return question.subscription


def confirm(token: str, *, now: datetime) -> Subscription:
    """Begin the subscription that a token stands for. Raises BadTokenError."""
    with transaction.atomic():
        subscription = asked_about(token, now=now)
        answered = OptIn.objects.open(now).filter(token_sha256=_hash(token))
        if not answered.update(answered_at=now):
            raise BadTokenError("This link has been used.")
        OptIn.objects.open(now).filter(subscription=subscription).update(answered_at=now)
        digests.begin(subscription, now=now)
    return subscription


def named_by(token: str) -> list[Subscription]:
    """Return the subscriptions that an unsubscribe link ends. Raises BadTokenError."""
    message_id = mail.message_of(token)
    if message_id is None:
        raise BadTokenError("This link never was one.")
    matched = Match.objects.filter(delivery__message_id=message_id).values("subscription")
    notices = Delivery.objects.filter(message_id=message_id).values("subscription")
    rows = Subscription.objects.filter(pk__in=matched) | Subscription.objects.filter(pk__in=notices)
    return list(rows.select_related("endpoint").order_by("id"))


def unsubscribe(token: str, *, now: datetime) -> list[Subscription]:
    """End the subscriptions that a message named; done twice it does nothing more.

    Raises BadTokenError.
    """
    ended = named_by(token)
    Subscription.objects.disable([row.pk for row in ended], because=UNSUBSCRIBED, now=now)
    return ended


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
