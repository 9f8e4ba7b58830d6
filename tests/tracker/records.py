"""Small records for the tests: invented people, ready statements, and looks at the tables."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Literal

from django.db import connection
from django.db.models import Model

from tracker import chronology, dates, detection, ingest
from tracker.models import (
    Actor,
    Attestation,
    Delivery,
    Document,
    Endpoint,
    Event,
    FormerShift,
    FormerUtterance,
    Match,
    Shift,
    ShiftKind,
    Source,
    Stance,
    StanceEvent,
    Statement,
    Subscription,
    Topic,
    Utterance,
)
from tracker.models.stances import mark_stances
from tracker.people import load_actors, load_sources, load_topics

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
READY = "We are ready to negotiate with Karsk about the Sarn valley."
NOT_READY = "We are not ready to negotiate with Karsk about the Sarn valley."
FOUR = "Karsk has to leave the four districts of the Sarn valley."
_numbers = count(1)
FIVE = "Karsk has to leave the five districts of the Sarn valley."


def later(*, hours: float = 0, seconds: float = 0) -> datetime:
    """Return an instant so much after NOW."""
    return NOW + timedelta(hours=hours, seconds=seconds)


def known_people() -> None:
    """Store a minister, another actor, two topics and four sources."""
    load_actors(
        [
            {
                "slug": "ilva-marenko",
                "name": "Ilva Marenko",
                "kind": "person",
                "pronoun": "she",
                "roles": [
                    {
                        "title": "Foreign Minister",
                        "organisation": "Ostravia",
                        "since": "2021-06-01",
                        "until": None,
                    }
                ],
            },
            {"slug": "tomas-brel", "name": "Tomas Brel", "kind": "person", "pronoun": "he"},
        ]
    )
    load_topics(
        [
            {
                "slug": "talks",
                "name": "Talks",
                "description": "Talks with Karsk",
                "terms": [{"text": "negotiate"}, {"text": "talks"}, {"text": "districts"}],
            },
            {
                "slug": "pact",
                "name": "The Pact",
                "description": "The Northern Pact",
                "terms": [{"text": "Northern Pact"}],
            },
        ]
    )
    load_sources(
        {"slug": slug, "name": slug.title(), "reliability": grade}
        for slug, grade in (("ministry", "A"), ("wire", "B"), ("herald", "C"), ("courier", "E"))
    )


def row(
    text: str,
    said: str,
    *,
    source: str = "wire",
    topics: tuple[str, ...] = ("talks",),
    actor: str = "ilva-marenko",
    fidelity: Literal["verbatim", "translated", "reported", "paraphrased"] = "verbatim",
) -> chronology.Row:
    """Return a ready statement."""
    return chronology.Row(
        actor=actor,
        topics=topics,
        said=dates.parse(said),
        published=None,
        text=text,
        source=source,
        url="",
        attribution="direct" if fidelity in ("verbatim", "translated") else "indirect",
        fidelity=fidelity,
    )


def state(*rows: chronology.Row, now: datetime = NOW) -> list[Document]:
    """Store ready statements and read them; return their documents."""
    stored = ingest.store_chronology(rows, now=now)
    read_all(now)
    return [Document.objects.get(pk=one.document.pk) for one in stored]


def written(texts: Sequence[str], days: Sequence[date]) -> None:
    """Store a statement for each text and day as if read: many, without reading each."""
    source = Source.objects.get(slug="wire")
    documents = Document.objects.bulk_create(
        Document(source=source, text=text, captured_at=NOW, recorded_at=NOW, read_at=NOW)
        for text in texts
    )
    actor, topic = Actor.objects.get(slug="ilva-marenko"), Topic.objects.get(slug="talks")
    statements = [
        Statement(
            document=document,
            actor=actor,
            topic=topic,
            start=0,
            end=len(document.text),
            exact=document.text,
            attribution=Statement.Attribution.DIRECT,
            fidelity=Statement.Fidelity.VERBATIM,
            recorded_at=NOW,
        )
        for document in documents
    ]
    for statement, day in zip(statements, days, strict=True):
        statement.set_said(dates.day(day))
    mark_stances(Statement.objects.bulk_create(statements), NOW)


def read_all(now: datetime = NOW) -> None:
    """Read every document that waits."""
    while ingest.read_waiting(now=now):
        pass


def settle(now: datetime = NOW) -> list[Event]:
    """Bring every marked stance in step; return the events in order."""
    events: list[Event] = []
    while ids := list(detection.claim_marked(now=now)):
        for stance_id in ids:
            events += detection.detect(stance_id, now=now)
    return events


def record(*rows: chronology.Row, now: datetime = NOW) -> list[Event]:
    """Store, read and detect; return the events in order."""
    state(*rows, now=now)
    return settle(now)


def stance(topic: str = "talks", actor: str = "ilva-marenko") -> Stance:
    """Return one stance."""
    return Stance.objects.select_related("actor", "topic").get(actor__slug=actor, topic__slug=topic)


def statement_of(document: Document, topic: str = "talks") -> Statement:
    """Return the held statement of a document."""
    return document.statements.held().get(topic__slug=topic)


def utterance_of(document: Document) -> Utterance:
    """Return the utterance that the held statement of a document attests."""
    return Utterance.objects.get(
        attestations__statement=statement_of(document), attestations__retracted_at=None
    )


def subscription(**fields: Any) -> Subscription:
    """Return a stored, confirmed webhook subscription to everything.

    Each has an endpoint of its own, unless `address` or `endpoint` gives one.
    """
    owner = fields.pop("owner", None)
    secret = fields.pop("secret", "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cywgbm90IG9mIGFueW9uZQ==")
    place = {
        "channel": fields.pop("channel", Subscription.Channel.WEBHOOK),
        "address": fields.pop("address", f"http://127.0.0.1:9/hook/{next(_numbers)}"),
    }
    if "endpoint" not in fields:
        made = {"secret": secret, "created_at": NOW}
        fields["endpoint"], _ = Endpoint.objects.get_or_create(owner=owner, **place, defaults=made)
    given = {"owner": owner, "created_at": NOW, "confirmed_at": NOW}
    return Subscription.objects.create(**{**given, **fields})


TABLES: tuple[type[Model], ...] = (
    Document,
    Statement,
    Utterance,
    Attestation,
    Shift,
    ShiftKind,
    Event,
    StanceEvent,
    FormerUtterance,
    FormerShift,
    Delivery,
    Match,
)


def dump(*, tables: Iterable[type[Model]] = TABLES) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the record, as the database holds it."""
    found = {}
    for model in tables:
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {name} ORDER BY id")  # noqa: S608 - our own tables
            found[model.__name__] = cursor.fetchall()
    return found


def outline() -> dict[str, list[Any]]:
    """Return what the record says, without any trace of row numbers or times."""
    members: dict[int, list[tuple[str, str]]] = {}
    for held in Attestation.objects.held().select_related("statement__document__source"):
        words = held.statement.exact, held.statement.document.source.slug
        members.setdefault(held.utterance_id, []).append(words)
    names = {
        utterance.pk: (
            str(utterance.stance),
            utterance.said_edtf,
            utterance.canonical.exact,
            utterance.grade,
            utterance.sources,
            sorted(members[utterance.pk]),
        )
        for utterance in Utterance.objects.held().select_related("canonical", "stance")
    }
    shifts = Shift.objects.filter(withdrawn_at=None).prefetch_related("kind_rows")
    return {
        "utterances": sorted(map(repr, names.values())),
        "shifts": sorted(
            repr((names[s.older_id], names[s.newer_id], s.kinds, s.direction, s.status, s.score))
            for s in shifts
        ),
        "events": sorted(
            repr((e.kind, names[e.older_id], e.newer_id and names[e.newer_id]))
            for e in StanceEvent.objects.held()
        ),
    }
