"""The log of changes: complete, in an order that loses nothing, and enough for an exact copy."""

import importlib
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from tests.api import records
from tracker import changes, copying
from tracker.changes import Batch, DeskError, LostError, Position, beginning
from tracker.models import (
    Alias,
    Attestation,
    Change,
    Document,
    Event,
    MergeProposal,
    Role,
    Shift,
    Stance,
    Statement,
    Utterance,
    WatchedEntry,
    WatchedSource,
)
from tracker.rows import RESOURCES, encoded

WRITES = int(os.environ.get("STANCELINE_SYNC_WRITES", "200"))  # 5,000 for the bar of the API
WRITERS = 4
BATCHES = 6


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
@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.", "1.1", "x.1.00000000", "-1.1.00000000", "1.1.0000000g", "1.1.00000000.x"),
        *("1.99999999999999999999.00000000", "9" * 50, "1.1.00000000.desk\n"),
    ],
)
def test_a_made_up_place_is_refused(text: str) -> None:
    with pytest.raises(LostError):
        changes.position(text)


@pytest.mark.django_db(transaction=True)
def test_a_place_that_the_log_never_reached_is_refused() -> None:
    records.actor()
    here = changes.latest()
    for beyond in ({"id": here.id + 1}, {"transaction": here.transaction + 1}, {"seen": "0" * 8}):
        with pytest.raises(LostError):
            changes.since(here._replace(**beyond))


@pytest.mark.django_db(transaction=True)
def test_a_log_that_went_another_way_is_told_from_ours() -> None:
    """A backup was restored, or all was installed anew: the numbers are there, the changes not."""
    records.topic("ours")
    here = changes.latest()
    Change.objects.filter(pk=here.id).update(row=10**6)
    records.topic("theirs")
    with pytest.raises(LostError, match="begin again"):
        changes.since(here)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_log_of_another_cluster_says_so_instead_of_nothing() -> None:
    """Its transactions have numbers that this cluster comes to in years."""
    records.topic()
    Change.objects.update(transaction=10**15)
    for place in (beginning(), Position(10**15, 1, "0" * 8, True)):
        with pytest.raises(LostError, match="another PostgreSQL cluster"):
            changes.since(place)
    Change.objects.update(transaction=0)  # docs/operations.md
    assert [one.resource for one in changes.since(beginning()).changed] == ["topics"]


@pytest.mark.django_db(transaction=True)
def test_what_only_the_desk_sees_is_passed_over_for_others() -> None:
    here = changes.latest(desk=False)
    watched = records.watched()
    Event.objects.silent(watched.source, reason=f"nothing new at {watched.url}", at=records.NOW)
    batch = changes.since(here)
    assert [one.resource for one in batch.changed] == ["sources"]
    assert not batch.more
    WatchedSource.objects.update(failures=1)
    end = changes.since(batch.next)
    assert (end.changed, end.more, end.next) == ([], False, changes.latest(desk=False))
    records.topic()
    assert [one.resource for one in changes.since(end.next).changed] == ["topics"]
    at_desk = changes.since(here._replace(desk=True))
    assert [one.resource for one in at_desk.changed] == [
        *("sources", "watched", "watched_entries", "events", "topics")
    ]


