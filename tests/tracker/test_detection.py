"""A stance kept in step with its statements, whatever arrives, in whatever order."""

import itertools
import multiprocessing
import random
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tracker.records import (
    FIVE,
    FOUR,
    NOT_READY,
    NOW,
    READY,
    dump,
    known_people,
    later,
    outline,
    read_all,
    record,
    row,
    settle,
    stance,
    state,
    statement_of,
    utterance_of,
    written,
)
from timeline.series import FALLEN
from timeline.shifts import LOOKBACK
from tracker import chronology, dates, detection, ingest, review
from tracker.leases import LEASE
from tracker.models import (
    Actor,
    Attestation,
    Decision,
    Document,
    Event,
    FormerUtterance,
    Shift,
    Source,
    Stance,
    StanceEvent,
    Statement,
    Topic,
    Utterance,
)
from tracker.models.stances import DETECT_ATTEMPTS, mark_stances

pytestmark = pytest.mark.django_db

DETECTED, WITHDRAWN = Event.Kind.DETECTED, Event.Kind.WITHDRAWN
CONFIRMED, STRENGTHENED = Event.Kind.CONFIRMED, Event.Kind.STRENGTHENED


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def standing() -> list[Shift]:
    """Return the shifts that stand, undecided ones left out, in order of what was said."""
    return list(Shift.objects.standing().order_by("newer__said_earliest"))


def happened(events: list[Event]) -> list[tuple[str, bool]]:
    return [(event.kind, event.correction) for event in events]


def correct(document: Document, said: str, *, hours: float) -> list[Event]:
    """Correct a document's date, read and detect; return the events."""
    now = later(hours=hours)
    ingest.set_date(document, said=dates.parse(said), by=None, now=now)
    read_all(now)
    return settle(now)


# --- Utterances -----------------------------------------------------------------------------


def test_two_reports_of_one_thing_said_are_one_utterance_and_no_shift() -> None:
    record(row(READY, "2023-05-24", source="wire"), row(READY, "2023-05-24", source="herald"))
    utterance = Utterance.objects.get()
    assert utterance.attestations.count() == 2
    assert utterance.sources == 2
    assert not Shift.objects.exists()


def test_the_sharpest_date_is_the_utterances() -> None:
    record(
        row(READY, "2023-05", source="wire"),
        row(READY, "2023-05-24", source="herald", fidelity="reported"),
    )
    assert Utterance.objects.get().said_edtf == "2023-05-24"


def test_an_utterance_keeps_its_identity_when_its_date_is_corrected() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    settle()
    before = utterance_of(document)
    correct(document, "2021-02-03", hours=1)
    after = utterance_of(document)
    assert (after.pk, after.said_edtf) == (before.pk, "2021-02-03")
    assert Utterance.objects.count() == 1


def test_what_an_utterance_was_before_is_kept() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    settle()
    correct(document, "2021-02-03", hours=1)
    former = FormerUtterance.objects.get()
    assert former.content["said"]["edtf"] == "2023-05-24"
    assert (former.recorded_at, former.retracted_at) == (NOW, later(hours=1))


def test_an_utterance_that_nothing_attests_any_more_is_retracted() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    settle()
    statement = statement_of(document)
    statement.retracted_at = later(hours=1)
    statement.save()
    detection.mark_all(now=later(hours=1))
    settle(later(hours=1))
    assert Utterance.objects.get().retracted_at == later(hours=1)
    assert Attestation.objects.get().retracted_at == later(hours=1)


# --- Shifts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("older", "newer"), [(READY, NOT_READY), (FOUR, FIVE)])
def test_one_word_can_be_a_shift(older: str, newer: str) -> None:
    events = record(row(older, "2023-05-24"), row(newer, "2024-05-24"))
    (shift,) = standing()
    assert (shift.older.canonical.exact, shift.newer.canonical.exact) == (older, newer)
    assert shift.status == Shift.Status.PROVISIONAL
    assert happened(events) == [(DETECTED, False)]


def test_the_same_words_a_year_later_are_no_shift() -> None:
    events = record(row(READY, "2023-05-24"), row(READY, "2024-05-24"))
    assert happened(events) == [(Event.Kind.REAFFIRMED, False)]
    assert standing() == []


