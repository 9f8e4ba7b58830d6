"""How one message leaves: signed bytes to a real listener, mail to a real SMTP server."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from tests.servers.listeners import SmtpSink, WebhookListener
from tests.servers.ports import free_port
from tests.tracker.records import (
    FIVE,
    FOUR,
    known_people,
    row,
    settle,
    state,
    subscription,
)
from tracker import alerts, channels
from tracker.channels import ChannelError
from tracker.models import Delivery, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


@pytest.fixture
def allowed(webhook_listener: WebhookListener) -> list[str]:
    return [f"127.0.0.1:{webhook_listener.port}"]


@pytest.fixture
def mailing(smtp_sink: SmtpSink, settings: LazySettings) -> Iterator[SmtpSink]:
    """Send mail over SMTP, as in production; pytest-django keeps it in memory otherwise."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    settings.DEFAULT_FROM_EMAIL = "Stanceline <alerts@stanceline.example>"
    yield smtp_sink
    assert getattr(mail, "outbox", []) == []


def owed(**fields: object) -> Delivery:
    """Return one delivery that is owed for a shift."""
    subscription(**fields)
    state(
        row(FOUR, "2023-05-24", source="ministry"),
        row(FIVE, "2024-05-24", source="courier", fidelity="paraphrased"),
    )
    alerts.owe(settle(), now=timezone.now())
    return Delivery.objects.select_related("endpoint").get()


def send(delivery: Delivery, *, now: datetime, allow: Sequence[str] = ()) -> None:
    channels.send(channels.Letter.of(delivery, now=now), now=now, allow=allow)


def by_mail(**fields: object) -> Delivery:
    return owed(channel=Subscription.Channel.EMAIL, address="desk@example.org", **fields)


# --- Webhooks -------------------------------------------------------------------------------------


def test_the_stored_bytes_are_what_is_sent(
    webhook_listener: WebhookListener, allowed: list[str]
) -> None:
    delivery = owed(address=webhook_listener.url, note="“Karsk” & <desk>")
    send(delivery, now=timezone.now(), allow=allowed)
    (request,) = webhook_listener.requests
    assert request.body == delivery.body.encode()
    assert request.headers["webhook-id"] == str(delivery.message_id)
    assert request.headers["content-type"] == "application/json"


def test_the_reference_library_verifies_what_is_sent(
    webhook_listener: WebhookListener, allowed: list[str]
) -> None:
    secret = channels.new_secret()
    delivery = owed(address=webhook_listener.url, secret=secret)
    send(delivery, now=timezone.now(), allow=allowed)
    (request,) = webhook_listener.requests
    assert Webhook(secret).verify(request.body, request.headers) == json.loads(delivery.body)


def test_what_was_tampered_with_or_comes_late_is_refused_by_the_reference_library(
    webhook_listener: WebhookListener, allowed: list[str]
) -> None:
    secret = channels.new_secret()
    delivery = owed(address=webhook_listener.url, secret=secret)
    send(delivery, now=timezone.now(), allow=allowed)
    send(delivery, now=timezone.now() - timedelta(minutes=6), allow=allowed)
    fresh, late = webhook_listener.requests
    other_id = {**fresh.headers, "webhook-id": "another"}
    for body, headers, key in (
        (fresh.body.replace(b"four", b"nine"), fresh.headers, secret),
        (fresh.body, other_id, secret),
        (fresh.body, fresh.headers, channels.new_secret()),
        (late.body, late.headers, secret),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body, headers)


def test_a_secret_has_256_random_bits() -> None:
    one, other = channels.new_secret(), channels.new_secret()
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32
    assert one != other


@pytest.mark.parametrize("status", [0, 302, 400, 404, 429, 500, 503])
def test_anything_but_success_may_be_tried_again(
    status: int, webhook_listener: WebhookListener, allowed: list[str]
) -> None:
    delivery = owed(address=webhook_listener.url)
    webhook_listener.answer(status)
    with pytest.raises(ChannelError) as failed:
        send(delivery, now=timezone.now(), allow=allowed)
    assert failed.value.retryable
    assert not failed.value.gone
    assert failed.value.reason
    assert len(webhook_listener.requests) == 1


def test_410_means_never_again(webhook_listener: WebhookListener, allowed: list[str]) -> None:
    delivery = owed(address=webhook_listener.url)
    webhook_listener.answer(410)
    with pytest.raises(ChannelError) as failed:
        send(delivery, now=timezone.now(), allow=allowed)
    assert failed.value.gone


def test_a_refused_connection_may_be_tried_again() -> None:
    port = free_port()
    delivery = owed(address=f"http://127.0.0.1:{port}/")
    with pytest.raises(ChannelError) as failed:
        send(delivery, now=timezone.now(), allow=[f"127.0.0.1:{port}"])
    assert failed.value.retryable


def test_an_address_inside_the_house_is_never_tried(webhook_listener: WebhookListener) -> None:
    delivery = owed(address=webhook_listener.url)
    with pytest.raises(ChannelError) as failed:
        send(delivery, now=timezone.now())
    assert not failed.value.retryable
    assert webhook_listener.requests == []


# --- Mail -----------------------------------------------------------------------------------------


def test_a_mail_reads_well_as_text_and_as_html(mailing: SmtpSink) -> None:
    send(by_mail(note="for the <Karsk> desk"), now=timezone.now())
    (message,) = mailing.messages
    assert mailing.recipients == [["desk@example.org"]]
    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())
    assert message["subject"].startswith("Shift: Ilva Marenko on Talks")
    assert "Before: said 2023-05-24, Ministry (grade A2), the words as spoken:" in text
    assert "a paraphrase, not a quotation" in text
    assert "'four' -> 'five'" in text
    assert "/stances/ilva-marenko/talks/?open=s" in text
    assert "for the <Karsk> desk" in text
    assert "for the &lt;Karsk&gt; desk" in html
    assert "<mark>" in html


def test_the_text_of_a_mail_has_what_stood_around_the_words(mailing: SmtpSink) -> None:
    letter = by_mail()
    content = json.loads(letter.body)
    around = {"before": 'VELGRAD (VWS) - "', "after": '," she said on Thursday.'}
    content["data"]["newer"] |= around
    letter.body = json.dumps(content)
    send(letter, now=timezone.now())
    lines = next(mailing.messages[0].iter_parts()).get_content().splitlines()
    assert {"    (VELGRAD (VWS))", "    (she said on Thursday.)"} <= {*lines}


def test_no_line_of_a_mail_is_longer_than_a_screen(mailing: SmtpSink) -> None:
    send(by_mail(), now=timezone.now())
    (message,) = mailing.messages
    text = next(message.iter_parts()).get_content()
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 100


def test_a_mail_keeps_its_id_over_every_try(mailing: SmtpSink) -> None:
    delivery = by_mail()
    for _ in range(2):
        send(delivery, now=timezone.now())
    ids = [message["message-id"] for message in mailing.messages]
    assert ids == [f"<{delivery.message_id}@stanceline.example>"] * 2


def test_a_mail_server_that_is_down_may_be_tried_again(
    mailing: SmtpSink, settings: LazySettings
) -> None:
    settings.EMAIL_PORT = free_port()
    with pytest.raises(ChannelError, match="no mail server") as failed:
        send(by_mail(), now=timezone.now())
    assert failed.value.retryable


def test_without_a_mail_server_mail_is_a_file(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    send(by_mail(), now=timezone.now())
    (path,) = settings.EMAIL_FILE_PATH.iterdir()
    assert "desk@example.org" in path.read_text()
