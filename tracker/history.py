"""Loads a stance's history as of a day of speaking and an instant of knowing.

`said_until`: what had certainly been said by then. `known_at`: what this record showed then.
Nothing is coded or decided again here: what detection showed at an instant was kept, so that
no later knowledge can leak into an earlier look. Names, roles and the grades of sources are
reference data and shown as they are now.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
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
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf, Substr

from timeline import history as core
from tracker.former import shown_then
from tracker.models import (
    Actor,
    Attestation,
    FormerShift,
    FormerUtterance,
    Role,
    Shift,
    ShiftKind,
    Stance,
    StanceEvent,
    Statement,
    Topic,
    Utterance,
)
from tracker.prepared import Question, instance
from tracker.rendering import date_payload, moment_payload, shift_content

# A passage on two topics is two statements and still one thing recorded.
PASSAGE = ExpressionWrapper(F("document_id") * 2**31 + F("start"), output_field=BigIntegerField())
# As text: to cut a date, SQLite would be sent through Python for each row.
MONTH = Substr(Cast("said_earliest", CharField()), 1, 7)


def stance_of(actor: str, topic: str) -> Stance | None:
    """Return the stance of these slugs with the names that a history shows."""
    for row in _STANCE.rows(actor, topic):
        found = instance(Stance, ("id", "actor_id", "topic_id"), row[:3])
        found.actor = instance(Actor, ("id", "slug", "name"), (row[1], *row[3:5]))
        found.topic = instance(Topic, ("id", "slug", "name", "description"), (row[2], *row[5:]))
        return found
    return None


_STANCE = Question(
    lambda actor, topic: Stance.objects.filter(actor__slug=actor, topic__slug=topic).values_list(
        *("id", "actor_id", "topic_id", "actor__slug", "actor__name"),
        *("topic__slug", "topic__name", "topic__description"),
    ),
    holes=2,
)


def history(
    stance: Stance,
    *,
    said_until: date | None = None,
    known_at: datetime | None = None,
    read: Callable[[str], Any] = orjson.loads,
) -> dict[str, Any]:
    """Return the history payload of one stance; the number of queries does not grow with it.

    `read` makes of a JSON column's text what is shown of it: `orjson.Fragment` leaves it unread,
    for a payload that is written as JSON anyway.
    """
    utterances = _utterances(stance, said_until, known_at, read)
    shown = {row["id"] for row in utterances}
    months = _coverage(stance, said_until, known_at)
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
        "known_at": moment_payload(known_at) if known_at else None,
        "utterances": utterances,
        "shifts": [
            row for row in _shifts(stance, known_at, read) if {row["older"], row["newer"]} <= shown
        ],
        "events": [
            row
            for row in _events(stance, said_until, known_at, read)
            if row["older"] in shown and (row["newer"] is None or row["newer"] in shown)
        ],
        "coverage": months,
        "gaps": core.gaps([_interval(row) for row in utterances], months),
        "counts": _counts(utterances),
    }


def _counts(utterances: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how much stands behind these utterances."""
    attestations = [row for utterance in utterances for row in utterance["attestations"]]
    return {
        "utterances": len(utterances),
        "statements": len(attestations),
        "documents": len({row["document"] for row in attestations}),
        "sources": len({row["source"]["slug"] for row in attestations}),
    }


def attestations(utterance: Utterance, *, known_at: datetime | None = None) -> list[dict[str, Any]]:
    """Return the statements that attest an utterance, or did at `known_at`."""
    canonical = utterance.canonical_id
    if known_at is not None:
        for former in FormerUtterance.objects.held(known_at).filter(utterance=utterance):
            canonical = former.content["canonical"]
    members = _members(_attesting(known_at, utterance=utterance))[utterance.pk]
    if known_at is not None:
        _as_shown(members, shown_then({row["document"] for row in members}, known_at))
    for row in members:
        row["canonical"] = row["statement"] == canonical
    return members


def _rows(question: Question, number: int, known_at: datetime | None) -> Iterable[Any]:
    """Return the rows for a number: as of now by the prepared query."""
    return question.rows(number) if known_at is None else question.build(number, known_at)


def _utterances(
    stance: Stance, said_until: date | None, known_at: datetime | None, read: Callable[[str], Any]
) -> list[dict[str, Any]]:
    members = _members(_rows(_ATTESTING, stance.pk, known_at))
    if known_at is not None:
        spoken = Statement.objects.filter(actor=stance.actor_id, topic=stance.topic_id)
        then = shown_then(spoken.order_by().values("document"), known_at)
        for rows in members.values():
            _as_shown(rows, then)
    roles = [instance(Role, _ROLE, row) for row in _ROLES.rows(stance.actor_id)]
    last = (said_until or date.max).isoformat()
    found = [
        _attested(content, members[content["id"]], roles)
        for content in _contents(stance, known_at, read)
        if content["id"] in members and content["said"]["latest"] <= last
    ]
    return sorted(
        found, key=lambda row: (row["said"]["earliest"], row["said"]["latest"], row["id"])
    )


