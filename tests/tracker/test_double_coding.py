"""Two analysts code the same pairs, blind to each other until both are in."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests.frontend.record import CLOSED, OPEN, Record, analyst
from tracker import double_coding
from tracker.double_coding import CannotCodeError
from tracker.models import Actor, PairCoding, Stance, StanceEvent, Utterance

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 2, 1, tzinfo=UTC)

Pair = tuple[Utterance, Utterance]


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def ada() -> User:
    return analyst("ada")


@pytest.fixture
def bo() -> User:
    return analyst("bo")


def pair(record: Record, number: int = 1) -> Pair:
    older = record.utterance(f"{OPEN} {number}", "2024-03-01")
    newer = record.utterance(f"{CLOSED} {number}", "2025-03-01")
    record.shift(older, newer, "reversal")
    return older, newer


def coded(of: Pair, by: User, direction: str = "hardened", degree: int | None = 2) -> PairCoding:
    return double_coding.code(*of, by=by, now=NOW, direction=direction, degree=degree)


def keys(of: Pair) -> tuple[int, int]:
    return of[0].pk, of[1].pk


def test_what_another_has_coded_comes_first(record: Record, ada: User, bo: User) -> None:
    first, second = pair(record, 1), pair(record, 2)
    assert double_coding.next_pair(ada) == keys(first)
    coded(second, bo)
    assert double_coding.next_pair(ada) == keys(second)
    assert double_coding.next_pair(bo) == keys(first)


def test_a_pair_that_two_have_coded_is_done_with(record: Record, ada: User, bo: User) -> None:
    of = pair(record)
    for coder in (ada, bo):
        coded(of, coder)
    assert [double_coding.next_pair(coder) for coder in (ada, bo, analyst("cy"))] == [None] * 3


def test_coders_see_what_did_not_change_as_well(record: Record, ada: User) -> None:
    older, newer = record.utterance(OPEN, "2024-03-01"), record.utterance(OPEN, "2025-03-01")
    StanceEvent.objects.create(
        stance=record.stance, kind="reaffirmation", older=older, newer=newer, recorded_at=NOW
    )
    assert double_coding.next_pair(ada) == (older.pk, newer.pk)


def test_a_topic_can_be_chosen(record: Record, ada: User) -> None:
    pair(record)
    other = record.topic.__class__.objects.create(slug="pact", name="The Pact")
    assert double_coding.next_pair(ada, topic=other) is None
    assert double_coding.next_pair(ada, topic=record.topic) is not None


def test_nobody_codes_a_pair_twice(record: Record, ada: User) -> None:
    of = pair(record)
    coded(of, ada)
    with pytest.raises(CannotCodeError, match="already"):
        coded(of, ada, "none", 0)
    assert PairCoding.objects.get().direction == "hardened"


def test_two_stances_are_no_pair(record: Record, ada: User) -> None:
    older, newer = pair(record)
    other = Stance.objects.create(
        actor=Actor.objects.create(slug="brel", name="Brel"), topic=record.topic
    )
    newer.stance = other
    newer.save()
    with pytest.raises(CannotCodeError, match="different stances"):
        coded((older, newer), ada)


def test_an_answer_is_taken_back_only_while_no_other_can_be_seen(
    record: Record, ada: User, bo: User
) -> None:
    of = pair(record)
    first = coded(of, ada)
    double_coding.withdraw(first, now=NOW)
    again = coded(of, ada, "none", 0)
    coded(of, bo)
    with pytest.raises(CannotCodeError, match="both answers stand"):
        double_coding.withdraw(again, now=NOW)
    first.refresh_from_db()
    assert (first.withdrawn_at, first.direction) == (NOW, "hardened")  # kept, as it was


@pytest.mark.parametrize(
    ("direction", "degree"), [("hardened", None), ("hardened", 0), ("none", 1), ("unclear", 2)]
)
def test_the_database_refuses_a_degree_that_does_not_fit(
    record: Record, ada: User, direction: str, degree: int | None
) -> None:
    older, newer = pair(record)
    answer = {"direction": direction, "degree": degree, "coder": ada, "at": NOW}
    with pytest.raises(IntegrityError):
        PairCoding.objects.create(older=older, newer=newer, **answer)


@pytest.mark.parametrize("degree", [None, 0])
def test_a_direction_without_a_degree_is_refused_in_words(
    record: Record, ada: User, degree: int | None
) -> None:
    with pytest.raises(CannotCodeError, match="how much of it moved") as refused:
        coded(pair(record), ada, "hardened", degree)
    assert refused.value.field == "degree"


def test_the_degree_of_what_did_not_move_is_given_unasked(record: Record, ada: User) -> None:
    assert coded(pair(record, 1), ada, "none", 2).degree == 0
    assert coded(pair(record, 2), ada, "unclear", 2).degree is None


def test_agreement_follows_from_the_pairs_that_two_have_coded(
    record: Record, ada: User, bo: User
) -> None:
    answers = [("hardened", "hardened"), ("none", "none"), ("softened", "hardened")]
    for number, (one, other) in enumerate(answers):
        of = pair(record, number)
        for coder, direction in ((ada, one), (bo, other)):
            coded(of, coder, direction, 0 if direction == "none" else 2)
    coded(pair(record, 9), ada)
    (found,) = double_coding.agreements()
    assert (found.topic, found.once, found.twice) == (record.topic, 1, 3)
    # hardened 3, none 2, softened 1: (6 - 1) * 2 expected 22 -> 1 - 10 / 22
    assert found.direction == pytest.approx(1 - 10 / 22)
    assert found.degree == 1
    (differing,) = found.disagreements
    assert [row.direction for row in differing.codings] == ["softened", "hardened"]


def test_agreements_take_as_many_queries_however_much_was_coded(
    record: Record, ada: User, bo: User
) -> None:
    for number in range(6):
        of = pair(record, number)
        for coder in (ada, bo):
            coded(of, coder)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        double_coding.agreements()
    assert len(captured) == 2
