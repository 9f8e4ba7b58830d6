"""Analysts are told on every page that messages are late; nobody else is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from tests.tracker.records import NOT_READY, READY, known_people, row, settle, state, subscription
from tracker import alerts
from tracker.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst(client: Client) -> Client:
    """A browser in which an analyst is logged in."""
    user = User.objects.create_user("anna")
    user.groups.add(Group.objects.get_or_create(name="analysts")[0])
    client.force_login(user)
    return client


def owe_a_message(*, minutes: int) -> None:
    known_people()
    subscription()
    now = timezone.now() - timedelta(minutes=minutes)
    state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"), now=now)
    alerts.owe(settle(now), now=now)
    assert Delivery.objects.owed().exists()


def test_an_analyst_sees_that_messages_are_late(analyst: Client) -> None:
    owe_a_message(minutes=11)
    assert "Messages are late: a message has been due for 6" in analyst.get("/").content.decode()


def test_a_message_that_is_just_due_is_not_late(analyst: Client) -> None:
    owe_a_message(minutes=1)
    assert "Messages are late" not in analyst.get("/").content.decode()


def test_a_reader_is_not_bothered(client: Client) -> None:
    owe_a_message(minutes=11)
    assert "Messages are late" not in client.get("/").content.decode()
