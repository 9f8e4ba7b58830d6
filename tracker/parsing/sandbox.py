"""One parse in one child process, which the kernel stops when it takes too much.

The request and the answer are unnamed files rather than pipes: the kernel also caps how much
the child can write, and no reader can block on it. The child gets no environment, so no secret
of this process, and its own process group, so that nothing it starts outlives it. It also ends
itself by a timer: a parent that was killed leaves no child behind.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tracker.parsing.outcome import Refused, refuse

CHILD = ("-m", "tracker.parsing.child")
_ROOT = Path(__file__).resolve().parents[2]
_OVERTIME = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}
_LINE_END = b"\n"


def run(
    options: Mapping[str, str],
    body: bytes,
    *,
    seconds: float,
    memory: int,
    program: Sequence[str] = CHILD,
) -> Any:
    """Return what the child `program` answers to `options` about `body`; raise Refused."""
    request = json.dumps({**options, "seconds": seconds, "memory": memory}).encode()
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(request + _LINE_END + body)
        asked.seek(0)
        status = _wait(_start(program, asked, answered), seconds)
        answered.seek(0)
        return _outcome(status, answered.read(), seconds=seconds, memory=memory)


def _start(
    program: Sequence[str], asked: IO[bytes], answered: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-s", "-B", *program],
        stdin=asked,
        stdout=answered,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env={"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
        start_new_session=True,
    )


def _wait(child: subprocess.Popen[bytes], seconds: float) -> int:
    """Return the child's exit status, after killing its whole group."""
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return child.returncode


def _outcome(status: int, answer: bytes, *, seconds: float, memory: int) -> Any:
    if status in _OVERTIME:
        raise refuse("timeout", seconds=seconds)
    try:
        outcome = json.loads(answer)
    except ValueError:
        raise refuse("crashed", detail=_name(status)) from None
    if "refused" in outcome:
        raise Refused(**outcome["refused"])
    if outcome.get("memory"):
        raise refuse("memory", limit=memory)
    return outcome["answer"]


def _name(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
