"""Rows for the tests of the API: a small invented record, each row with what it needs."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User

from api.models import ApiKey
from timeline import coding
from tracker import dates, roles
from tracker.models import (
    Actor,
    Alias,
    Attestation,
    Capture,
    Decision,
    Delivery,
    Document,
    Endpoint,
    Event,
    Host,
    Match,
    MergeProposal,
    Role,
    SavedSearch,
    Shift,
    ShiftKind,
    Source,
    Stance,
    Statement,
    Subscription,
    Sweep,
    Topic,
    Utterance,
    WatchedEntry,
    WatchedSource,
)
from tracker.roles import AccountRole

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TEXT = "We are ready to talk if Karsk withdraws from the harbour."
_numbers = count(1)


def actor(slug: str = "ilva-marenko", name: str = "Ilva Marenko") -> Actor:
    """Return a minister, the same for the same slug."""
    row, made = Actor.objects.get_or_create(slug=slug, defaults={"name": name})
    if made:
        Alias.objects.create(actor=row, name=f"Minister {name}")
        Role.objects.create(
            actor=row, title="Foreign Minister", organisation="Ostravia", since=date(2021, 3, 1)
        )
    return row


def topic(slug: str = "talks", name: str = "Talks with Karsk") -> Topic:
    """Return a topic, the same for the same slug."""
    terms = [{"text": "talk", "weight": 1.0}]
    row, _ = Topic.objects.get_or_create(slug=slug, defaults={"name": name, "terms": terms})
    return row


def source(slug: str = "velgrad-wire", reliability: str = "B") -> Source:
    """Return an outlet, the same for the same slug."""
    row, _ = Source.objects.get_or_create(
        slug=slug, defaults={"name": slug.title(), "reliability": reliability}
    )
    return row


def document(text: str = TEXT, **fields: Any) -> Document:
    """Return a document that has been read, published on 2 March 2024."""
    given: dict[str, Any] = {
        "source": source(),
        "title": "Press conference in Velgrad",
        "genre": Document.Genre.TRANSCRIPT,
        "language": "en",
        "captured_at": NOW,
        "recorded_at": NOW,
        "read_at": NOW,
        "warnings": [{"code": "translated", "message": "a translation", "start": 0, "end": 2}],
        "regions": [{"start": 0, "end": len(text), "kind": "statement"}],
    } | fields
    row = Document(text=text, **given)
    row.set_published(dates.parse("2024-03-02"))
    row.save()
    body = f"{text} {next(_numbers)}".encode()
    Capture.objects.create(document=row, body=body, sha256=hashlib.sha256(body).hexdigest())
    return row


def statement(said: str = "2024-03-01", text: str = TEXT, **fields: Any) -> Statement:
    """Return a statement of the minister in a document of its own."""
    given: dict[str, Any] = {
        "actor": actor(),
        "topic": topic(),
        "start": 0,
        "end": len(text),
        "exact": text,
        "attributed_as": "Minister Marenko",
        "attribution": Statement.Attribution.DIRECT,
        "fidelity": Statement.Fidelity.VERBATIM,
        "credibility": 2,
        "recorded_at": NOW,
        "terms": ["talk"],
    } | fields
    if "document" not in given:
        given["document"] = document(text)
    row = Statement(**given)
    row.set_said(dates.parse(said))
    row.save()
    return row


def stance(**fields: Any) -> Stance:
    """Return the minister's stance on the talks, or another."""
    row, _ = Stance.objects.get_or_create(
        actor=fields.get("actor") or actor(), topic=fields.get("topic") or topic()
    )
    return row


def utterance(*statements: Statement, **fields: Any) -> Utterance:
    """Return an utterance that these statements (or a new one) attest."""
    attesting = statements or (statement(),)
    first = attesting[0]
    assert first.topic is not None
    position = coding.code(first.exact)
    given: dict[str, Any] = {
        "stance": stance(actor=first.actor, topic=first.topic),
        "canonical": first,
        "position": position.as_dict(),
        "value": position.value,
        "fidelity": first.fidelity,
        "grade": "B2",
        "sources": len(attesting),
        "recorded_at": NOW,
        "content_since": fields.get("recorded_at", NOW),
    } | fields
    row = Utterance(**given)
    row.set_said(first.said)
    row.save()
    for attesting_statement in attesting:
        Attestation.objects.create(
            utterance=row, statement=attesting_statement, recorded_at=given["recorded_at"]
        )
    return row


