"""GET stances/<actor>/<topic>/history."""

from datetime import timedelta

from tests.api import records
from tests.api.calling import Caller
from tracker.history import history

PATH = "stances/ilva-marenko/talks/history"


def test_the_history_is_the_payload_of_the_page(anyone: Caller) -> None:
    shift = records.shift()
    found = anyone.get(PATH)
    assert found == history(shift.stance)
    assert [row["id"] for row in found["utterances"]] == [shift.older_id, shift.newer_id]
    assert found["shifts"][0]["kinds"] == ["reversal", "hardening"]


def test_said_until_ends_the_history_on_a_day(anyone: Caller) -> None:
    shift = records.shift()
    found = anyone.get(PATH, {"said_until": "2024-05-31"})
    assert [row["id"] for row in found["utterances"]] == [shift.older_id]
    assert found["shifts"] == []
    assert found["said_until"] == "2024-05-31"


def test_known_at_hides_what_was_recorded_later(anyone: Caller) -> None:
    later = records.NOW + timedelta(days=1)
    early = records.utterance(records.statement("2024-06-01"))
    records.utterance(records.statement("2024-03-01", recorded_at=later), recorded_at=later)
    found = anyone.get(PATH, {"known_at": records.NOW.isoformat()})
    assert [row["id"] for row in found["utterances"]] == [early.pk]


def test_a_stance_that_nobody_has_taken_is_not_found(anyone: Caller) -> None:
    records.actor()
    records.topic()
    anyone.get(PATH, status=404)