@pytest.mark.django_db(transaction=True)
def test_a_place_says_what_was_seen_up_to_it() -> None:
    at_desk, outside = str(changes.latest()), str(changes.latest(desk=False))
    with pytest.raises(DeskError):
        changes.position(at_desk, desk=False)
    assert not changes.position(outside, desk=True).desk


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
    """A document and its bytes may be large: no more of them are in memory than fit an answer."""
    monkeypatch.setattr(changes, "_BYTES", 1000)
    here = changes.latest()
    for _ in range(4):
        records.document("word " * 100)
    seen, more = [], True
    while more:
        batch = changes.since(here, limit=1000)
        here, more = batch.next, batch.more
        seen.append([one.resource for one in batch.changed])
    two = ["documents", "captures"]
    assert seen == [["sources", *two], two, two, two]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_not_skipped() -> None:
    """The writer that began first commits last, where the database lets two write at once."""
    records.topic("first")
    here = changes.latest()
    wrote, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            records.topic("slow")
            wrote.set()
            go_on.wait(60)

    thread = _started(slow)
    wrote.wait(60)
    quick = _started(partial(records.topic, "quick"))
    if connection.vendor == "postgresql":
        quick.join()
        assert Change.objects.filter(resource="topics").count() == 2  # both that are committed
    during = changes.since(here)
    assert during.changed == []
    go_on.set()
    thread.join()
    quick.join()
    after = changes.since(during.next)
    assert [one.row["slug"] for one in during.changed + after.changed if one.row] == [
        "slow",
        "quick",
    ]


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.django_db(transaction=True)
def test_a_follower_ends_with_an_exact_copy_whatever_is_written_meanwhile() -> None:
    """Concurrent writers record, correct, retract, withdraw and remove while a client follows."""
    for number in range(6):
        records.shift(
            records.utterance(records.statement(f"2024-01-{number + 1:02}")),
            records.utterance(records.statement(f"2024-06-{number + 1:02}", "Never.")),
        )
    followed = threading.Event()
    threads = [
        _started(_writer(random.Random(seed), WRITES // WRITERS, followed))
        for seed in range(WRITERS)
    ]
    copy: dict[tuple[str, int], bytes] = {}
    place, batches = beginning(), 0
    while any(thread.is_alive() for thread in threads):
        batch = changes.since(place, limit=100)
        place, batches = batch.next, batches + bool(batch.changed)
        _take(copy, batch)
        if batches == BATCHES:
            followed.set()
        time.sleep(0.02)  # a client across a network leaves the writers room as well
    _follow(copy, place)
    lines = b"".join(copying.export()).splitlines()[:-1]
    assert sorted(copy.values()) == sorted(lines)
    assert len(lines) > WRITES / 2
    assert batches >= BATCHES
    logged = set(Change.objects.values_list("resource", "kind"))
    assert logged >= {("merges", "retracted"), ("watched", "removed"), ("aliases", "removed")}
    outside: dict[tuple[str, int], bytes] = {}
    _follow(outside, beginning(desk=False))
    lines = b"".join(copying.export(desk=False)).splitlines()[:-1]
    assert sorted(outside.values()) == sorted(lines)


def _follow(copy: dict[tuple[str, int], bytes], place: Position) -> None:
    """Bring a copy in step with all that has been committed."""
    more = True
    while more:
        batch = changes.since(place, limit=100)
        place, more = batch.next, batch.more
        _take(copy, batch)


def _take(copy: dict[tuple[str, int], bytes], batch: Batch) -> None:
    for one in batch.changed:
        key = one.resource, one.id
        if one.row is None:
            copy.pop(key, None)
        else:
            copy[key] = encoded({"resource": one.resource, "row": one.row})


def _started(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _writer(rng: random.Random, writes: int, followed: threading.Event) -> Callable[[], None]:
    """Return what writes so often, in the middle not before the follower has come some way."""

    def write() -> None:
        for number in range(writes):
            if number == writes // 2:
                assert followed.wait(60)
            while not _written(rng):
                pass

    return write


def _written(rng: random.Random) -> bool:
    """Do one to three deeds in one transaction; false where another was in the way.

    PostgreSQL rolls back one of two that wait for each other.
    """
    try:
        with transaction.atomic():
            for _ in range(rng.randint(1, 3)):
                rng.choice(_DEEDS)(rng)
    except OperationalError as error:
        if "deadlock detected" not in str(error):
            raise
        return False
    return True


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


def _doubt(rng: random.Random) -> None:
    records.merge()
    pk = _one(rng, MergeProposal.objects.held().values_list("pk", flat=True))
    MergeProposal.objects.filter(pk=pk).update(retracted_at=timezone.now())


def _watch(rng: random.Random) -> None:
    records.watched(f"https://wire.example/{rng.random()}")
    pk = _one(rng, WatchedSource.objects.values_list("pk", flat=True))
    WatchedSource.objects.filter(pk=pk).update(last_success_at=timezone.now())
    WatchedEntry.objects.filter(watched=pk, done_at=None).update(
        document=records.document(), done_at=timezone.now()
    )


def _forget(rng: random.Random) -> None:
    pk = _one(rng, WatchedSource.objects.values_list("pk", flat=True))
    WatchedSource.objects.filter(pk=pk).delete()


_DEEDS = (_record, _record, _retract, _correct, _withdraw, _remove, _doubt, _watch, _forget)


def _one(rng: random.Random, pks: Any) -> int:
    found = list(pks.order_by("?")[:1])
    return found[0] if found else 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("migration", "step", "resource"),
    [
        ("0018_log_rows_that_were_missed", "log_what_was_missed", "events"),
        ("0022_log_merges_and_watched_sources", "log_what_is_there", "merges"),
    ],
)
def test_rows_that_the_log_began_without_are_logged_by_a_migration(
    migration: str, step: str, resource: str
) -> None:
    """A table renamed after 0006 was not in the log that it began, nor what was copied later."""
    shift, merge = records.shift(), records.merge()
    Change.objects.filter(resource=resource).delete()
    here = changes.latest()
    module = importlib.import_module(f"tracker.migrations.{migration}")
    for _ in range(2):
        with connection.schema_editor() as editor:
            getattr(module, step)(None, editor)
    pk = shift.events.get().pk if resource == "events" else merge.pk
    assert _since(here) == [(resource, pk, ["recorded"])]
    assert Change.objects.filter(resource=resource).count() == 1
