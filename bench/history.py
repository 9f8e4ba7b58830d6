"""How long the history of a long stance takes, and one statement more in it, with a database.

`python -m bench.history [--sizes 100 1000 10000]` builds stances on SQLite from generated
utterances, one a day, and prints for each size the processor time of `tracker.history.history`
beside that of reading the same rows with plain SQL and writing them as JSON; and of detection
after one late statement, in the middle of the series.
"""

import argparse
import json
import os
import random
import tempfile
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.speed import TEXTS, best_of, edited, middle, passage

if TYPE_CHECKING:  # models can be imported only when the settings have their environment
    from tracker.models import Document, Source, Stance, Statement, Utterance

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = date(1890, 1, 1)
SHIFT_EVERY = 10  # utterances
RAW = (
    "SELECT u.id, u.position, u.variance, u.value, u.fidelity, u.grade, u.sources, u.said_edtf,"
    " u.said_earliest, u.said_latest, u.said_basis, c.exact FROM tracker_utterance u"
    " JOIN tracker_statement c ON c.id = u.canonical_id WHERE u.stance_id = %s"
    " AND u.retracted_at IS NULL",
    "SELECT a.utterance_id, s.id, s.start, s.end, s.exact, s.prefix, s.suffix, s.fidelity,"
    " s.attribution, s.attributed_as, s.credibility, d.id, d.title, d.url, d.published_edtf,"
    " d.published_earliest, d.published_latest, d.published_basis, o.slug, o.name, o.reliability"
    " FROM tracker_attestation a JOIN tracker_utterance u ON u.id = a.utterance_id"
    " JOIN tracker_statement s ON s.id = a.statement_id"
    " JOIN tracker_document d ON d.id = s.document_id JOIN tracker_source o ON o.id = d.source_id"
    " WHERE u.stance_id = %s AND a.retracted_at IS NULL AND s.retracted_at IS NULL",
    "SELECT id, older_id, newer_id, direction, status, score, materiality, confidence, grade,"
    " reasons, evidence, recorded_at FROM tracker_shift WHERE stance_id = %s"
    " AND withdrawn_at IS NULL",
)
JSON_COLUMNS = frozenset(("position", "variance", "reasons", "evidence"))


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000])
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory() as var:
        _set_up(var)
        print(f"{'utterances':>10} {'history':>9} {'raw':>9} {'times':>6} {'one more':>9}")
        for size in sizes:
            print(_line(size), flush=True)


def _set_up(var: str) -> None:
    os.environ.update(VAR_DIR=var, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="WARNING")
    os.environ.pop("DATABASE_URL", None)
    import django  # the settings need the environment made above

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _line(size: int) -> str:
    from tracker.history import history

    stance = built(size)
    ours = best_of(lambda: json.dumps(history(stance)), 3)
    raw = best_of(lambda: read_raw(stance), 3)
    more = min(one_more(stance, size, number) for number in range(5))
    return f"{size:10,} {ours:7.3f} s {raw:7.3f} s {ours / raw:6.1f} {1000 * more:6.1f} ms"


def read_raw(stance: "Stance") -> str:
    """Return the rows that a history shows, read with plain SQL, as JSON."""
    from django.db import connection

    found: list[list[Any]] = []
    for query in RAW:
        with connection.cursor() as cursor:
            cursor.execute(query, [stance.pk])
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found.append(
                    [
                        json.loads(value) if name in JSON_COLUMNS else value
                        for name, value in zip(names, row, strict=True)
                    ]
                )
    return json.dumps(found, default=str)


def built(size: int) -> "Stance":
    """Return a stance of `size` utterances, a shift between every tenth and the one before."""
    from tracker.models import Actor, Source, Stance, Topic

    actor = Actor.objects.create(slug=f"actor-{size}", name=f"Actor {size}")
    topic = Topic.objects.create(slug=f"topic-{size}", name=f"Topic {size}")
    source = Source.objects.create(slug=f"source-{size}", name=f"Source {size}", reliability="B")
    stance = Stance.objects.create(actor=actor, topic=topic)
    rng = random.Random(7)
    texts = [passage(rng, 40) for _ in range(TEXTS)]
    said = [texts[number % TEXTS] for number in range(size)]
    statements = _statements(stance, source, said)
    _shifts(stance, _utterances(stance, statements))
    return stance


