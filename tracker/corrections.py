"""What people correct in a document: who spoke, what the reading overlooked, and undoing that.

A correction is a decision about words, named by their offsets and by the words themselves.
Every reading applies the standing ones to what it found (`applied`), so none is ever lost to a
better reader, a new topic or another date; undoing one orders the document to be read again.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tracker import dates, origins
from tracker.dates import EdtfDate
from tracker.models import Actor, Decision, Document, Statement, Topic

CONTEXT = 64  # characters kept before and after the words
_KINDS = (Decision.Kind.SET_SPEAKER, Decision.Kind.ADD_STATEMENT)
_SURE = 1.0  # a person's word on the speaker
_CREDIBILITY = {"verbatim": 2, "translated": 2, "reported": 3, "paraphrased": 3}


class CorrectionError(ValueError):
    """A correction that makes no sense; `field` is what is wrong, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Given:
    """A statement as a person gives it; `said` may be None where the document has a date."""

    start: int
    end: int
    actor: Actor
    topic: Topic | None
    attribution: str
    fidelity: str
    said: EdtfDate | None = None


def find(text: str, words: str, *, near: int | None = None) -> tuple[int, int]:
    """Return where words stand in a text, the blanks between them being as they may.

    Where they stand more than once, `near` (an offset) chooses; without it, or where they
    are not there at all, raises CorrectionError.
    """
    parts = words.split()
    if not parts:
        raise CorrectionError("exact", "Select or type the words of the statement.")
    pattern = re.compile(r"\s+".join(re.escape(part) for part in parts))
    spans = [match.span() for match in pattern.finditer(text)]
    if not spans:
        raise CorrectionError("exact", "These words are not in the document, letter for letter.")
    if near is not None:
        return min(spans, key=lambda span: abs(span[0] - near))
    if len(spans) > 1:
        raise CorrectionError(
            "exact", f"These words stand {len(spans)} times in the document: give more of them."
        )
    return spans[0]


def place(
    text: str,
    exact: str,
    *,
    prefix: str = "",
    suffix: str = "",
    start: int | None = None,
    end: int | None = None,
) -> tuple[int, int]:
    """Return where exactly these words stand in a text: the one place that fits all that is given.

    The selectors of W3C Web Annotation: quoted words with what stands around them, or offsets.
    Raises CorrectionError where no place fits, or more than one does.
    """
    if exact not in text:
        raise CorrectionError("exact", "These words are not in the document, letter for letter.")
    if start is not None and not text.startswith(exact, start):
        raise CorrectionError("start", "At this offset other words stand in the document.")
    if end is not None and text[max(0, end - len(exact)) : end] != exact:
        raise CorrectionError("end", "At this offset other words end in the document.")
    fitting = (
        begin
        for begin in _begins(text, exact, start)
        if (end is None or begin + len(exact) == end)
        and text.endswith(prefix, 0, begin)
        and text.startswith(suffix, begin + len(exact))
    )
    found = list(islice(fitting, 2))
    if not found:
        raise CorrectionError("prefix", "The words do not stand there with this around them.")
    if len(found) > 1:
        raise CorrectionError(
            "exact", "These words stand there more than once: give prefix, suffix or start."
        )
    return found[0], found[0] + len(exact)


def _begins(text: str, exact: str, start: int | None) -> Iterator[int]:
    if start is not None:
        yield start
        return
    begin = text.find(exact)
    while begin >= 0:
        yield begin
        begin = text.find(exact, begin + 1)


