"""Silence: a topic that is no longer raised while the record of its actor goes on."""

import random
from datetime import date

import pytest

from tests.tracker.records import READY, dump, known_people, later, record, row, settle, stance
from timeline.history import PASSAGES, silent_by
from tracker import detection
from tracker.history import history
from tracker.models import StanceEvent, Statement
from tracker.models.stances import mark_stances

pytestmark = pytest.mark.django_db
PACT = "The Pact keeps its bases, as we said on day {}."
LAST = row(READY, "2023-05-24")
MEANWHILE = [
    row(PACT.format(number), f"2023-{month:02}-10", topics=("pact",))
    for number, month in enumerate((6, 7, 8, 9, 10), start=1)
]
LATE = row(PACT.format(9), "2024-01-15", topics=("pact",))


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def silences() -> list[tuple[str, str]]:
    """Return (topic, day) of the silences on record."""
    held = StanceEvent.objects.held().filter(kind="silence").order_by("day")
    return [(event.stance.topic.slug, str(event.day)) for event in held]


def test_a_topic_not_raised_for_half_a_year_of_other_words_is_silent() -> None:
    record(LAST, *MEANWHILE)
    assert silences() == []
    record(LATE, now=later(hours=1))
    assert silences() == [("talks", "2024-01-15")]
    (event,) = StanceEvent.objects.held().filter(kind="silence")
    assert event.newer is None
    assert event.older.said_edtf == "2023-05-24"
    assert event.reasons == ["not raised since 2023-05-24, with other words recorded by 2024-01-15"]


def test_no_record_is_no_silence() -> None:
    record(LAST, *MEANWHILE[2:], LATE)
    assert silences() == []


def test_a_silence_ends_when_the_topic_is_raised_and_stays_in_what_was_known() -> None:
    record(LAST, *MEANWHILE, LATE)
    record(row(READY, "2024-02-20"), now=later(hours=1))
    assert silences() == []

    def kinds(hours: float) -> list[str]:
        return [e["kind"] for e in history(stance(), known_at=later(hours=hours))["events"]]

    assert "silence" in kinds(0.5)
    assert "silence" not in kinds(2)


def test_a_look_at_an_earlier_day_does_not_know_of_a_later_silence() -> None:
    record(LAST, *MEANWHILE, LATE)
    until = {day: history(stance(), said_until=date.fromisoformat(day))["events"] for day in DAYS}
    assert [[event["kind"] for event in events] for events in until.values()] == [[], ["silence"]]


DAYS = ("2024-01-14", "2024-01-15")


def test_a_silence_ends_when_the_words_that_showed_it_are_retracted() -> None:
    record(LAST, *MEANWHILE, LATE)
    gone = Statement.objects.get(said_edtf="2024-01-15")
    gone.retracted_at = later(hours=1)
    gone.save()
    mark_stances([gone], later(hours=1))
    settle(later(hours=1))
    assert silences() == []


def test_words_on_no_topic_show_a_silence_too() -> None:
    record(LAST, *MEANWHILE)
    record(
        row("The harbour of Velm is open to ships.", "2024-01-15", topics=()), now=later(hours=1)
    )
    assert silences() == [("talks", "2024-01-15")]


def test_detection_again_changes_no_silence() -> None:
    record(LAST, *MEANWHILE, LATE)
    before = dump(tables=[StanceEvent])
    detection.mark_all(now=later(hours=1))
    settle(later(hours=1))
    assert dump(tables=[StanceEvent]) == before


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    rows = [LAST, *MEANWHILE, LATE, row(PACT.format(10), "2023-12-20", topics=("pact",))]
    random.Random(seed).shuffle(rows)
    for number, one in enumerate(rows):
        record(one, now=later(hours=number))
    assert silences() == [("talks", "2023-12-20")]


@pytest.mark.parametrize(
    ("days", "by"),
    [
        ([], None),
        ([date(2024, 3, 1)] * (PASSAGES - 1), None),
        ([date(2024, 3, 1)] * PASSAGES, date(2024, 3, 1)),
        ([date(2023, 2, 1)] * PASSAGES, None),
        ([date(2023, 8, 1)] + [date(2024, 3, 1)] * PASSAGES, date(2024, 3, 1)),
    ],
)
def test_a_silence_needs_words_and_time(days: list[date], by: date | None) -> None:
    assert silent_by(date(2023, 1, 1), days) == by