_ROLE = ("id", "title", "organisation", "since", "until")
_ROLES = Question(lambda actor: Role.objects.filter(actor=actor).values_list(*_ROLE))


def _contents(
    stance: Stance, known_at: datetime | None, read: Callable[[str], Any]
) -> Iterable[dict[str, Any]]:
    """Return what each utterance showed at `known_at`."""
    rows = _rows(_HELD, stance.pk, known_at)
    if known_at is None:
        return (_content(row, read) for row in rows)
    former = FormerUtterance.objects.held(known_at).filter(utterance__stance=stance)
    contents = dict(former.values_list("utterance", "content"))
    return (contents.get(row[0]) or _content(row, read) for row in rows)


def _held(stance: int, known_at: datetime | None = None) -> QuerySet[Utterance, Any]:
    return (
        Utterance.objects.held(known_at)
        .filter(stance=stance)
        .order_by()
        .values_list(
            *("id", "said_edtf"),
            *_days("said"),
            *("said_basis", "canonical__exact", "value"),
            *("fidelity", "grade", "sources", "canonical_id"),
            # SQLite gives JSON's null as the word.
            NullIf(KeyTextTransform("act", "position"), Value("null"), output_field=CharField()),
            *(Cast(name, TextField()) for name in ("position", "variance")),
        )
    )


def _days(path: str) -> Iterator[Cast]:
    """Return both ends of a date as text: SQLite's driver would read each day out of it."""
    return (Cast(f"{path}_{end}", CharField()) for end in ("earliest", "latest"))


_HELD = Question(_held)


def _content(row: Sequence[Any], read: Callable[[str], Any]) -> dict[str, Any]:
    """Return what `utterance_content` gives, from columns: an instance each would cost more."""
    pk, edtf, earliest, latest, basis, text, value, fidelity, grade, *rest = row
    sources, canonical, act, coded, differing = rest
    return {
        "id": pk,
        "said": date_payload(edtf, earliest, latest, basis),
        "text": text,
        "value": value,
        "act": act,
        "position": read(coded),
        "fidelity": fidelity,
        "grade": grade,
        "sources": sources,
        "variance": read(differing),
        "canonical": canonical,
    }


def _members(rows: Iterable[Any]) -> dict[int, list[dict[str, Any]]]:
    """Return utterance -> the statements that attest it, from rows of `_attesting`."""
    members: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        members[row[0]].append(_attestation(row))
    return members


def _attesting(known_at: datetime | None, **which: Any) -> QuerySet[Attestation, Any]:
    """Return who attested what at `known_at`. Columns: the history is mostly these rows."""
    return (
        Attestation.objects.held(known_at)
        .filter(_statement_held(known_at), **which)
        .order_by("utterance", "statement")
        .values_list(
            "utterance",
            *(f"statement__{column}" for column in _STATEMENT),
            *(f"statement__document__{column}" for column in _DOCUMENT),
            *_days("statement__document__published"),
            *(f"statement__document__source__{column}" for column in _SOURCE),
        )
    )


def _statement_held(known_at: datetime | None) -> Q:
    # On the joined row: `IN (SELECT ...)` would gather the statements of the whole record.
    if known_at is None:
        return Q(statement__retracted_at=None)
    retracted_later = Q(statement__retracted_at=None) | Q(statement__retracted_at__gt=known_at)
    return retracted_later & Q(statement__recorded_at__lte=known_at)


_STATEMENT = (
    *("id", "attributed_as", "attribution", "fidelity", "credibility", "start", "end"),
    *("exact", "prefix", "suffix"),
)
_DOCUMENT = ("id", "title", "url", "published_edtf", "published_basis")
_SOURCE = ("slug", "name", "reliability")
_ATTESTING = Question(lambda stance, known_at=None: _attesting(known_at, utterance__stance=stance))


