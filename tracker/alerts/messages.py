"""What messages say: the exact text that is signed, sent and kept.

All of them are `{"type", "timestamp", "data"}` (Standard Webhooks) and stay under the 20 KB that
the specification advises; docs/alerts.md describes each field.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from tracker import context
from tracker.alerts.matching import rule
from tracker.models import (
    Delivery,
    Digest,
    Document,
    Event,
    Shift,
    Source,
    Stance,
    StanceEvent,
    Statement,
    Subscription,
    Utterance,
)

# So much of each part that a message stays under 20 KB.
PASSAGE_BYTES, EXCERPT, CONTEXT = 2000, 500, 200  # the latter two in characters
REASONS, REASON = 6, 300
NAMED, NOTE = 5, 200  # subscriptions named in one message, and characters of each one's note
RULE_BYTES = 600
DIGEST_BYTES = 14_000
OVERLAP = 40  # characters by which the end of a question is found
NEAR = 600  # characters of a text in which the sentence before or after is looked for

Content = dict[str, Any]


def body(event: Event, subscriptions: Sequence[Subscription], content: Content) -> str:
    """Return the text of one message to those who asked for an event with this `content`."""
    data = {**content, "subscriptions": named(subscriptions)}
    return _text(event.kind, event.at, data)


def digest_body(
    digest: Digest,
    wanted: Sequence[tuple[Event, Collection[int]]],
    subscriptions: Sequence[Subscription],
) -> str:
    """Return the text of a digest of events, each with the subscriptions that asked for it."""
    lines: list[Content] = []
    room = DIGEST_BYTES
    for event, asking in wanted:
        line = {**_line(event), "subscriptions": sorted(asking)[:NAMED]}
        room -= len(json.dumps(line, ensure_ascii=False).encode())
        if room < 0:
            break
        lines.append(line)
    data = {
        "title": _digest_title(digest, len(wanted)),
        "summary": _bounds(digest),
        "since": digest.since.isoformat(),
        "until": digest.until.isoformat(),
        "time_zone": digest.time_zone,
        "count": len(wanted),
        "omitted": len(wanted) - len(lines),
        "events": lines,
        "links": {"shifts": f"{settings.PUBLIC_URL}/shifts/"},
        "subscriptions": named(subscriptions),
    }
    return _text(f"digest.{digest.kind}", digest.until, data)


def notice_body(
    notice: Delivery.Notice,
    subscriptions: Sequence[Subscription],
    *,
    now: datetime,
    about: str = "",
) -> str:
    """Return the text of a notice about subscriptions; `about` adds what happened."""
    title, summary = _NOTICES[notice]
    data = {
        "title": title,
        "summary": f"{summary} {about}".strip(),
        "links": {"subscriptions": f"{settings.PUBLIC_URL}/subscriptions/"},
        "subscriptions": named(subscriptions),
    }
    return _text(notice, now, data)


_NOTICES = {
    Delivery.Notice.CONFIRM: (
        "Please confirm your subscription",
        "Somebody asked for messages about shifts in stated positions to be sent to this "
        "address. Nothing is sent unless you agree; if it was not you, do nothing.",
    ),
    Delivery.Notice.TEST: (
        "Test message",
        "This is what a message of this subscription looks like from outside. Nothing happened.",
    ),
    Delivery.Notice.DISABLED: (
        "An endpoint gets no more messages",
        "A place to which your messages went was switched off.",
    ),
}


def named(subscriptions: Sequence[Subscription]) -> list[Content]:
    """Return the subscriptions that a message goes to: id, note, and the rule that matched."""
    return [_named(subscription) for subscription in subscriptions[:NAMED]]


def _named(subscription: Subscription) -> Content:
    matched = rule(subscription)
    if len(json.dumps(matched, ensure_ascii=False).encode()) > RULE_BYTES:
        matched = {"filters": sorted(matched)}
    return {"id": subscription.pk, "note": subscription.note[:NOTE], "matched": matched}


def _text(kind: str, at: datetime, data: Content) -> str:
    content = {"type": str(kind), "timestamp": at.isoformat(), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


# --- What an event's message holds ----------------------------------------------------------------


def loaded(events: QuerySet[Event]) -> QuerySet[Event]:
    """Return events with all that a message says of them, in a constant number of queries."""
    shift = ("shift__stance__actor", "shift__stance__topic", "shift__older", "shift__newer")
    sides = [
        f"{side}__document__source"
        for side in (
            *("shift__older_statement", "shift__newer_statement"),
            *("stance_event__older__canonical", "stance_event__newer__canonical"),
        )
    ]
    stance = ("stance_event__stance__actor", "stance_event__stance__topic")
    rest = ("document__source", "source")
    return events.select_related(*shift, *sides, *stance, *rest).prefetch_related(
        "shift__kind_rows"
    )


def content_of(event: Event) -> Content:
    """Return what a message of this event says to everybody."""
    head = {"title": title(event), "summary": summary(event), "correction": event.correction}
    if event.shift is not None:
        return head | {"flapping": event.flapping} | _shift(event.shift)
    if event.stance_event is not None:
        return head | _stance_event(event.stance_event)
    if event.document is not None:
        return head | {"reason": event.reason} | _document(event.document)
    if event.source is not None:
        return head | {"reason": event.reason} | _source(event.source)
    raise ValueError(f"{event!r} is about nothing")


def title(event: Event) -> str:
    """Return an event in one line."""
    shift, happened = event.shift, event.stance_event
    if shift is not None:
        way = "" if shift.direction == Shift.Direction.NONE else f" ({shift.direction})"
        return f"{_heading(event)}: {shift.stance.actor} on {shift.stance.topic}{way}"
    if happened is not None:
        unsaid = event.kind == Event.Kind.UNSAID
        head = "Reaffirmation withdrawn" if unsaid else "Reaffirmed"
        return f"{head}: {happened.stance.actor} on {happened.stance.topic}"
    if event.document is not None:
        return f"Document not read: {event.document}"
    return f"Silent source: {event.source}"


def _heading(event: Event) -> str:
    if event.flapping:
        return "Flapping"
    return {
        Event.Kind.DETECTED: "Corrected record" if event.correction else "Shift",
        Event.Kind.CONFIRMED: "Corrected record" if event.correction else "Shift confirmed",
        Event.Kind.STRENGTHENED: "Shift, stronger now",
        Event.Kind.WITHDRAWN: "Shift withdrawn",
    }[Event.Kind(event.kind)]


def summary(event: Event) -> str:
    """Return in a sentence or two what happened, and how sure that is."""
    if event.shift is not None:
        return _summary(event, event.shift)
    if event.kind == Event.Kind.UNSAID:
        return "It no longer stands that an earlier position was stated again: the record changed."
    if event.stance_event is not None:
        return "An earlier position was stated again: nothing moved."
    if event.document is not None:
        return f"It waits for a person: {event.reason}."
    return f"Nothing new comes from this source: {event.reason}."


def _summary(event: Event, shift: Shift) -> str:
    kinds = ", ".join(kind.replace("_", " ") for kind in shift.kinds)
    if event.kind == Event.Kind.WITHDRAWN:
        return f"This shift ({kinds}) no longer stands: {shift.withdrawn_because}."
    about = "Nothing new was said: what is on record was corrected. " if event.correction else ""
    if event.flapping:
        about = (
            "The stance goes back and forth; its single turns are not announced until it rests. "
        )
    if event.before is not None:
        about = _what_it_was(event.before)
    sure = f"{shift.status}, confidence {shift.confidence:.0%}, source grade {shift.grade}"
    return f"{about}{kinds[:1].upper()}{kinds[1:]} ({sure})."


def _what_it_was(before: Mapping[str, Any]) -> str:
    """Return in a sentence what a shift that became stronger had shown."""
    return (
        f"On better evidence than before (confidence {before['confidence']:.0%}, "
        f"materiality {before['materiality']:.0%}, source grade {before['grade']}). "
    )


def _shift(shift: Shift) -> Content:
    return {
        **_stance(shift.stance),
        "shift": {
            "id": shift.pk,
            "kinds": shift.kinds,
            "direction": shift.direction,
            "status": shift.status,
            "materiality": shift.materiality,
            "confidence": shift.confidence,
            "grade": shift.grade,
            "sources": min(shift.older.sources, shift.newer.sources),
            "reasons": [reason[:REASON] for reason in shift.reasons[:REASONS]],
            "counterfactual": shift.evidence["counterfactual"][:REASON],
            "replaced_by": shift.replaced_by_id,
        },
        "older": _side(shift.older, shift.older_statement, shift.evidence["older"]),
        "newer": _side(shift.newer, shift.newer_statement, shift.evidence["newer"]),
        "links": {
            "timeline": f"{_timeline(shift.stance)}?open=s{shift.pk}",
            "shift": f"{settings.PUBLIC_URL}/api/v1/shifts/{shift.pk}/",
        },
    }


def _stance_event(happened: StanceEvent) -> Content:
    newer = happened.newer or happened.older
    older, now_said = happened.older.canonical, newer.canonical
    return {
        **_stance(happened.stance),
        "reasons": [reason[:REASON] for reason in happened.reasons[:REASONS]],
        "older": _side(happened.older, older, (0, len(older.exact))),
        "newer": _side(newer, now_said, (0, len(now_said.exact))),
        "links": {"timeline": _timeline(happened.stance)},
    }


def _stance(stance: Stance) -> Content:
    return {"actor": stance.actor.slug, "topic": stance.topic.slug}


def _timeline(stance: Stance) -> str:
    return f"{settings.PUBLIC_URL}/stances/{stance.actor.slug}/{stance.topic.slug}/"


def _document(document: Document) -> Content:
    return {
        "document": {
            "id": document.pk,
            "title": document.title,
            "source": document.source.name,
            "url": document.url,
        },
        "links": {"document": f"{settings.PUBLIC_URL}/documents/{document.pk}/"},
    }


def _source(source: Source) -> Content:
    return {
        "source": {"slug": source.slug, "name": source.name},
        "links": {"documents": f"{settings.PUBLIC_URL}/documents/"},
    }


def _side(utterance: Utterance, statement: Statement, span: Sequence[int]) -> Content:
    """Return one side: its words around the evidence, what stands around, where they come from."""
    start, end = _excerpt(statement.exact, *span)
    document = statement.document
    opening, closing = statement.start + start, statement.start + end
    question = context.question(document.text, document.regions, opening)
    near = document.text[max(0, opening - NEAR) : opening]
    if question:  # it is told by itself, and not once more as what stands before the answer
        near = near.rpartition(question[-OVERLAP:])[2]
    before = context.before(near).strip()
    is_label = before == f"{statement.attributed_as}:"
    return {
        "utterance": utterance.pk,
        "said": utterance.said_edtf,
        "value": utterance.value,
        "text": statement.exact[start:end],
        "evidence": [max(0, span[0] - start), min(end, span[1]) - start],
        "question": question[:CONTEXT],
        "before": "" if is_label else before[-CONTEXT:],
        "after": context.after(document.text[closing : closing + NEAR]).strip()[:CONTEXT],
        "fidelity": statement.fidelity,
        "attributed_as": statement.attributed_as,
        "grade": utterance.grade,
        "sources": utterance.sources,
        "source": document.source.name,
        "url": document.url,
    }


def _excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """Return which part of a passage to send: a short one whole, else what is near the evidence."""
    if len(text.encode()) <= PASSAGE_BYTES:
        return 0, len(text)
    middle = (start + min(end, start + EXCERPT)) // 2
    first = max(0, min(middle - EXCERPT // 2, len(text) - EXCERPT))
    return first, first + EXCERPT


# --- What a digest holds --------------------------------------------------------------------------


def _line(event: Event) -> Content:
    """Return an event as one entry of a digest."""
    content: Mapping[str, Any] = content_of(event)
    line = {
        "type": event.kind,
        "at": event.at.isoformat(),
        **{name: content[name] for name in ("title", "summary", "links")},
    }
    if event.shift is not None:
        line |= {name: content[name] for name in ("actor", "topic")} | {"shift": event.shift.pk}
        line |= {side: _words(content[side]) for side in ("older", "newer")}
    return line


def _words(side: Mapping[str, Any]) -> Content:
    start, end = side["evidence"]
    first = max(0, start - CONTEXT // 2)
    return {
        "said": side["said"],
        "text": side["text"][first : max(end, first) + CONTEXT // 2][: 2 * CONTEXT],
        "source": side["source"],
        "grade": side["grade"],
    }


def _digest_title(digest: Digest, count: int) -> str:
    events = f"{count} event{'' if count == 1 else 's'}"
    return {
        Digest.Kind.DAILY: f"Daily digest: {events}",
        Digest.Kind.WEEKLY: f"Weekly digest: {events}",
        Digest.Kind.SUMMARY: f"Summary: {events} about what was said earlier",
        Digest.Kind.BACKLOG: f"Backlog: {events} before this subscription",
    }[Digest.Kind(digest.kind)]


def _bounds(digest: Digest) -> str:
    zone = ZoneInfo(digest.time_zone)
    since, until = (moment.astimezone(zone) for moment in (digest.since, digest.until))
    form = "%Y-%m-%d %H:%M"
    return f"From {since:{form}} to {until:{form}} ({digest.time_zone})."
