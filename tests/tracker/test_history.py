"""The history payload, and what it showed on any earlier day."""

import json
import random
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
    known_people,
    later,
    read_all,
    record,
    row,
    settle,
    stance,
    state,
    written,
)
from tracker import dates, ingest, review
from tracker.history import history
from tracker.models import Decision, Document, Shift, Stance, Statement, Utterance
from tracker.rendering import utterance_content

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def seen(**axes: Any) -> dict[str, Any]:
    """Return the history without the instant that was asked for."""
    return {**history(stance(), **axes), "known_at": None}


def test_a_history_tells_what_was_said_when_by_whose_account() -> None:
    (document, _) = state(
        row(READY, "2023-05-24", source="ministry"), row(NOT_READY, "2024-05", source="wire")
    )
    settle()
    told = history(stance())
    first, second = told["utterances"]
    assert told["stance"]["actor"] == {"slug": "ilva-marenko", "name": "Ilva Marenko"}
    assert (first["text"], first["grade"], first["role"]) == (
        READY,
        "A2",
        "Foreign Minister, Ostravia",
    )
    assert second["said"] == {
        "edtf": "2024-05",
        "earliest": "2024-05-01",
        "latest": "2024-05-31",
        "precision": "month",
        "basis": "",
    }
    (attestation,) = first["attestations"]
    assert attestation["document"] == document.pk
    assert attestation["exact"] == document.text[attestation["start"] : attestation["end"]]
    assert attestation["canonical"]
    (shift,) = told["shifts"]
    assert (shift["older"], shift["newer"]) == (first["id"], second["id"])
    assert (shift["status"], shift["withdrawn_at"]) == ("provisional", None)
    assert told["coverage"] == [
        {"month": "2023-05", "statements": 1},
        {"month": "2024-05", "statements": 1},
    ]
    assert [gap["recorded"] for gap in told["gaps"]] == [0]
    assert told["counts"] == {"utterances": 2, "statements": 2, "documents": 2, "sources": 2}


def test_a_history_is_ready_for_json() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    assert json.loads(json.dumps(history(stance()))) == history(stance())


def test_what_an_utterance_shows_is_what_its_row_gives_also_where_no_act_is_stated() -> None:
    state(row(READY, "2023-05-24"), row("The harvest was good.", "2024-05-24"))
    settle()
    rows = {row.pk: utterance_content(row) for row in Utterance.objects.all()}
    shown = history(stance())["utterances"]
    assert [row["act"] for row in shown] == ["agree", None]
    for told in shown:
        content = rows[told["id"]]
        content.pop("canonical")
        assert {name: told[name] for name in content} == content


def test_before_the_role_began_no_role_is_shown() -> None:
    record(row(READY, "2020-05-24"))
    assert history(stance())["utterances"][0]["role"] == ""


def test_what_may_have_been_said_later_is_not_shown_as_said_by_then() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024"))
    told = history(stance(), said_until=date(2024, 6, 30))
    assert [row["text"] for row in told["utterances"]] == [READY]
    assert told["shifts"] == []
    assert len(history(stance(), said_until=date(2024, 12, 31))["shifts"]) == 1


def test_a_vaguer_report_of_what_had_been_said_is_still_shown() -> None:
    record(
        row(READY, "2023-05-24", source="wire"),
        row(READY, "2023-05", source="herald", fidelity="reported"),
    )
    told = history(stance(), said_until=date(2023, 5, 25))
    assert told["counts"]["statements"] == 2


def test_a_silence_on_the_topic_is_told_from_a_silence_of_the_record() -> None:
    record(
        row(READY, "2022-01-10"),
        row("The Northern Pact stays away.", "2022-06-10", topics=("pact",)),
        row(READY, "2023-01-10"),
    )
    assert [gap["recorded"] for gap in history(stance())["gaps"]] == [1]


def test_nothing_was_known_before_it_was_recorded() -> None:
    record(row(READY, "2023-05-24"))
    told = history(stance(), known_at=NOW - timedelta(seconds=1))
    assert told["utterances"] == told["shifts"] == told["coverage"] == []


def test_a_shift_withdrawn_since_is_shown_as_it_stood() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    before = seen()
    review.reject(Shift.objects.standing().get(), by=None, now=later(hours=1))
    settle(later(hours=1))
    assert seen()["shifts"] == []
    assert seen(known_at=NOW) == before


