"""`manage.py compare`: pairs of passages in, verdicts out, as JSON Lines, without a database."""

import gc
import json
import sys
from argparse import ArgumentParser
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from timeline.diff import WORD_LIMIT
from timeline.likeness import PUBLICATION_LAG, SAME_UTTERANCE, likeness
from timeline.shifts import compare
from timeline.words import forget, words
from tracker.dates import BadDateError, EdtfDate, parse


class BadPairError(ValueError):
    """A line that cannot be compared; the message says why."""

    def __init__(self, message: str, *, pair: object = None) -> None:
        super().__init__(message)
        self.pair = pair


class Command(BaseCommand):
    """Compare pairs of passages: `{"id", "older", "newer"}` a line in, one verdict a line out."""

    help = (
        "Read JSON Lines with id, older, newer and optionally older_date, newer_date (EDTF) and "
        "topic; write one verdict a line in the same order. Needs no database. A line that cannot "
        "be read gives its id and an error; the run goes on and ends with exit code 1."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to read (default: standard input) and the one to write."""
        parser.add_argument("input", nargs="?", default="-", help="a file, or - for standard input")
        parser.add_argument("--output", default="-", help="a file, or - for standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each line; leave with exit code 1 where a line could not be compared."""
        bad = 0
        try:
            with (
                _seldom_collected(),
                _source(options["input"]) as lines,
                _target(options["output"]) as out,
            ):
                for answer in answers(lines):
                    bad += "error" in answer
                    out.write(_json(answer).encode() + b"\n")
                    out.flush()
        except OSError as error:
            raise CommandError(str(error)) from error
        if bad:
            raise CommandError(f"{bad} of the lines could not be compared", returncode=1)


_json = json.JSONEncoder(ensure_ascii=False).encode


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for garbage seldom, and not among what is loaded: comparing leaves no cycles behind."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *usual[1:])
    try:
        yield
    finally:
        gc.freeze()  # nor among what is kept when all is compared
        gc.set_threshold(*usual)
        gc.unfreeze()


_ALLOCATIONS = 100_000  # between two looks, instead of 700


def _source(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _target(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if name == "-" else Path(name).open("wb")


def answers(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Return one answer for each line that is not blank, in order."""
    for number, line in enumerate(lines, start=1):
        if number % _MET_ONCE == 0:
            forget()
        if line.strip():
            try:
                yield answer(line)
            except BadPairError as error:
                yield {"id": error.pair, "error": f"line {number}: {error}"}


_MET_ONCE = 8  # pairs after which their passages are let go, but not a topic that they share


def answer(line: bytes) -> dict[str, Any]:
    """Return the verdict on one line; raise BadPairError where it holds no pair."""
    pair = _pair(line)
    older, newer = pair["older"], pair["newer"]
    alike = likeness(older, newer)
    verdict = compare(older, newer, topic=pair.get("topic") or "")
    return {
        "id": pair["id"],
        "same_utterance": alike >= SAME_UTTERANCE and _dates_meet(pair),
        "likeness": alike,
        "verdict": verdict.verdict,
        "score": verdict.score,
        "kinds": list(verdict.kinds),
        "direction": verdict.direction,
        "quantities": [change.as_dict() for change in verdict.quantities],
        "reasons": list(verdict.reasons),
        "differences": [difference.as_dict() for difference in verdict.differences],
    }


def _pair(line: bytes) -> dict[str, Any]:
    try:
        pair = json.loads(line.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, or nested without end
        raise BadPairError(f"not JSON: {error}") from error
    if not isinstance(pair, dict) or not isinstance(pair.get("id"), str | int):
        raise BadPairError("not an object with an id, older and newer")
    _check_characters(str(pair["id"]), "id", None)
    for name in ("older", "newer", "topic", "older_date", "newer_date"):
        _check_text(pair, name, required=name in ("older", "newer"))
    return pair


def _check_text(pair: dict[str, Any], name: str, *, required: bool) -> None:
    value = pair.get(name)
    if value is None and not required:
        return
    if not isinstance(value, str):
        raise BadPairError(f"'{name}' is not a text", pair=pair["id"])
    _check_characters(value, name, pair["id"])
    if len(words(value)) > WORD_LIMIT:
        raise BadPairError(f"'{name}' has more than {WORD_LIMIT} words", pair=pair["id"])


def _check_characters(value: str, name: str, pair: object) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadPairError(f"'{name}' holds half a character", pair=pair) from error


def _dates_meet(pair: dict[str, Any]) -> bool:
    """Return whether both can be of one occasion; a report may appear some days later."""
    older, newer = _date(pair, "older_date"), _date(pair, "newer_date")
    if older is None or newer is None:
        return True
    return _gap(older, newer) <= PUBLICATION_LAG


def _gap(one: EdtfDate, other: EdtfDate) -> timedelta:
    return max(one.earliest - other.latest, other.earliest - one.latest, timedelta(0))


def _date(pair: dict[str, Any], name: str) -> EdtfDate | None:
    value = pair.get(name)
    if not value:
        return None
    try:
        return parse(value)
    except BadDateError as error:
        raise BadPairError(f"'{name}': {error}", pair=pair["id"]) from error
