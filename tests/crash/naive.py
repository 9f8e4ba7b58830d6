"""The negative control: no outbox. What happened is committed, then announced by a message.

It tries each receiver five times at once, so that what it loses is lost by the missing rows
and not by a receiver that refused.
"""

import json
import urllib.error
import urllib.request
import uuid
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from tests.crash.hurried import app
from tracker import alerts, detection, tasks
from tracker.alerts import matching, messages
from tracker.models import Event

TRIES = 5

__all__ = ["app"]


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def announce(event_id: int) -> None:
    """Tell everybody who asked of one event."""
    event = messages.loaded(Event.objects.all()).get(pk=event_id)
    content = {"type": event.kind, "data": messages.content_of(event)}
    asked = matching.candidates(event, matching.facts_of(event), now=timezone.now())
    for subscription in asked.select_related("endpoint"):
        message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{event_id}/{subscription.pk}"))
        _post(subscription.endpoint.address, json.dumps(content).encode(), message_id)


def _post(address: str, body: bytes, message_id: str) -> None:
    for _ in range(TRIES):
        request = urllib.request.Request(address, body, {"webhook-id": message_id})
        try:
            with urllib.request.urlopen(request, timeout=20):
                return
        except (urllib.error.URLError, OSError):
            continue


def _detect_and_announce(*, now: datetime) -> int:
    events = 0
    for stance_id in detection.claim_marked(now=now):
        happened = detection.detect(stance_id, now=now)
        Event.objects.filter(pk__in=[event.pk for event in happened]).update(owed_at=now)
        for event in happened:
            announce.delay(event.pk)
        events += len(happened)
    return events


def _owe_nothing(*, now: datetime, limit: int = 0) -> int:
    return 0


tasks.detect_and_owe = _detect_and_announce
alerts.owe_waiting = _owe_nothing
