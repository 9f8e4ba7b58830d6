"""A file of ready statements (JSON Lines or CSV): who held what, when, by whose account.

Each row is a paraphrase that a person wrote, with its date and source. It becomes a
document of its own whose bytes are the row, so that nothing stands without its capture.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tracker import dates
from tracker.dates import EdtfDate
from tracker.reading import Passage, Reading, Region, TopicMatch

CONTENT_TYPE = "application/x-stanceline-statement+json"
FIELDS = frozenset(
    {"actor", "topic", "said", "published", "text", "source", "url", "attribution", "fidelity"}
)
REQUIRED = ("actor", "topic", "said", "text", "source")
LONGEST_TEXT = 5000
LONGEST_URL = 2000
_ATTRIBUTIONS = ("direct", "indirect", "mixed")
_FIDELITIES = ("verbatim", "translated", "reported", "paraphrased")


class BadRowError(ValueError):
    """A row that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One ready statement. `topics`, `actor` and `source` are slugs of the record."""

    actor: str
    topics: tuple[str, ...]
    said: EdtfDate
    published: EdtfDate | None
    text: str
    source: str
    url: str
    attribution: Literal["direct", "indirect", "mixed"]
    fidelity: Literal["verbatim", "translated", "reported", "paraphrased"]

    def as_json(self) -> bytes:
        """Return the row as one canonical JSON text: the bytes that are captured and hashed."""
        content = {
            "actor": self.actor,
            "topic": list(self.topics),
            "said": self.said.edtf,
            "published": self.published.edtf if self.published else "",
            "text": self.text,
            "source": self.source,
            "url": self.url,
            "attribution": self.attribution,
            "fidelity": self.fidelity,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Known:
    """The slugs that rows may name, and the day after which nothing can have been said."""

    actors: Collection[str]
    topics: Collection[str]
    sources: Collection[str]
    today: date = date.max


def parse(text: str, *, known: Known, form: Literal["jsonl", "csv"]) -> tuple[list[Row], list[str]]:
    """Return the good rows of a file and, for each bad one, `row N: why`; rows count from 1."""
    rows: list[Row] = []
    errors: list[str] = []
    for number, fields in _rows(text, form):
        try:
            rows.append(_row(fields, known))
        except BadRowError as error:
            errors.append(f"row {number}: {error}")
    return rows, errors


def reading(body: bytes, *, said: EdtfDate) -> Reading:
    """Return what a captured row says, in the form of any other reading.

    `said` is the row's own date, or the one by which a person corrected it.
    """
    fields = json.loads(body)
    published = dates.parse(fields["published"]) if fields["published"] else None
    text = fields["text"]
    passage = Passage(
        start=0,
        end=len(text),
        speaker=None,
        speaker_start=None,
        speaker_end=None,
        actor=fields["actor"],
        known=True,
        cue=None,
        attribution=fields["attribution"],
        fidelity=fields["fidelity"],
        said=said,
        topics=tuple(TopicMatch(topic, 1.0, ()) for topic in fields["topic"]),
        confidence=1.0,
    )
    return Reading(
        genre="statement",
        language="en",
        title="",
        translated=False,
        published=published,
        said=said,
        venue="",
        warnings=(),
        passages=(passage,),
        regions=(Region(0, len(text), "statement"),),
        problem="",
    )


def _rows(text: str, form: str) -> Iterator[tuple[int, object]]:
    if form == "csv":
        yield from enumerate(_csv_rows(text), start=1)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _csv_rows(text: str) -> Iterator[object]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield error


def _row(fields: object, known: Known) -> Row:
    content = _content(fields)
    return Row(
        actor=_one_of(content["actor"], known.actors, "actor"),
        topics=tuple(_one_of(topic, known.topics, "topic") for topic in _topics(content["topic"])),
        said=_date(content["said"], "said", known.today),
        published=_date(content["published"], "published", known.today)
        if content.get("published")
        else None,
        text=_text(content["text"]),
        source=_one_of(content["source"], known.sources, "source"),
        url=_url(content.get("url") or ""),
        attribution=_one_of(  # type: ignore[arg-type]  # one of the literals
            content.get("attribution") or "indirect", _ATTRIBUTIONS, "attribution"
        ),
        fidelity=_one_of(  # type: ignore[arg-type]  # one of the literals
            content.get("fidelity") or "paraphrased", _FIDELITIES, "fidelity"
        ),
    )


def _content(fields: object) -> Mapping[str, Any]:
    """Return the fields of a row, all required ones present, none unknown."""
    if isinstance(fields, csv.Error):
        raise BadRowError(f"not CSV ({fields})")
    if isinstance(fields, str):
        try:
            fields = json.loads(fields)
        except (ValueError, RecursionError) as error:
            raise BadRowError(f"not JSON ({error})") from error
    if not isinstance(fields, dict):
        raise BadRowError("not an object with fields")
    unknown = sorted(str(name) for name in set(fields) - FIELDS)
    if unknown:
        raise BadRowError(f"unknown field {', '.join(unknown)}")
    missing = [name for name in REQUIRED if not fields.get(name)]
    if missing:
        raise BadRowError(f"{', '.join(missing)} missing")
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRowError("text must be words")
    text = value.strip()
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise BadRowError("text holds control characters or half a character pair")
    if len(text) > LONGEST_TEXT:
        raise BadRowError(f"text has {len(text)} characters; at most {LONGEST_TEXT} are taken")
    return text


def _url(value: object) -> str:
    if value == "":
        return ""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[!-~]+", value):
        raise BadRowError(f"url '{value}' is not an http(s) address")
    if len(value) > LONGEST_URL:
        raise BadRowError(f"url has {len(value)} characters; at most {LONGEST_URL} are taken")
    return value


def _topics(value: object) -> list[str]:
    """Return the slugs of a row's topics, each once."""
    if isinstance(value, str):
        value = [slug.strip() for slug in value.split(",")]
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise BadRowError("topic must be a slug or a list of slugs")
    return list(dict.fromkeys(value))


def _one_of(value: object, allowed: Collection[str], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise BadRowError(f"{name} '{value}' is not known")
    return value


def _date(value: object, name: str, today: date) -> EdtfDate:
    try:
        found = dates.parse(str(value))
    except dates.BadDateError as error:
        raise BadRowError(f"{name}: {error}") from error
    if found.earliest > today:
        raise BadRowError(f"{name}: {found.edtf} lies in the future")
    return found
