"""Receivers that fail, and what their owners hear of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from standardwebhooks import Webhook, WebhookVerificationError

from tests.servers.listeners import SmtpSink, WebhookListener
from tests.tracker.records import (
    NOT_READY,
    NOW,
    READY,
    known_people,
    later,
    row,
    settle,
    state,
    subscription,
)
from tracker import alerts, bounces, channels, tasks
from tracker.models import Delivery, Endpoint, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(webhook_listener: WebhookListener, settings: LazySettings) -> WebhookListener:
    """A receiver that this service is allowed to reach, and the people of the record."""
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    return webhook_listener


def shifts() -> None:
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=NOW)


def try_until_dead() -> None:
    """Try the one message that is owed at each time of its schedule."""
    while due := Delivery.objects.owed().filter(event__isnull=False).first():
        alerts.deliver_due(now=due.next_try_at)


# --- Secrets --------------------------------------------------------------------------------------


def test_while_a_secret_is_replaced_both_verify(hook: WebhookListener) -> None:
    made = subscription(address=hook.url, secret=channels.new_secret())
    old = made.endpoint.secret
    new = alerts.rotate_secret(made.endpoint, now=NOW)
    shifts()
    alerts.deliver_due(now=NOW)
    (request,) = hook.requests
    stamp = str(int(NOW.timestamp()))
    assert request.headers["webhook-timestamp"] == stamp
    delivery = Delivery.objects.get()
    assert request.headers["webhook-signature"].split(" ") == [
        channels.sign(
            secret, message_id=str(delivery.message_id), timestamp=int(stamp), body=request.body
        )
        for secret in (new, old)
    ]


def test_after_the_overlap_only_the_new_secret_signs(hook: WebhookListener) -> None:
    made = subscription(address=hook.url)
    old = made.endpoint.secret
    new = alerts.rotate_secret(made.endpoint, now=NOW)
    assert made.endpoint.secrets(NOW + timedelta(hours=23)) == [new, old]
    assert made.endpoint.secrets(NOW + timedelta(hours=24)) == [new]


def test_a_message_that_is_replayed_by_a_stranger_is_refused(hook: WebhookListener) -> None:
    made = subscription(address=hook.url, secret=channels.new_secret())
    shifts()
    alerts.deliver_due(now=NOW)
    (request,) = hook.requests
    with pytest.raises(WebhookVerificationError, match=r"(?i)too (old|new)"):
        Webhook(made.endpoint.secret).verify(request.body, request.headers)


# --- Failures -------------------------------------------------------------------------------------


def test_an_endpoint_that_fails_for_days_is_disabled_and_its_owner_told_by_mail(
    hook: WebhookListener,
) -> None:
    owner = User.objects.create_user("anna", email="anna@desk.example")
    made = subscription(address=hook.url, owner=owner)
    shifts()
    hook.answer(*[500] * 20)
    try_until_dead()
    endpoint = Endpoint.objects.get(pk=made.endpoint_id)
    assert endpoint.state == "disabled"
    assert "for 72 hours" in endpoint.disabled_because
    notice = Delivery.objects.get(notice=Delivery.Notice.DISABLED)
    assert (notice.endpoint.channel, notice.endpoint.address) == ("email", "anna@desk.example")
    assert endpoint.address in json.loads(notice.body)["data"]["summary"]


def test_one_success_forgets_all_failures(hook: WebhookListener) -> None:
    made = subscription(address=hook.url)
    shifts()
    hook.answer(500, 500)
    try_until_dead()
    endpoint = Endpoint.objects.get(pk=made.endpoint_id)
    assert (endpoint.state, endpoint.failures, endpoint.failing_since) == ("working", 0, None)
    assert Delivery.objects.get().state == "sent"


def test_hours_without_messages_are_no_failures(hook: WebhookListener) -> None:
    made = subscription(address=hook.url)
    shifts()
    hook.answer(500)
    alerts.deliver_due(now=NOW)
    endpoint = Endpoint.objects.get(pk=made.endpoint_id)
    assert (endpoint.state, endpoint.failing_since) == ("failing", endpoint.last_failure_at)


def test_an_endpoint_that_is_switched_on_again_gets_what_it_missed(hook: WebhookListener) -> None:
    made = subscription(address=hook.url)
    shifts()
    hook.answer(410)
    alerts.deliver_due(now=NOW)
    (dead,) = Delivery.objects.dead()
    alerts.enable(Endpoint.objects.get(pk=made.endpoint_id), now=later(hours=1))
    assert alerts.deliver_due(now=later(hours=1)) == 1
    assert [request.headers["webhook-id"] for request in hook.requests] == [
        str(dead.message_id)
    ] * 2


def test_a_mail_server_that_is_down_is_no_fault_of_the_mailbox(
    hook: WebhookListener, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    subscription(channel="email", address="desk@example.org")
    shifts()
    alerts.deliver_due(now=NOW)
    assert "no mail server" in Delivery.objects.get().problem
    assert Endpoint.objects.get().failures == 0


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        ("550 5.1.1 no such user here", "disabled"),
        ("550 5.7.1 we do not take mail from you", "failing"),
        ("552 5.2.2 the mailbox is full", "failing"),
        ("450 4.2.1 not now", "failing"),
    ],
)
def test_a_mailbox_that_does_not_exist_is_ended_at_the_first_refusal(
    smtp_sink: SmtpSink, settings: LazySettings, refusal: str, state: str
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    known_people()
    subscription(channel="email", address="nobody@example.org")
    shifts()
    smtp_sink.refusal = refusal
    alerts.deliver_due(now=NOW)
    assert Endpoint.objects.get().state == state
    assert f"refused the address ({refusal[:3]})" in Delivery.objects.get().problem


# --- Bounces --------------------------------------------------------------------------------------

BOUNCE = b"""\
From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; gone@desk.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <gone@desk.example>:
 no such user

