"""Receivers that misbehave, each a real listener: the others get their messages meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings

from tests.servers.listeners import WebhookListener
from tests.tracker.records import NOT_READY, NOW, READY, known_people, row, settle, state
from tests.tracker.records import subscription as subscribed
from tracker import alerts
from tracker.alerts.sending import Process
from tracker.models import Delivery

GOOD = 10
HUNDRED_MEGABYTES = 100_000_000
METADATA = "http://169.254.169.254/latest/meta-data/"

Behaviour = Callable[[socket.socket, threading.Event], None]


def hangs(peer: socket.socket, over: threading.Event) -> None:
    over.wait(60)


def answers_500(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")


def closes(peer: socket.socket, over: threading.Event) -> None:
    pass


def answers_100_megabytes(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % HUNDRED_MEGABYTES)
    piece = bytes(1_000_000)
    for _ in range(HUNDRED_MEGABYTES // len(piece)):
        peer.sendall(piece)


def redirects_to_metadata(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(
        f"HTTP/1.1 307 Elsewhere\r\nLocation: {METADATA}\r\nContent-Length: 0\r\n\r\n".encode()
    )


class Receiver:
    """Takes each connection, reads the request, and does what it was given to do."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._server.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._meet, args=(peer,), daemon=True).start()

    def _meet(self, peer: socket.socket) -> None:
        self.asked += 1
        with peer:
            try:
                peer.recv(65536)
                self._behaviour(peer, self._over)
            except OSError:
                return

    def close(self) -> None:
        """Stop listening, and let go of all that hangs."""
        self._over.set()
        self._server.close()


@pytest.fixture(
    params=[hangs, answers_500, closes, answers_100_megabytes, redirects_to_metadata],
    ids=lambda behaviour: behaviour.__name__,
)
def bad(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """A receiver that misbehaves; at the end all messages to it have come down."""
    receiver = Receiver(request.param)
    yield receiver
    receiver.close()
    deadline = time.monotonic() + 30
    while Process.air.sendings and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Process.air.sendings


@pytest.mark.django_db(transaction=True)
def test_one_that_misbehaves_is_asked_and_the_others_are_served(
    bad: Receiver, webhook_listener: WebhookListener, settings: LazySettings
) -> None:
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{bad.port}", f"127.0.0.1:{webhook_listener.port}"]
    for number in range(GOOD):
        subscribed(address=f"http://127.0.0.1:{bad.port}/{number}")
        subscribed(address=f"{webhook_listener.url}/{number}")
    state(row(READY, "2026-01-01"), row(NOT_READY, "2026-01-04"))
    alerts.owe(settle(), now=NOW)
    alerts.deliver_due(now=NOW, linger=False)
    assert {one.path for one in webhook_listener.requests} == {f"/hook/{n}" for n in range(GOOD)}
    assert len(webhook_listener.requests) == GOOD
    assert 0 < bad.asked <= GOOD
    good = Delivery.objects.filter(endpoint__address__startswith=webhook_listener.url)
    assert not good.owed().exists()
    assert all(delivery.attempts == 1 for delivery in good)
