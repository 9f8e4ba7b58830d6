"""The ticks: each finds its work in rows, leaves its heartbeat, and needs no broker."""

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from celery import Task
from django.conf import LazySettings, settings
from django.utils import timezone
from django.utils.module_loading import import_string

from config.celery import app
from tests.servers.broker import Broker
from tests.servers.listeners import WebhookListener
from tests.tracker.records import NOT_READY, READY, dump, known_people, row, subscription
from tracker import health, ingest, tasks
from tracker.models import Delivery, Document, Heartbeat, Stance, Utterance

TICKS = (tasks.read_tick, tasks.detect_tick, tasks.send_tick)


@pytest.fixture
def hook(db: None, webhook_listener: WebhookListener, settings: LazySettings) -> WebhookListener:
    """A subscribed receiver."""
    known_people()
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    subscription(address=webhook_listener.url)
    return webhook_listener


@pytest.fixture
def frozen(broker: Broker) -> Iterator[Broker]:
    """A broker that accepts connections and never answers."""
    process = broker._process
    if process is None:
        pytest.skip("the broker is not ours to stop")
    os.kill(process.pid, signal.SIGSTOP)
    yield broker
    os.kill(process.pid, signal.SIGCONT)


def store_a_shift() -> None:
    rows = [row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24")]
    ingest.store_chronology(rows, now=timezone.now())


def test_three_ticks_take_a_document_to_its_receiver(hook: WebhookListener) -> None:
    store_a_shift()
    assert [tick() for tick in TICKS] == [2, 1, 1]
    assert len(hook.requests) == 1


def test_a_second_round_of_ticks_does_nothing(hook: WebhookListener) -> None:
    store_a_shift()
    for tick in TICKS:
        tick()
    before = dump()
    assert [tick() for tick in TICKS] == [0, 0, 0]
    assert dump() == before
    assert len(hook.requests) == 1


@pytest.mark.django_db
def test_each_tick_leaves_a_heartbeat_even_without_work() -> None:
    before = timezone.now()
    for name in settings.CELERY_BEAT_SCHEDULE:
        import_string(f"tracker.tasks.{name}_tick")()
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    assert set(beats) == set(settings.CELERY_BEAT_SCHEDULE) == set(health.TICKS)
    assert all(at >= before for at in beats.values())


@pytest.mark.django_db(transaction=True)
def test_what_detection_finds_and_what_is_owed_for_it_stand_or_fall_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_people()
    subscription()
    store_a_shift()
    tasks.read_tick()

    def dies(*_: object, **__: object) -> int:
        raise ConnectionError("the worker dies here")

    monkeypatch.setattr("tracker.alerts.owe", dies)
    with pytest.raises(ConnectionError):
        tasks.detect_tick()
    assert not Utterance.objects.exists()
    assert Stance.objects.get().marked_at is not None
    monkeypatch.undo()
    Stance.objects.update(lease=None)  # it ran out
    tasks.detect_tick()
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_a_document_does_not_wait_for_a_hint() -> None:
    known_people()
    store_a_shift()
    assert Document.objects.waiting(timezone.now()).count() == 2
    tasks.read_tick()
    assert not Document.objects.waiting(timezone.now()).exists()


def finishes(what: Callable[[Task], None], *, seconds: float) -> bool:
    """Say whether a hint comes back in time, without an error."""
    ended = threading.Event()

    def hint() -> None:
        what(tasks.read_tick)
        ended.set()

    threading.Thread(target=hint, daemon=True).start()
    return ended.wait(seconds)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Point the service at another broker."""

    def point(url: str) -> None:
        monkeypatch.setattr(app.conf, "broker_url", url)
        monkeypatch.setattr(app.conf, "broker_write_url", url)

    return point


@pytest.mark.parametrize(
    "url", ["redis+socket:///nowhere/broker.sock", "redis://127.0.0.1:1/0", "redis://[::1]:1/0"]
)
def test_a_broker_that_is_not_there_neither_raises_nor_holds_anybody_up(
    url: str, at: Callable[[str], None]
) -> None:
    at(url)
    assert finishes(tasks.hint, seconds=3)


def test_a_frozen_broker_neither_raises_nor_holds_anybody_up(
    frozen: Broker, at: Callable[[str], None]
) -> None:
    at(frozen.url.replace("unix://", "redis+socket://"))
    assert finishes(tasks.hint, seconds=3)


def test_a_hint_reaches_the_broker(broker: Broker, at: Callable[[str], None]) -> None:
    at(broker.url.replace("unix://", "redis+socket://"))
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        channel._purge("celery")
        tasks.hint(tasks.read_tick)
        assert channel._size("celery") == 1
        channel._purge("celery")
