"""`manage.py ingest`: each bad input is a message and an exit code, and nothing half stored."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.servers.listeners import WebhookListener
from tests.tracker.records import known_people
from tracker.models import Actor, Capture, Decision, Document, Source, Statement, Utterance

pytestmark = pytest.mark.django_db

INTERVIEW = """Interview with the Foreign Minister

Question: Are you ready to negotiate with Karsk?

Ilva Marenko: We are ready to negotiate with Karsk at any time.
"""
ROW = {
    "actor": "ilva-marenko",
    "topic": "talks",
    "said": "2023-05",
    "text": "She was ready for talks.",
    "source": "wire",
}
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes | str, name: str = "interview.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def run(*arguments: object, **options: Any) -> tuple[int, str]:
    """Run the command; return its exit code and all that it printed."""
    printed = io.StringIO()
    try:
        call_command("ingest", *map(str, arguments), stdout=printed, stderr=printed, **options)
    except CommandError as error:
        return error.returncode, f"{printed.getvalue()}{error}"
    return 0, printed.getvalue()


def rows(*fields: dict[str, Any]) -> str:
    return "\n".join(json.dumps({**ROW, **one}) for one in fields)


def test_a_dated_text_becomes_statements_and_utterances(write: Write) -> None:
    code, printed = run(write(INTERVIEW), "--said", "2023-05-24", "--source", "wire")
    assert (code, Document.objects.get().source.slug) == (0, "wire")
    assert "stored  document" in printed
    assert "1 statements on topic, said 2023-05-24" in printed
    assert Utterance.objects.held().count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is no text in it."),
        (b"\x00\x01\x02\x03" * 64, "It is not text: it holds control bytes"),
        (b"\x81\x8d\x8f\x90\x9d" * 64, "is not valid"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, message: str, write: Write) -> None:
    path = write(content)
    code, printed = run(path, "--said", "2023-05-24")
    assert code == 1
    assert f"refused  {path}: {message}" in printed or message in printed
    assert "1 of 1 refused" in printed
    assert not Document.objects.exists()
    assert not Capture.objects.exists()


def test_a_file_of_50_mb_is_refused_unread(write: Write) -> None:
    path = write(b"")
    with path.open("wb") as file:
        file.truncate(50_000_000)
    code, printed = run(path)
    assert code == 1
    assert "50,000,000 bytes; at most 20,000,000 are read" in printed


def test_a_bad_file_does_not_stop_its_neighbours(write: Write) -> None:
    bad, good = write(b"", "a.txt"), write(INTERVIEW, "b.txt")
    code, printed = run(bad, good, "--said", "2023-05-24")
    assert code == 1
    assert "1 of 2 refused" in printed
    assert Statement.objects.count() == 1


@pytest.mark.parametrize("what", ["nowhere.txt", "."])
def test_a_path_that_is_no_file_is_refused(what: str, tmp_path: Path) -> None:
    code, printed = run(tmp_path / what)
    assert code == 1
    assert "No such file or directory" in printed or "Is a directory" in printed


def test_the_same_file_twice_is_one_document(write: Write) -> None:
    path = write(INTERVIEW)
    run(path, "--said", "2023-05-24")
    code, printed = run(path, "--said", "2023-05-24")
    assert code == 0
    assert "already held  document" in printed
    assert Document.objects.count() == 1
    assert Statement.objects.count() == 1


def test_another_date_for_a_document_already_held_is_not_taken_silently(write: Write) -> None:
    path = write(INTERVIEW)
    run(path, "--said", "2023-05-24")
    code, printed = run(path, "--said", "2021")
    assert code == 0
    assert "it is held with the date 2023-05-24; 2021 was not taken" in printed
    assert Document.objects.get().given_said == "2023-05-24"


def test_a_date_in_the_future_is_refused(write: Write) -> None:
    code, printed = run(write(INTERVIEW), "--said", "2999-01-01")
    assert code == 1
    assert "the said date 2999-01-01 lies in the future" in printed
    assert not Document.objects.exists()


def test_what_is_no_date_is_refused_before_anything_is_read(write: Write) -> None:
    code, printed = run(write(INTERVIEW), "--said", "yesterday")
    assert code == 1
    assert "'yesterday' is not an EDTF date" in printed
    assert not Document.objects.exists()


def test_an_unknown_source_is_refused_with_those_that_are_known(write: Write) -> None:
    code, printed = run(write(INTERVIEW), "--source", "rumour")
    assert code == 1
    assert "source 'rumour' is not known (known: courier, herald, ministry, wire)" in printed


def test_a_text_by_nobody_known_waits_in_triage(write: Write) -> None:
    text = INTERVIEW.replace("Ilva Marenko", "Oskar Feld")
    code, printed = run(write(text), "--said", "2023-05-24")
    assert code == 2
    assert "in triage: no words of a known actor were found" in printed
    assert "some documents wait in triage" in printed


def test_a_date_given_later_resolves_triage(write: Write) -> None:
    path = write(INTERVIEW)
    code, printed = run(path)
    assert code == 2
    assert "date" in printed
    code, printed = run(path, "--said", "2022-04-01")
    assert (code, "said 2022-04-01" in printed) == (0, True)
    assert Document.objects.get().state == "read"
    assert Decision.objects.get().note == "given to manage.py ingest"


def test_only_storing_leaves_the_reading_to_the_workers(write: Write) -> None:
    code, printed = run(write(INTERVIEW), "--said", "2023-05-24", "--only-store")
    assert (code, Document.objects.get().state) == (0, "waiting")
    assert "waits to be read" in printed


@pytest.mark.parametrize("name", ["interview.txt", "rows.jsonl"])
def test_a_dry_run_shows_what_would_come_of_it_and_keeps_nothing(name: str, write: Write) -> None:
    Source.objects.filter(slug="unknown").delete()
    content = INTERVIEW if name == "interview.txt" else rows({})
    code, printed = run(write(content, name), "--said", "2023-05-24", "--dry-run")
    assert code == 0
    assert "nothing of this is kept" in printed
    assert "1 statements on topic" in printed
    assert not Document.objects.exists()
    assert not Source.objects.filter(slug="unknown").exists()


def test_ready_statements_are_documents_of_their_own(write: Write) -> None:
    code, _ = run(write(rows({}, {"said": "2024"}), "rows.jsonl"))
    assert (code, Document.objects.count(), Utterance.objects.count()) == (0, 2, 2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"actor": "nobody"}, "row 2: actor 'nobody' is not known"),
        ({"topic": "weather"}, "row 2: topic 'weather' is not known"),
        ({"source": "rumour"}, "row 2: source 'rumour' is not known"),
        ({"said": "2999"}, "row 2: said: 2999 lies in the future"),
        ({"said": ""}, "row 2: said missing"),
    ],
)
def test_one_bad_row_refuses_the_file(bad: dict[str, Any], message: str, write: Write) -> None:
    code, printed = run(write(rows({}, bad), "rows.jsonl"))
    assert code == 1
    assert message in printed
    assert "1 bad rows; nothing imported" in printed
    assert not Document.objects.exists()


def test_bad_rows_can_be_skipped(write: Write) -> None:
    path = write(rows({}, {"actor": "nobody"}), "rows.jsonl")
    code, printed = run(path, "--skip-bad-rows")
    assert (code, Document.objects.count()) == (0, 1)
    assert "row 2: actor 'nobody' is not known" in printed


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "no rows in it"), (b"\xff\xfe{}", "not UTF-8 at byte 0")]
)
def test_a_file_without_rows_is_refused(content: bytes, message: str, write: Write) -> None:
    code, printed = run(write(content, "rows.jsonl"))
    assert (code, message in printed) == (1, True)


def test_more_stances_than_one_round_takes_are_all_brought_in_step(write: Write) -> None:
    actors = [f"actor-{number}" for number in range(25)]
    Actor.objects.bulk_create(Actor(slug=slug, name=slug) for slug in actors)
    run(write(rows(*({"actor": slug} for slug in actors)), "rows.jsonl"))
    assert Utterance.objects.count() == 25


def test_a_page_is_fetched_through_the_guarded_client(webhook_listener: WebhookListener) -> None:
    code, printed = run(webhook_listener.url)
    assert code == 1
    assert f"refused  {webhook_listener.url}: " in printed
    assert webhook_listener.requests == []


def test_the_exit_code_reaches_the_shell(write: Write) -> None:
    command = [sys.executable, settings.BASE_DIR / "manage.py", "ingest", write(INTERVIEW)]
    ended = subprocess.run(
        [*map(str, command), "--said", "yesterday"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.strip() == (
        "CommandError: 'yesterday' is not an EDTF date such as 2022-04-01, 2022-04 or "
        "2022-04-01/2022-04-03"
    )
    assert ended.stdout == ""
