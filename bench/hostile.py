"""Every hostile file of tests/tracker/hostile, read or refused: how, how long, how much memory.

    python -m bench.hostile [--every N] [--name PART]

Exits with 1 where a file took longer than 20 seconds, where reading took more than 512 MB, or
where it ended in anything but a text or a refusal with a reason.
"""

import argparse
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.tracker.hostile import HostileFile, files
from tracker import parsing

SECONDS = 20.0
MEGABYTES = 512
KILOBYTES = 1024  # ru_maxrss counts kilobytes on Linux
SLACK = 1.0  # starting and ending the child is not reading


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; `code` is a refusal's, or `read`."""

    name: str
    code: str
    reason: str
    seconds: float

    @property
    def family(self) -> str:
        return self.name.partition("/")[0]


def main() -> int:
    """Print one line a family and the slowest files; return the exit status."""
    arguments = _arguments()
    outcomes = []
    for outcome in _outcomes(arguments.every, arguments.name):
        outcomes.append(outcome)
        if arguments.verbose:
            print(f"{outcome.seconds:6.2f} s  {outcome.name:36} {outcome.code:13} {outcome.reason}")
    _print_table(outcomes)
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KILOBYTES
    slowest = max(outcome.seconds for outcome in outcomes)
    print(f"{len(outcomes)} files, slowest {slowest:.1f} s, largest child {megabytes:.0f} MB")
    return int(slowest > SECONDS + SLACK or megabytes > MEGABYTES)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every Nth file")
    parser.add_argument("--name", default="", help="only files whose name has this in it")
    parser.add_argument("--verbose", action="store_true", help="one line a file")
    return parser.parse_args()


def _outcomes(every: int, name: str) -> Iterator[Outcome]:
    for file in list(files())[::every]:
        if name in file.name:
            yield _outcome(file)


def _outcome(file: HostileFile) -> Outcome:
    body = file.make()
    start = time.perf_counter()
    try:
        read = parsing.extract(body, content_type=file.content_type, filename=file.filename)
    except parsing.Refused as refused:
        code, reason = refused.code, refused.reason
    else:
        code, reason = "read", f"{len(read.text):,} characters"
    return Outcome(file.name, code, reason, time.perf_counter() - start)


def _print_table(outcomes: list[Outcome]) -> None:
    families = defaultdict(list)
    for outcome in outcomes:
        families[outcome.family].append(outcome)
    print(f"{'family':8}{'files':>6}{'read':>6}{'slowest':>9}  refused")
    for family, members in families.items():
        codes = Counter(member.code for member in members)
        read = codes.pop("read", 0)
        slowest = max(member.seconds for member in members)
        refused = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        print(f"{family:8}{len(members):6}{read:6}{slowest:7.1f} s  {refused}")


if __name__ == "__main__":
    sys.exit(main())
