"""From the demo's documents to a received webhook and an e-mail, through the real pieces."""

import json

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone
from standardwebhooks import Webhook

from tests.servers.listeners import SmtpSink, WebhookListener
from tracker import alerts, tasks
from tracker.history import history
from tracker.models import (
    Capture,
    Delivery,
    Document,
    Event,
    Shift,
    Stance,
    Statement,
    Subscription,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def subscribed(
    webhook_listener: WebhookListener, smtp_sink: SmtpSink, settings: LazySettings
) -> Subscription:
    """A webhook and a mail subscription to everything; the webhook's is returned."""
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    settings.FLOOD_EVENTS = 0  # what the demo tells is old: it would come as one summary
    now = timezone.now()
    alerts.subscribe(owner=None, channel="email", address="desk@example.org", now=now, trusted=True)
    return alerts.subscribe(owner=None, channel="webhook", address=webhook_listener.url, now=now)


def run_the_ticks() -> None:
    """Run the ticks until nothing waits."""
    for tick in (tasks.read_tick, tasks.detect_tick, tasks.send_tick):
        while tick():
            pass
        while tick is tasks.detect_tick and Stance.objects.waiting(timezone.now()).exists():
            tick()


def test_the_demo_goes_from_documents_to_received_messages(
    subscribed: Subscription, webhook_listener: WebhookListener, smtp_sink: SmtpSink
) -> None:
    call_command("load_demo", verbosity=0)
    assert not Statement.objects.exists()
    run_the_ticks()

    assert Document.objects.exists()
    assert Capture.objects.count() == Document.objects.count()
    assert not Document.objects.filter(read_at=None).exists()
    for statement in Statement.objects.held().select_related("document"):
        assert statement.document.text[statement.start : statement.end] == statement.exact
        assert statement.said is not None

    announced = Event.objects.filter(kind=Event.Kind.DETECTED)
    assert announced.exists()
    told = [json.loads(request.body) for request in webhook_listener.requests]
    assert {(one["type"], one["data"]["shift"]["id"]) for one in told} >= {
        (event.kind, event.shift_id) for event in announced
    }
    assert len(told) == len(
        {request.headers["webhook-id"] for request in webhook_listener.requests}
    )
    for request in webhook_listener.requests:
        Webhook(subscribed.endpoint.secret).verify(request.body, request.headers)
    assert len(smtp_sink.messages) == len(told)
    assert not Delivery.objects.owed().exists()

    shown = {shift["id"] for stance in Stance.objects.all() for shift in history(stance)["shifts"]}
    assert shown == set(Shift.objects.filter(withdrawn_at=None).values_list("pk", flat=True))


def test_loading_the_demo_twice_stores_and_announces_nothing_new(
    subscribed: Subscription, webhook_listener: WebhookListener
) -> None:
    call_command("load_demo", verbosity=0)
    run_the_ticks()
    documents, messages = Document.objects.count(), len(webhook_listener.requests)
    call_command("load_demo", verbosity=0)
    run_the_ticks()
    assert (Document.objects.count(), len(webhook_listener.requests)) == (documents, messages)
