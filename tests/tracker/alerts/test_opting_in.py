"""A mailbox is written to only when its owner said so, and no longer than that."""

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.servers.listeners import SmtpSink
from tests.tracker.records import (
    NOT_READY,
    NOW,
    READY,
    known_people,
    later,
    row,
    settle,
    state,
)
from tracker import alerts
from tracker.alerts.opting_in import LASTS
from tracker.models import Delivery, OptIn, Subscription

pytestmark = pytest.mark.django_db

SETTINGS = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def mailbox(smtp_sink: SmtpSink, settings: LazySettings) -> SmtpSink:
    """A real mail server, and the people of the record."""
    known_people()
    settings.EMAIL_BACKEND = SETTINGS
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    return smtp_sink


def strangers(address: str = "who@else.example") -> Subscription:
    """Return a subscription that somebody made for a mailbox that is not theirs."""
    owner, _ = User.objects.get_or_create(username="anna")
    return alerts.subscribe(owner=owner, channel="email", address=address, now=NOW)


def link(mailbox: SmtpSink, pattern: str) -> str:
    """Return the path of a link in the newest mail."""
    text = next(mailbox.messages[-1].iter_parts()).get_content()
    found = re.search(rf"https?://[^/\s]+({pattern}\S*)", text)
    assert found is not None, text
    return found[1]


def asked(mailbox: SmtpSink) -> str:
    alerts.deliver_due(now=timezone.now())
    return link(mailbox, "/subscriptions/confirm/")


def shifts() -> None:
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"), now=later(hours=1))
    alerts.owe(settle(later(hours=1)), now=later(hours=1))


def test_nothing_but_the_question_is_sent_before_the_mailbox_agrees(mailbox: SmtpSink) -> None:
    strangers()
    shifts()
    alerts.deliver_due(now=later(hours=2))
    (mail,) = mailbox.messages
    assert mail["subject"] == "Please confirm your subscription"
    assert "List-Unsubscribe" not in mail


def test_opening_the_link_changes_nothing_and_the_button_does_once(
    mailbox: SmtpSink, client: Client
) -> None:
    made = strangers()
    path = asked(mailbox)
    for _ in range(2):
        assert "Yes, send them" in client.get(path).content.decode()
    assert not Subscription.objects.filter(pk=made.pk, confirmed_at__isnull=False).exists()
    assert client.post(path).status_code == 200
    assert Subscription.objects.filter(pk=made.pk, confirmed_at__isnull=False).exists()
    assert client.post(path).status_code == 410
    assert client.get(path).status_code == 410


def test_the_button_is_safe_from_other_sites(mailbox: SmtpSink) -> None:
    strangers()
    assert Client(enforce_csrf_checks=True).post(asked(mailbox)).status_code == 403


def test_a_token_is_kept_as_its_hash_only(mailbox: SmtpSink) -> None:
    strangers()
    token = asked(mailbox).split("/")[-2]
    kept = [*OptIn.objects.values_list("token_sha256", flat=True)]
    assert len(kept[0]) == 64
    assert token not in str([*kept, *Delivery.objects.values_list("body", flat=True)])


def test_a_link_works_for_48_hours(mailbox: SmtpSink) -> None:
    strangers()
    token = asked(mailbox).split("/")[-2]
    sent = OptIn.objects.get().asked_at
    assert alerts.asked_about(token, now=sent + LASTS - timedelta(seconds=1))
    with pytest.raises(alerts.BadTokenError):
        alerts.confirm(token, now=sent + LASTS)


def test_a_second_question_has_a_second_link_and_either_answers(
    mailbox: SmtpSink, client: Client
) -> None:
    made = strangers()
    first = asked(mailbox)
    alerts.ask_again(made.endpoint.address, now=timezone.now() + timedelta(minutes=11))
    alerts.deliver_due(now=timezone.now() + timedelta(minutes=11))
    second = link(mailbox, "/subscriptions/confirm/")
    assert first != second
    assert client.post(second).status_code == 200
    assert client.post(first).status_code == 410


def test_asking_again_answers_the_same_for_known_and_unknown_mailboxes(client: Client) -> None:
    strangers("known@else.example")
    answers = [
        client.post("/subscriptions/again/", {"address": address})
        for address in ("known@else.example", "unknown@else.example")
    ]
    known, unknown = (answer.content for answer in answers)
    assert known == unknown
    assert client.post("/subscriptions/again/", {"address": "no address"}).status_code == 400


def test_a_mailbox_is_not_asked_again_and_again() -> None:
    made = strangers()
    for minutes in range(5):
        alerts.ask_again(made.endpoint.address, now=NOW + timedelta(minutes=minutes))
    assert Delivery.objects.count() == 1


# --- Ending it ------------------------------------------------------------------------------------


def told(mailbox: SmtpSink) -> Subscription:
    """Return a confirmed subscription to which a message was sent."""
    owner = User.objects.create_user("boris", email="boris@desk.example")
    made = alerts.subscribe(
        owner=owner, channel="email", address="boris@desk.example", now=NOW, note="the talks"
    )
    shifts()
    alerts.deliver_due(now=later(hours=2))
    return made


def test_a_mail_can_be_ended_with_one_click_without_a_login(
    mailbox: SmtpSink, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://stanceline.example"
    made = told(mailbox)
    mail = mailbox.messages[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = "".join(str(mail["List-Unsubscribe"]).split())
    assert re.fullmatch(r"<https://stanceline\.example/unsubscribe/[^>]+/>", header)
    path = header.removeprefix("<https://stanceline.example").removesuffix(">")
    stranger = Client(enforce_csrf_checks=True)
    assert "the talks" in stranger.get(path).content.decode()
    made.refresh_from_db()
    assert made.state == "active"
    answer = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    made.refresh_from_db()
    assert (answer.status_code, made.state) == (200, "ended")
    assert stranger.post(path).status_code == 200


def test_a_link_that_was_tampered_with_ends_nothing(mailbox: SmtpSink, client: Client) -> None:
    made = told(mailbox)
    path = link(mailbox, "/unsubscribe/")
    assert client.post(path.replace(path[-6:-1], "AAAAA")).status_code == 410
    made.refresh_from_db()
    assert made.state == "active"


def test_what_is_still_owed_to_an_ended_subscription_is_not_sent(mailbox: SmtpSink) -> None:
    made = told(mailbox)
    Delivery.objects.update(sent_at=None)
    alerts.end(made, now=later(hours=3))
    alerts.deliver_due(now=later(hours=4))
    assert len(mailbox.messages) == 1


def test_a_test_message_says_that_it_is_one(mailbox: SmtpSink) -> None:
    made = told(mailbox)
    first = alerts.send_test(made, now=later(hours=3))
    assert alerts.send_test(made, now=later(hours=3, seconds=5)) == first
    alerts.deliver_due(now=later(hours=3))
    assert mailbox.messages[-1]["subject"] == "Test message"


def test_no_test_message_goes_to_a_mailbox_that_has_not_agreed() -> None:
    with pytest.raises(alerts.CannotSubscribeError):
        alerts.send_test(strangers(), now=NOW)
