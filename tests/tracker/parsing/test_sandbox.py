"""The child process: what stops it, and what it may see."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tracker.parsing import Refused, sandbox
from tracker.parsing.outcome import REASONS

ROOT = Path(__file__).resolve().parents[3]
# A child with one parser more, whose "document" is Python.
CHILD = """
import sys, types
from tracker.parsing import child
parser = types.ModuleType("parser_of_python")
def extract(body, charset):
    names = {}
    exec(body, names)
    return names["answer"]
parser.extract = extract
sys.modules["parser_of_python"] = parser
child._PARSERS["python"] = "parser_of_python"
child.main()
"""
_MEMORY = 200_000_000


def run(code: str, *, seconds: float = 5.0) -> Any:
    options = {"job": "extract", "kind": "python", "charset": ""}
    program = ("-c", CHILD)
    return sandbox.run(options, code.encode(), seconds=seconds, memory=_MEMORY, program=program)


def refusal(code: str, *, seconds: float = 5.0) -> Refused:
    with pytest.raises(Refused) as caught:
        run(code, seconds=seconds)
    return caught.value


def test_an_answer_comes_back_whole() -> None:
    assert run("answer = {'text': 'я' * 1_000_000}") == {"text": "я" * 1_000_000}


def test_a_parser_that_never_ends_is_stopped() -> None:
    assert refusal("while True: pass", seconds=0.5).code == "timeout"
    assert refusal("import time; time.sleep(99)", seconds=0.5).code == "timeout"


def test_a_child_ends_itself_when_nobody_waits_for_it() -> None:
    options = {"job": "extract", "kind": "python", "charset": "", "memory": _MEMORY}
    request = json.dumps({**options, "seconds": 0.2}).encode()
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=request + b"\nimport time; time.sleep(99)",
        cwd=ROOT,
        check=False,
        timeout=30,
    )
    assert child.returncode < 0


def test_a_parser_that_fills_the_memory_is_stopped() -> None:
    error = refusal("answer = [b'x' * 1_000_000 for _ in range(1_000)]")
    assert error.code == "memory"


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    b'x' * 999_999_999\n"
        "except MemoryError as error:\n    raise ValueError('no') from error",
        "raise ValueError('Memory allocation failed : growing buffer')",
        "kept = [bytes(1_000_000)]\ntry:\n    while True: kept.append(bytes(1_000_000))\n"
        "except MemoryError:\n    answer = {'text': ''}",
        "import os, time\nkept = b'x' * 150_000_000\ntime.sleep(0.3)\nos.abort()",
    ],
)
def test_a_want_of_memory_has_its_own_reason_whatever_a_library_makes_of_it(code: str) -> None:
    error = refusal(code)
    assert error.code == "memory"
    assert error.reason == "Reading it took more than the 200,000,000 bytes of memory allowed."


def test_a_failure_with_memory_to_spare_is_none_of_memory() -> None:
    assert refusal("import os; os.abort()").code == "parse_failed"
    assert refusal("raise ValueError('broken')").code == "parse_failed"
    assert run("answer = {'text': ''}") == {"text": ""}


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import os; os._exit(3)",
        "import ctypes; ctypes.string_at(0)",
        "raise RuntimeError('inside')",
        "def f(): f()\nf()",
        "import os; os.write(1, b'{}' * 99); os._exit(0)",
        "answer = 'x' * 100_000_000",
    ],
)
def test_a_parser_that_breaks_down_refuses_the_file(code: str) -> None:
    error = refusal(code)
    assert error.code in {"parse_failed", "memory"}
    assert error.reason.endswith(".")


def test_what_a_library_prints_is_no_answer() -> None:
    code = "import os; print('noise', flush=True); os.write(1, b'noise'); answer = 'clean'"
    assert run(code) == "clean"


def test_what_a_parser_starts_ends_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        f"    open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(99)\n"
        "time.sleep(0.5); answer = 1"
    )
    assert run(code) == 1
    assert not _is_running(int(mark.read_text()))


def _is_running(process: int) -> bool:
    for _ in range(50):
        try:
            os.kill(process, 0)
            stat = Path(f"/proc/{process}/stat").read_text()
        except (ProcessLookupError, FileNotFoundError):
            return False
        if stat.rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.02)
    return True


def test_no_secret_of_this_process_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the house")
    assert run("import os; answer = dict(os.environ)").get("SECRET_KEY") is None


def test_every_refusal_is_described() -> None:
    text = (ROOT / "docs" / "inputs.md").read_text()
    for name, (code, sentence) in REASONS.items():
        assert f"| `{code}` | {sentence} |" in text, name