Final-Recipient: rfc822; slow@desk.example
Action: delayed
Status: 4.4.1

--b--
"""


def test_a_bounce_names_the_mailboxes_that_failed_for_good() -> None:
    assert bounces.permanent_failures(BOUNCE) == {
        "gone@desk.example": "bounced with 5.1.1 550 5.1.1 <gone@desk.example>: no such user"
    }
    assert bounces.permanent_failures(BOUNCE.replace(b"failed", b"delivered")) == {}
    assert bounces.permanent_failures(b"Subject: Hello\n\nAction: failed\nStatus: 5.1.1\n") == {}


def test_a_mailbox_that_bounced_gets_no_more(tmp_path: Path) -> None:
    gone = subscription(channel="email", address="Gone@desk.example")
    slow = subscription(channel="email", address="slow@desk.example")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(BOUNCE)
    call_command("bounce", "--message", str(tmp_path), verbosity=0)
    states = {row.pk: row.state for row in Subscription.objects.select_related("endpoint")}
    assert states == {gone.pk: "ended", slow.pk: "active"}
    with pytest.raises(CommandError):
        call_command("bounce")


# --- Sending again --------------------------------------------------------------------------------


def test_dead_letters_are_shown_with_their_reason_and_sent_again(
    hook: WebhookListener, capsys: pytest.CaptureFixture[str]
) -> None:
    subscription(address=hook.url)
    shifts()
    hook.answer(410)
    alerts.deliver_due(now=NOW)
    call_command("alerts", "status")
    shown = capsys.readouterr().out
    letter = Delivery.objects.get()
    assert (
        f"dead {letter.message_id}  endpoint {letter.endpoint_id}  the receiver answered" in shown
    )
    assert "disabled" in shown
    call_command("alerts", "retry", "--endpoint", str(letter.endpoint_id), "--enable")
    assert tasks.send_tick() == 1


def test_messages_of_a_time_are_replayed_under_their_old_ids(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts()
    alerts.deliver_due(now=NOW)
    call_command("alerts", "replay", "--since", "2026-01-06", verbosity=0)
    assert not Delivery.objects.owed().exists()
    call_command("alerts", "replay", "--since", "2026-01-05", "--until", "2026-01-06", verbosity=0)
    assert tasks.send_tick() == 1
    first, second = (request.headers["webhook-id"] for request in hook.requests)
    assert first == second
    with pytest.raises(CommandError, match="replay needs"):
        call_command("alerts", "replay")