def _statements(stance: "Stance", source: "Source", said: list[str]) -> "list[Statement]":
    from tracker.models import Document, Statement

    documents: list[Document] = Document.objects.bulk_create(
        Document(
            source=source, title=f"Document {n}", text=text, captured_at=NOW, recorded_at=NOW,
            read_at=NOW, given_said=(FIRST + timedelta(days=n)).isoformat(),
        )
        for n, text in enumerate(said)
    )  # fmt: skip
    return Statement.objects.bulk_create(
        _statement(stance, document, FIRST + timedelta(days=n))
        for n, document in enumerate(documents)
    )


def _statement(stance: "Stance", document: "Document", day: date) -> "Statement":
    from tracker.models import Statement

    text = document.text
    return Statement(
        document=document, actor=stance.actor, topic=stance.topic, start=0, end=len(text),
        exact=text, attribution="direct", fidelity="verbatim", terms=["talks"], credibility=2,
        said_edtf=day.isoformat(), said_earliest=day, said_latest=day, recorded_at=NOW,
    )  # fmt: skip


def _utterances(stance: "Stance", statements: "list[Statement]") -> "list[Utterance]":
    from tracker.models import Attestation, Utterance
    from tracker.rendering import rendering

    known: dict[str, Any] = {}
    rows = []
    for row in statements:
        made = known.get(row.exact) or known.setdefault(row.exact, rendering([row]))
        rows.append(
            Utterance(
                stance=stance, canonical=row, position=made.position, value=made.value,
                fidelity=row.fidelity, grade=made.grade, content_since=NOW, recorded_at=NOW,
                said_edtf=row.said_edtf, said_earliest=row.said_earliest,
                said_latest=row.said_latest,
            )
        )  # fmt: skip
    utterances = Utterance.objects.bulk_create(rows)
    Attestation.objects.bulk_create(
        Attestation(utterance=utterance, statement=statement, recorded_at=NOW)
        for utterance, statement in zip(utterances, statements, strict=True)
    )
    return utterances


def _shifts(stance: "Stance", utterances: "list[Utterance]") -> None:
    from timeline.shifts import compare
    from tracker.models import Shift, ShiftKind

    shifts = []
    for older, newer in zip(utterances[::SHIFT_EVERY], utterances[1::SHIFT_EVERY], strict=False):
        verdict = compare(older.canonical.exact, newer.canonical.exact)
        shifts.append(
            Shift(
                stance=stance, older=older, newer=newer, older_statement=older.canonical,
                newer_statement=newer.canonical, direction="hardened", score=0.8, materiality=0.5,
                confidence=0.8, grade="B2", reasons=list(verdict.reasons), detector_version="1",
                evidence={"differences": [row.as_dict() for row in verdict.differences]},
                status="provisional", content_since=NOW, recorded_at=NOW,
            )
        )  # fmt: skip
    stored = Shift.objects.bulk_create(shifts)
    ShiftKind.objects.bulk_create(ShiftKind(shift=row, kind="hardening") for row in stored)


def one_more(stance: "Stance", size: int, number: int) -> float:
    """Return the seconds that detection takes after one late statement in the middle."""
    from tracker.detection import detect
    from tracker.models import Document, Source
    from tracker.models.stances import mark_stances

    rng = random.Random(number)
    text = edited(rng, passage(rng, 40))
    source = Source.objects.get(slug=f"source-{size}")
    document = Document.objects.create(
        source=source, text=text, captured_at=NOW, recorded_at=NOW, read_at=NOW
    )
    statement = _statement(stance, document, FIRST + timedelta(days=middle(size) + 3 * number))
    statement.save()
    mark_stances([statement], NOW)
    return best_of(lambda: detect(stance.pk, now=NOW), 1)


if __name__ == "__main__":
    main()
