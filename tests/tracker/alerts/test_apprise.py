"""Other services through apprise: fenced, and optional."""

import importlib.util
import json

import pytest
from django.conf import LazySettings

from tests.servers.listeners import WebhookListener
from tests.tracker.records import NOT_READY, NOW, READY, known_people, row, settle, state
from tracker import alerts
from tracker.models import Delivery

pytestmark = pytest.mark.django_db

INSTALLED = importlib.util.find_spec("apprise") is not None


def subscribe(address: str) -> None:
    alerts.subscribe(owner=None, channel="apprise", address=address, now=NOW)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:80/",
        "json://10.0.0.1/",
        "mailto://user:secret@example.org",
        "syslog://",
        "file:///etc/passwd",
        "https://example.org/",
        "ntfy://internal.example/topic",
    ],
)
def test_a_service_at_a_host_of_ones_choice_is_refused(address: str) -> None:
    with pytest.raises(alerts.CannotSubscribeError, match="not one of the services"):
        subscribe(address)


@pytest.mark.skipif(INSTALLED, reason="apprise is installed here")
def test_without_apprise_the_message_says_how_to_get_it() -> None:
    with pytest.raises(
        alerts.CannotSubscribeError, match=r"pip install -r requirements-extra\.txt"
    ):
        subscribe("slack://TokenA/TokenB/TokenC/#desk")


@pytest.mark.skipif(not INSTALLED, reason="apprise is not installed here")
def test_a_message_reaches_a_listed_receiver(
    webhook_listener: WebhookListener, settings: LazySettings
) -> None:
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    subscribe(f"json://127.0.0.1:{webhook_listener.port}/")
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=NOW)
    assert alerts.deliver_due(now=NOW) == 1
    told = json.loads(webhook_listener.requests[0].body)
    assert told["title"] == "Shift: Ilva Marenko on Talks (reversed)"
    assert NOT_READY in told["message"]
    assert str(Delivery.objects.get().message_id) in told["message"]


@pytest.mark.skipif(not INSTALLED, reason="apprise is not installed here")
def test_a_service_that_refuses_is_tried_again(
    webhook_listener: WebhookListener, settings: LazySettings
) -> None:
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    subscribe(f"json://127.0.0.1:{webhook_listener.port}/")
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=NOW)
    webhook_listener.answer(500)
    assert alerts.deliver_due(now=NOW) == 0
    assert Delivery.objects.get().state == "owed"
