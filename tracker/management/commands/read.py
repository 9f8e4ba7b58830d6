"""`manage.py read`: texts in, dated and attributed passages out, as JSON Lines, no database."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tracker import dates, parsing
from tracker.dates import BadDateError, EdtfDate
from tracker.reading import (
    KnownActor,
    KnownRole,
    Passage,
    Reading,
    Term,
    TopicTerms,
    credibility,
    read,
)


class BadLineError(ValueError):
    """A line that cannot be read; the message says why."""


class BadListError(ValueError):
    """A file of actors or topics that is not in the form of fixtures/README.md."""


@dataclass(frozen=True, slots=True)
class Record:
    """Whom and what to look for."""

    actors: Sequence[KnownActor]
    topics: Sequence[TopicTerms]


class Command(BaseCommand):
    """Read texts: `{"id", "text"}` a line in, one reading a line out, in order."""

    help = (
        "Read JSON Lines with id, text (or html) and optionally published and said (EDTF), title "
        "and language; write one reading a line in the same order. Needs no database. A line "
        "that cannot be read gives its id and an error; the run goes on and ends with exit code 1."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files to read and to write, and the lists of actors and topics."""
        parser.add_argument("input", nargs="?", default="-", help="a file, or - for standard input")
        parser.add_argument("--output", default="-", help="a file, or - for standard output")
        for name in ("actors", "topics"):
            default = Path(settings.BASE_DIR) / "fixtures" / f"{name}.json"
            parser.add_argument(
                f"--{name}", type=Path, default=default, help=f"JSON list of {name}"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each line; leave with exit code 1 where a line could not be read."""
        bad = 0
        try:
            record = Record(actors_in(options["actors"]), topics_in(options["topics"]))
            with _source(options["input"]) as lines, _target(options["output"]) as out:
                for answer in answers(lines, record):
                    bad += "error" in answer
                    out.write(json.dumps(answer).encode() + b"\n")
                    out.flush()
        except (OSError, BadListError) as error:
            raise CommandError(str(error)) from error
        if bad:
            raise CommandError(f"{bad} of the lines could not be read", returncode=1)


def actors_in(path: Path) -> list[KnownActor]:
    """Return the actors of a JSON list; raise BadListError with the reason."""
    try:
        return [
            KnownActor(
                slug=row["slug"],
                name=row["name"],
                aliases=tuple(row.get("aliases", ())),
                roles=tuple(_role(role) for role in row.get("roles", ())),
                pronoun=row.get("pronoun", ""),
            )
            for row in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadListError(f"{path}: no list of actors ({error!r})") from error


def _role(row: dict[str, Any]) -> KnownRole:
    since, until = (
        date.fromisoformat(row[name]) if row.get(name) else None for name in ("since", "until")
    )
    return KnownRole(row["title"], row.get("organisation", ""), since, until)


def topics_in(path: Path) -> list[TopicTerms]:
    """Return the topics of a JSON list; raise BadListError with the reason."""
    try:
        return [
            TopicTerms(
                slug=row["slug"],
                name=row["name"],
                terms=tuple(Term(term["text"], float(term["weight"])) for term in row["terms"]),
                exclusions=tuple(row.get("exclusions", ())),
            )
            for row in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadListError(f"{path}: no list of topics ({error!r})") from error


def _source(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _target(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if name == "-" else Path(name).open("wb")


def answers(lines: Iterable[bytes], record: Record) -> Iterator[dict[str, Any]]:
    """Yield one answer a line, in order; a blank line is no line."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(line, number, record)


def _answer(line: bytes, number: int, record: Record) -> dict[str, Any]:
    row: object = None
    try:
        row = json.loads(line)
        return _read(row, record)
    except BadLineError as error:
        reason = str(error)
    except parsing.Refused as error:
        reason = str(error)
    except (ValueError, RecursionError) as error:
        reason = f"no JSON: {error}"
    return {
        "id": row.get("id") if isinstance(row, dict) else None,
        "error": f"line {number}: {reason}",
    }


def _read(row: object, record: Record) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadLineError("a line is an object with id and text")
    texts = {name: _words(row, name) for name in ("text", "html", "title", "language")}
    given = {name: _date(row, name) for name in ("published", "said")}
    text, title = texts["text"], texts["title"]
    if not text.strip() and texts["html"].strip():
        page = parsing.extract(texts["html"].encode(), content_type="text/html; charset=utf-8")
        text, title = page.text, title or page.title
        given["published"] = given["published"] or _written(page.published)
    if not text.strip():
        raise BadLineError("there is no text")
    if len(text) > parsing.MAX_TEXT:
        raise BadLineError(f"the text is longer than {parsing.MAX_TEXT} characters")
    reading = read(
        text,
        actors=record.actors,
        topics=record.topics,
        published=given["published"],
        said=given["said"],
        title=title,
        language=texts["language"],
    )
    answer = {"id": row.get("id"), **_as_dict(reading, text)}
    return answer if texts["text"].strip() else {**answer, "text": text}


def _words(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadLineError(f"{name} must be a text")
    return value


def _date(row: dict[str, Any], name: str) -> EdtfDate | None:
    try:
        return _written(_words(row, name))
    except BadDateError as error:
        raise BadLineError(f"{name}: {error}") from error


def _written(edtf: str) -> EdtfDate | None:
    return dates.parse(edtf) if edtf else None


def _as_dict(reading: Reading, text: str) -> dict[str, Any]:
    codes = [warning.code for warning in reading.warnings]
    return {
        "published": _date_dict(reading.published),
        "said": _date_dict(reading.said),
        "genre": reading.genre,
        "language": reading.language,
        "title": reading.title,
        "venue": reading.venue,
        "translated": reading.translated,
        "problem": reading.problem,
        "warnings": [
            {"code": w.code, "message": w.message, "start": w.start, "end": w.end}
            for w in reading.warnings
        ],
        "passages": [_passage_dict(passage, text, codes) for passage in reading.passages],
        "regions": [[region.start, region.end, region.kind] for region in reading.regions],
    }


def _passage_dict(passage: Passage, text: str, codes: Sequence[str]) -> dict[str, Any]:
    return {
        "start": passage.start,
        "end": passage.end,
        "text": text[passage.start : passage.end],
        "speaker": passage.speaker,
        "speaker_start": passage.speaker_start,
        "speaker_end": passage.speaker_end,
        "actor": passage.actor,
        "known": passage.known,
        "cue": passage.cue,
        "attribution": passage.attribution,
        "fidelity": passage.fidelity,
        "said": _date_dict(passage.said),
        "topics": [
            {"topic": found.topic, "score": found.score, "terms": list(found.terms)}
            for found in passage.topics
        ],
        "confidence": passage.confidence,
        "chain": list(passage.chain),
        "credibility": credibility(passage, codes),
    }


def _date_dict(value: EdtfDate | None) -> dict[str, str] | None:
    if value is None:
        return None
    return {
        "edtf": value.edtf,
        "earliest": value.earliest.isoformat(),
        "latest": value.latest.isoformat(),
        "basis": value.basis,
    }
