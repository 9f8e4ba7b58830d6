"""The small pictures on one axis, and the sources that stopped delivering."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from frontend.glance import DOTS, QUIET, Axis, cards, quiet_sources, stances
from tests.frontend.record import NOW, Record
from tracker.models import Document, Utterance
from tracker.models.watch import Host, WatchedSource


def watched(record: Record, **fields: Any) -> WatchedSource:
    host = Host.objects.get_or_create(name="wire.example", next_allowed_at=NOW)[0]
    return WatchedSource.objects.create(
        **{
            "source": record.source,
            "host": host,
            "url": f"https://wire.example/{WatchedSource.objects.count()}",
            "next_poll_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def test_a_source_that_fails_is_listed_before_one_that_is_quiet(record: Record) -> None:
    record.document("Old.", captured_at=NOW - QUIET - timedelta(days=1))
    quiet = watched(record)
    failing = watched(record, failures=3, last_error="no answer", last_error_at=NOW)
    watched(record, failures=9, stopped_at=NOW)
    assert list(quiet_sources(NOW)) == [failing, quiet]


def test_a_source_that_delivers_is_not_listed(record: Record) -> None:
    record.document("New.", captured_at=NOW - timedelta(days=1))
    watched(record)
    assert list(quiet_sources(NOW)) == []


def test_one_that_never_delivered_is_listed_only_once_it_fails(record: Record) -> None:
    watched(record)
    assert list(quiet_sources(NOW)) == []


def test_the_overview_names_the_source_and_why(client: Client, record: Record) -> None:
    Document.objects.all().delete()
    watched(record, failures=2, last_error="<b>no answer</b>", last_error_at=NOW)
    html = client.get("/").content.decode()
    assert "Sources that stopped delivering" in html
    assert "failed 2 times in a row: &lt;b&gt;no answer" in html
    assert "never delivered" in html


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (date(2021, 11, 1), date(2025, 8, 1), [2022, 2023, 2024, 2025]),
        (date(2025, 2, 1), date(2025, 8, 1), []),
        (date(1990, 2, 1), date(2025, 8, 1), list(range(1992, 2026, 3))),
    ],
)
def test_an_axis_has_at_most_a_dozen_years(since: date, until: date, years: list[int]) -> None:
    assert [year for _, year in Axis(since, until).years] == years


def test_all_pictures_share_one_axis_and_the_shift_stands_at_its_newer_side(
    record: Record,
) -> None:
    record.story()
    (card,) = cards(stances())
    assert card.axis == Axis(date(2024, 3, 1), date(2025, 3, 1))
    assert sorted(dot.x for dot in card.dots) == [2.0, 98.0]
    (tick,) = card.ticks
    assert (tick.x, tick.direction, tick.status) == (98.0, "hardened", "provisional")


def test_a_sign_does_not_cover_the_one_before_it(record: Record) -> None:
    older, _, _ = record.story()
    for day in ("2025-02-25", "2024-09-01"):
        record.shift(older, record.utterance("A word.", day), "reversal")
    (card,) = cards(stances())
    assert [tick.signed for tick in card.ticks] == [True, True, False]


def test_of_a_long_stance_the_latest_utterances_are_drawn_with_their_shifts(
    record: Record,
) -> None:
    record.many(DOTS + 10)
    spoken = list(Utterance.objects.order_by("said_earliest"))
    record.shift(spoken[0], spoken[9], "reversal")
    drawn = record.shift(spoken[9], spoken[10], "softening", direction="softened")
    (card,) = cards(stances())
    assert card.stance.spoken == DOTS + 10
    assert len(card.dots) == DOTS
    assert [tick.direction for tick in card.ticks] == [drawn.direction]


def test_one_day_alone_stands_in_the_middle() -> None:
    day = datetime(2024, 3, 1, tzinfo=UTC).date()
    assert Axis(day, day).x(day) == 50.0
