"""A file of ready statements (JSON Lines or CSV): who held what, when, by whose account.

Each row is a paraphrase that a person wrote, with its date and source. It becomes a
document of its own whose bytes are the row, so that nothing stands without its capture.
"""

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
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
    """The slugs that rows may name."""

    actors: Collection[str]
    topics: Collection[str]
    sources: Collection[str]


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


def reading(body: bytes) -> Reading:
    """Return what a captured row says, in the form of any other reading."""
    fields = json.loads(body)
    said = dates.parse(fields["said"])
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
        yield from enumerate(csv.DictReader(io.StringIO(text)), start=1)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def _row(fields: object, known: Known) -> Row:
    content = _content(fields)
    topics = _topics(content["topic"])
    row = Row(
        actor=_one_of(content["actor"], known.actors, "actor"),
        topics=tuple(_one_of(topic, known.topics, "topic") for topic in topics),
        said=_date(content["said"], "said"),
        published=_date(content["published"], "published") if content.get("published") else None,
        text=str(content["text"]).strip(),
        source=_one_of(content["source"], known.sources, "source"),
        url=str(content.get("url") or ""),
        attribution=_one_of(  # type: ignore[arg-type]  # one of the literals
            content.get("attribution") or "indirect", _ATTRIBUTIONS, "attribution"
        ),
        fidelity=_one_of(  # type: ignore[arg-type]  # one of the literals
            content.get("fidelity") or "paraphrased", _FIDELITIES, "fidelity"
        ),
    )
    if len(row.text) > LONGEST_TEXT:
        raise BadRowError(f"text has {len(row.text)} characters; at most {LONGEST_TEXT} are taken")
    return row


def _content(fields: object) -> Mapping[str, Any]:
    """Return the fields of a row, all required ones present, none unknown."""
    if isinstance(fields, str):
        try:
            fields = json.loads(fields)
        except (json.JSONDecodeError, RecursionError) as error:
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


def _topics(value: object) -> list[str]:
    if isinstance(value, str):
        return [slug.strip() for slug in value.split(",")]
    if isinstance(value, list) and all(isinstance(slug, str) for slug in value):
        return value
    raise BadRowError("topic must be a slug or a list of slugs")


def _one_of(value: object, allowed: Collection[str], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise BadRowError(f"{name} '{value}' is not known")
    return value


def _date(value: object, name: str) -> EdtfDate:
    try:
        return dates.parse(str(value))
    except dates.BadDateError as error:
        raise BadRowError(f"{name}: {error}") from error