def set_speaker(
    statement: Statement,
    actor: Actor | None,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record who spoke the words of a statement: an actor, perhaps the same, or nobody of ours."""
    document = statement.document
    detail = {
        **_anchor(document.text, statement.start, statement.end),
        "before": statement.actor.slug,
        "actor": actor.slug if actor else "",
    }
    return _decide(
        Decision.Kind.SET_SPEAKER, document, detail, by=by, now=now, note=note, statement=statement
    )


def add_statement(
    document: Document,
    given: Given,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record a statement that the reading overlooked. Raises CorrectionError without a day."""
    if given.said is None and document.said is None:
        raise CorrectionError("said", "The document has no date: give the day of these words.")
    if not 0 <= given.start < given.end <= len(document.text):
        raise CorrectionError("exact", "These words lie outside the document.")
    detail = {
        **_anchor(document.text, given.start, given.end),
        "actor": given.actor.slug,
        "topic": given.topic.slug if given.topic else "",
        "attribution": given.attribution,
        "fidelity": given.fidelity,
        "said": given.said.edtf if given.said else "",
        # For a reading that finds no date any more.
        "otherwise_said": document.said.edtf if document.said else "",
    }
    return _decide(Decision.Kind.ADD_STATEMENT, document, detail, by=by, now=now, note=note)


def reread(
    document: Document, *, by: AbstractBaseUser | None, now: datetime, note: str = ""
) -> Decision:
    """Record that somebody wants a document read again, and order it."""
    return _decide(Decision.Kind.REREAD, document, {}, by=by, now=now, note=note)


def undo(decision: Decision, *, by: AbstractBaseUser | None, now: datetime) -> None:
    """Record that a decision about a document no longer stands, and order a reading without it.

    Raises CorrectionError for an order to read again: there is nothing to take back.
    """
    document = decision.document
    if document is None or decision.kind == Decision.Kind.REREAD:
        raise CorrectionError("decision", "there is nothing in it to take back")
    with transaction.atomic():
        undone = Decision.objects.standing().order_by().filter(pk=decision.pk)
        if not undone.update(undone_at=now, undone_by_id=by.pk if by else None):
            return
        if decision.kind == Decision.Kind.SET_DATE:
            given = _still_given(decision, "said")
            Document.objects.filter(pk=document.pk).update(given_said=given)
        if decision.kind == Decision.Kind.SET_ORIGIN:
            root = Document.objects.filter(pk=_still_given(decision, "origin") or 0).first()
            origins.give(document, root, now=now)
        Document.objects.filter(pk=document.pk).order_reading()


def adds(document: Document) -> bool:
    """Say whether a person added a statement to this document that still stands."""
    standing = document.decisions.filter(undone_at=None)
    return standing.filter(kind=Decision.Kind.ADD_STATEMENT).exists()


def applied(document: Document, found: Sequence[Statement], *, now: datetime) -> list[Statement]:
    """Return the statements that a reading found as people corrected them (none is saved)."""
    decisions = document.decisions.filter(undone_at=None, kind__in=_KINDS).order_by("id")
    if not decisions:
        return list(found)
    actors = {actor.slug: actor for actor in Actor.objects.all()}
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    wanted = list(found)
    for decision in decisions:
        if decision.kind == Decision.Kind.ADD_STATEMENT:
            wanted.append(_added(document, decision.detail, actors, topics, now))
        else:
            wanted = [row for row in wanted if _spoken(row, decision.detail, actors)]
    return _once(wanted)


def _decide(
    kind: Decision.Kind,
    document: Document,
    detail: dict[str, Any],
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str,
    statement: Statement | None = None,
) -> Decision:
    with transaction.atomic():
        decision = Decision.objects.create(
            kind=kind,
            document=document,
            statement=statement,
            detail=detail,
            note=note,
            by_id=by.pk if by else None,
            at=now,
        )
        Document.objects.filter(pk=document.pk).order_reading()
    return decision


def _anchor(text: str, start: int, end: int) -> dict[str, Any]:
    """Return how words are named: by place, by themselves, by what stands around them."""
    return {
        "start": start,
        "end": end,
        "exact": text[start:end],
        "prefix": text[max(0, start - CONTEXT) : start],
        "suffix": text[end : end + CONTEXT],
    }


def _still_given(decision: Decision, key: str) -> Any:
    """Return what the decisions that still stand give, else what was there before the first."""
    all_of_kind = Decision.objects.filter(document=decision.document, kind=decision.kind)
    last = all_of_kind.standing().last()
    if last is not None:
        return last.detail[key]
    first = all_of_kind.order_by("id").first()
    return first.detail["before"] if first is not None else ""


def _spoken(statement: Statement, detail: dict[str, Any], actors: dict[str, Actor]) -> bool:
    """Give a statement its speaker where the correction means it; false where it has none."""
    shared = min(statement.end, detail["end"]) - max(statement.start, detail["start"])
    shorter = min(statement.end - statement.start, detail["end"] - detail["start"])
    if 2 * shared <= shorter or statement.actor.slug != detail["before"]:
        return True
    if detail["actor"] not in actors:
        return False
    statement.actor = actors[detail["actor"]]
    statement.confidence = _SURE
    return True


def _added(
    document: Document,
    detail: dict[str, Any],
    actors: dict[str, Actor],
    topics: dict[str, Topic],
    now: datetime,
) -> Statement:
    statement = Statement(
        document=document,
        actor=actors[detail["actor"]],
        topic=topics.get(detail["topic"]),
        **{name: detail[name] for name in ("start", "end", "exact", "prefix", "suffix")},
        attribution=detail["attribution"],
        fidelity=detail["fidelity"],
        credibility=_CREDIBILITY[detail["fidelity"]],
        recorded_at=now,
    )
    said = dates.parse(detail["said"]) if detail["said"] else document.said
    statement.set_said(said or dates.parse(detail["otherwise_said"]))
    return statement


def _once(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements with one a passage, actor and topic: a person's word comes last."""
    places = {(row.start, row.end, row.actor_id, row.topic_id): row for row in statements}
    return list(places.values())
