"""`manage.py compare`: a filter over JSON Lines."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tracker.management.commands.compare import answers

ROOT = Path(__file__).resolve().parents[2]
READY = "We are ready to hold talks with Karsk."
NOT_READY = "We are not ready to hold talks with Karsk."


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command as a user does, with a database that cannot be reached."""
    settings = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    return subprocess.run(
        [sys.executable, "manage.py", "compare", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        env={**os.environ, **settings},
        check=False,
        timeout=60,
    )


def line(**pair: Any) -> bytes:
    """Return one line of input."""
    return json.dumps(pair).encode()


def answered(*lines: bytes) -> list[dict[str, Any]]:
    """Return the answers to some lines."""
    return list(answers(lines))


def test_pairs_in_give_verdicts_out_in_order_without_a_database() -> None:
    pairs = [line(id="a", older=READY, newer=NOT_READY), line(id="b", older=READY, newer=READY)]
    done = run(given=b"\n".join(pairs))

    found = [json.loads(each) for each in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [(each["id"], each["verdict"]) for each in found] == [("a", "shift"), ("b", "no_shift")]


def test_a_bad_line_is_answered_with_an_error_and_the_run_goes_on(tmp_path: Path) -> None:
    source, target = tmp_path / "pairs.jsonl", tmp_path / "verdicts.jsonl"
    source.write_bytes(b"{not json}\n\n" + line(id=2, older=READY, newer=NOT_READY) + b"\n")
    done = run(str(source), "--output", str(target))

    first, second = map(json.loads, target.read_bytes().splitlines())
    assert done.returncode == 1
    assert set(first) == {"id", "error"}
    assert second["verdict"] == "shift"


def test_a_file_that_is_not_there_is_a_clear_error() -> None:
    done = run("/nowhere/pairs.jsonl")

    assert done.returncode == 1
    assert b"/nowhere/pairs.jsonl" in done.stderr


def test_a_verdict_has_every_field_of_the_exchange_format() -> None:
    (found,) = answered(line(id=1, older="We claim four regions.", newer="We claim five regions."))

    assert set(found) == {
        "id",
        "same_utterance",
        "likeness",
        "verdict",
        "score",
        "kinds",
        "direction",
        "quantities",
        "reasons",
        "differences",
    }
    assert found["quantities"] == [
        {"measures": "regions", "from": "four", "to": "five", "change": "raised"}
    ]


@pytest.mark.parametrize(
    ("pair", "problem"),
    [
        (b"[]", "not an object"),
        (b'{"older": "a", "newer": "b"}', "not an object with an id"),
        (line(id=1, older="a"), "'newer' is not a text"),
        (line(id=1, older="a", newer=7), "'newer' is not a text"),
        (line(id=1, older="\ud800", newer="b"), "half a character"),
        (line(id=1, older="a", newer="b", newer_date="soon"), "'newer_date'"),
        (line(id=1, older="a", newer="peace " * 20_001), "more than 20000 words"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(pair: bytes, problem: str) -> None:
    (found,) = answered(pair)

    assert problem in found["error"]


def test_dates_that_do_not_meet_make_two_utterances_of_the_same_words() -> None:
    same = line(id=1, older=READY, newer=READY, older_date="2024-05", newer_date="2024-05-03")
    apart = line(id=2, older=READY, newer=READY, older_date="2022", newer_date="2024-05-03")

    assert [found["same_utterance"] for found in answered(same, apart)] == [True, False]


def test_the_topic_says_which_number_decides() -> None:
    decided = "The Board decided to keep its target for the base rate at 5 percent."
    older = f"{decided} Prices rose 2 percent."
    newer = older.replace("2 percent", "4 percent")

    (found,) = answered(line(id=1, older=older, newer=newer, topic="base rate target"))
    assert found["verdict"] == "no_shift"
