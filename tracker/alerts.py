"""A shift's event -> deliveries owed -> deliveries sent.

What is owed is written in the transaction that stores the event. Sending claims a row with
a lease, commits, sends with the row's own message id, and then marks it: a crash at any
point leaves a row that is sent again under the same id, never one that is forgotten.
"""

import json
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q

from tracker import channels
from tracker.channels import ChannelError
from tracker.models import Delivery, ShiftEvent, Subscription, Utterance

LEASE = timedelta(seconds=90)  # longer than any request may take
SENDERS = 8
LONGEST_PASSAGE = 2000  # a message stays under the 20 KB that the specification advises
# After each try the wait for the next (Standard Webhooks' schedule); then the letter is dead.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1


def owe(events: Iterable[ShiftEvent], *, now: datetime) -> int:
    """Write one delivery for each event and each subscription that asked for it; return how many.

    Belongs in the transaction that stores the events. Writing it twice owes nothing twice.
    """
    owed = 0
    for event in events:
        wanting = Subscription.objects.active(now).matching(event.shift)
        deliveries = [
            Delivery(
                subscription=subscription,
                event=event,
                body=body(event, subscription),
                created_at=now,
                next_try_at=now,
            )
            for subscription in wanting
            if subscription.wants(event) and subscription.heard_of(event)
        ]
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=1000)
        owed += len(deliveries)
    return owed


def deliver_due(*, now: datetime, limit: int = 100) -> int:
    """Send due deliveries, at most `limit`, several at a time; return how many left."""
    claimed = claim(now=now, limit=limit)
    if not claimed:
        return 0
    with ThreadPoolExecutor(max_workers=min(SENDERS, len(claimed))) as senders:
        outcomes = senders.map(lambda delivery: _outcome(delivery, now), claimed)
        return sum(
            _mark(delivery, outcome, now)
            for delivery, outcome in zip(claimed, outcomes, strict=True)
        )


def claim(*, now: datetime, limit: int) -> list[Delivery]:
    """Take due deliveries for this worker, their attempts counted, and return them."""
    due = list(Delivery.objects.due(now).values_list("pk", flat=True)[:limit])
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    taken = [
        pk
        for pk in due
        # One row, one conditional update: of two workers exactly one gets the count 1.
        if Delivery.objects.owed()
        .filter(free, pk=pk)
        .update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    ]
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
                "reasons": shift.reasons,
                "counterfactual": shift.evidence.get("counterfactual", ""),
            },
            "older": _side(shift.older, shift.evidence["older"]),
            "newer": _side(shift.newer, shift.evidence["newer"]),
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
    return f"{happened}: {shift.stance.actor} on {shift.stance.topic} ({shift.direction})"


def _summary(event: ShiftEvent) -> str:
    shift = event.shift
    if event.kind == ShiftEvent.Kind.WITHDRAWN:
        return f"This shift no longer stands: {shift.withdrawn_because}."
    kinds = ", ".join(kind.replace("_", " ") for kind in shift.kinds)
    return f"{kinds}; {shift.status}; confidence {shift.confidence:.2f}; grade {shift.grade}"


def _side(utterance: Utterance, span: Sequence[int]) -> dict[str, Any]:
    statement = utterance.canonical
    return {
        "utterance": utterance.pk,
        "said": utterance.said_edtf,
        "value": utterance.value,
        "text": statement.exact[:LONGEST_PASSAGE],
        "evidence": list(span),
        "before": statement.prefix,
        "after": statement.suffix,
        "fidelity": utterance.fidelity,
        "grade": utterance.grade,
        "source": statement.document.source.name,
        "url": statement.document.url,
    }


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


def _mark(delivery: Delivery, problem: ChannelError | None, now: datetime) -> bool:
    """Write the outcome of a try on its row; return whether the message left."""
    row = Delivery.objects.filter(pk=delivery.pk)
    if problem is None:
        row.update(sent_at=now, lease_until=None, problem="")
        return True
    if problem.gone:
        Subscription.objects.filter(pk=delivery.subscription_id, disabled_at=None).update(
            disabled_at=now, disabled_because=problem.reason[:300]
        )
    wait = _wait(delivery, problem)
    if wait is None:
        row.update(dead_at=now, lease_until=None, problem=problem.reason[:500])
    else:
        row.update(next_try_at=now + wait, lease_until=None, problem=problem.reason[:500])
    return False


def _wait(delivery: Delivery, problem: ChannelError) -> timedelta | None:
    """Return how long to wait for the next try, None where there is none."""
    if problem.gone or not problem.retryable or delivery.attempts > len(WAITS):
        return None
    wait = WAITS[delivery.attempts - 1]
    # Jitter keeps a thousand deliveries that failed together from returning together.
    wait *= 1 + random.uniform(0, JITTER)  # noqa: S311  # spreads load, keeps no secret
    return max(wait, timedelta(seconds=problem.retry_after or 0))
