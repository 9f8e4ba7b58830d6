"""`manage.py read`: JSON Lines in, JSON Lines out, no database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tracker.management.commands.read import (
    BadListError,
    Record,
    actors_in,
    answers,
    topics_in,
)

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
RECORD = Record(actors_in(FIXTURES / "actors.json"), topics_in(FIXTURES / "topics.json"))
QUOTE = "“Ostravia is ready for peace talks,” Foreign Minister Ilva Marenko said on Friday."
PAGE = (
    "<html><head><title>Ready</title></head>"
    "<body><article><p>{}</p><p>{}</p></article></body></html>"
)
FILLER = "Snow fell on the capital for the third day in a row, and the roads were closed. " * 4


def answer(row: object) -> dict[str, Any]:
    (found,) = answers([json.dumps(row).encode()], RECORD)
    return found


def test_a_line_gives_the_fields_of_its_passages() -> None:
    found = answer({"id": "a", "text": QUOTE, "published": "2024-05-04"})
    (passage,) = found["passages"]
    assert passage["text"] == QUOTE[passage["start"] : passage["end"]]
    assert passage["text"] == "Ostravia is ready for peace talks"
    assert QUOTE[passage["speaker_start"] : passage["speaker_end"]] == passage["speaker"]
    assert passage["actor"] == "ilva-marenko"
    assert passage["attribution"] == "direct"
    assert passage["fidelity"] == "verbatim"
    assert passage["said"] == {
        "edtf": "2024-05-03",
        "earliest": "2024-05-03",
        "latest": "2024-05-03",
        "basis": "on Friday",
    }
    assert passage["topics"][0]["topic"] == "negotiations"


def test_answers_come_in_order_one_a_line_and_a_bad_line_does_not_stop_them() -> None:
    lines = [
        json.dumps({"id": 1, "text": QUOTE}).encode(),
        b"{ no json",
        json.dumps({"id": 3, "text": 7}).encode(),
        json.dumps({"id": 4, "text": "x", "published": "someday"}).encode(),
        json.dumps([5]).encode(),
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"id": 8, "text": QUOTE}).encode(),
    ]
    found = list(answers(lines, RECORD))
    assert [row["id"] for row in found] == [1, None, 3, 4, None, None, None, 8]
    assert ["error" in row for row in found] == [False, *[True] * 6, False]


def test_a_web_page_is_read_as_its_main_text() -> None:
    found = answer({"id": 1, "html": PAGE.format(QUOTE, FILLER), "published": "2024-05-04"})
    (passage,) = found["passages"]
    assert found["text"][passage["start"] : passage["end"]] == passage["text"]
    assert passage["actor"] == "ilva-marenko"


def test_a_line_without_words_is_an_error() -> None:
    assert "no text" in answer({"id": 1, "text": "  "})["error"]


@pytest.mark.parametrize("content", ["", "{}", '[{"slug": "x"}]', "[1]", '[{"name": 1}]'])
def test_a_list_in_another_form_is_refused_with_its_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "actors.json"
    path.write_text(content, encoding="utf-8")
    if content == "{}":
        assert actors_in(path) == []
        return
    with pytest.raises(BadListError, match=r"actors\.json"):
        actors_in(path)


def run(lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "read", *arguments],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
    )


def test_the_command_needs_no_database_and_answers_on_standard_output() -> None:
    done = run(json.dumps({"id": "a", "text": QUOTE}) + "\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "a"


def test_a_bad_line_ends_the_run_with_exit_code_1() -> None:
    done = run('{"id": 1, "text": ""}\n' + json.dumps({"id": 2, "text": QUOTE}) + "\n")
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]


def test_a_missing_list_is_a_clear_message() -> None:
    done = run("", "--actors", "nowhere.json")
    assert done.returncode == 1
    assert "nowhere.json" in done.stderr
    assert "Traceback" not in done.stderr
