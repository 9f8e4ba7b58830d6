"""Subscriptions made, paused, ended and tried out by their owners."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction

from tracker import channels
from tracker.alerts import digests, endpoints, messages, opting_in
from tracker.models import Delivery, Endpoint, Subscription

TEST_EVERY = timedelta(minutes=1)


class CannotSubscribeError(ValueError):
    """A wish that cannot be met; `field` is what is to blame, the message is for the person."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def subscribe(
    *,
    owner: AbstractBaseUser | None,
    channel: str,
    address: str,
    now: datetime,
    trusted: bool = False,
    **wishes: Any,
) -> Subscription:
    """Return a new subscription; `wishes` are fields of Subscription.

    It begins at once where nobody has to be asked first: for a webhook, the owner's own
    mailbox, or where the owner is `trusted` (an analyst); else the mailbox is asked. Raises
    CannotSubscribeError.
    """
    if len(address.encode()) > endpoints.LONGEST_ADDRESS:
        raise CannotSubscribeError("address", "An address has at most 2,000 bytes.")
    _judge(channel, address)
    _refuse_past(wishes.get("expires_at"), now)
    with transaction.atomic():
        endpoint = endpoints.endpoint_of(owner=owner, channel=channel, address=address, now=now)
        subscription = Subscription(
            owner_id=owner.pk if owner else None, endpoint=endpoint, created_at=now, **wishes
        )
        digests.start_period(subscription, now=now)
        subscription.save()
        if trusted or _needs_no_question(owner, channel, address):
            digests.begin(subscription, now=now)
        else:
            opting_in.ask(subscription, now=now)
    return subscription


def _judge(channel: str, address: str) -> None:
    """Refuse an address to which no message could ever leave. Raises CannotSubscribeError."""
    try:
        channels.judge(channel, address)
    except channels.ChannelError as error:
        raise CannotSubscribeError("address", error.reason) from error


def _refuse_past(expires_at: datetime | None, now: datetime) -> None:
    """Raise CannotSubscribeError for an end that has passed."""
    if expires_at is not None and expires_at <= now:
        raise CannotSubscribeError("expires_at", "It would have ended already.")


def _needs_no_question(owner: AbstractBaseUser | None, channel: str, address: str) -> bool:
    """Say whether nobody has to be asked: a stranger's mailbox has to be."""
    if channel != Endpoint.Channel.EMAIL:
        return True
    return isinstance(owner, User) and owner.email.lower() == address.lower()


def change(subscription: Subscription, *, now: datetime, **wishes: Any) -> None:
    """Let a subscription ask for something else from now on; where it goes stays as it is.

    Raises CannotSubscribeError.
    """
    _refuse_past(wishes.get("expires_at"), now)
    before = subscription.frequency, subscription.time_zone
    for name, value in wishes.items():
        setattr(subscription, name, value)
    if (subscription.frequency, subscription.time_zone) != before:
        digests.start_period(subscription, now=now)
        wishes |= dict.fromkeys(("period_since", "period_until"))
    subscription.save(update_fields=list(wishes))


def pause(subscription: Subscription, *, now: datetime) -> None:
    """Send nothing to a subscription until it is resumed; what happens meanwhile is not told."""
    Subscription.objects.filter(pk=subscription.pk, paused_at=None).update(paused_at=now)
    subscription.refresh_from_db()


def resume(subscription: Subscription, *, now: datetime) -> None:
    """Let a paused subscription go on from now."""
    digests.start_period(subscription, now=now)
    subscription.paused_at = None
    subscription.save(update_fields=["paused_at", "period_since", "period_until"])


def end(subscription: Subscription, *, now: datetime, because: str = "ended by its owner") -> None:
    """End a subscription; what is still owed to it is not sent."""
    Subscription.objects.disable([subscription.pk], because=because, now=now)
    subscription.refresh_from_db()


def send_test(subscription: Subscription, *, now: datetime) -> Delivery:
    """Owe a test message, so that a receiver can be tried out; at most one a minute.

    Raises CannotSubscribeError for a mailbox that has not agreed yet.
    """
    if subscription.confirmed_at is None:
        raise CannotSubscribeError("subscription", "The mailbox has not agreed to it yet.")
    if subscription.endpoint.disabled_at is not None:
        raise CannotSubscribeError("subscription", "Its endpoint is switched off.")
    tests = Delivery.objects.filter(subscription=subscription, notice=Delivery.Notice.TEST)
    lately = tests.filter(created_at__gt=now - TEST_EVERY).order_by("-id").first()
    if lately is not None:
        return lately
    return Delivery.objects.create(
        endpoint=subscription.endpoint,
        notice=Delivery.Notice.TEST,
        subscription=subscription,
        body=messages.notice_body(Delivery.Notice.TEST, [subscription], now=now),
        created_at=now,
        next_try_at=now,
    )
