"""The parts that the other tests stand on are real."""

import smtplib
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page
from redis import Redis

from tests.servers.broker import Broker
from tests.servers.listeners import SmtpSink, WebhookListener

ROOT = Path(__file__).resolve().parent.parent


def test_a_run_stays_out_of_the_developers_var() -> None:
    assert not settings.VAR_DIR.is_relative_to(ROOT)


@pytest.mark.django_db
def test_the_database_on_disk_is_the_chosen_one() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
        else:
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 150000


def test_the_broker_is_a_server_that_answers(broker: Broker) -> None:
    with Redis.from_url(broker.url) as client:
        assert client.ping()


def test_the_webhook_listener_keeps_exact_bytes_and_answers_as_told(
    webhook_listener: WebhookListener,
) -> None:
    webhook_listener.answer(202)
    body = b'{ "a":1 }\n'
    request = urllib.request.Request(webhook_listener.url, data=body)
    with urllib.request.urlopen(request) as response:
        assert response.status == 202
    assert [got.body for got in webhook_listener.requests] == [body]


def test_the_smtp_sink_keeps_messages(smtp_sink: SmtpSink) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_sink.port) as client:
        client.sendmail("a@example.org", ["b@example.org"], "Subject: hello\r\n\r\nbody\r\n")
    assert [message["subject"] for message in smtp_sink.messages] == ["hello"]


@pytest.mark.browser
def test_the_browser_runs_scripts(page: Page) -> None:
    assert page.evaluate("6 * 7") == 42