def shift(older: Utterance | None = None, newer: Utterance | None = None, **fields: Any) -> Shift:
    """Return a hardening between two utterances, detected and announced."""
    older = older or utterance(statement("2024-03-01"))
    newer = newer or utterance(
        statement("2024-06-01", "We are not ready to talk while Karsk holds the harbour.")
    )
    kinds = fields.pop("kinds", ["reversal", "hardening"])
    given: dict[str, Any] = {
        "stance": older.stance,
        "older_statement": older.canonical,
        "newer_statement": newer.canonical,
        "direction": Shift.Direction.HARDENED,
        "score": 0.9,
        "materiality": 0.8,
        "confidence": 0.7,
        "grade": "B2",
        "reasons": ["a negation was added"],
        "evidence": {"older": [0, 5], "newer": [0, 9], "differences": [], "counterfactual": ""},
        "detector_version": "2",
        "status": Shift.Status.PROVISIONAL,
        "recorded_at": NOW,
        "content_since": fields.get("withdrawn_at") or NOW,
    } | fields
    row = Shift.objects.create(older=older, newer=newer, **given)
    ShiftKind.objects.bulk_create(ShiftKind(shift=row, kind=kind) for kind in kinds)
    Event.objects.create(shift=row, kind=Event.Kind.DETECTED, at=row.recorded_at)
    return row


def decision(**fields: Any) -> Decision:
    """Return an analyst's confirmation of a shift, or another decision."""
    given = {"kind": "confirm", "at": NOW} | fields
    if given["kind"] in ("confirm", "reject"):
        given.setdefault("shift", shift())
    return Decision.objects.create(**given)


def subscription(owner: User, **fields: Any) -> Subscription:
    """Return a webhook subscription to everything, with an endpoint of its own."""
    endpoint = Endpoint.objects.create(
        owner=owner,
        channel="webhook",
        address=f"https://desk.example/hook/{next(_numbers)}",
        secret="whsec_c2VjcmV0",
        created_at=NOW,
    )
    given = {"created_at": NOW, "confirmed_at": NOW} | fields
    return Subscription.objects.create(owner=owner, endpoint=endpoint, **given)


def saved_search(owner: User, name: str = "hard turns", **fields: Any) -> SavedSearch:
    """Return filters under a name, on the minister's talks."""
    row = SavedSearch.objects.create(owner=owner, name=name, created_at=NOW, **fields)
    row.actors.add(actor())
    row.topics.add(topic())
    return row


def delivery(to: Subscription, of: Shift | None = None, **fields: Any) -> Delivery:
    """Return a message owed for the detection of a shift."""
    event = (of or shift()).events.get(kind=Event.Kind.DETECTED)
    given = {"created_at": NOW, "next_try_at": NOW} | fields
    row = Delivery.objects.create(endpoint=to.endpoint, event=event, **given)
    Match.objects.create(subscription=to, event=event, delivery=row, at=NOW)
    return row


def sweep(**fields: Any) -> Sweep:
    """Return a reading of the whole record that has just begun."""
    given = {"kind": "reread", "reason": "topic talks changed", "started_at": NOW} | fields
    return Sweep.objects.create(**{"last": 2, "total": 2} | given)


def watched(address: str = "https://wire.example/feed", **fields: Any) -> WatchedSource:
    """Return a feed that is polled every hour, with one entry that waits."""
    host, _ = Host.objects.get_or_create(name="wire.example", defaults={"next_allowed_at": NOW})
    given = {"source": source(), "next_poll_at": NOW, "created_at": NOW} | fields
    row = WatchedSource.objects.create(url=address, host=host, **given)
    WatchedEntry.objects.create(
        watched=row, host=host, key="a", url=f"{address}/1", found_at=NOW, next_try_at=NOW
    )
    return row


def merge(one: Statement | None = None, other: Statement | None = None) -> MergeProposal:
    """Return a doubt of grouping on two statements that it kept apart."""
    one, other = one or statement(), other or statement("2024-03-02")
    return MergeProposal.objects.create(
        stance=stance(actor=one.actor, topic=one.topic),
        one=one,
        other=other,
        joined=False,
        likeness=0.75,
        recorded_at=NOW,
    )


def user(name: str = "reader", *, role: AccountRole | None = None, **fields: Any) -> User:
    """Return a user, with a role if one is given."""
    row = User.objects.create_user(name, **fields)
    if role is not None:
        roles.give(row, role)
    return row


_TAKES = {"edit": AccountRole.EDITOR, "write": AccountRole.ANALYST}


def key(*scopes: str, owner: User | None = None, **fields: Any) -> str:
    """Return the secret of a new key with these scopes; a new owner may do what they open."""
    role = next((_TAKES[scope] for scope in _TAKES if scope in scopes), None)
    owner = owner or user(f"robot-{next(_numbers)}", role=role)
    given: dict[str, Any] = {"name": "tests", "now": datetime.now(UTC) - timedelta(minutes=5)}
    return ApiKey.objects.issue(owner=owner, scopes=scopes or ["read"], **given | fields)[1]
