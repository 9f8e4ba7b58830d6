"""Delivery status notifications (RFC 3464): which mailboxes a mail server gave up for good."""

from email import message_from_bytes, policy
from email.message import Message

PERMANENT = "5."  # RFC 3463: the class of a status that no other try can change


def permanent_failures(raw: bytes) -> dict[str, str]:
    """Return address -> reason for each recipient that a notification reports as failed for good.

    Empty for any other message, and for delays (4.x.x).
    """
    message = message_from_bytes(raw, policy=policy.compat32)
    found: dict[str, str] = {}
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.walk():
                found |= _failure(block)
    return found


def _failure(block: Message) -> dict[str, str]:
    status = str(block.get("Status", "")).strip()
    recipient = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
    failed = str(block.get("Action", "")).strip().lower() == "failed"
    address = recipient.partition(";")[2].strip()
    if not failed or not status.startswith(PERMANENT) or not address:
        return {}
    said = " ".join(str(block.get("Diagnostic-Code", "")).partition(";")[2].split())
    return {address: f"bounced with {status} {said}".strip()[:300]}
