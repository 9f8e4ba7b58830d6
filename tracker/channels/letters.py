"""What leaves: of a delivery and its endpoint, what is needed to send it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.models import Delivery


@dataclass(slots=True)
class Letter:
    """One delivery that leaves: its row, what is sent under which id, where to, and which try.

    `secrets` sign it, where it is a webhook. It may be that nobody wants it any more (`wanted`),
    or that the last message to its endpoint failed (`failing`). Rows that come by the thousand
    are read into these and not into models, which cost several times as much.
    """

    pk: int
    message_id: UUID
    body: str
    attempts: int
    notice: str
    subscription_id: int | None
    endpoint_id: int
    channel: str
    address: str
    secrets: list[str]
    wanted: bool = True
    failing: bool = False

    @classmethod
    def of(cls, delivery: Delivery, *, now: datetime) -> "Letter":
        """Return a delivery as it leaves at `now`."""
        endpoint = delivery.endpoint
        return cls(
            pk=delivery.pk,
            message_id=delivery.message_id,
            body=delivery.body,
            attempts=delivery.attempts,
            notice=delivery.notice,
            subscription_id=delivery.subscription_id,
            endpoint_id=endpoint.pk,
            channel=endpoint.channel,
            address=endpoint.address,
            secrets=endpoint.secrets(now),
        )
