"""One stance with very many utterances, in the database: an invented speaker of press briefings.

Days, values, renderings and intervals are drawn by chance; the same number gives the same stance.
"""

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from timeline.coding import code

if TYPE_CHECKING:  # models can be imported only when the settings have their environment
    from tracker.models import Source, Stance, Statement, Utterance

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = date(2001, 1, 1)
DAYS = 9000
SHIFT_EVERY = 50  # utterances
AT_ONCE = 2000  # rows of an INSERT
WORDS = "We are ready for talks, if the other side keeps to what it signed at the river."
CODED = code(WORDS).as_dict()
MANNERS = ("verbatim", "verbatim", "translated", "reported", "paraphrased")
KINDS = {
    "hardened": "hardening",
    "softened": "softening",
    "reversed": "reversal",
    "changed": "scope_changed",
}
GRADES = ("A1", "B2", "B2", "C3", "D4")
LONG = (0, 0, 0, 0, 0, 0, 20, 45)  # days of an interval, one as likely as another


def built(number: int) -> "Stance":
    """Return a stance of so many utterances, a shift between one pair in fifty."""
    from tracker import triggers
    from tracker.models import Actor, Source, Stance, Topic

    with transaction.atomic():
        triggers.remove(connection)  # the log of a bulk load would be of no use
        actor = Actor.objects.create(slug=f"ostrel-vane-{number}", name="Ostrel Vane")
        topic = Topic.objects.create(slug=f"river-talks-{number}", name="River talks")
        source = Source.objects.create(slug=f"wire-{number}", name="Wire", reliability="B")
        stance = Stance.objects.create(actor=actor, topic=topic)
        _fill(stance, source, number)
        triggers.install(connection)
    return stance


def address(number: int) -> str:
    """Return the address of the timeline of `built(number)`."""
    return f"/stances/ostrel-vane-{number}/river-talks-{number}/"


def _fill(stance: "Stance", source: "Source", number: int) -> None:
    chance = random.Random(number)
    days = sorted(chance.randrange(DAYS) for _ in range(number))
    value, before = 2, None
    for start in range(0, number, AT_ONCE):
        part = days[start : start + AT_ONCE]
        utterances = []
        for statement in _statements(stance, source, part, chance):
            value = max(-10, min(10, value + chance.choice((-1, 0, 0, 0, 0, 1))))
            utterances.append(_utterance(stance, statement, value, chance))
        _store(utterances)
        _shifts(stance, [before, *utterances] if before else utterances, chance)
        before = utterances[-1]


def _statements(
    stance: "Stance", source: "Source", days: list[int], chance: random.Random
) -> "list[Statement]":
    from tracker import dates
    from tracker.models import Document, Statement

    moments = {"captured_at": NOW, "recorded_at": NOW, "read_at": NOW}
    documents: list[Document] = Document.objects.bulk_create(
        Document(source=source, title=f"Briefing {day}", text=WORDS, **moments) for day in days
    )
    rows = []
    for document, day in zip(documents, days, strict=True):
        row = Statement(
            document=document, actor=stance.actor, topic=stance.topic, start=0, end=len(WORDS),
            exact=WORDS, attribution="direct", fidelity=chance.choice(MANNERS), credibility=2,
            recorded_at=NOW,
        )  # fmt: skip
        first = FIRST + timedelta(days=day)
        last = first + timedelta(days=chance.choice(LONG))
        row.set_said(dates.between(first, last))
        rows.append(row)
    return Statement.objects.bulk_create(rows)


def _utterance(
    stance: "Stance", statement: "Statement", value: int, chance: random.Random
) -> "Utterance":
    from tracker.models import Utterance

    row = Utterance(
        stance=stance, canonical=statement, position=CODED, fidelity=statement.fidelity,
        value=None if chance.random() < 0.12 else value, grade=chance.choice(GRADES),
        sources=chance.choice((1, 1, 1, 2, 5)), content_since=NOW, recorded_at=NOW,
    )  # fmt: skip
    row.set_said(statement.said)
    return row


def _store(utterances: "list[Utterance]") -> None:
    from tracker.models import Attestation, Utterance

    Utterance.objects.bulk_create(utterances)
    Attestation.objects.bulk_create(
        Attestation(utterance=row, statement=row.canonical, recorded_at=NOW) for row in utterances
    )


def _shifts(stance: "Stance", utterances: "list[Utterance]", chance: random.Random) -> None:
    from tracker.models import Shift, ShiftKind

    pairs = zip(utterances[::SHIFT_EVERY], utterances[1::SHIFT_EVERY], strict=False)
    shifts = Shift.objects.bulk_create(
        Shift(
            stance=stance, older=older, newer=newer, older_statement=older.canonical,
            newer_statement=newer.canonical, score=0.8, materiality=0.5, confidence=0.8,
            direction=chance.choice(tuple(KINDS)),
            status=chance.choice(("provisional", "confirmed", "confirmed", "undecided")),
            grade="B2", reasons=[], evidence={}, detector_version="1",
            content_since=NOW, recorded_at=NOW,
        )
        for older, newer in pairs
    )  # fmt: skip
    ShiftKind.objects.bulk_create(ShiftKind(shift=row, kind=KINDS[row.direction]) for row in shifts)
