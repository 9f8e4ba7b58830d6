"""How the places do to which messages go, and what follows when one of them fails for long."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tracker import channels
from tracker.alerts import messages
from tracker.channels import ChannelError
from tracker.models import Delivery, Endpoint, Subscription

OVERLAP = timedelta(hours=24)  # for which a replaced secret goes on signing
NOTED_EVERY = timedelta(minutes=1)
LONGEST_ADDRESS = 2000  # bytes: what a unique index takes


class CannotMoveError(ValueError):
    """An address that an endpoint cannot have; the message says why."""


def endpoint_of(
    *, owner: AbstractBaseUser | None, channel: str, address: str, now: datetime
) -> Endpoint:
    """Return an owner's endpoint for an address, made where there is none yet."""
    webhook = channel == Endpoint.Channel.WEBHOOK
    made, _ = Endpoint.objects.get_or_create(
        owner_id=owner.pk if owner else None,
        channel=channel,
        address=address,
        defaults={"secret": channels.new_secret() if webhook else "", "created_at": now},
    )
    return made


def rotate_secret(endpoint: Endpoint, *, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """Return a new secret of a webhook; until the overlap ends, the old one signs besides."""
    fresh = channels.new_secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(
        secret=fresh, previous_secret=F("secret"), previous_secret_until=now + overlap
    )
    endpoint.refresh_from_db()
    return fresh


def move(endpoint: Endpoint, address: str) -> None:
    """Let a webhook be at another address from now on, with its secret and what is owed to it.

    A mailbox does not move: whoever reads another one has to be asked. Raises CannotMoveError.
    """
    if endpoint.channel != Endpoint.Channel.WEBHOOK:
        raise CannotMoveError("Only a webhook moves: subscribe to another mailbox anew.")
    if len(address.encode()) > LONGEST_ADDRESS:
        raise CannotMoveError(f"An address has at most {LONGEST_ADDRESS:,} bytes.")
    try:
        channels.judge(endpoint.channel, address)
        with transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(address=address)
    except ChannelError as error:
        raise CannotMoveError(error.reason) from error
    except IntegrityError as error:
        raise CannotMoveError("There is an endpoint of yours at this address already.") from error
    endpoint.refresh_from_db()


def note_success(pks: Collection[int], *, now: datetime) -> None:
    """Note that these endpoints took a message: at once after a failure, else once a minute."""
    worth = Q(failures__gt=0) | Q(last_success_at=None) | Q(last_success_at__lt=now - NOTED_EVERY)
    Endpoint.objects.filter(worth, pk__among=pks).update(
        failures=0, failing_since=None, last_success_at=now
    )


def note_failures(failures: Sequence[tuple[int, ChannelError]], *, now: datetime) -> None:
    """Note that endpoints failed; end those that are gone, or have failed for hours."""
    by_reason: dict[str, list[int]] = {}
    for pk, problem in failures:
        by_reason.setdefault(problem.reason[:500], []).append(pk)
    for reason, pks in by_reason.items():
        Endpoint.objects.filter(pk__among=pks).update(
            failures=F("failures") + 1,
            failing_since=Coalesce(F("failing_since"), now),
            last_failure_at=now,
            last_problem=reason,
        )
    worn_out = _failing_for_hours([pk for pk, _ in failures], now)
    for pk, problem in failures:
        if problem.gone:
            disable(Endpoint.objects.get(pk=pk), because=problem.reason, now=now)
        elif pk in worn_out:
            because = f"no message got through for {settings.ENDPOINT_FAILING_HOURS} hours"
            because = f"{because}: {problem.reason}"
            disable(Endpoint.objects.get(pk=pk), because=because, now=now)


def _failing_for_hours(pks: Collection[int], now: datetime) -> set[int]:
    """Return which of these endpoints have failed for longer than is borne."""
    since = now - timedelta(hours=settings.ENDPOINT_FAILING_HOURS)
    rows = Endpoint.objects.filter(pk__among=pks, failing_since__lte=since)
    return set(rows.values_list("pk", flat=True))


def disable(endpoint: Endpoint, *, because: str, now: datetime) -> None:
    """End all messages to an endpoint, and tell its owner by another way, once."""
    with transaction.atomic():
        if Endpoint.objects.disable([endpoint.pk], because=because, now=now):
            _tell_owner(endpoint, because, now)


def enable(endpoint: Endpoint, *, now: datetime) -> None:
    """Send messages to an endpoint again, those included that died while it was off."""
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(
            disabled_at=None, disabled_because="", failures=0, failing_since=None
        )
        Delivery.objects.filter(endpoint=endpoint).retry(now)


def bounce(address: str, *, because: str, now: datetime) -> int:
    """End all messages to a mailbox that does not exist; return how many endpoints that were."""
    rows = Endpoint.objects.usable().filter(channel=Endpoint.Channel.EMAIL, address__iexact=address)
    ended = list(rows)
    for endpoint in ended:
        disable(endpoint, because=because, now=now)
    return len(ended)


def _tell_owner(endpoint: Endpoint, because: str, now: datetime) -> None:
    owner = endpoint.owner
    if owner is None or not owner.email or _is_mailbox(endpoint, owner.email):
        return
    mailbox = endpoint_of(owner=owner, channel=Endpoint.Channel.EMAIL, address=owner.email, now=now)
    touched = Subscription.objects.filter(endpoint=endpoint)
    Delivery.objects.create(
        endpoint=mailbox,
        notice=Delivery.Notice.DISABLED,
        body=messages.notice_body(
            Delivery.Notice.DISABLED,
            list(touched.select_related("actor", "topic", "saved_search")),
            now=now,
            about=f"{endpoint}: {because}.",
        ),
        created_at=now,
        next_try_at=now,
    )


def _is_mailbox(endpoint: Endpoint, address: str) -> bool:
    return (
        endpoint.channel == Endpoint.Channel.EMAIL and endpoint.address.lower() == address.lower()
    )