def test_the_first_statement_is_no_shift() -> None:
    assert record(row(NOT_READY, "2023-05-24")) == []


def test_a_shift_has_the_weaker_grade() -> None:
    record(
        row(READY, "2023-05-24", source="ministry"), row(NOT_READY, "2024-05-24", source="courier")
    )
    assert standing()[0].grade[0] == "E"


def test_two_independent_sources_on_both_sides_confirm_a_shift() -> None:
    record(
        row(READY, "2023-05-24", source="wire"),
        row(READY, "2023-05-24", source="herald"),
        row(NOT_READY, "2024-05-24", source="wire"),
    )
    events = record(row(NOT_READY, "2024-05-24", source="herald"), now=later(hours=1))
    assert happened(events) == [(CONFIRMED, False), (STRENGTHENED, False)]
    assert standing()[0].status == Shift.Status.CONFIRMED


def test_a_late_document_between_two_takes_the_place_of_the_older_one() -> None:
    record(row(READY, "2022-05-24"), row(NOT_READY, "2024-05-24"))
    events = record(row(NOT_READY, "2023-05-24"), now=later(hours=1))
    (shift,) = standing()
    assert shift.newer.said_edtf == "2023-05-24"
    assert sorted(happened(events)) == [(DETECTED, False), (WITHDRAWN, True)]
    gone = Shift.objects.get(status=Shift.Status.WITHDRAWN)
    assert "stands between" in gone.withdrawn_because


def test_a_late_document_leaves_what_is_far_from_it_alone() -> None:
    texts = [READY, NOT_READY] * 15
    record(*(row(text, f"20{10 + n // 2}-0{1 + 6 * (n % 2)}-01") for n, text in enumerate(texts)))
    before = {s.pk: s for s in Shift.objects.all()}
    record(row(READY, "2012-03-01"), now=later(hours=1))
    changed = [
        s.newer.said_earliest.year
        for s in Shift.objects.select_related("newer")
        if s.pk not in before or s.content_since != before[s.pk].content_since
        if s.newer.said_earliest is not None
    ]
    assert changed
    assert set(changed) <= {2012, 2013, 2014}


def test_a_late_document_reaches_past_what_was_said_on_no_certain_day() -> None:
    unlike = ("abcdefghijklmnopqrstuvwxyz"[n] for n in range(LOOKBACK + 2))
    vague = [row(f"{letter * 5} {letter * 6} {letter * 7}.", "2023-06") for letter in unlike]
    record(row(READY, "2022-01-01"), row(NOT_READY, "2023-06-15"), *vague)
    assert len(standing()) == 1
    assert Utterance.objects.count() == len(vague) + 2
    record(row(NOT_READY, "2023-05-04"), now=later(hours=1))
    step_by_step = outline()
    detection.mark_all(now=later(hours=2))
    settle(later(hours=2))
    assert step_by_step == outline()


def test_a_shift_is_withdrawn_when_its_evidence_goes() -> None:
    _, newer = state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    settle()
    Statement.objects.filter(document=newer).update(retracted_at=later(hours=1))
    detection.mark_all(now=later(hours=1))
    assert happened(settle(later(hours=1))) == [(WITHDRAWN, True)]
    assert standing() == []


def test_a_correction_never_looks_like_a_new_shift() -> None:
    _, newer = state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    settle()
    events = correct(newer, "2022-05-24", hours=1)  # now it is the older one
    assert sorted(happened(events)) == [(DETECTED, True), (WITHDRAWN, True)]


def test_a_better_rendering_of_the_same_words_moves_the_evidence_and_is_no_new_shift() -> None:
    record(
        row(READY, "2023-05-24"),
        row(NOT_READY, "2024-05-24", source="herald", fidelity="reported"),
    )
    (before,) = standing()
    events = record(
        row(NOT_READY.replace(".", "!"), "2024-05-24", source="herald"), now=later(hours=1)
    )
    (after,) = standing()
    assert happened(events) == [(STRENGTHENED, False)]
    assert events[0].before == {
        "materiality": before.materiality,
        "confidence": before.confidence,
        "grade": before.grade,
    }
    assert after.pk == before.pk
    assert after.newer_statement != before.newer_statement


