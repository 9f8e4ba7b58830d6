"""One parse in one child process, which the kernel stops when it takes too much.

The request and the answer are unnamed files rather than pipes: the kernel also caps how much
the child can write, and no reader can block on it. The child gets no environment, so no secret
of this process, and its own process group, so that nothing it starts outlives it. It also ends
itself by a timer: a parent that was killed leaves no child behind.
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tracker.parsing.outcome import Refused, refuse

CHILD = ("-m", "tracker.parsing.child")
_ROOT = Path(__file__).resolve().parents[2]
_OVERTIME = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}
# How a native library ends that is refused memory, and the share of the limit it then holds.
_OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL, -signal.SIGSEGV}
_MUCH = 0.75
_LOOK = 0.05  # seconds between two looks at the child's memory
_PEAK = re.compile(r"VmPeak:\s+(\d+) kB")
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
        status, peak = _wait(_start(program, asked, answered), seconds)
        answered.seek(0)
        if status in _OUT_OF_MEMORY and peak > memory * _MUCH:
            raise refuse("memory", limit=memory)
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


def _wait(child: subprocess.Popen[bytes], seconds: float) -> tuple[int, int]:
    """Return the child's exit status, after killing its whole group, and its most memory seen."""
    end, peak = time.monotonic() + seconds, 0
    ends = os.pidfd_open(child.pid)
    try:
        while (left := end - time.monotonic()) > 0:
            if select.select([ends], [], [], min(left, _LOOK))[0]:
                break
            peak = max(peak, peak_of(str(child.pid)))
    finally:
        os.close(ends)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return child.returncode, peak


def peak_of(process: str) -> int:
    """Return the most bytes of address space that a process had, 0 where it is gone."""
    with contextlib.suppress(OSError):
        status = Path("/proc", process, "status").read_text(encoding="ascii", errors="replace")
        if peak := _PEAK.search(status):
            return int(peak[1]) * 1024
    return 0


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
