"""Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

from django.conf import settings

from tracker import fetching
from tracker.channels.errors import ChannelError
from tracker.channels.letters import Letter

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
        key = binascii.a2b_base64(secret.removeprefix(SECRET_PREFIX), strict_mode=True)
    except ValueError as error:
        raise ValueError("a webhook secret is 'whsec_' and base64") from error
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def judge(address: str) -> None:
    """Raise ChannelError for an address that is refused wherever its name may lead."""
    try:
        fetching.judge(address, settings.FETCH_ALLOW)
    except fetching.FetchError as error:
        raise ChannelError(error.reason, retryable=False) from error


def begin(
    letter: Letter,
    *,
    now: datetime,
    allow: Sequence[str],
    lines: fetching.Lines,
    tell: Callable[[Exception | None], None],
) -> None:
    """Begin to post the stored bytes, signed with each secret that is valid now.

    `tell` gets a ChannelError, or nothing where the receiver took it. Raises ChannelError for
    what cannot be sent.
    """
    body = letter.body.encode()
    try:
        headers = _headers(letter, body, now)
        lines.begin(
            letter.address, body, headers, allow=allow, tell=lambda said: tell(_judged(said))
        )
    except (ValueError, fetching.FetchError) as error:
        raise _channel_error(error) from error


def send(letter: Letter, *, now: datetime, allow: Sequence[str]) -> None:
    """Post the stored bytes and wait for the answer. Raises ChannelError."""
    told: list[Exception | None] = []
    with closing(fetching.Lines()) as lines:
        begin(letter, now=now, allow=allow, lines=lines, tell=told.append)
        while not told:
            lines.carry(None)
    if told[0] is not None:
        raise told[0]


def _judged(said: fetching.Posted | Exception) -> Exception | None:
    """Return what an answer means: nothing where the receiver took the message."""
    if isinstance(said, Exception):
        return _channel_error(said)
    if 200 <= said.status < 300:
        return None
    reason = f"the receiver answered {said.status}"
    return ChannelError(reason, gone=said.status == GONE, retry_after=said.retry_after)


def _channel_error(error: Exception) -> Exception:
    """Return why nothing was answered; a fault of ours as it is."""
    match error:
        case fetching.FetchError():
            found = ChannelError(
                error.reason, retryable=error.retryable, retry_after=error.retry_after
            )
        case ValueError():
            found = ChannelError(str(error), retryable=False)
        case _:
            return error
    found.__cause__ = error
    return found


def _headers(letter: Letter, body: bytes, now: datetime) -> dict[str, str]:
    message_id, timestamp = str(letter.message_id), int(now.timestamp())
    signatures = [
        sign(secret, message_id=message_id, timestamp=timestamp, body=body)
        for secret in letter.secrets
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": fetching.USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
