"""What its attestations make of an utterance: best wording, date, position, grade, variance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from timeline import coding, likeness
from tracker.dates import EdtfDate
from tracker.models import Statement, Utterance

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
    by_key = {statement.pk: statement for statement in statements}
    attestations = [as_attestation(statement) for statement in statements]
    best = by_key[likeness.canonical(attestations).key]
    sharpest = min(statements, key=lambda row: (_width(row), row.pk != best.pk, row.pk))
    position = coding.code(best.exact)
    sources = len({(row.document.origin or row.document).source_id for row in statements})
    return Rendering(
        canonical=best,
        said=said_of(sharpest),
        position=_as_stored(position.as_dict()),
        value=position.value,
        grade=_grade(best, sources),
        sources=sources,
        variance=_as_stored([row.as_dict() for row in likeness.variance(attestations)]),
    )


def stored(utterance: Utterance) -> Rendering:
    """Return the rendering that detection wrote on an utterance."""
    return Rendering(
        canonical=utterance.canonical,
        said=said_of(utterance),
        position=utterance.position,
        value=utterance.value,
        grade=utterance.grade,
        sources=utterance.sources,
        variance=utterance.variance,
    )


def as_attestation(statement: Statement) -> likeness.Attestation:
    """Return a statement in the form that grouping takes."""
    document = statement.document
    said = said_of(statement)
    return likeness.Attestation(
        key=statement.pk,
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


def _width(statement: Statement) -> int:
    said = said_of(statement)
    return (said.latest - said.earliest).days


def _grade(best: Statement, sources: int) -> str:
    """Return the Admiralty grade: the best rendering's source, and how the words stand up."""
    digit = CONFIRMED_BY_OTHERS if sources > 1 else str(best.credibility)
    return best.document.source.reliability + digit


def _as_stored(value: Any) -> Any:
    """Return a value as it comes back from a JSON column, so that the two can be compared."""
    return json.loads(json.dumps(value))
