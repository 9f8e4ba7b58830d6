"""`known_at` never leaks later knowledge: what was answered then is answered ever after.

While statements are added, corrected, moved, rejected and taken back in a random order, each
list and each row is asked as of the present moment; at the end every question is asked again and
must give the same answer, as JSON: PostgreSQL orders the names in a kept object anew.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.tracker.records import (
    FIVE,
    FOUR,
    NOT_READY,
    NOW,
    READY,
    known_people,
    read_all,
    record,
    row,
    settle,
)
from tracker import corrections, dates, ingest, review
from tracker.models import (
    Actor,
    Decision,
    Document,
    FormerDocument,
    FormerShift,
    FormerUtterance,
    Shift,
    Statement,
    Utterance,
)

SEEDS = int(os.environ.get("STANCELINE_SEEDS", "2"))
DAYS = ("2022-05-24", "2022-05", "2023-01-17", "2023-01", "2024-03-01", "2024-03-02")
LISTS = (
    "documents",
    "documents?genre=chronology&since=2022-06-01&until=2024-03-01",
    "statements",
    "utterances",
    "utterances?order=said",
    "documents?order=-published",
    "stances",
    "shifts?status=provisional&status=confirmed&status=undecided&status=withdrawn",
    "shifts?minimum_confidence=0.4&minimum_materiality=0.3&worst_grade=B3&minimum_sources=1",
    "shifts?since=2023-01-01&until=2024-03-01",
    "utterances?since=2023-01-01&said_until=2024-03-01",
    "stances?said_until=2023-06-30",
    "shifts?said_until=2023-12-31&order=said",
    "decisions",
    "coverage?actor=ilva-marenko",
    "position?actor=ilva-marenko",
    "diff?actor=ilva-marenko&topic=talks&from=2022-12-31&to=2024-12-31",
    "stances/ilva-marenko/talks/history",
)
ROWS: tuple[tuple[str, type[Document | Statement | Utterance | Shift | Decision]], ...] = (
    ("documents", Document),
    ("statements", Statement),
    ("utterances", Utterance),
    ("shifts", Shift),
    ("decisions", Decision),
)
Step = Callable[[random.Random, datetime], object]


def _add(rng: random.Random, now: datetime) -> None:
    words, day = rng.choice((READY, NOT_READY, FOUR, FIVE)), rng.choice(DAYS)
    source = rng.choice(("ministry", "wire", "herald", "courier"))
    ingest.store_chronology([row(words, day, source=source)], now=now)


def _move(rng: random.Random, now: datetime) -> None:
    document = rng.choice(list(Document.objects.order_by("id")))
    ingest.set_date(document, said=dates.parse(rng.choice(DAYS)), by=None, now=now)


def _reattribute(rng: random.Random, now: datetime) -> None:
    statement = rng.choice(list(Statement.objects.held().order_by("id")))
    actor = rng.choice([None, *Actor.objects.order_by("slug")])
    corrections.set_speaker(statement, actor, by=None, now=now)


def _judge(rng: random.Random, now: datetime) -> None:
    shifts = list(Shift.objects.filter(withdrawn_at=None).order_by("id"))
    if shifts:
        rng.choice([review.confirm, review.reject])(rng.choice(shifts), by=None, now=now)


def _join_or_split(rng: random.Random, now: datetime) -> None:
    statements = list(Statement.objects.held().filter(actor__slug="ilva-marenko").order_by("id"))
    if len(statements) >= 2:
        one, other = rng.sample(statements, 2)
        rng.choice([review.join, review.split])(one, other, by=None, now=now)


def _undo(rng: random.Random, now: datetime) -> None:
    standing = list(Decision.objects.standing())
    if standing:
        review.undo(rng.choice(standing), by=None, now=now)


STEPS: tuple[Step, ...] = (_add, _add, _add, _move, _reattribute, _judge, _join_or_split, _undo)


def _questions(known_at: datetime) -> Iterator[str]:
    moment = known_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for question in LISTS:
        yield f"/api/v1/{question}{'&' if '?' in question else '?'}known_at={moment}"
    for path, model in ROWS:
        for pk in model._default_manager.values_list("pk", flat=True):
            yield f"/api/v1/{path}/{pk}?known_at={moment}"
    for pk in Document.objects.values_list("pk", flat=True):
        yield f"/api/v1/documents/{pk}/passages?known_at={moment}"
    for pk in Utterance.objects.values_list("pk", flat=True):
        yield f"/api/v1/utterances/{pk}/attestations?known_at={moment}"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_was_answered_then_is_answered_ever_after(seed: int) -> None:
    known_people()
    rng = random.Random(seed)
    client = Client()
    now = NOW
    record(
        *(row(words, day) for words, day in zip((READY, NOT_READY), DAYS, strict=False)), now=now
    )
    answered: dict[str, Any] = {}
    for _ in range(8):
        now += timedelta(hours=1)
        rng.choice(STEPS)(rng, now)
        read_all(now)
        settle(now)
        for question in _questions(now + timedelta(minutes=30)):
            response = client.get(question)
            assert response.status_code in (200, 400, 404), response.content
            answered[question] = response.json()
    assert FormerDocument.objects.exists()
    assert FormerUtterance.objects.exists() or FormerShift.objects.exists()
    assert Statement.objects.exclude(retracted_at=None).exists()
    for question, answer in answered.items():
        assert client.get(question).json() == answer, question


@pytest.mark.django_db
def test_what_came_later_cannot_be_told_from_what_never_came() -> None:
    known_people()
    record(row(READY, DAYS[0]), now=NOW)
    record(row(NOT_READY, DAYS[2]), now=NOW + timedelta(hours=2))
    moment = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for path, model in ROWS[:4]:
        later = model._default_manager.order_by("id").last()
        assert later is not None
        answers = [
            Client().get(f"/api/v1/{path}/{pk}?known_at={moment}") for pk in (later.pk, 999_999)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
