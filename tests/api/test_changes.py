"""GET changes and export, and another Stanceline that follows them."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.api import records
from tests.api.calling import BASE, Caller
from tracker import changes, copying
from tracker.models import Event, Statement, WatchedSource
from tracker.models.record import READ_ATTEMPTS
from tracker.roles import AccountRole

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def caller(transactional_db: None) -> Caller:
    """Somebody who reads."""
    return Caller()


def test_the_log_is_followed_from_place_to_place(caller: Caller) -> None:
    here = caller.get("changes", {"since": "latest"})
    assert (here["results"], here["more"]) == ([], False)
    records.statement()
    first = caller.get("changes", {"since": here["next"], "limit": 2})
    rest = caller.get("changes", {"since": first["next"]})
    assert (first["more"], rest["more"]) == (True, False)
    seen = [row["resource"] for row in first["results"] + rest["results"]]
    assert sorted(seen) == sorted(
        ["actors", "aliases", "captures", "documents", "roles", "sources", "statements", "topics"]
    )


def test_a_correction_is_told_as_what_it_is(caller: Caller) -> None:
    row = records.statement()
    here = caller.get("changes", {"since": "latest"})["next"]
    Statement.objects.filter(pk=row.pk).update(retracted_at=records.NOW, retracted_because="wrong")
    (change,) = caller.get("changes", {"since": here})["results"]
    assert (change["resource"], change["id"], change["kinds"]) == (
        "statements",
        row.pk,
        ["retracted"],
    )
    assert change["row"]["retracted_because"] == "wrong"


def test_what_is_no_more_has_no_row(caller: Caller) -> None:
    topic = records.topic()
    here = caller.get("changes", {"since": "latest"})["next"]
    topic.delete()
    (change,) = caller.get("changes", {"since": here})["results"]
    assert (change["kinds"], change["row"]) == (["removed"], None)


@pytest.mark.parametrize("since", ["x", "1", "99999999999999.1.00000000", "0.0.0"])
def test_a_place_that_the_log_does_not_have_is_refused(caller: Caller, since: str) -> None:
    problem = caller.get("changes", {"since": since}, status=400)
    assert problem["fields"][0]["code"] == "lost"


def test_the_export_is_that_of_the_command(caller: Caller) -> None:
    records.shift()
    response: Any = caller.client.get(f"{BASE}/export")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert b"".join(response.streaming_content) == b"".join(copying.export())


def test_only_the_desk_hears_of_what_is_watched(caller: Caller) -> None:
    """What `watched` refuses is neither in the log nor in the export, not even its address."""
    anna = records.user("anna", role=AccountRole.ANALYST)
    desk = Caller(records.key("read", "write", owner=anna))
    here = caller.get("changes", {"since": "latest"})["next"]
    at_desk = desk.get("changes", {"since": "latest"})["next"]
    watched = records.watched()
    Event.objects.silent(watched.source, reason=f"nothing new at {watched.url}", at=records.NOW)
    for other in (caller, Caller(records.key("read", owner=anna))):
        told = other.get("changes", {"since": here})["results"]
        assert [one["resource"] for one in told] == ["sources"]
        assert watched.url not in json.dumps(other.get("changes"))
        exported: Any = other.client.get(f"{BASE}/export", headers=other.headers)
        assert watched.url.encode() not in b"".join(exported.streaming_content)
        problem = other.get("changes", {"since": at_desk}, status=400)
        assert problem["fields"][0]["code"] == "desk"
    told = desk.get("changes", {"since": at_desk})["results"]
    assert [one["resource"] for one in told] == ["sources", "watched", "watched_entries", "events"]
    exported = desk.client.get(f"{BASE}/export", headers=desk.headers)
    assert b"".join(exported.streaming_content) == b"".join(copying.export())


def test_another_stanceline_ends_with_an_exact_copy(live_server: Any, tmp_path: Path) -> None:
    """A second installation, on a database of its own, follows this one over HTTP."""
    records.merge()
    watched = records.watched()
    records.watched("https://wire.example/gone").delete()
    shift = records.shift()
    records.decision(shift=shift, by=records.user("anna"))
    records.document(read_at=None)
    records.topic("gone").delete()
    address = f"{live_server.url}/api/v1"
    follow = [["sync-from", address], ["export", "--output", str(tmp_path / "copy")]]
    _elsewhere(tmp_path, live_server, ["migrate", "--verbosity=0"], *follow)
    assert (tmp_path / "copy").read_bytes() == _exported()
    Statement.objects.filter(pk=shift.older_statement_id).update(cue="corrected")
    records.utterance(records.statement("2024-08-01"))
    records.topic("later")
    WatchedSource.objects.filter(pk=watched.pk).update(stopped_at=records.NOW)
    watched.entries.all().delete()
    _elsewhere(tmp_path, live_server, *follow)
    assert (tmp_path / "copy").read_bytes() == _exported()
    made = sqlite3.connect(tmp_path / "copy.sqlite3")
    (attempts,) = made.execute(
        "SELECT min(read_attempts) FROM tracker_document WHERE read_at IS NULL"
    ).fetchone()
    made.close()
    assert attempts == READ_ATTEMPTS  # a copy reads nothing itself: the statements will come


def test_a_record_with_rows_of_its_own_follows_nobody() -> None:
    records.topic()
    with pytest.raises(CommandError, match="of its own"):
        call_command("sync-from", "https://desk.example/api/v1")


def _exported() -> bytes:
    return b"".join(copying.export())


def _elsewhere(place: Path, server: Any, *commands: list[str]) -> None:
    """Run commands of an installation that lives in `place`."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{place / 'copy.sqlite3'}",
        "VAR_DIR": str(place),
        "SYNC_KEY": records.key("read", "write"),
        "FETCH_ALLOW": server.url.removeprefix("http://"),
    }
    program = (
        "import django, sys, json; django.setup()\n"
        "from django.core.management import call_command\n"
        "for command in json.loads(sys.argv[1]): call_command(*command)"
    )
    subprocess.run(
        [sys.executable, "-c", program, json.dumps(commands)],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def test_a_place_survives_in_plain_text(caller: Caller) -> None:
    here = changes.latest()
    assert changes.position(str(here)) == here
