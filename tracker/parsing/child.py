"""The child process of tracker.parsing.sandbox: limits itself, parses one file, answers once.

Reads a line of JSON and the file's bytes from standard input; writes one JSON object.
"""

import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from typing import Any

from tracker.parsing.outcome import Refused, refuse

_ANSWER_BYTES = 64 * 1024 * 1024
_OPEN_FILES = 64
_RECURSION = 2_000
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
        return {"answer": _answer(options, body)}
    except Refused as refused:
        return _refusal(refused)
    except MemoryError:
        return {"memory": True}
    except Exception as error:  # noqa: BLE001  # whatever a parser raises is this file's refusal
        return _refusal(refuse("crashed", detail=type(error).__name__))


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
