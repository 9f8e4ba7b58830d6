"""The whole record out and in again, and a copy that follows."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.db import IntegrityError

from tests.api import records
from tracker import copying
from tracker.models import Actor, Capture, Statement
from tracker.rows import RESOURCES, BadRowError

pytestmark = pytest.mark.django_db


def _record() -> None:
    """Store at least one row of each resource that a test can make."""
    shift = records.shift()
    records.decision(shift=shift, by=records.user("anna"), note="both “transcripts” checked\n")
    records.statement("2023-12~", "Nie będziemy rozmawiać. ☮", topic=None, chain=["A", "B"])
    records.document("A reprint.", origin=shift.older.canonical.document)
    gone = records.statement("2024-07-01")
    heir = records.statement("2024-07-02", recorded_at=records.NOW + timedelta(hours=1))
    Statement.objects.filter(pk=gone.pk).update(
        retracted_at=records.NOW + timedelta(hours=1), replaced_by=heir
    )


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
    assert _exported() == b""
    assert copying.load(before.splitlines()) == len(before.splitlines())
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
    lines = [orjson.loads(line) for line in _exported().splitlines()]
    names = {line["resource"]: set(line["row"]) for line in lines}
    assert not names["decisions"] & {"by", "by_id", "undone_by"}
    assert not names["documents"] & {"read_lease", "read_attempts"}
    assert not names["stances"] & {"lease", "attempts", "marked_at"}
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
        (b'{"resource": "actors", "row": {"id": 9}}', "line 2: a row of actors"),
        (
            b'{"resource": "roles", "row": {"id": 1, "actor": 1, "title": "", "organisation": "",'
            b' "since": "soon", "until": null}}',
            "line 2: a value in a row of roles is wrong",
        ),
    ],
)
def test_a_line_that_is_none_of_ours_is_named_and_nothing_is_loaded(
    line: bytes, reason: str
) -> None:
    topic = records.topic()
    first = _exported().splitlines()[0]
    topic.delete()
    with pytest.raises(BadRowError, match=reason):
        copying.load([first, line])
    assert _exported() == b""


@pytest.mark.django_db(transaction=True)
def test_a_row_that_names_one_which_is_missing_is_refused() -> None:
    _record()
    lines = [line for line in _exported().splitlines() if b'"resource":"sources"' not in line]
    _emptied_for_good()
    with pytest.raises(IntegrityError):
        copying.load(lines)
    assert _exported() == b""


def _emptied_for_good() -> None:
    from django.db import transaction

    with transaction.atomic():
        _emptied()


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
