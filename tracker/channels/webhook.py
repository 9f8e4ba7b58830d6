"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from tracker import fetching
from tracker.channels.errors import ChannelError
from tracker.models import Delivery

SECRET_PREFIX = "whsec_"  # noqa: S105  # the specification's prefix, no secret
SECRET_BYTES = 32
GONE = 410


def new_secret() -> str:
    """Return a new signing secret as the specification writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


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


def judge(address: str) -> None:
    """Raise ChannelError for an address that is refused wherever its name may lead."""
    try:
        fetching.judge(address, settings.FETCH_ALLOW)
    except fetching.FetchError as error:
        raise ChannelError(error.reason, retryable=False) from error


def send(
    delivery: Delivery,
    *,
    now: datetime,
    allow: Sequence[str],
    connections: fetching.Lines | None = None,
) -> None:
    """Post the stored bytes, signed with each secret that is valid now. Raises ChannelError."""
    body = delivery.body.encode()
    post = fetching.post if connections is None else connections.post
    try:
        headers = _headers(delivery, body, now)
        answer = post(delivery.endpoint.address, body, headers, allow=allow)
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


def _headers(delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    message_id, timestamp = str(delivery.message_id), int(now.timestamp())
    signatures = [
        sign(secret, message_id=message_id, timestamp=timestamp, body=body)
        for secret in delivery.endpoint.secrets(now)
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": fetching.USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
