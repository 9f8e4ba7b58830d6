"""kill -9 of the worker at work: every document is read once, every shift announced once.

Real processes: the worker with its children, beat, a Valkey server, a webhook receiver, and
the database of the test run, which all of them share.
"""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tests.servers.broker import Broker
from tests.servers.listeners import WebhookListener
from tests.servers.ports import wait_until
from tests.servers.watching import guardian
from tracker import alerts, dates, detection, ingest
from tracker.models import (
    Actor,
    Delivery,
    Document,
    Event,
    Source,
    Stance,
    Statement,
    Subscription,
    Topic,
)
from tracker.running import processes
from tracker.running.processes import Process

DOCUMENTS = 120
KILLED_AT = (27, 67)  # documents read: within a tick, which reads twenty
DEMANDS = ("four", "five", "six")
DRAINED = 180.0  # seconds within which a busy machine has done all

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def generated(seed: int) -> Iterator[tuple[date, bytes]]:
    """Yield dated reports of one invented minister, in no order, with a demand that changes."""
    chance = random.Random(seed)
    days = [date(2021, 1, 4) + timedelta(days=7 * week) for week in range(DOCUMENTS)]
    reports = [(day, _report(day, chance.choice(DEMANDS))) for day in days]
    chance.shuffle(reports)
    yield from reports


def _report(day: date, demand: str) -> bytes:
    return (
        f"Velgrad, {day:%d %B %Y}\n\n"
        f"Foreign Minister Ilva Marenko spoke to the press in Velgrad on {day:%d %B %Y}.\n\n"
        f"“There will be no peace agreement without recognition of the {demand} river "
        "districts,” Marenko said.\n"
    ).encode()


class Workers:
    """A worker and a beat on this test's database and broker."""

    def __init__(self, home: Path, broker: Broker, listener: WebhookListener) -> None:
        environment = {
            "DATABASE_URL": _database_url(),
            "REDIS_URL": broker.url,
            "FETCH_ALLOW": f"127.0.0.1:{listener.port}",
            "FLOOD_EVENTS": "0",  # the documents are old, and each shift is to be told by itself
        }
        self.worker = processes.worker(concurrency=2, log=home / "worker.log")
        self.beat = processes.beat(log=home / "beat.log")
        for process in self._all:
            process.environment = environment

    @property
    def _all(self) -> tuple[Process, Process]:
        return self.worker, self.beat

    def start(self) -> None:
        for process in self._all:
            guardian().watch(process.start())

    def kill_worker(self) -> None:
        """Kill -9 of the whole process group, as one blow."""
        handle = self.worker.handle
        assert handle is not None
        os.killpg(handle.pid, signal.SIGKILL)
        assert handle.wait() == -signal.SIGKILL
        guardian().forget(handle.pid)

    def stop(self) -> None:
        for process in self._all:
            process.stop()
            if process.handle is not None:
                guardian().forget(process.handle.pid)


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


def _let_leases_run_out() -> None:
    """What the dead worker had claimed waits for the end of its lease; let that time pass."""
    past = timezone.now() - timedelta(seconds=1)
    Document.objects.exclude(read_lease=None).update(read_lease=past)
    Stance.objects.exclude(lease=None).update(lease=past)
    Delivery.objects.exclude(lease_until=None).update(lease_until=past)


@pytest.fixture
def subscription(webhook_listener: WebhookListener, settings: LazySettings) -> Subscription:
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}"]
    call_command("load_demo", "--only-people", verbosity=0)
    return alerts.subscribe(
        owner=None,
        channel=Subscription.Channel.WEBHOOK,
        address=webhook_listener.url,
        now=timezone.now(),
    )


@pytest.fixture
def workers(tmp_path: Path, broker: Broker, webhook_listener: WebhookListener) -> Iterator[Workers]:
    workers = Workers(tmp_path, broker, webhook_listener)
    yield workers
    workers.stop()


def _drained() -> bool:
    return not (
        Document.objects.filter(read_at=None).exists()
        or Stance.objects.out_of_step().exists()
        or Event.objects.unowed().exists()
        or Delivery.objects.owed().exists()
    )


def _wait(what: Callable[[], object], why: str, workers: Workers) -> None:
    try:
        wait_until(what, seconds=DRAINED, why=why)
    except TimeoutError as error:
        pytest.fail(f"{error}\n{workers.worker.last_words()}", pytrace=False)


def _at_least(enough: int) -> Callable[[], bool]:
    return lambda: _read() >= enough


def _read() -> int:
    return Document.objects.exclude(read_at=None).count()


@pytest.fixture
def aftermath(
    subscription: Subscription, workers: Workers, webhook_listener: WebhookListener
) -> list[dict[str, Any]]:
    """Ingest, kill twice, wait until all is done; return the messages that were received."""
    source = Source.objects.order_by("slug").first()
    assert source is not None
    for day, body in generated(seed=7):
        ingest.store(body, now=timezone.now(), source=source, said=dates.day(day, basis="given"))
    workers.start()
    for enough in KILLED_AT:
        _wait(_at_least(enough), "too few documents are read", workers)
        workers.kill_worker()
        assert _read() < DOCUMENTS, "the kill came too late to interrupt anything"
        _let_leases_run_out()
        guardian().watch(workers.worker.start())
    _wait(_drained, "work is left over", workers)
    return [
        {**json.loads(request.body), "id": request.headers["webhook-id"]}
        for request in webhook_listener.requests
    ]


def test_every_document_is_read_once_and_every_shift_announced_once(
    aftermath: list[dict[str, Any]],
) -> None:
    minister = Actor.objects.get(slug="ilva-marenko")
    topics = Topic.objects.filter(statements__isnull=False).distinct().count()
    per_document = Counter(
        Statement.objects.filter(actor=minister, topic__isnull=False).values_list(
            "document", flat=True
        )
    )
    assert topics >= 1
    assert not Document.objects.in_triage().exists()
    assert len(per_document) == DOCUMENTS
    # A document that was read twice would have left statements twice, or retracted ones.
    assert len(set(per_document.values())) == 1
    assert not Statement.objects.exclude(retracted_at=None).exists()

    announced = {message["id"]: message for message in aftermath}
    once = Counter((m["type"], m["data"]["shift"]["id"]) for m in announced.values())
    assert set(once.values()) == {1}
    assert set(announced) == {
        str(pk) for pk in Delivery.objects.values_list("message_id", flat=True)
    }
    detected = Event.objects.filter(kind=Event.Kind.DETECTED, shift__withdrawn_at=None)
    assert detected.count() > DOCUMENTS // 4
    assert {(event.kind, event.shift_id) for event in detected} <= set(once)

    # Nothing was forgotten: deciding everything anew finds nothing to change.
    now = timezone.now()
    detection.mark_all(now=now)
    assert [detection.detect(stance.pk, now=now) for stance in Stance.objects.all()] == [
        [] for _ in Stance.objects.all()
    ]
