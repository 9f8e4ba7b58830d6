"""A shift's event -> deliveries owed -> deliveries sent.

What is owed is written in the transaction that stores the event. Sending claims a row with
a lease, commits, sends with the row's own message id, and then marks it: a crash at any
point leaves a row that is sent again under the same id, never one that is forgotten.
"""

import json
import logging
import random
import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from tracker import channels
from tracker.channels import ChannelError
from tracker.models import Delivery, Shift, ShiftEvent, Statement, Subscription, Utterance
from tracker.models.alerts import TRIES, WAITS, SubscriptionQuerySet

logger = logging.getLogger(__name__)

SENDERS = 8
JITTER = 0.1
# So much of each part that a message stays under the 20 KB that the specification advises.
PASSAGE_BYTES, EXCERPT, CONTEXT = 2400, 600, 64  # the latter two in characters
REASONS, REASON = 6, 300


def owe(events: Iterable[ShiftEvent], *, now: datetime) -> int:
    """Write one delivery for each event and each subscription that asked for it; return how many.

    Belongs in the transaction that stores the events. Writing it twice owes nothing twice.
    """
    return sum(_owe(event, now) for event in events)


def _owe(event: ShiftEvent, now: datetime) -> int:
    deliveries = [
        Delivery(
            subscription=subscription,
            event=event,
            body=body(event, subscription),
            created_at=now,
            next_try_at=now,
        )
        for subscription in _wanting(event, now)
        if event.kind == ShiftEvent.Kind.WITHDRAWN or _asked(subscription, event)
    ]
    before = event.deliveries.count()
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=1000)
    return event.deliveries.count() - before


def _wanting(event: ShiftEvent, now: datetime) -> SubscriptionQuerySet:
    """Return who may hear of an event: of a withdrawal all who were told, and nobody else."""
    active = Subscription.objects.active(now)
    if event.kind == ShiftEvent.Kind.WITHDRAWN:
        return active.told_of(event.shift)
    return active.matching(event.shift)


def _asked(subscription: Subscription, event: ShiftEvent) -> bool:
    """Say whether this event is what the subscription asked for, and news besides another one."""
    if not subscription.wants(event):
        return False
    born_confirmed = event.kind == ShiftEvent.Kind.CONFIRMED and event.at == event.shift.recorded_at
    return not (born_confirmed and subscription.wants_kind(ShiftEvent.Kind.DETECTED))


def deliver_due(*, now: datetime, limit: int = 100) -> int:
    """Send due deliveries, at most `limit`, several at a time; return how many left.

    One at a time to each subscription, and each claimed only when a sender is free: a
    receiver that hangs holds up nobody else, and no lease runs out in a queue.
    """
    Delivery.objects.give_up(now)
    began = time.monotonic()
    sending: dict[Future[ChannelError | None], Delivery] = {}
    left = 0
    with ThreadPoolExecutor(max_workers=SENDERS) as senders:
        while True:
            at = now + timedelta(seconds=time.monotonic() - began)
            busy = {delivery.subscription_id for delivery in sending.values()}
            claimed = claim(now=at, limit=min(limit, SENDERS - len(sending)), busy=busy)
            limit -= len(claimed)
            for delivery in claimed:
                sending[senders.submit(_outcome, delivery, at)] = delivery
            if not sending:
                return left
            for future in wait(sending, return_when=FIRST_COMPLETED).done:
                left += _settle(sending.pop(future), future, at)


def claim(*, now: datetime, limit: int, busy: Collection[int] = ()) -> list[Delivery]:
    """Take due deliveries for this worker, their attempts counted, and return them.

    None to the subscriptions of `busy`, and at most one to any other.
    """
    due = Delivery.objects.due(now).exclude(subscription__in=busy)
    firsts: dict[int, int] = {}
    for pk, subscription in due.values_list("pk", "subscription")[: limit * SENDERS]:
        firsts.setdefault(subscription, pk)
    taken = [pk for pk in list(firsts.values())[:limit] if Delivery.objects.claim(pk, now)]
    rows = Delivery.objects.filter(pk__in=taken).select_related("subscription")
    return list(rows.order_by("next_try_at", "id"))


