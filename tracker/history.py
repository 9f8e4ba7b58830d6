"""Loads a stance's history as of a day of speaking and an instant of knowing.

`said_until`: what had certainly been said by then. `known_at`: what this record held then;
utterances are put together again from the attestations held at that instant, so that later
knowledge cannot leak in through a column that detection has since rewritten.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from timeline import history as core
from tracker.dates import EdtfDate
from tracker.models import (
    Attestation,
    Role,
    Shift,
    ShiftEvent,
    Stance,
    StanceEvent,
    Statement,
    Utterance,
)
from tracker.rendering import Rendering, rendering, stored


def history(
    stance: Stance, *, said_until: date | None = None, known_at: datetime | None = None
) -> dict[str, Any]:
    """Return the history payload of one stance; the number of queries does not grow with it."""
    members = _members(stance, said_until, known_at)
    roles = list(Role.objects.filter(actor=stance.actor))
    kept = _kept(stance) if said_until is None and known_at is None else {}
    utterances = [
        _utterance(pk, kept.get(pk) or rendering(rows), rows, roles) for pk, rows in members.items()
    ]
    utterances.sort(key=lambda row: (row["said"]["earliest"], row["said"]["latest"], row["id"]))
    shown = {row["id"] for row in utterances}
    months = core.coverage(_days_recorded(stance, said_until, known_at))
    statements = [row for rows in members.values() for row in rows]
    return {
        "stance": {
            "actor": {"slug": stance.actor.slug, "name": stance.actor.name},
            "topic": {
                "slug": stance.topic.slug,
                "name": stance.topic.name,
                "description": stance.topic.description,
            },
        },
        "said_until": said_until.isoformat() if said_until else None,
        "known_at": known_at.isoformat() if known_at else None,
        "utterances": utterances,
        "shifts": [
            payload
            for shift in _shifts(stance, known_at)
            if {shift.older_id, shift.newer_id} <= shown
            and (payload := shift_payload(shift, known_at)) is not None
        ],
        "events": [
            {
                "kind": event.kind,
                "older": event.older_id,
                "newer": event.newer_id,
                "reasons": event.reasons,
            }
            for event in StanceEvent.objects.filter(stance=stance).held(known_at)
            if event.older_id in shown and (event.newer_id is None or event.newer_id in shown)
        ],
        "coverage": months,
        "gaps": core.gaps([_interval(row) for row in utterances], months),
        "counts": {
            "utterances": len(utterances),
            "statements": len(statements),
            "documents": len({row.document_id for row in statements}),
            "sources": len({row.document.source_id for row in statements}),
        },
    }


def shift_payload(shift: Shift, known_at: datetime | None = None) -> dict[str, Any] | None:
    """Return one shift as the history gives it, None where it was not held at `known_at`.

    Needs `kind_rows` and `events` prefetched to stay at a constant number of queries.
    """
    status = _status(shift, known_at)
    if status is None:
        return None
    withdrawn = status == Shift.Status.WITHDRAWN
    return {
        "id": shift.pk,
        "older": shift.older_id,
        "newer": shift.newer_id,
        "kinds": shift.kinds,
        "direction": shift.direction,
        "status": status,
        "score": shift.score,
        "materiality": shift.materiality,
        "confidence": shift.confidence,
        "grade": shift.grade,
        "reasons": shift.reasons,
        "evidence": shift.evidence,
        "older_statement": shift.older_statement_id,
        "newer_statement": shift.newer_statement_id,
        "detector_version": shift.detector_version,
        "recorded_at": shift.recorded_at.isoformat(),
        "withdrawn_at": shift.withdrawn_at.isoformat()
        if withdrawn and shift.withdrawn_at
        else None,
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


def _members(
    stance: Stance, said_until: date | None, known_at: datetime | None
) -> dict[int, list[Statement]]:
    """Return utterance -> the statements that attested it at `known_at`, by that instant's rows."""
    held = Statement.objects.held(known_at).said_until(said_until)
    rows = (
        Attestation.objects.held(known_at)
        .filter(utterance__stance=stance, statement__in=held)
        .select_related("statement__document__source", "statement__document__origin")
        .order_by("utterance", "statement")
    )
    members: dict[int, list[Statement]] = defaultdict(list)
    for row in rows:
        members[row.utterance_id].append(row.statement)
    return members


def _kept(stance: Stance) -> dict[int, Rendering]:
    """Return the renderings that detection wrote: what the record holds now, on all of it."""
    rows = Utterance.objects.held().filter(stance=stance)
    return {row.pk: stored(row) for row in rows.select_related("canonical")}


def _utterance(
    pk: int, made: Rendering, statements: Sequence[Statement], roles: Iterable[Role]
) -> dict[str, Any]:
    return {
        "id": pk,
        "said": said_payload(made.said),
        "text": made.canonical.exact,
        "value": made.value,
        "act": made.position["act"],
        "position": made.position,
        "fidelity": made.canonical.fidelity,
        "grade": made.grade,
        "sources": made.sources,
        "role": _role(roles, made.said),
        "variance": made.variance,
        "attestations": [_attestation(row, made.canonical) for row in statements],
    }


def _attestation(statement: Statement, canonical: Statement) -> dict[str, Any]:
    document = statement.document
    source = document.source
    return {
        "statement": statement.pk,
        "document": document.pk,
        "title": document.title,
        "source": {"slug": source.slug, "name": source.name, "reliability": source.reliability},
        "url": document.url,
        "published": said_payload(document.published),
        "attributed_as": statement.attributed_as,
        "attribution": statement.attribution,
        "fidelity": statement.fidelity,
        "credibility": statement.credibility,
        "start": statement.start,
        "end": statement.end,
        "exact": statement.exact,
        "prefix": statement.prefix,
        "suffix": statement.suffix,
        "canonical": statement.pk == canonical.pk,
    }


def _role(roles: Iterable[Role], said: EdtfDate) -> str:
    """Return the role held on the whole of the said date, empty where none is known."""
    for role in roles:
        began = role.since is None or role.since <= said.earliest
        lasted = role.until is None or role.until >= said.latest
        if began and lasted:
            return str(role)
    return ""


def _days_recorded(
    stance: Stance, said_until: date | None, known_at: datetime | None
) -> Iterable[date]:
    rows = Statement.objects.held(known_at).said_until(said_until).filter(actor=stance.actor)
    passages = rows.exclude(said_earliest=None).values_list("document", "start", "said_earliest")
    # A passage on two topics is two statements and still one thing recorded.
    return (day for _, _, day in set(passages) if day is not None)


def _shifts(stance: Stance, known_at: datetime | None) -> Iterable[Shift]:
    rows = Shift.objects.filter(stance=stance).prefetch_related("kind_rows", "events")
    rows = (
        rows.filter(withdrawn_at=None)
        if known_at is None
        else rows.filter(recorded_at__lte=known_at)
    )
    return rows.order_by("id")


def _status(shift: Shift, known_at: datetime | None) -> str | None:
    """Return the status that a shift had at `known_at`, replayed from its events."""
    if known_at is None:
        return shift.status
    if shift.withdrawn_at is not None and shift.withdrawn_at <= known_at:
        return None
    happened = {event.kind for event in shift.events.all() if event.at <= known_at}
    if not happened:
        return Shift.Status.UNDECIDED
    confirmed = ShiftEvent.Kind.CONFIRMED in happened
    return Shift.Status.CONFIRMED if confirmed else Shift.Status.PROVISIONAL


def _interval(row: dict[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(row["said"]["earliest"]), date.fromisoformat(row["said"]["latest"])