# --- What a better source says again ----------------------------------------------------------


def _doubted() -> None:
    record(
        row(READY, "2023-05-24", source="ministry"),
        row(NOT_READY, "2023-08-24", source="courier"),
    )


def test_a_shift_falls_when_a_better_source_says_the_old_thing_again() -> None:
    _doubted()
    events = record(row(READY, "2023-11-24", source="ministry"), now=later(hours=1))
    assert happened(events) == [(WITHDRAWN, True), (Event.Kind.REAFFIRMED, False)]
    assert standing() == []
    assert Shift.objects.get().withdrawn_because == FALLEN
    again = StanceEvent.objects.held().get()
    assert (again.kind, again.older and again.older.said_edtf) == ("reaffirmation", "2023-05-24")


def test_a_shift_stands_again_when_that_better_source_is_gone() -> None:
    _doubted()
    (gone,) = state(row(READY, "2023-11-24", source="ministry"), now=later(hours=1))
    settle(later(hours=1))
    statement = statement_of(gone)
    statement.retracted_at = later(hours=2)
    statement.save()
    mark_stances([statement], later(hours=2))
    assert happened(settle(later(hours=2))) == [(DETECTED, True), (Event.Kind.UNSAID, True)]


def test_a_shift_that_an_analyst_confirmed_does_not_fall() -> None:
    _doubted()
    review.confirm(standing()[0], by=None, now=later(hours=1))
    settle(later(hours=1))
    record(row(READY, "2023-11-24", source="ministry"), now=later(hours=2))
    assert [shift.status for shift in standing()] == ["confirmed", "provisional"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_falls_does_not_depend_on_the_order_of_arrival(order: tuple[int, ...]) -> None:
    rows = [
        row(READY, "2023-05-24", source="ministry"),
        row(NOT_READY, "2023-08-24", source="courier"),
        row(READY, "2023-11-24", source="ministry"),
    ]
    for number, place in enumerate(order):
        record(rows[place], now=later(hours=number))
    assert standing() == []
    assert [event.kind for event in StanceEvent.objects.held()] == ["reaffirmation"]


# --- Numbers of a topic -------------------------------------------------------------------------


def _measured(**fields: Any) -> None:
    Topic.objects.filter(slug="talks").update(name="Talks toll", **fields)
    record(
        row("Prices rose by 2 percent. The toll of the talks stays at 5 percent.", "2023-05-24"),
        row("Prices rose by 9 percent. The toll of the talks goes to 6 percent.", "2024-05-24"),
    )


@pytest.mark.parametrize(
    ("orientation", "direction"),
    [
        (Topic.Orientation.MORE_IS_HARDER, "hardened"),
        (Topic.Orientation.MORE_IS_SOFTER, "softened"),
    ],
)
def test_the_direction_of_a_number_is_that_of_its_topic(orientation: str, direction: str) -> None:
    _measured(orientation=orientation)
    assert [shift.direction for shift in standing()] == [direction]


# --- Decisions of analysts ------------------------------------------------------------------


def test_a_rejected_shift_stays_away_until_the_rejection_is_undone() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    decision = review.reject(standing()[0], by=None, now=later(hours=1))
    assert happened(settle(later(hours=1))) == [(WITHDRAWN, True)]
    detection.mark_all(now=later(hours=2))
    assert settle(later(hours=2)) == []
    assert standing() == []
    review.undo(decision, by=None, now=later(hours=3))
    assert happened(settle(later(hours=3))) == [(DETECTED, True)]
    assert len(standing()) == 1


def test_a_confirmed_shift_stays_confirmed_until_that_is_undone() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    decision = review.confirm(standing()[0], by=None, now=later(hours=1))
    assert happened(settle(later(hours=1))) == [(CONFIRMED, False)]
    detection.mark_all(now=later(hours=2))
    settle(later(hours=2))
    assert standing()[0].status == Shift.Status.CONFIRMED
    review.undo(decision, by=None, now=later(hours=3))
    assert settle(later(hours=3)) == []
    assert standing()[0].status == Shift.Status.PROVISIONAL


def test_a_later_word_on_a_shift_takes_the_place_of_the_earlier() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    review.confirm(standing()[0], by=None, now=later(hours=1))
    review.reject(standing()[0], by=None, now=later(hours=2))
    settle(later(hours=2))
    assert standing() == []
    assert Decision.objects.standing().get().kind == Decision.Kind.REJECT


def test_a_split_utterance_stays_split_until_that_is_undone() -> None:
    one, other = state(row(READY, "2023-05-24"), row(READY, "2023-05-24", source="herald"))
    settle()
    decision = review.split(statement_of(one), statement_of(other), by=None, now=later(hours=1))
    settle(later(hours=1))
    detection.mark_all(now=later(hours=2))
    settle(later(hours=2))
    assert Utterance.objects.held().count() == 2
    review.undo(decision, by=None, now=later(hours=3))
    settle(later(hours=3))
    assert Utterance.objects.held().get().attestations.held().count() == 2


def test_joined_statements_stay_one_utterance_until_that_is_undone() -> None:
    one, other = state(row(READY, "2023-05-24"), row(FOUR, "2023-06-24", source="herald"))
    settle()
    decision = review.join(statement_of(one), statement_of(other), by=None, now=later(hours=1))
    settle(later(hours=1))
    detection.mark_all(now=later(hours=2))
    settle(later(hours=2))
    assert utterance_of(one) == utterance_of(other)
    review.undo(decision, by=None, now=later(hours=3))
    settle(later(hours=3))
    assert utterance_of(one) != utterance_of(other)


def test_a_decision_on_a_statement_holds_for_the_one_that_replaced_it() -> None:
    one, other = state(row(READY, "2023-05-24"), row(READY, "2023-05-24", source="herald"))
    settle()
    review.split(statement_of(one), statement_of(other), by=None, now=later(hours=1))
    settle(later(hours=1))
    correct(other, "2023-05-25", hours=2)
    assert utterance_of(one) != utterance_of(other)


def test_undoing_a_decision_on_a_replaced_statement_looks_at_its_present_day() -> None:
    one, other = state(row(READY, "2023-05-24"), row(READY, "2023-05-24", source="herald"))
    settle()
    decision = review.split(statement_of(one), statement_of(other), by=None, now=later(hours=1))
    settle(later(hours=1))
    correct(one, "2025-05-24", hours=2)
    correct(other, "2025-05-24", hours=2)
    review.undo(decision, by=None, now=later(hours=3))
    settle(later(hours=3))
    assert utterance_of(one) == utterance_of(other)


def test_the_utterance_that_a_split_makes_is_no_news() -> None:
    state(row(NOT_READY, "2021-05-24"))
    one, other = state(row(READY, "2023-05-24"), row(READY, "2023-05-24", source="herald"))
    settle()
    review.split(statement_of(one), statement_of(other), by=None, now=later(hours=1))
    assert all(event.correction for event in settle(later(hours=1)))


# --- Nothing changes without a cause ----------------------------------------------------------

STORY = (
    row(READY, "2022-05-24", source="wire"),
    row(READY, "2022-05-24", source="herald", fidelity="reported"),
    row(NOT_READY, "2023-01", source="wire"),
    row(NOT_READY, "2023-01-17", source="ministry"),
    row(FOUR, "2023-01-17", source="ministry"),
    row(FIVE, "2024-03-01", source="courier"),
    row(READY, "2024-03-01", source="wire"),
    row(FIVE, "2024-03-02", source="herald", fidelity="reported"),
)


def test_running_again_changes_no_row() -> None:
    record(*STORY)
    before = dump()
    detection.mark_all(now=later(hours=1))
    assert settle(later(hours=1)) == []
    assert dump() == before


def test_the_order_of_arrival_does_not_matter() -> None:
    outlines = []
    for order in itertools.islice(itertools.permutations(STORY), 0, None, 10_079):
        _wipe()
        for number, one in enumerate(order):
            record(one, now=later(hours=number))
        outlines.append(outline())
    assert len(outlines) == 5
    assert all(found == outlines[0] for found in outlines)
    assert len(outlines[0]["shifts"]) >= 2


def _wipe() -> None:
    for model in (Event, Shift, Attestation, FormerUtterance, Utterance, Statement, Document):
        model.objects.all().delete()


WORDS = (READY, NOT_READY, FOUR, FIVE, "We may negotiate with Karsk if the talks are open.")


def _random_row(rng: random.Random) -> chronology.Row:
    day = date(2023, 5, 1) + timedelta(days=rng.randrange(12))
    said = rng.choice([day.isoformat(), day.isoformat(), f"{day.isoformat()}~", "2023-05", "2023"])
    fidelity: Any = rng.choice(["verbatim", "reported", "paraphrased"])
    source = rng.choice(["wire", "herald", "courier", "ministry"])
    return row(rng.choice(WORDS), said, source=source, fidelity=fidelity)


def _random_step(rng: random.Random, now: Any) -> None:
    documents = list(Document.objects.order_by("pk"))
    kind = rng.choice(["store", "store", "correct", "split", "join", "undo"])
    if kind == "correct" and documents:
        said = _random_row(rng).said
        ingest.set_date(rng.choice(documents), said=said, by=None, now=now)
    elif kind in ("split", "join") and len(documents) > 1:
        pair = rng.sample(list(Statement.objects.held().order_by("pk")), 2)
        {"split": review.split, "join": review.join}[kind](*pair, by=None, now=now)
    elif kind == "undo" and Decision.objects.standing().filter(statement__isnull=False).exists():
        decisions = Decision.objects.standing().filter(statement__isnull=False)
        review.undo(rng.choice(list(decisions)), by=None, now=now)
    else:
        ingest.store_chronology([_random_row(rng)], now=now)
    read_all(now)


@pytest.mark.parametrize("seed", range(5))
def test_step_by_step_gives_what_all_at_once_gives(seed: int) -> None:
    rng = random.Random(seed)
    for number in range(14):
        now = later(hours=number)
        _random_step(rng, now)
        settle(now)
        step_by_step = outline()
        detection.mark_all(now=now)
        settle(now)
        assert step_by_step == outline(), f"after step {number}"


PASSAGES = (
    *WORDS,
    "We are ready for talks with Karsk.",
    "Karsk has to leave the districts.",
    "We are ready to negotiate the five districts of the Sarn valley.",
)


def _report(rng: random.Random, now: datetime) -> None:
    """Store a document with three passages, said within days of each other, as if read."""
    source = Source.objects.get(slug=rng.choice(["wire", "herald", "courier"]))
    document = Document.objects.create(
        source=source, text="", captured_at=now, recorded_at=now, read_at=now
    )
    first = date(2023, 5, 1) + timedelta(days=rng.randrange(16))
    start = 0
    statements = []
    for text in rng.sample(PASSAGES, 3):
        one = Statement(
            document=document,
            actor=Actor.objects.get(slug="ilva-marenko"),
            topic=Topic.objects.get(slug="talks"),
            start=start,
            end=start + len(text),
            exact=text,
            attribution="direct",
            fidelity=rng.choice(["reported", "reported", "verbatim"]),
            recorded_at=now,
        )
        one.set_said(dates.day(first + timedelta(days=rng.choice([0, 0, 2, 4]))))
        statements.append(one)
        start += len(text)
    mark_stances(Statement.objects.bulk_create(statements), now)


def _retraction(rng: random.Random, now: datetime) -> None:
    gone = rng.choice(list(Statement.objects.held().order_by("pk")))
    gone.retracted_at = now
    gone.save()
    mark_stances([gone], now)


@pytest.mark.parametrize("seed", [0, 3, 12])
def test_a_statement_that_is_set_free_finds_its_place_days_away(seed: int) -> None:
    rng = random.Random(seed)
    for number in range(7):
        now = later(hours=number)
        if number > 3 and rng.random() < 0.3:
            _retraction(rng, now)
        else:
            _report(rng, now)
        settle(now)
        step_by_step = outline()
        detection.mark_all(now=now)
        settle(now)
        assert step_by_step == outline(), f"after step {number}"


# --- Cost -------------------------------------------------------------------------------------


def _many(utterances: int) -> None:
    texts = [(READY, NOT_READY, FOUR, FIVE)[number % 4] for number in range(utterances)]
    written(texts, [date(1990, 1, 1) + timedelta(days=5 * number) for number in range(utterances)])
    settle()


def _cost_of_one_more() -> tuple[int, int]:
    """Return how many queries and how many rows it takes to add one statement at the end."""
    last = Utterance.objects.latest("said_earliest").said_earliest
    assert last is not None
    state(row(READY, (last + timedelta(days=5)).isoformat()), now=later(hours=1))
    (stance_id,) = detection.claim_marked(now=later(hours=1))
    loaded = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal loaded
        if sql.startswith("SELECT"):
            with closing(connection.create_cursor()) as cursor:
                cursor.execute(sql, params)
                loaded += len(cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count), CaptureQueriesContext(connection) as queries:
        detection.detect(stance_id, now=later(hours=1))
    return len(queries), loaded


@pytest.mark.slow
def test_one_more_statement_costs_the_same_in_a_long_stance() -> None:
    _many(100)
    short = _cost_of_one_more()
    _wipe()
    Stance.objects.all().delete()
    _many(2000)
    assert _cost_of_one_more() == short


# --- Work taken and given up --------------------------------------------------------------------


def test_a_stance_is_claimed_by_one_worker_at_a_time() -> None:
    state(row(READY, "2023-05-24"))
    assert list(detection.claim_marked(now=NOW)) == [stance().pk]
    assert list(detection.claim_marked(now=later(seconds=1))) == []
    assert list(detection.claim_marked(now=NOW + LEASE * 2)) == [stance().pk]


def test_detection_that_always_dies_is_given_up_and_costs_its_neighbours_nothing() -> None:
    state(row(READY, "2023-05-24"), row(READY, "2023-05-24", topics=("pact",)))
    now = NOW
    for _ in range(DETECT_ATTEMPTS):
        next(detection.claim_marked(now=now))  # taken, and the worker died over it
        now += LEASE * 2
    waiting = list(detection.claim_marked(now=now))
    given_up = Stance.objects.exclude(problem="").get()
    assert "given up after 3 attempts" in given_up.problem
    assert waiting == [Stance.objects.exclude(pk=given_up.pk).get().pk]
    assert Stance.objects.get(pk=waiting[0]).attempts == 1


def test_new_work_gives_a_stance_that_was_given_up_another_try() -> None:
    state(row(READY, "2023-05-24"))
    Stance.objects.update(attempts=DETECT_ATTEMPTS, problem="given up")
    state(row(READY, "2023-05-25"))
    settle()
    assert (stance().problem, stance().marked_at) == ("", None)


def test_a_second_worker_finds_nothing_left_to_do() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    before = dump()
    assert detection.detect(stance().pk, now=later(hours=1)) == []
    assert dump() == before


# --- Several workers ------------------------------------------------------------------------------


def _work(ready: Any, now: datetime) -> None:
    connection.close()
    ready.wait()
    for stance_id in Stance.objects.order_by("id").values_list("id", flat=True):
        detection.detect(stance_id, now=now)


def _by_workers(number: int) -> dict[str, list[Any]]:
    """Record the story in two portions, detected by so many processes at once each time."""
    known_people()
    fork = multiprocessing.get_context("fork")
    for hour, portion in enumerate((STORY[::2], STORY[1::2])):
        state(*portion, now=later(hours=hour))
        ready = fork.Barrier(number)
        connection.close()
        workers = [
            fork.Process(target=_work, args=(ready, later(hours=hour))) for _ in range(number)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert {worker.exitcode for worker in workers} == {0}
    assert not Stance.objects.out_of_step().exists()
    return {**outline(), "held": [Attestation.objects.held().count(), Event.objects.count()]}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_on_one_stance_give_the_rows_of_one() -> None:
    many = _by_workers(4)
    _wipe()
    Stance.objects.all().delete()
    assert _by_workers(1) == many
    assert many["shifts"]
