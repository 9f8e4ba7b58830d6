"""GET stances."""

from tests.api import records
from tests.api.calling import Caller
from tracker.models import Stance


def test_a_stance_says_how_much_stands_behind_it(anyone: Caller) -> None:
    records.shift()
    records.utterance(retracted_at=records.NOW)
    (row,) = anyone.get("stances")["results"]
    assert (row["actor"]["slug"], row["topic"]["slug"]) == ("ilva-marenko", "talks")
    assert (row["utterances"], row["shifts"]) == (2, 1)
    assert (row["first_said"], row["last_said"]) == ("2024-03-01", "2024-06-01")
    assert row["in_step"] is True


def test_one_stance_is_the_row_of_the_list_as_of_the_same_times(anyone: Caller) -> None:
    records.shift()
    for query in ({}, {"said_until": "2024-05-01"}, {"known_at": "2026-12-31"}):
        (listed,) = anyone.get("stances", query)["results"]
        assert anyone.get("stances/ilva-marenko/talks", query) == listed
    anyone.get("stances/ilva-marenko/talks", {"said_until": "2020-01-01"}, status=404)
    anyone.get("stances/ilva-marenko/grain", status=404)


def test_a_stance_that_waits_for_detection_is_not_in_step(anyone: Caller) -> None:
    records.stance()
    Stance.objects.update(marked_at=records.NOW)
    (row,) = anyone.get("stances")["results"]
    assert row["in_step"] is False
    assert (row["utterances"], row["last_said"]) == (0, None)


def test_stances_are_filtered_by_actor_and_topic(anyone: Caller) -> None:
    records.stance()
    records.stance(actor=records.actor("tomas-brel", "Tomas Brel"))
    found = anyone.get("stances", {"actor": "tomas-brel", "topic": "talks"})["results"]
    assert [row["actor"]["name"] for row in found] == ["Tomas Brel"]


def test_an_unknown_actor_is_refused_rather_than_answered_with_nothing(anyone: Caller) -> None:
    problem = anyone.get("stances", {"actor": "nobody"}, status=400)
    assert problem["fields"][0]["name"] == "actor"
    assert problem["fields"][0]["code"] == "does_not_exist"
