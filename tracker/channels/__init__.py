"""How one delivery leaves: as an e-mail, as a signed webhook, or through apprise.

All carry the delivery's `message_id`, the same over every try, so that a receiver can tell a
repetition from something new.
"""

from collections.abc import Sequence
from datetime import datetime

from tracker.channels import apprise, mail, webhook
from tracker.channels.errors import ChannelError
from tracker.channels.webhook import new_secret, sign
from tracker.fetching import Lines
from tracker.models import Delivery, Endpoint

__all__ = ["ChannelError", "judge", "new_secret", "send", "sign"]


def judge(channel: str, address: str) -> None:
    """Raise ChannelError, not to be tried again, for an address that could never be sent to."""
    match channel:
        case Endpoint.Channel.APPRISE:
            apprise.judge(address)
        case Endpoint.Channel.WEBHOOK:
            webhook.judge(address)


def send(
    delivery: Delivery,
    *,
    now: datetime,
    allow: Sequence[str] = (),
    token: str = "",
    connections: Lines | None = None,
) -> None:
    """Send one delivery by its endpoint's channel; raise ChannelError where that failed.

    `token` is what a question to a mailbox is answered with. A webhook goes over one of the
    `connections`, where there are any.
    """
    match delivery.endpoint.channel:
        case Endpoint.Channel.EMAIL:
            mail.send(delivery, token=token)
        case Endpoint.Channel.APPRISE:
            apprise.send(delivery, allow=allow)
        case _:
            webhook.send(delivery, now=now, allow=allow, connections=connections)
