"""Loads a stance's history as of a day of speaking and an instant of knowing.

`said_until`: what had certainly been said by then. `known_at`: what this record showed then.
Nothing is coded or decided again here: what detection showed at an instant was kept, so that
no later knowledge can leak into an earlier look. Names, titles, addresses, roles and the
grades of sources are reference data and shown as they are now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast, Substr

from timeline import history as core
from tracker.dates import EdtfDate
from tracker.models import (
    Attestation,
    FormerShift,
    FormerUtterance,
    Role,
    Shift,
    Stance,
    StanceEvent,
    Statement,
    Utterance,
)
from tracker.rendering import said_payload, shift_content

# A passage on two topics is two statements and still one thing recorded.
PASSAGE = ExpressionWrapper(F("document_id") * 2**31 + F("start"), output_field=BigIntegerField())
# As text: to cut a date, SQLite would be sent through Python for each row.
MONTH = Substr(Cast("said_earliest", CharField()), 1, 7)

__all__ = ["attestations", "history", "said_payload"]


def history(
    stance: Stance, *, said_until: date | None = None, known_at: datetime | None = None
) -> dict[str, Any]:
    """Return the history payload of one stance; the number of queries does not grow with it."""
    utterances = _utterances(stance, said_until, known_at)
    shown = {row["id"] for row in utterances}
    months = _coverage(stance, said_until, known_at)
    attestations = [row for utterance in utterances for row in utterance["attestations"]]
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
            row for row in _shifts(stance, known_at) if {row["older"], row["newer"]} <= shown
        ],
        "events": [
            row
            for row in _events(stance, said_until, known_at)
            if row["older"] in shown and (row["newer"] is None or row["newer"] in shown)
        ],
        "coverage": months,
        "gaps": core.gaps([_interval(row) for row in utterances], months),
        "counts": {
            "utterances": len(utterances),
            "statements": len(attestations),
            "documents": len({row["document"] for row in attestations}),
            "sources": len({row["source"]["slug"] for row in attestations}),
        },
    }


def attestations(utterance: Utterance, *, known_at: datetime | None = None) -> list[dict[str, Any]]:
    """Return the statements that attest an utterance, or did at `known_at`."""
    canonical = utterance.canonical_id
    if known_at is not None:
        for former in FormerUtterance.objects.held(known_at).filter(utterance=utterance):
            canonical = former.content["canonical"]
    members = _members(known_at, utterance=utterance)[utterance.pk]
    return [{**row, "canonical": row["statement"] == canonical} for row in members]


def _utterances(
    stance: Stance, said_until: date | None, known_at: datetime | None
) -> list[dict[str, Any]]:
    members = _members(known_at, utterance__stance=stance)
    roles = list(Role.objects.filter(actor=stance.actor))
    found = [
        _utterance(content, members[content["id"]], roles)
        for content in _contents(stance, known_at)
        if content["id"] in members
        and (said_until is None or content["said"]["latest"] <= said_until.isoformat())
    ]
    return sorted(
        found, key=lambda row: (row["said"]["earliest"], row["said"]["latest"], row["id"])
    )


def _contents(stance: Stance, known_at: datetime | None) -> Iterable[dict[str, Any]]:
    """Return what each utterance showed at `known_at`."""
    held = Utterance.objects.held(known_at).filter(stance=stance).order_by()
    as_text = (Cast(name, TextField()) for name in ("position", "variance"))
    rows: Any = held.values_list(*_UTTERANCE, *as_text)
    if known_at is None:
        return map(_content, rows)
    former = FormerUtterance.objects.held(known_at).filter(utterance__stance=stance)
    contents = dict(former.values_list("utterance", "content"))
    return (contents.get(row[0]) or _content(row) for row in rows)


_UTTERANCE = (
    *("id", "said_edtf", "said_earliest", "said_latest", "said_basis", "canonical__exact"),
    *("value", "fidelity", "grade", "sources", "canonical_id"),
)


def _content(row: Sequence[Any]) -> dict[str, Any]:
    """Return what `utterance_content` gives, from columns: an instance each would cost more."""
    pk, edtf, earliest, latest, basis, text, value, fidelity, grade, *rest = row
    sources, canonical, coded, differing = rest
    position = orjson.loads(coded)  # JSON as text: the ORM's own reading of it takes longer
    return {
        "id": pk,
        "said": said_payload(EdtfDate(edtf, earliest, latest, basis) if earliest else None),
        "text": text,
        "value": value,
        "act": position["act"],
        "position": position,
        "fidelity": fidelity,
        "grade": grade,
        "sources": sources,
        "variance": orjson.loads(differing),
        "canonical": canonical,
    }


def _members(
    known_at: datetime | None, **which: Stance | Utterance
) -> dict[int, list[dict[str, Any]]]:
    """Return utterance -> the statements that attested it at `known_at`."""
    rows = (
        Attestation.objects.held(known_at)
        .filter(_statement_held(known_at), **which)
        .order_by("utterance", "statement")
        .values_list("utterance", *_STATEMENT, *_DOCUMENT, *_SOURCE)
    )
    members: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for utterance, *values in rows:
        members[utterance].append(_attestation(values))
    return members


def _statement_held(known_at: datetime | None) -> Q:
    # On the joined row: `IN (SELECT ...)` would gather the statements of the whole record.
    if known_at is None:
        return Q(statement__retracted_at=None)
    retracted_later = Q(statement__retracted_at=None) | Q(statement__retracted_at__gt=known_at)
    return retracted_later & Q(statement__recorded_at__lte=known_at)


# Columns and not instances: of a long stance the history is mostly these rows.
_STATEMENT = tuple(
    f"statement__{column}"
    for column in (
        *("id", "attributed_as", "attribution", "fidelity", "credibility", "start", "end"),
        *("exact", "prefix", "suffix"),
    )
)
_DOCUMENT = tuple(
    f"statement__document__{column}"
    for column in (
        *("id", "title", "url", "published_edtf"),
        *("published_earliest", "published_latest", "published_basis"),
    )
)
_SOURCE = tuple(
    f"statement__document__source__{column}" for column in ("slug", "name", "reliability")
)


def _attestation(values: Sequence[Any]) -> dict[str, Any]:
    """Return what is shown of an attestation, from the columns named above, in their order."""
    pk, attributed_as, attribution, fidelity, credibility, start, end, *words = values[:10]
    document, title, url, edtf, earliest, latest, basis, slug, name, reliability = values[10:]
    published = None if earliest is None else EdtfDate(edtf, earliest, latest, basis)
    exact, prefix, suffix = words
    return {
        "statement": pk,
        "document": document,
        "title": title,
        "source": {"slug": slug, "name": name, "reliability": reliability},
        "url": url,
        "published": said_payload(published),
        "attributed_as": attributed_as,
        "attribution": attribution,
        "fidelity": fidelity,
        "credibility": credibility,
        "start": start,
        "end": end,
        "exact": exact,
        "prefix": prefix,
        "suffix": suffix,
    }


def _utterance(
    content: dict[str, Any], attestations: Sequence[dict[str, Any]], roles: Iterable[Role]
) -> dict[str, Any]:
    canonical = content["canonical"]
    shown = {name: value for name, value in content.items() if name != "canonical"}
    return {
        **shown,
        "role": _role(roles, content["said"]),
        "attestations": [
            {**row, "canonical": row["statement"] == canonical} for row in attestations
        ],
    }


def _role(roles: Iterable[Role], said: dict[str, str]) -> str:
    """Return the role held on the whole of the said date, empty where none is known."""
    for role in roles:
        began = role.since is None or role.since.isoformat() <= said["earliest"]
        lasted = role.until is None or role.until.isoformat() >= said["latest"]
        if began and lasted:
            return str(role)
    return ""


def _coverage(
    stance: Stance, said_until: date | None, known_at: datetime | None
) -> list[core.Month]:
    """Return how much was recorded of the actor in each month, counted by the database."""
    rows = Statement.objects.held(known_at).said_until(said_until).filter(actor=stance.actor_id)
    counted = (
        rows.exclude(said_earliest=None)
        .order_by()
        .annotate(month=MONTH)
        .values_list("month")
        .annotate(passages=Count(PASSAGE, distinct=True))
        .order_by("month")
    )
    return [{"month": month, "statements": passages} for month, passages in counted]


def _shifts(stance: Stance, known_at: datetime | None) -> Iterable[dict[str, Any]]:
    """Return what each shift that stood at `known_at` showed then."""
    rows = _standing(stance, known_at).order_by("id").prefetch_related("kind_rows")
    if known_at is None:
        return map(shift_content, rows)
    former = FormerShift.objects.held(known_at).filter(shift__stance=stance)
    contents = dict(former.values_list("shift", "content"))
    return (contents.get(row.pk) or shift_content(row) for row in rows)


def _standing(stance: Stance, known_at: datetime | None) -> QuerySet[Shift]:
    rows = Shift.objects.filter(stance=stance)
    if known_at is None:
        return rows.filter(withdrawn_at=None)
    return rows.filter(recorded_at__lte=known_at).exclude(withdrawn_at__lte=known_at)


def _events(
    stance: Stance, said_until: date | None, known_at: datetime | None
) -> Iterable[dict[str, Any]]:
    events = StanceEvent.objects.filter(stance=stance).held(known_at)
    if said_until is not None:
        events = events.exclude(day__gt=said_until)
    for event in events:
        yield {
            "kind": event.kind,
            "older": event.older_id,
            "newer": event.newer_id,
            "reasons": event.reasons,
        }


def _interval(row: dict[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(row["said"]["earliest"]), date.fromisoformat(row["said"]["latest"])
