"""The log of changes: complete, in an order that loses nothing, and enough for an exact copy."""

import importlib
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.api import records
from tracker import changes, copying
from tracker.changes import BEGINNING, Batch, LostError, Position
from tracker.models import (
    Alias,
    Attestation,
    Change,
    Document,
    Role,
    Shift,
    Stance,
    Statement,
    Utterance,
)
from tracker.rows import RESOURCES, encoded

WRITES = int(os.environ.get("STANCELINE_SYNC_WRITES", "200"))  # 5,000 for the bar of the API
WRITERS = 4


def _since(place: Position) -> list[tuple[str, int, list[str]]]:
    found = changes.since(place, limit=1000).changed
    return [(one.resource, one.id, one.kinds) for one in found]


@pytest.mark.django_db(transaction=True)
def test_whatever_is_written_in_whatever_way_is_in_the_log() -> None:
    row = records.statement()
    here = changes.latest()
    Statement.objects.filter(pk=row.pk).update(cue="said")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tracker_statement SET score = 0.5 WHERE id = %s", [row.pk])
    retired = timezone.now()
    Statement.objects.filter(pk=row.pk).update(retracted_at=retired, retracted_because="wrong")
    Alias.objects.bulk_create([Alias(actor=row.actor, name="M."), Alias(actor=row.actor, name="N")])
    Role.objects.all().delete()
    assert [(name, kinds) for name, _, kinds in _since(here)] == [
        ("statements", ["changed", "retracted"]),
        ("aliases", ["recorded"]),
        ("aliases", ["recorded"]),
        ("roles", ["removed"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_who_works_on_a_row_is_no_change_of_it() -> None:
    document = records.document(read_at=None)
    stance = records.stance()
    here = changes.latest()
    Document.objects.claim(document, records.NOW)
    Stance.objects.mark(stance.pk, first=date(2024, 1, 1), last=date(2024, 1, 2), now=records.NOW)
    Stance.objects.filter(pk=stance.pk).update(detector_version=stance.detector_version)
    assert _since(here) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_never_happened() -> None:
    here = changes.latest()
    with transaction.atomic():
        records.actor()
        transaction.set_rollback(True)
    assert _since(here) == []


@pytest.mark.django_db
def test_every_column_that_is_copied_is_watched() -> None:
    """The triggers are made from the models after each `migrate`."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        made = dict(cursor.fetchall())
    for resource in RESOURCES.values():
        for event in ("recorded", "removed"):
            assert f"change_{resource.name}_{event}" in made
        changed = made[f"change_{resource.name}_changed"].lower().replace('"', "")
        assert [name for name in resource.columns if f"new.{name}" not in changed] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["", "1", "1.", "x.1", "-1.1", "1.99999999999999999999", "9" * 50])
def test_a_made_up_place_is_refused(text: str) -> None:
    with pytest.raises(LostError):
        changes.position(text)


@pytest.mark.django_db(transaction=True)
def test_a_place_that_the_log_never_reached_is_refused() -> None:
    records.actor()
    here = changes.latest()
    with pytest.raises(LostError):
        changes.since(Position(here.transaction + 10**6, 10**9))


@pytest.mark.django_db(transaction=True)
def test_a_batch_goes_on_where_the_one_before_ended() -> None:
    here = changes.latest()
    for number in range(5):
        records.topic(f"topic-{number}")
    seen, place, more = [], here, True
    while more:
        batch = changes.since(place, limit=2)
        seen += [one.row["slug"] for one in batch.changed if one.row]
        place, more = batch.next, batch.more
    assert seen == [f"topic-{number}" for number in range(5)]
    assert changes.since(place).changed == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_ends_when_it_gets_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_BYTES", 1000)
    here = changes.latest()
    for _ in range(15):
        records.document("word " * 100)
    batch = changes.since(here, limit=1000)
    assert batch.more
    assert len(batch.changed) == 20


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_not_skipped() -> None:
    """The writer that began first commits last; its change has the smaller number."""
    records.topic("first")
    here = changes.latest()
    wrote, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            records.topic("slow")
            wrote.set()
            go_on.wait(20)

    thread = _started(slow)
    wrote.wait(20)
    records.topic("quick")
    assert Change.objects.filter(resource="topics").count() == 2  # both that are committed
    during = changes.since(here)
    go_on.set()
    thread.join()
    after = changes.since(during.next)
    assert [one.row["slug"] for one in during.changed + after.changed if one.row] == [
        "slow",
        "quick",
    ]


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_follower_ends_with_an_exact_copy_whatever_is_written_meanwhile() -> None:
    """Concurrent writers record, correct, retract, withdraw and remove while a client follows."""
    for number in range(6):
        records.shift(
            records.utterance(records.statement(f"2024-01-{number + 1:02}")),
            records.utterance(records.statement(f"2024-06-{number + 1:02}", "Never.")),
        )
    threads = [_started(_writer(random.Random(seed), WRITES // WRITERS)) for seed in range(WRITERS)]
    copy: dict[tuple[str, int], bytes] = {}
    place, batches = BEGINNING, 0
    while any(thread.is_alive() for thread in threads):
        batch = changes.since(place, limit=100)
        place, batches = batch.next, batches + bool(batch.changed)
        _take(copy, batch)
        time.sleep(0.02)  # a client across a network leaves the writers room as well
    more = True
    while more:
        batch = changes.since(place, limit=100)
        place, more = batch.next, batch.more
        _take(copy, batch)
    lines = b"".join(copying.export()).splitlines()
    assert sorted(copy.values()) == sorted(lines)
    assert len(lines) > WRITES / 2
    assert batches > 5


def _take(copy: dict[tuple[str, int], bytes], batch: Batch) -> None:
    for one in batch.changed:
        key = one.resource, one.id
        if one.row is None:
            copy.pop(key, None)
        else:
            copy[key] = encoded({"resource": one.resource, "row": one.row})


def _started(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _writer(rng: random.Random, writes: int) -> Callable[[], None]:
    def write() -> None:
        for _ in range(writes):
            with transaction.atomic():
                for _ in range(rng.randint(1, 3)):
                    rng.choice(_DEEDS)(rng)

    return write


def _record(rng: random.Random) -> None:
    records.utterance(records.statement(f"2024-0{rng.randint(1, 9)}-01", f"We {rng.random()}."))


def _retract(rng: random.Random) -> None:
    pks = Statement.objects.held().values_list("pk", flat=True)
    for row in Statement.objects.filter(pk=_one(rng, pks)).select_for_update():
        heir = Statement.objects.get(pk=records.statement().pk)
        now = timezone.now()
        Statement.objects.filter(pk=row.pk).update(
            retracted_at=now, retracted_because="corrected", replaced_by=heir
        )
        Attestation.objects.filter(statement=row, retracted_at=None).update(retracted_at=now)


def _correct(rng: random.Random) -> None:
    pk = _one(rng, Utterance.objects.values_list("pk", flat=True))
    Utterance.objects.filter(pk=pk).update(
        value=rng.randint(-10, 10), canonical=records.statement().pk
    )


def _withdraw(rng: random.Random) -> None:
    pk = _one(rng, Shift.objects.standing().values_list("pk", flat=True))
    Shift.objects.filter(pk=pk, withdrawn_at=None).update(
        status="withdrawn", withdrawn_at=timezone.now(), withdrawn_because="corrected"
    )


def _remove(rng: random.Random) -> None:
    records.actor(f"actor-{rng.random()}".replace(".", "-"), "Somebody")
    pk = _one(rng, Alias.objects.values_list("pk", flat=True))
    Alias.objects.filter(pk=pk).delete()


_DEEDS = (_record, _record, _retract, _correct, _withdraw, _remove)


def _one(rng: random.Random, pks: Any) -> int:
    found = list(pks.order_by("?")[:1])
    return found[0] if found else 0


@pytest.mark.django_db(transaction=True)
def test_rows_that_the_log_began_without_are_logged_by_the_migration() -> None:
    """A table renamed after migration 0006 was not in the log that this one began."""
    shift = records.shift()
    here = changes.latest()
    Change.objects.filter(resource="events").delete()
    missed = importlib.import_module("tracker.migrations.0018_log_rows_that_were_missed")
    for _ in range(2):
        with connection.schema_editor() as editor:
            missed.log_what_was_missed(None, editor)
    event = shift.events.get().pk
    assert _since(here) == [("events", event, ["recorded"])]
    assert Change.objects.filter(resource="events").count() == 1
