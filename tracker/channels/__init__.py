"""How one letter leaves: as an e-mail, as a signed webhook, or through apprise.

All carry the delivery's `message_id`, the same over every try, so that a receiver can tell a
repetition from something new.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime

from tracker.channels import apprise, mail, webhook
from tracker.channels.errors import ChannelError
from tracker.channels.letters import Letter
from tracker.channels.webhook import new_secret, sign
from tracker.fetching import Lines
from tracker.models import Endpoint

__all__ = ["ChannelError", "Letter", "begin", "judge", "new_secret", "send", "sign"]

Tell = Callable[[Exception | None], None]


def judge(channel: str, address: str) -> None:
    """Raise ChannelError, not to be tried again, for an address that could never be sent to."""
    match channel:
        case Endpoint.Channel.APPRISE:
            apprise.judge(address)
        case Endpoint.Channel.WEBHOOK:
            webhook.judge(address)


def begin(
    letter: Letter,
    *,
    now: datetime,
    allow: Sequence[str],
    token: str,
    lines: Lines,
    threads: Executor,
    tell: Tell,
) -> None:
    """Begin to send a letter; `tell` gets what went wrong, nothing where it left.

    A webhook goes over one of the `lines`, whose carrier alone may call this; the others go
    out in one of the `threads`, which then tells. Raises ChannelError for what cannot be sent.
    """
    if letter.channel == Endpoint.Channel.WEBHOOK:
        webhook.begin(letter, now=now, allow=allow, lines=lines, tell=tell)
    else:
        threads.submit(_send_and_tell, letter, now, allow, token, tell)


def send(letter: Letter, *, now: datetime, allow: Sequence[str] = (), token: str = "") -> None:
    """Send one letter by its channel and wait for the answer; raise ChannelError if that failed.

    `token` is what a question to a mailbox is answered with.
    """
    match letter.channel:
        case Endpoint.Channel.EMAIL:
            mail.send(letter, token=token)
        case Endpoint.Channel.APPRISE:
            apprise.send(letter, allow=allow)
        case _:
            webhook.send(letter, now=now, allow=allow)


def _send_and_tell(
    letter: Letter, now: datetime, allow: Sequence[str], token: str, tell: Tell
) -> None:
    try:
        send(letter, now=now, allow=allow, token=token)
    except Exception as error:  # noqa: BLE001 - a fault of ours is told too; the others go on
        tell(error)
    else:
        tell(None)
