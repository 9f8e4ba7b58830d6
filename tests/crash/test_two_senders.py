"""Two processes that send at the same time send each message once."""

import os
import time
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connections
from django.utils import timezone

from tests.crash.dying import leave_inherited_connection
from tests.servers.listeners import WebhookListener
from tests.tracker.records import NOT_READY, READY, known_people, row, settle, state, subscription
from tracker import alerts
from tracker.models import Delivery

MESSAGES = 120
SENDERS = 3


def send_from(moment: float) -> None:
    """Send all that is due from a moment on, and end the process."""
    try:
        leave_inherited_connection()
        time.sleep(max(0.0, moment - time.monotonic()))
        alerts.deliver_due(now=timezone.now())
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.django_db(transaction=True)
def test_processes_that_send_at_once_send_each_message_once(
    webhook_listener: WebhookListener, settings: LazySettings
) -> None:
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    known_people()
    for number in range(MESSAGES):
        subscription(address=f"{webhook_listener.url}/{number}")
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=timezone.now() - timedelta(seconds=1))
    connections.close_all()
    moment = time.monotonic() + 0.5
    children = []
    for _ in range(SENDERS):
        children.append(os.fork())
        if children[-1] == 0:
            send_from(moment)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * SENDERS
    ids = [request.headers["webhook-id"] for request in webhook_listener.requests]
    assert len(ids) == len(set(ids)) == MESSAGES
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