def body(event: ShiftEvent, subscription: Subscription) -> str:
    """Return the exact text of one message: what is signed, sent and kept."""
    shift = event.shift
    stance = shift.stance
    timeline = f"{settings.PUBLIC_URL}/stances/{stance.actor.slug}/{stance.topic.slug}/"
    content = {
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "data": {
            "title": _title(event),
            "summary": _summary(event),
            "correction": event.correction,
            "actor": stance.actor.slug,
            "topic": stance.topic.slug,
            "shift": {
                "id": shift.pk,
                "kinds": shift.kinds,
                "direction": shift.direction,
                "status": shift.status,
                "materiality": shift.materiality,
                "confidence": shift.confidence,
                "grade": shift.grade,
                "reasons": [reason[:REASON] for reason in shift.reasons[:REASONS]],
                "counterfactual": shift.evidence["counterfactual"][:REASON],
            },
            "older": _side(shift.older, shift.older_statement, shift.evidence["older"]),
            "newer": _side(shift.newer, shift.newer_statement, shift.evidence["newer"]),
            "links": {
                "timeline": f"{timeline}?shift={shift.pk}",
                "shift": f"{settings.PUBLIC_URL}/api/v1/shifts/{shift.pk}/",
            },
            "note": subscription.note,
            "subscription": subscription.pk,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _title(event: ShiftEvent) -> str:
    shift = event.shift
    happened = {
        ShiftEvent.Kind.DETECTED: "Corrected record" if event.correction else "Shift",
        ShiftEvent.Kind.CONFIRMED: "Shift confirmed",
        ShiftEvent.Kind.WITHDRAWN: "Shift withdrawn",
    }[ShiftEvent.Kind(event.kind)]
    way = "" if shift.direction == Shift.Direction.NONE else f" ({shift.direction})"
    return f"{happened}: {shift.stance.actor} on {shift.stance.topic}{way}"


def _summary(event: ShiftEvent) -> str:
    shift = event.shift
    kinds = ", ".join(kind.replace("_", " ") for kind in shift.kinds)
    if event.kind == ShiftEvent.Kind.WITHDRAWN:
        return f"This shift ({kinds}) no longer stands: {shift.withdrawn_because}."
    about = "Nothing new was said: what is on record was corrected. " if event.correction else ""
    sure = f"{shift.status}, confidence {shift.confidence:.0%}, source grade {shift.grade}"
    return f"{about}{kinds[:1].upper()}{kinds[1:]} ({sure})."


def _side(utterance: Utterance, statement: Statement, span: Sequence[int]) -> dict[str, Any]:
    """Return one side of a shift: its words around the evidence, and where they come from."""
    start, end = _excerpt(statement.exact, *span)
    document = statement.document
    return {
        "utterance": utterance.pk,
        "said": utterance.said_edtf,
        "value": utterance.value,
        "text": statement.exact[start:end],
        "evidence": [max(0, span[0] - start), min(end, span[1]) - start],
        "before": (statement.prefix + statement.exact[:start])[-CONTEXT:],
        "after": (statement.exact[end:] + statement.suffix)[:CONTEXT],
        "fidelity": statement.fidelity,
        "grade": utterance.grade,
        "source": document.source.name,
        "url": document.url,
    }


def _excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """Return which part of a passage to send: a short one whole, else what is near the evidence."""
    if len(text.encode()) <= PASSAGE_BYTES:
        return 0, len(text)
    middle = (start + min(end, start + EXCERPT)) // 2
    first = max(0, min(middle - EXCERPT // 2, len(text) - EXCERPT))
    return first, first + EXCERPT


def _outcome(delivery: Delivery, now: datetime) -> ChannelError | None:
    """Send one delivery and return what went wrong, None where nothing did."""
    if not delivery.subscription.is_active(now):
        return ChannelError("the subscription was ended or paused", retryable=False)
    try:
        channels.send(delivery, now=now, allow=settings.FETCH_ALLOW)
    except ChannelError as error:
        return error
    finally:
        connection.close()  # this thread's own, if a template or a model opened one
    return None


def _settle(delivery: Delivery, sent: Future[ChannelError | None], now: datetime) -> int:
    """Write the outcome of a try on its row; return 1 where the message left."""
    fault = sent.exception()
    if fault is not None:
        # A fault of ours: the lease runs out, the try counts, and the others go on.
        logger.error("sending %s broke down", delivery.message_id, exc_info=fault)
        return 0
    problem = sent.result()
    row = Delivery.objects.owed().filter(pk=delivery.pk)
    if problem is None:
        return row.update(sent_at=now, lease_until=None, problem="")
    if problem.gone:
        Subscription.objects.filter(pk=delivery.subscription_id, disabled_at=None).update(
            disabled_at=now, disabled_because=problem.reason[:300]
        )
    waiting = _wait(delivery, problem)
    ending = {"dead_at": now} if waiting is None else {"next_try_at": now + waiting}
    row.update(**ending, lease_until=None, problem=problem.reason[:500])
    return 0


def _wait(delivery: Delivery, problem: ChannelError) -> timedelta | None:
    """Return how long to wait for the next try, None where there is none."""
    if problem.gone or not problem.retryable or delivery.attempts >= TRIES:
        return None
    waiting = WAITS[delivery.attempts - 1]
    # Jitter keeps a thousand deliveries that failed together from returning together.
    waiting *= 1 + random.uniform(0, JITTER)  # noqa: S311  # spreads load, keeps no secret
    return max(waiting, timedelta(seconds=problem.retry_after or 0))
