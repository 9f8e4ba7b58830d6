"""Ten thousand fuzzed inputs through parsing and reading: nothing breaks, hangs or points astray.

    python -m bench.fuzz [--count 10000] [--seed 1] [--first 0] [--verbose]

A sandboxed child for each input would take hours, so all go through one worker process, which
calls the same functions as the child does (decoding, the parsers, reading), limited in memory,
and which is started again where it dies. Of the inputs, every 250th also goes through the real
sandbox and must end there the same way. A parser that breaks down over a file, or takes its
process with it, is a refusal to whoever sent the file; these are counted, as is every refusal.

Exits with 1 where decoding or reading raised anything but Refused, where an input (at most
100 KB) took more than 2 seconds of processor time or had to be killed, where an offset of a
reading is wrong, or where the sandbox disagreed.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from tests.tracker.fuzzed import ACTORS, TOPICS, Case, case, flaws
from tracker import parsing
from tracker.parsing import feed, pdf, web_page, word
from tracker.reading import read

SECONDS = 2.0
PATIENCE = 60.0  # of the clock: the machine may be busy with something else
MEMORY = 1024 * 1024 * 1024  # twice a child's: this process lives longer, and reads too
INPUTS_A_WORKER = 1_000
SANDBOX_EVERY = 250
PARSERS = {
    "html": web_page.extract,
    "pdf": pdf.extract,
    "docx": word.extract,
    "feed": feed.extract,
}
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input: `end` is `read`, a refusal's code, or how it broke."""

    number: int
    family: str
    end: str
    seconds: float = 0.0
    size: int = 0
    passages: int = 0
    violations: list[str] = field(default_factory=list)


def main() -> int:
    """Print one line a family and every violation; return the exit status."""
    arguments = _arguments()
    began = time.perf_counter()
    results = []
    for result in _results(arguments.seed, arguments.first, arguments.count):
        results.append(result)
        if arguments.verbose or result.violations:
            print(f"{result.number:6} {result.family:15} {result.end:14} {result.violations}")
    _print_table(results)
    broken = sum(bool(result.violations) for result in results)
    slowest = max(results, key=lambda result: result.seconds)
    print(
        f"{len(results):,} inputs in {time.perf_counter() - began:.0f} s, slowest "
        f"{slowest.seconds:.2f} s (number {slowest.number}), {broken} violations"
    )
    return int(broken > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--verbose", action="store_true", help="one line an input")
    return parser.parse_args()


def _results(seed: int, first: int, count: int) -> Iterator[Result]:
    worker = _Worker(seed)
    for number in range(first, first + count):
        if worker.done == INPUTS_A_WORKER:
            worker.stop()
            worker = _Worker(seed)
        result = worker.judge(number)
        if result is None:
            yield _broken_worker(case(seed, number), worker.stop())
            worker = _Worker(seed)
        else:
            yield result
    worker.stop()


def _broken_worker(one: Case, status: int | None) -> Result:
    """Return what a killed or dead worker means for its last input."""
    if status is None:
        return Result(
            one.number, one.family, "killed", PATIENCE, violations=["it was killed: it hangs"]
        )
    structured = _kind(one) in PARSERS
    violations = [] if structured else [f"the worker died of it ({status})"]
    return Result(one.number, one.family, f"died ({status})", violations=violations)


class _Worker:
    """The process that judges inputs, one after the other."""

    def __init__(self, seed: int) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process: SpawnProcess = _SPAWN.Process(target=_work, args=(seed, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.done = 0

    def judge(self, number: int) -> Result | None:
        """Return the result of one input, None where the process died or does not end."""
        self._ours.send(number)
        try:
            if not self._ours.poll(PATIENCE):
                return None
            result: Result = self._ours.recv()
        except EOFError:
            return None
        self.done += 1
        return result

    def stop(self) -> int | None:
        """End the process; return its exit status, None where it was still at work."""
        self._ours.close()
        self._process.join(5)
        status = self._process.exitcode
        self._process.kill()
        self._process.join()
        return status


def _work(seed: int, parent: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(2_000)  # as in the sandbox's child
    while True:
        try:
            number = parent.recv()
        except EOFError:
            return
        result = judged(case(seed, number), sandboxed=number % SANDBOX_EVERY == 0)
        if result.seconds > SECONDS:
            result.violations.append(f"{result.seconds:.1f} s for {result.size:,} bytes")
        parent.send(result)


def judged(one: Case, *, sandboxed: bool = False) -> Result:
    """Return what becomes of an input in this process, and whether the sandbox agrees."""
    began = time.process_time()
    end, text, violations = _extracted(one)
    passages = 0
    if text:
        try:
            reading = read(text, actors=ACTORS, topics=TOPICS)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
            violations.append(f"reading raised {type(error).__name__}: {str(error)[:200]}")
        else:
            passages = len(reading.passages)
            violations += flaws(text, reading)
    seconds = time.process_time() - began
    if sandboxed:
        violations += _disagreement(one, end, text)
    return Result(one.number, one.family, end, seconds, len(one.body), passages, violations)


def _extracted(one: Case) -> tuple[str, str, list[str]]:
    """Return how extracting ended, the text, and what must not have happened."""
    kind = "text"
    try:
        kind = _kind(one)
        text = PARSERS[kind](one.body, "")["text"] if kind in PARSERS else parsing.decode(one.body)
        if kind == "feed":
            feed.entries(one.body, "")
    except parsing.Refused as refused:
        return refused.code, "", []
    except Exception as error:  # noqa: BLE001  # as in the sandbox's child
        name = type(error).__name__
        if kind in PARSERS:
            return f"broke ({name})", "", []
        return "raised", "", [f"decoding raised {name}: {str(error)[:200]}"]
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return ("read", text, []) if text.strip() else ("empty", "", [])


def _kind(one: Case) -> str:
    try:
        return parsing.kind_of(one.body, content_type=one.content_type)
    except parsing.Refused:
        return "text"


def _disagreement(one: Case, end: str, text: str) -> list[str]:
    try:
        there = parsing.extract(one.body, content_type=one.content_type).text
    except parsing.Refused as refused:
        if end == refused.code or (end.startswith("broke") and refused.code == "parse_failed"):
            return []
        return [f"here {end}, but the sandbox refused it: {refused.code}"]
    return [] if there == text else [f"here {end}, but the sandbox read another text"]


def _print_table(results: list[Result]) -> None:
    print(f"{'family':16}{'inputs':>7}{'read':>7}{'passages':>10}{'slowest':>9}  otherwise")
    for family in sorted({result.family for result in results}):
        members = [result for result in results if result.family == family]
        ends = Counter(result.end for result in members)
        read_number = ends.pop("read", 0)
        passages = sum(result.passages for result in members)
        slowest = max(result.seconds for result in members)
        otherwise = ", ".join(f"{end} {count}" for end, count in ends.most_common())
        print(
            f"{family:16}{len(members):7}{read_number:7}{passages:10}{slowest:7.2f} s  {otherwise}"
        )


if __name__ == "__main__":
    sys.exit(main())
