"""The child process of tracker.parsing.sandbox: limits itself, parses one file, answers once.

Reads a line of JSON and the file's bytes from standard input; writes one JSON object.
"""

import importlib
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Mapping
from typing import Any

from tracker.parsing.outcome import Refused, refuse
from tracker.parsing.sandbox import peak_of

_ANSWER_BYTES = 64 * 1024 * 1024
_OPEN_FILES = 64
_RECURSION = 2_000
_SHORT = re.compile(r"out of memory|memory allocation|cannot allocate|bad_alloc", re.IGNORECASE)
_BY_PARSERS = {"parse_failed", "empty"}  # refusals that may hide a want of memory
_NEARLY_ALL = 0.94  # of the address space: a parser that fails there has run out of it
# Imported when its kind is asked for: together they take half a second to start.
_PARSERS = {
    "html": "tracker.parsing.web_page",
    "pdf": "tracker.parsing.pdf",
    "docx": "tracker.parsing.word",
    "feed": "tracker.parsing.feed",
}


def main() -> None:
    """Answer the request on standard input."""
    answer_file = os.dup(sys.stdout.fileno())
    os.dup2(2, sys.stdout.fileno())  # what a library prints must not become part of the answer
    request, _, body = sys.stdin.buffer.read().partition(b"\n")
    options = json.loads(request)
    _limit(options["seconds"], options["memory"])
    outcome = _outcome(options, body)
    with os.fdopen(answer_file, "wb") as answer:
        answer.write(_without_surrogates(json.dumps(outcome, ensure_ascii=False)))


def _limit(seconds: float, memory: int) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)
    processor = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ANSWER_BYTES, _ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.setrecursionlimit(_RECURSION)


def _outcome(options: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    try:
        answer = _answer(options, body)
    except Refused as refused:
        short = refused.code in _BY_PARSERS and _ran_short(refused, options["memory"])
        return {"memory": True} if short else _refusal(refused)
    except Exception as error:  # noqa: BLE001  # whatever a parser raises is this file's refusal
        if _ran_short(error, options["memory"]):
            return {"memory": True}
        return _refusal(refuse("crashed", detail=type(error).__name__))
    swallowed = isinstance(answer, dict) and not answer.get("text", "").strip()
    return {"memory": True} if swallowed and _is_full(options["memory"]) else {"answer": answer}


def _ran_short(error: BaseException, memory: int) -> bool:
    """Return whether a failure comes from the limit on memory, whatever a library made of it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or _SHORT.search(str(cause)):
            return True
        cause = cause.__cause__ or cause.__context__
    return _is_full(memory)


def _is_full(memory: int) -> bool:
    """Return whether this process has come near its limit: some libraries keep quiet about it."""
    return peak_of("self") > memory * _NEARLY_ALL


def _refusal(refused: Refused) -> dict[str, Any]:
    return {"refused": {"code": refused.code, "reason": refused.reason}}


def _answer(options: Mapping[str, Any], body: bytes) -> Any:
    if options["job"] == "entries":
        return importlib.import_module(_PARSERS["feed"]).entries(body, options["charset"])
    parser = importlib.import_module(_PARSERS[options["kind"]])
    return parser.extract(body, options["charset"])


def _without_surrogates(text: str) -> bytes:
    r"""Return `text` as UTF-8; escapes such as \ud83d\ude00 in metadata are joined or replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


if __name__ == "__main__":
    main()
