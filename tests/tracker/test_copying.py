"""The whole record out and in again, and a copy that follows."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from tests.api import records
from tracker import copying
from tracker.models import (
    Actor,
    Capture,
    Event,
    FormerDocument,
    FormerShift,
    FormerUtterance,
    Host,
    StanceEvent,
    Statement,
    WatchedSource,
)
from tracker.rows import RESOURCES, BadRowError, encoded

pytestmark = pytest.mark.django_db
NOTHING = b'{"rows":0}\n'


def _record() -> None:
    """Store at least one row of each resource."""
    shift = records.shift()
    records.decision(shift=shift, by=records.user("anna"), note="both “transcripts” checked\n")
    records.statement("2023-12~", "Nie będziemy rozmawiać. ☮", topic=None, chain=["A", "B"])
    records.document("A reprint.", origin=shift.older.canonical.document)
    gone = records.statement("2024-07-01")
    heir = records.statement("2024-07-02", recorded_at=records.NOW + timedelta(hours=1))
    Statement.objects.filter(pk=gone.pk).update(
        retracted_at=records.NOW + timedelta(hours=1), replaced_by=heir
    )
    records.merge()
    watched = records.watched()
    watched.entries.update(content="<p>“Ready”</p>", attempts=2, problem="timed out")
    Event.objects.silent(watched.source, reason="nothing new", at=records.NOW)
    StanceEvent.objects.create(
        stance=shift.stance, kind="silence", older=shift.newer, recorded_at=records.NOW
    )
    shown = {"content": {"id": 1}, "recorded_at": records.NOW, "retracted_at": records.NOW}
    FormerShift.objects.create(shift=shift, **shown)
    FormerUtterance.objects.create(utterance=shift.older, **shown)
    FormerDocument.objects.create(document=heir.document, **shown)


def _exported() -> bytes:
    return b"".join(copying.export())


def _emptied() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for resource in reversed(RESOURCES.values()):
            cursor.execute(f"DELETE FROM {resource.table}")  # noqa: S608 - a name of ours


def test_what_goes_out_and_comes_in_goes_out_again_byte_for_byte() -> None:
    _record()
    before = _exported()
    _emptied()
    Host.objects.all().delete()
    assert _exported() == NOTHING
    *lines, _ = before.splitlines()
    assert {orjson.loads(line)["resource"] for line in lines} == set(RESOURCES)
    assert copying.load(before.splitlines()) == len(lines)
    assert _exported() == before


def test_the_bytes_of_a_document_are_in_the_export() -> None:
    document = records.document()
    body = b"\x00\xff\xfe raw"
    Capture.objects.filter(document=document).update(body=body)
    before = _exported()
    _emptied()
    copying.load(before.splitlines())
    assert bytes(Capture.objects.get().body) == body


def test_new_rows_are_numbered_after_those_that_came() -> None:
    records.actor("a", "A")
    last = records.actor("b", "B").pk
    before = _exported()
    _emptied()
    copying.load(before.splitlines())
    assert Actor.objects.create(slug="c", name="C").pk > last


def test_who_decided_and_who_works_on_what_stays_in_the_house() -> None:
    _record()
    lines = [orjson.loads(line) for line in _exported().splitlines()[:-1]]
    names = {line["resource"]: set(line["row"]) for line in lines}
    assert not names["decisions"] & {"by", "by_id", "undone_by"}
    assert not names["documents"] & {"read_lease", "read_attempts"}
    assert not names["stances"] & {"lease", "attempts", "marked_at"}
    assert not names["watched"] & {"attempts"}
    assert not {"users", "subscriptions", "deliveries", "keys"} & set(names)


def test_nothing_is_loaded_into_a_record_that_has_rows() -> None:
    records.actor()
    before = _exported()
    with pytest.raises(copying.NotEmptyError, match="actors"):
        copying.load(before.splitlines())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "line 2 is not JSON"),
        (b"[]", "line 2 names no resource"),
        (b'{"resource": "users", "row": {}}', "line 2 names no resource"),
        (b'{"resource": ["actors"], "row": {}}', "line 2 names no resource"),
        (b'{"resource": "actors", "row": 5}', "line 2: a row of actors is an object"),
        (b'{"resource": "actors", "row": {"id": 9}}', "line 2: a row of actors has to have"),
        (b'{"resource": "actors"}', "line 2 names no resource"),
        (b'{"rows": 2}', "line 2 speaks of 2 rows, and 1 came"),
        (b'\xff\xfe{"rows": 1}', "line 2 is not JSON"),
        (b"", "line 2 is not JSON"),
    ],
)
def test_a_line_that_is_none_of_ours_is_named_and_nothing_is_loaded(
    line: bytes, reason: str
) -> None:
    with pytest.raises(BadRowError, match=reason):
        copying.load([*_topics(), line])
    assert _exported() == NOTHING


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        ("roles", {"since": "soon"}),
        ("roles", {"since": 5}),
        ("roles", {"title": ["x"]}),
        ("roles", {"title": None}),
        ("roles", {"title": "a\0b"}),
        ("roles", {"title": "x" * 201}),
        ("roles", {"id": "1"}),
        ("roles", {"id": True}),
        ("roles", {"id": -1}),
        ("roles", {"actor": 2**63}),
        ("sources", {"reliability": "G"}),
        ("topics", {"terms": None}),
        ("topics", {"terms": [{"text": "a\0b"}]}),
        ("statements", {"score": "high"}),
        ("statements", {"score": True}),
        ("statements", {"score": 10**400}),
        ("statements", {"recorded_at": "2026-05-04"}),
        ("statements", {"recorded_at": "2026-05-04T12:00:00"}),
        ("statements", {"start": 2**31}),
        ("documents", {"translated": 1}),
        ("captures", {"body": "not base64"}),
        ("captures", {"body": "ü"}),
        ("watched", {"host": None}),
        ("watched", {"host": "h" * 261}),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_named(resource: str, value: Any) -> None:
    """SQLite would take most of these: a record there could never move to PostgreSQL."""
    records.watched()
    records.statement()
    (column,) = value
    (row,) = RESOURCES[resource].rows()
    line = orjson.loads(encoded(row)) | value
    with pytest.raises(BadRowError, match=f"^{column} in a row of {resource}: "):
        RESOURCES[resource].instance(line)


@pytest.mark.parametrize("cut", [1, 2])
def test_a_file_that_was_cut_is_refused(cut: int) -> None:
    _record()
    lines = _exported().splitlines()[:-cut]
    _emptied()
    with pytest.raises(BadRowError, match=f"line {len(lines)} is the last.*it was cut"):
        copying.load(lines)
    assert _exported() == NOTHING


def test_a_line_after_the_end_is_refused() -> None:
    """Two exports after each other in one file are no record."""
    lines = _topics()
    with pytest.raises(BadRowError, match="line 3 stands after"):
        copying.load([*lines, b'{"rows":1}', *lines])
    assert _exported() == NOTHING


def test_a_row_that_the_database_refuses_is_found_among_many() -> None:
    first, *rest = _topics(5)
    twice = orjson.dumps({"resource": "topics", "row": orjson.loads(first)["row"] | {"id": 10**6}})
    with pytest.raises(BadRowError, match=r"^line 6: .*(?i:unique)"):
        copying.load([first, *rest, twice, b'{"rows":6}'])
    assert _exported() == NOTHING


def test_an_import_that_is_broken_off_leaves_nothing_and_can_be_repeated() -> None:
    _record()
    before = _exported()
    lines = before.splitlines()
    _emptied()

    def until_ctrl_c() -> Iterator[bytes]:
        yield from lines[:-3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copying.load(until_ctrl_c())
    assert _exported() == NOTHING
    copying.load(lines)
    assert _exported() == before


def test_who_is_not_at_the_desk_gets_no_watched_sources() -> None:
    _record()
    lines = b"".join(copying.export(desk=False)).splitlines()
    rows = [orjson.loads(line) for line in lines]
    assert {row["resource"] for row in rows[:-1]} == set(RESOURCES) - {"watched", "watched_entries"}
    assert b"wire.example" not in b"".join(lines)
    assert not [row for row in rows[:-1] if row["row"].get("kind") == Event.Kind.SILENT]
    _emptied()
    assert copying.load(lines) == rows[-1]["rows"]


def test_what_was_watched_is_polled_on_where_it_was_imported() -> None:
    _record()
    before = _exported()
    _emptied()
    Host.objects.all().delete()
    copying.load(before.splitlines())
    assert WatchedSource.objects.due(records.NOW).count() == 1
    assert Host.objects.with_work(records.NOW).count() == 1


def _topics(number: int = 1) -> list[bytes]:
    """Return the lines of so many topics, of a record that is empty again."""
    made = [records.topic(f"topic-{one}") for one in range(number)]
    lines = _exported().splitlines()[:-1]
    for topic in made:
        topic.delete()
    return lines


@pytest.mark.django_db(transaction=True)
def test_a_row_that_names_one_which_is_missing_is_refused() -> None:
    _record()
    lines = [line for line in _exported().splitlines() if b'"resource":"sources"' not in line]
    lines[-1] = b'{"rows":%d}' % (len(lines) - 1)
    _emptied_for_good()
    with pytest.raises(BadRowError, match=r"a row names another that did not come: .*source_id"):
        copying.load(lines)
    assert _exported() == NOTHING


def _emptied_for_good() -> None:
    from django.db import transaction

    with transaction.atomic():
        _emptied()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "line 0 is the last"),
        (b"<html>", "line 1 is not JSON"),
        (b"\x1f\x8b\x08", "line 1 is not JSON"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_words(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "record.ndjson"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        call_command("import", str(file))


def test_the_commands_write_and_read_a_file(tmp_path: Any) -> None:
    _record()
    before, file = _exported(), tmp_path / "record.ndjson"
    call_command("export", "--output", str(file))
    assert file.read_bytes() == before
    _emptied()
    call_command("import", str(file))
    assert _exported() == before
    out = BytesIO()
    call_command("export", stdout=_Text(out))
    assert out.getvalue() == before


class _Text:
    """A standard output with bytes below it."""

    def __init__(self, buffer: BytesIO) -> None:
        self.buffer = buffer

    def isatty(self) -> bool:
        return False