def _attestation(row: Sequence[Any]) -> dict[str, Any]:
    """Return what is shown of an attestation, from the columns of `_attesting`, in their order."""
    _, pk, attributed_as, attribution, fidelity, credibility, start, end, *rest = row
    exact, prefix, suffix, document, title, url, edtf, basis, earliest, latest, *rest = rest
    slug, name, reliability = rest
    return {
        "statement": pk,
        "document": document,
        "title": title,
        "source": {"slug": slug, "name": name, "reliability": reliability},
        "url": url,
        "published": date_payload(edtf, earliest, latest, basis),
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


def _as_shown(
    attestations: Iterable[dict[str, Any]], then: Mapping[int, Mapping[str, Any]]
) -> None:
    """Give attestations the titles and days of publication that their documents showed `then`."""
    for row in attestations:
        before = then.get(row["document"])
        if before is not None:
            published = (before[f"published_{part}"] for part in _DATE)
            row |= {"title": before["title"], "published": date_payload(*published)}


_DATE = ("edtf", "earliest", "latest", "basis")


def _attested(
    content: dict[str, Any], attestations: list[dict[str, Any]], roles: Sequence[Role]
) -> dict[str, Any]:
    """Return an utterance as it is shown."""
    shown = dict(content)
    canonical = shown.pop("canonical")
    for row in attestations:
        row["canonical"] = row["statement"] == canonical
    shown["role"] = _role(roles, content["said"])
    shown["attestations"] = attestations
    return shown


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
    if said_until is None:
        rows = _rows(_COUNTED, stance.actor_id, known_at)
    else:
        rows = _counted(stance.actor_id, known_at, said_until)
    return [{"month": month, "statements": passages} for month, passages in rows]


def _counted(
    actor: int, known_at: datetime | None = None, said_until: date | None = None
) -> QuerySet[Statement, Any]:
    rows = Statement.objects.held(known_at).said_until(said_until).filter(actor=actor)
    return (
        rows.exclude(said_earliest=None)
        .order_by()
        .annotate(month=MONTH)
        .values_list("month")
        .annotate(passages=Count(PASSAGE, distinct=True))
        .order_by("month")
    )


_COUNTED = Question(_counted)


def _shifts(
    stance: Stance, known_at: datetime | None, read: Callable[[str], Any]
) -> Iterable[dict[str, Any]]:
    """Return what each shift that stood at `known_at` showed then."""
    if known_at is None:
        kinds: dict[int, list[str]] = defaultdict(list)
        for shift, kind in _KINDS.rows(stance.pk):
            kinds[shift].append(kind)
        return (_shift(row, kinds[row[0]], read) for row in _STANDING.rows(stance.pk))
    rows = _standing(stance, known_at).order_by("id").prefetch_related("kind_rows")
    former = FormerShift.objects.held(known_at).filter(shift__stance=stance)
    contents = dict(former.values_list("shift", "content"))
    return (contents.get(row.pk) or shift_content(row) for row in rows)


def _standing(stance: Stance, known_at: datetime) -> QuerySet[Shift]:
    rows = Shift.objects.filter(stance=stance, recorded_at__lte=known_at)
    return rows.exclude(withdrawn_at__lte=known_at)


_SHIFT = (
    *("id", "older_id", "newer_id", "direction", "status", "score", "materiality", "confidence"),
    *("grade", "reasons", "evidence", "older_statement_id", "newer_statement_id"),
    *("detector_version", "recorded_at"),
)
_STANDING = Question(
    lambda stance: (
        Shift.objects.filter(stance=stance, withdrawn_at=None).order_by("id").values_list(*_SHIFT)
    )
)
_KINDS = Question(
    lambda stance: (
        ShiftKind.objects.filter(shift__stance=stance, shift__withdrawn_at=None)
        .order_by("id")
        .values_list("shift_id", "kind")
    )
)


def _shift(row: Sequence[Any], kinds: list[str], read: Callable[[str], Any]) -> dict[str, Any]:
    """Return what `shift_content` gives of a shift that stands, from columns."""
    pk, older, newer, direction, status, score, materiality, confidence, grade, *rest = row
    reasons, evidence, older_statement, newer_statement, version, recorded_at = rest
    return {
        "id": pk,
        "older": older,
        "newer": newer,
        "kinds": kinds,
        "direction": direction,
        "status": status,
        "score": score,
        "materiality": materiality,
        "confidence": confidence,
        "grade": grade,
        "reasons": read(reasons),
        "evidence": read(evidence),
        "older_statement": older_statement,
        "newer_statement": newer_statement,
        "detector_version": version,
        "recorded_at": moment_payload(_aware(recorded_at)),
        "withdrawn_at": None,
    }


def _aware(moment: datetime) -> datetime:
    """Return a moment with its zone, which SQLite's driver leaves off."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _events(
    stance: Stance,
    said_until: date | None,
    known_at: datetime | None,
    read: Callable[[str], Any],
) -> Iterable[dict[str, Any]]:
    last = said_until or date.max
    for kind, older, newer, reasons, day in _rows(_HAPPENED, stance.pk, known_at):
        if day is None or day <= last:
            yield {"kind": kind, "older": older, "newer": newer, "reasons": read(reasons)}


def _happened(stance: int, known_at: datetime | None = None) -> QuerySet[StanceEvent, Any]:
    return (
        StanceEvent.objects.filter(stance=stance)
        .held(known_at)
        .values_list("kind", "older_id", "newer_id", Cast("reasons", TextField()), "day")
    )


_HAPPENED = Question(_happened)


def _interval(row: dict[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(row["said"]["earliest"]), date.fromisoformat(row["said"]["latest"])
