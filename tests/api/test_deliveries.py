"""GET deliveries."""

from django.contrib.auth.models import User

from tests.api import records
from tests.api.calling import Caller


def test_a_delivery_shows_its_event_and_its_state(subscriber: Caller, owner: User) -> None:
    shift = records.shift()
    kept = records.delivery(records.subscription(owner), shift)
    (row,) = subscriber.get("deliveries")["results"]
    assert row["id"] == str(kept.message_id)
    assert (row["event"]["kind"], row["event"]["shift"]) == ("shift.detected", shift.pk)
    assert row["state"] == "owed"


def test_deliveries_are_filtered_by_state_and_subscription(subscriber: Caller, owner: User) -> None:
    mine, other = records.subscription(owner), records.subscription(owner)
    shift = records.shift()
    sent = records.delivery(mine, shift, sent_at=records.NOW)
    dead = records.delivery(other, shift, dead_at=records.NOW, problem="410 Gone")
    for query, kept in (
        ({"state": "sent"}, sent),
        ({"state": "dead"}, dead),
        ({"subscription": mine.pk}, sent),
    ):
        found = subscriber.get("deliveries", query)["results"]
        assert [row["id"] for row in found] == [str(kept.message_id)]
    assert subscriber.get("deliveries", {"state": "owed"})["results"] == []


def test_the_deliveries_of_others_are_not_seen(subscriber: Caller) -> None:
    foreign = records.subscription(records.user("other"))
    records.delivery(foreign)
    assert subscriber.get("deliveries")["results"] == []
    assert subscriber.get("deliveries", {"subscription": foreign.pk})["results"] == []


def test_a_dead_letter_is_owed_once_more_under_its_id(subscriber: Caller, owner: User) -> None:
    dead = records.delivery(records.subscription(owner), dead_at=records.NOW, problem="410 Gone")
    path = f"deliveries/{dead.message_id}"
    assert subscriber.get(path)["state"] == "dead"
    assert subscriber.post(f"{path}/retry", {}, status=200) == {"owed": 1}
    assert (subscriber.get(path)["state"], subscriber.get(path)["id"]) == (
        "owed",
        str(dead.message_id),
    )
    assert subscriber.post(f"{path}/retry", {}, status=200) == {"owed": 0}


def test_the_message_of_another_looks_as_if_it_were_not_there(subscriber: Caller) -> None:
    foreign = records.delivery(records.subscription(records.user("other"))).message_id
    absent = "00000000-0000-4000-8000-000000000000"
    answers = [subscriber.get(f"deliveries/{one}", status=404) for one in (foreign, absent)]
    assert answers[0] == answers[1]
    subscriber.post(f"deliveries/{foreign}/retry", {}, status=404)
