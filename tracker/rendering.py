"""What its attestations make of an utterance, and how the rows of detection are shown.

`utterance_content` and `shift_content` are the parts of the history payload that detection
writes: shown as they are now, or kept as FormerUtterance and FormerShift when they change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from timeline import coding, likeness, shifts
from timeline.focus import focus
from tracker.dates import EdtfDate
from tracker.models import Shift, Statement, Utterance

CONFIRMED_BY_OTHERS = "1"  # Admiralty: confirmed by other independent sources


@dataclass(frozen=True, slots=True)
class Rendering:
    """An utterance as far as its statements tell it.

    `position` and `variance` are in the shape of the JSON columns; `sources` counts
    independent ones: reprints and translations of one text are one.
    """

    canonical: Statement
    said: EdtfDate
    position: dict[str, Any]
    value: int | None
    grade: str
    sources: int
    variance: list[dict[str, Any]]


def rendering(statements: Sequence[Statement]) -> Rendering:
    """Return what these statements, all attesting one utterance, make of it.

    Needs their documents, sources and origins loaded. The date is the sharpest that any of
    them gives.
    """
    members = sorted(statements, key=_by_content)
    attestations = as_attestations(members)
    best = members[likeness.canonical(attestations).key]
    position = _position(best)
    sources = len({(row.document.origin or row.document).source_id for row in members})
    return Rendering(
        canonical=best,
        said=said_of(min(members, key=lambda row: (_width(row), row is not best))),
        position=position,
        value=position["value"],
        grade=_grade(best, sources),
        sources=sources,
        variance=as_stored([row.as_dict() for row in likeness.variance(attestations)]),
    )


def _position(statement: Statement) -> dict[str, Any]:
    """Return what a statement says on its topic, coded, with spans into the statement's words."""
    start, end = focus(statement.exact, statement.terms)
    payload: dict[str, Any] = as_stored(coding.code(statement.exact[start:end]).as_dict())
    for element in [
        payload,
        *(row for rows in payload.values() if isinstance(rows, list) for row in rows),
    ]:
        if isinstance(element, dict) and "start" in element:
            element["start"], element["end"] = element["start"] + start, element["end"] + start
    return payload


def utterance_content(utterance: Utterance) -> dict[str, Any]:
    """Return the part of an utterance's payload that detection writes."""
    return {
        "id": utterance.pk,
        "said": said_payload(utterance.said),
        "text": utterance.canonical.exact,
        "value": utterance.value,
        "act": utterance.position["act"],
        "position": utterance.position,
        "fidelity": utterance.fidelity,
        "grade": utterance.grade,
        "sources": utterance.sources,
        "variance": utterance.variance,
        "canonical": utterance.canonical_id,
    }


def as_compared(content: Mapping[str, Any]) -> shifts.Utterance:
    """Return what `utterance_content` gives in the form that the core compares."""
    return shifts.Utterance(
        key=content["id"],
        text=content["text"],
        earliest=date.fromisoformat(content["said"]["earliest"]),
        latest=date.fromisoformat(content["said"]["latest"]),
        fidelity=content["fidelity"],
        grade=content["grade"],
        sources=content["sources"],
        position=coding.code(content["text"]),
    )


def moment_payload(moment: datetime) -> str:
    """Return a moment as every answer writes it: in UTC, told by a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shift_content(shift: Shift) -> dict[str, Any]:
    """Return one shift as every payload gives it.

    Needs `kind_rows` prefetched to stay at a constant number of queries.
    """
    return {
        "id": shift.pk,
        "older": shift.older_id,
        "newer": shift.newer_id,
        "kinds": shift.kinds,
        "direction": shift.direction,
        "status": shift.status,
        "score": shift.score,
        "materiality": shift.materiality,
        "confidence": shift.confidence,
        "grade": shift.grade,
        "reasons": shift.reasons,
        "evidence": shift.evidence,
        "older_statement": shift.older_statement_id,
        "newer_statement": shift.newer_statement_id,
        "detector_version": shift.detector_version,
        "recorded_at": moment_payload(shift.recorded_at),
        "withdrawn_at": moment_payload(shift.withdrawn_at) if shift.withdrawn_at else None,
    }


def said_payload(value: EdtfDate | None) -> dict[str, str] | None:
    """Return a said or published date as every payload gives it."""
    if value is None:
        return None
    return {
        "edtf": value.edtf,
        "earliest": value.earliest.isoformat(),
        "latest": value.latest.isoformat(),
        "precision": value.precision,
        "basis": value.basis,
    }


@lru_cache(maxsize=20_000)
def date_payload(edtf: str, earliest: Any, latest: Any, basis: str) -> dict[str, str] | None:
    """Return a date from its columns as every payload gives it: the same object each time.

    Its ends may be days or their text.
    """
    if earliest is None or latest is None:
        return None
    first, last = (
        date.fromisoformat(day) if isinstance(day, str) else day for day in (earliest, latest)
    )
    return said_payload(EdtfDate(edtf, first, last, basis))


def as_attestations(statements: Sequence[Statement]) -> list[likeness.Attestation]:
    """Return statements in the form that grouping takes, their places in the list as keys.

    Keys decide ties; rows' own numbers would make the result depend on the order of arrival.
    """
    return [_as_attestation(place, statement) for place, statement in enumerate(statements)]


def _as_attestation(key: int, statement: Statement) -> likeness.Attestation:
    document = statement.document
    said = said_of(statement)
    return likeness.Attestation(
        key=key,
        text=statement.exact,
        earliest=said.earliest,
        latest=said.latest,
        published=document.published_earliest,
        document=document.pk,
        origin=document.origin_id or document.pk,
        fidelity=statement.fidelity,
        venue=document.venue,
    )


def said_of(row: Utterance | Statement) -> EdtfDate:
    """Return the said date of a row that stands in a series; ValueError where it has none."""
    if row.said is None:
        raise ValueError(f"{row!r} has no said date and cannot be placed in a series")
    return row.said


def _by_content(statement: Statement) -> tuple[str, int, str, str, int]:
    """Return what decides between equally faithful renderings: first the better source."""
    source = statement.document.source
    return source.reliability, statement.start, statement.exact, source.slug, statement.pk


def _width(statement: Statement) -> int:
    said = said_of(statement)
    return (said.latest - said.earliest).days


def _grade(best: Statement, sources: int) -> str:
    """Return the Admiralty grade: the best rendering's source, and how the words stand up."""
    digit = CONFIRMED_BY_OTHERS if sources > 1 else str(best.credibility)
    return best.document.source.reliability + digit


def as_stored(value: Any) -> Any:
    """Return a value as it comes back from a JSON column, so that the two can be compared."""
    return json.loads(json.dumps(value))
