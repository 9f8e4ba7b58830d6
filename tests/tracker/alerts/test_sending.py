"""A receiver that hangs or fails holds up nobody else; one endpoint's messages keep their order."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from tests.servers.listeners import WebhookListener
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
from tracker import alerts, review
from tracker.alerts import marking, sending
from tracker.alerts.claiming import Room
from tracker.alerts.sending import Process
from tracker.leases import LEASE
from tracker.models import Delivery, Endpoint, Shift
from tracker.models.alerts import WAITS


class Hanging:
    """Takes connections and never answers, until it is closed."""

    def __init__(self) -> None:
        self.taken: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self._server.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._server.close()
        for peer in self.taken:
            peer.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """A receiver that hangs; at the end all messages to it have come down."""
    server = Hanging()
    yield server
    server.close()
    deadline = time.monotonic() + 30
    while Process.air.sendings and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Process.air.sendings


@pytest.fixture
def hook(
    hanging: Hanging, webhook_listener: WebhookListener, settings: LazySettings
) -> WebhookListener:
    """A receiver that answers, beside the one that hangs."""
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{server.port}" for server in (webhook_listener, hanging)]
    return webhook_listener


def shifts() -> None:
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_receivers_that_hang_hold_up_nobody(
    hook: WebhookListener, hanging: Hanging, settings: LazySettings
) -> None:
    most = settings.SEND_PER_HOST = 12
    for number in range(most + 10):
        subscription(address=f"http://127.0.0.1:{hanging.port}/{number}")
    good = [subscription(address=f"{hook.url}/{number}") for number in range(5)]
    shifts()
    sent = sum(alerts.deliver_due(now=NOW, linger=False) for _ in range(3))
    assert sent == len(good)
    assert {request.path for request in hook.requests} == {f"/hook/{n}" for n in range(5)}
    assert Delivery.objects.owed().filter(lease_until__gt=NOW, attempts=1).count() == most
    assert Delivery.objects.owed().filter(lease_until=None, attempts=0).count() == 10


@pytest.mark.django_db(transaction=True)
def test_what_stands_in_line_for_a_host_that_stops_answering_is_put_back(
    hook: WebhookListener, hanging: Hanging, settings: LazySettings
) -> None:
    settings.SEND_PER_HOST = 2
    for number in range(9):
        subscription(address=f"http://127.0.0.1:{hanging.port}/{number}")
    shifts()
    Process.air.answered[f"127.0.0.1:{hanging.port}"] = time.monotonic()  # it did so far
    assert alerts.deliver_due(now=NOW, linger=False) == 0
    assert len(hanging.taken) == 2
    assert Delivery.objects.filter(lease_until=None, attempts=0).count() == 7


@pytest.mark.django_db(transaction=True)
def test_a_message_that_nobody_waits_for_marks_its_row_by_itself(
    hook: WebhookListener, hanging: Hanging
) -> None:
    subscription(address=f"http://127.0.0.1:{hanging.port}/")
    shifts()
    assert alerts.deliver_due(now=NOW, linger=False) == 0
    assert Delivery.objects.get().lease_until is not None
    hanging.close()
    deadline = time.monotonic() + 20
    while Delivery.objects.get().lease_until is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    delivery = Delivery.objects.get()
    assert (delivery.lease_until, delivery.attempts) == (None, 1)
    assert delivery.problem
    assert Endpoint.objects.get().failures == 1


@pytest.mark.django_db
def test_a_failing_receiver_takes_no_place_of_the_others(hook: WebhookListener) -> None:
    good, bad, failing = (
        [subscription(address=f"http://{host}/{n}").endpoint_id for n in range(4)]
        for host in ("good.example", "bad.example", "once.example")
    )
    mailbox = subscription(channel="email", address="desk@bad.example").endpoint_id
    Endpoint.objects.filter(pk__in=failing).update(failures=1, failing_since=NOW)
    shifts()
    room = Room(prompt=9, slow=3, slow_hosts=frozenset({"bad.example"}))
    claimed = [row.endpoint_id for row in alerts.claim(now=NOW, limit=20, room=room)]
    assert sorted(claimed)[:4] == good
    assert mailbox in claimed
    assert len(set(claimed) & {*bad, *failing}) == len(claimed) - 5 == 3


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_keeps_no_place_in_the_air(
    hook: WebhookListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription(address=hook.url)
    shifts()
    with monkeypatch.context() as away:
        away.setattr(marking, "_sent", _raise)
        with pytest.raises(OperationalError):
            alerts.deliver_due(now=NOW)
    assert not Process.air.sendings
    assert alerts.deliver_due(now=NOW + LEASE * 2) == 1
    assert len({request.headers["webhook-id"] for request in hook.requests}) == 1


def _raise(*about: object) -> None:
    raise OperationalError("the database is restarted")


@pytest.mark.django_db
def test_many_messages_are_taken_and_marked_by_few_statements(
    hook: WebhookListener, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "GATHERING", 60.0)  # a machine that is busy marks them together
    settings.SEND_PER_HOST = 4  # so many are sent to learn that the host answers
    for number in range(60):
        subscription(address=f"{hook.url}/{number}")
    shifts()
    with CaptureQueriesContext(connection) as queries:
        assert alerts.deliver_due(now=NOW) == 60
    writing = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(writing) <= 1 + 3 * 3  # to give up; then taken, sent, and endpoints that work
    assert len({request.headers["webhook-id"] for request in hook.requests}) == 60


@pytest.mark.django_db
def test_a_later_message_waits_for_the_one_before_it(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts()
    review.confirm(Shift.objects.standing().get(), by=None, now=later(seconds=1))
    alerts.owe(settle(later(seconds=1)), now=later(seconds=1))
    first, second = Delivery.objects.order_by("pk")
    hook.answer(503)
    assert alerts.deliver_due(now=later(seconds=2)) == 0
    assert [request.headers["webhook-id"] for request in hook.requests] == [str(first.message_id)]
    assert alerts.deliver_due(now=later(seconds=3) + WAITS[0] * 1.2) == 2
    assert [request.headers["webhook-id"] for request in hook.requests[1:]] == [
        str(first.message_id),
        str(second.message_id),
    ]


@pytest.mark.django_db
def test_a_dead_letter_lets_the_next_one_pass(hook: WebhookListener) -> None:
    subscription(address=hook.url)
    shifts()
    Delivery.objects.update(dead_at=NOW)
    review.confirm(Shift.objects.standing().get(), by=None, now=later(seconds=1))
    alerts.owe(settle(later(seconds=1)), now=later(seconds=1))
    assert alerts.deliver_due(now=later(seconds=2)) == 1


@pytest.mark.django_db
def test_what_another_process_sends_is_left_to_it_while_its_lease_lasts(
    hook: WebhookListener,
) -> None:
    subscription(address=hook.url)
    shifts()
    assert len(alerts.claim(now=NOW, limit=10)) == 1
    assert alerts.claim(now=NOW + LEASE / 2, limit=10) == []
    assert len(alerts.claim(now=NOW + LEASE, limit=10)) == 1


@pytest.mark.django_db
def test_a_log_line_of_a_message_has_its_id(
    hook: WebhookListener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tracker.alerts.marking")
    subscription(address=hook.url)
    shifts()
    hook.answer(503)
    alerts.deliver_due(now=NOW)
    alerts.deliver_due(now=later(seconds=9))
    failed, sent = (record.getMessage() for record in caplog.records)
    named = f"message={Delivery.objects.get().message_id}"
    assert failed.startswith(f"failed {named}")
    assert "attempt=1" in failed
    assert sent.startswith(f"sent {named}")
