"""GET stances/<actor>/<topic>/history."""

from datetime import timedelta

from tests.api import records
from tests.api.calling import Caller
from tracker import dates
from tracker.former import keep_former
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


def test_its_moments_are_written_as_everywhere(anyone: Caller) -> None:
    shift = records.shift()
    for moment in ({}, {"known_at": "2026-12-31T12:00:00Z"}):
        found = anyone.get(PATH, moment)
        listed = anyone.get(f"shifts/{shift.pk}", moment)
        assert found["shifts"][0]["recorded_at"] == listed["recorded_at"]
        assert found["known_at"] == moment.get("known_at")


def test_known_at_hides_what_was_recorded_later(anyone: Caller) -> None:
    later = records.NOW + timedelta(days=1)
    early = records.utterance(records.statement("2024-06-01"))
    records.utterance(records.statement("2024-03-01", recorded_at=later), recorded_at=later)
    found = anyone.get(PATH, {"known_at": records.NOW.isoformat()})
    assert [row["id"] for row in found["utterances"]] == [early.pk]


def test_known_at_gives_documents_their_titles_and_days_of_then(anyone: Caller) -> None:
    said = records.utterance()
    document = said.canonical.document
    later = records.NOW + timedelta(days=1)
    document.title = "Corrected"
    document.set_published(dates.parse("2024-03-09"))
    keep_former(document, now=later)
    document.save()
    for moment, expected in (
        (records.NOW, ("Press conference in Velgrad", "2024-03-02")),
        (later, ("Corrected", "2024-03-09")),
    ):
        asked = {"known_at": moment.isoformat()}
        (shown,) = anyone.get(PATH, asked)["utterances"][0]["attestations"]
        assert (shown["title"], shown["published"]["edtf"]) == expected
        (listed,) = anyone.get(f"utterances/{said.pk}/attestations", asked)["results"]
        assert listed == shown


def test_a_stance_that_nobody_has_taken_is_not_found(anyone: Caller) -> None:
    records.actor()
    records.topic()
    anyone.get(PATH, status=404)