def test_a_confirmation_is_not_known_before_it_came() -> None:
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    decision = review.confirm(Shift.objects.standing().get(), by=None, now=later(hours=1))
    settle(later(hours=1))
    review.undo(decision, by=None, now=later(hours=2))
    settle(later(hours=2))
    statuses = [
        history(stance(), known_at=later(hours=hours))["shifts"][0]["status"] for hours in (0, 1, 2)
    ]
    assert statuses == ["provisional", "confirmed", "provisional"]


def test_the_number_of_queries_does_not_grow_with_the_stance() -> None:
    def queries(**axes: Any) -> int:
        one = stance()
        with CaptureQueriesContext(connection) as made:
            history(one, **axes)
        return len(made)

    record(row(READY, "1989-05-24"), row(NOT_READY, "1989-08-24"))
    few = queries(), queries(known_at=NOW, said_until=date(2030, 1, 1))
    texts = [READY, NOT_READY, FOUR, FIVE] * 20
    written(texts, [date(1990, 1, 1) + timedelta(days=40 * n) for n in range(80)])
    settle(later(hours=1))
    many = queries(), queries(known_at=NOW, said_until=date(2030, 1, 1))
    assert many == few
    assert max(few) <= 12


# --- What is shown for an instant never changes afterwards --------------------------------------

WORDS = (READY, NOT_READY, FOUR, FIVE, "We may negotiate with Karsk if the talks are open.")


def _step(rng: random.Random, now: datetime) -> None:
    documents = list(Document.objects.order_by("pk"))
    held = list(Statement.objects.held().order_by("pk"))
    shifts = list(Shift.objects.filter(withdrawn_at=None).order_by("pk"))
    decisions = list(Decision.objects.standing().exclude(kind="set_date"))
    kind = rng.choice(
        ["store", "store", "store", "date", "pair", "shift", "shift", "undo", "again"]
    )
    if kind == "date" and documents:
        said = dates.parse(rng.choice(["2022", "2023-05", "2023-05-07", "2024-02-01~"]))
        ingest.set_date(rng.choice(documents), said=said, by=None, now=now)
    elif kind == "pair" and len(held) > 1:
        rng.choice([review.split, review.join])(*rng.sample(held, 2), by=None, now=now)
    elif kind == "shift" and shifts:
        rng.choice([review.confirm, review.reject])(rng.choice(shifts), by=None, now=now)
    elif kind == "undo" and decisions:
        review.undo(rng.choice(decisions), by=None, now=now)
    elif kind == "again":
        ingest.order_reading(Document.objects.all())
    else:
        day = date(2023, 1, 1) + timedelta(days=rng.randrange(400))
        source = rng.choice(["wire", "herald", "courier", "ministry"])
        fidelity: Any = rng.choice(["verbatim", "reported"])
        text = rng.choice(WORDS)
        ingest.store_chronology(
            [row(text, day.isoformat(), source=source, fidelity=fidelity)], now=now
        )


@pytest.mark.parametrize("seed", range(4))
def test_what_was_known_at_an_instant_is_what_was_seen_then(seed: int) -> None:
    rng = random.Random(seed)
    views: list[tuple[datetime, dict[str, Any]]] = []
    for number in range(24):
        now = later(hours=number)
        _step(rng, now)
        read_all(now)
        if rng.random() < 0.2 and Stance.objects.exists():
            views.append((now, seen()))  # read, and detection has not come round yet
            now += timedelta(minutes=1)
        settle(now)
        views.append((now, seen()))
        until = date(2023, 7, 1)
        views.append((now, seen(said_until=until)))
    for at, view in views:
        axes = {"said_until": date.fromisoformat(view["said_until"])} if view["said_until"] else {}
        assert seen(known_at=at, **axes) == view, f"at {at}"
    assert len(views) >= 48


def test_a_corrected_date_is_shown_uncorrected_for_the_day_before() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    settle()
    ingest.set_date(document, said=dates.parse("2021"), by=None, now=later(hours=1))
    read_all(later(hours=1))
    settle(later(hours=1))
    now, then = (seen(known_at=later(hours=hours))["utterances"][0] for hours in (1, 0.5))
    assert (now["said"]["edtf"], then["said"]["edtf"]) == ("2021", "2023-05-24")
    assert now["id"] == then["id"]
