"""GET, POST and DELETE saved searches, and the feed of one."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api import records
from tests.api.calling import Caller
from tracker.models import SavedSearch, Subscription

HOOK = {"channel": "webhook", "address": "https://desk.example/hook"}


def test_a_saved_search_keeps_its_filters(subscriber: Caller) -> None:
    filters: dict[str, Any] = {
        "name": "hard turns",
        "actors": [records.actor().slug],
        "topics": [records.topic().slug],
        "kinds": ["reversal"],
        "directions": ["hardened"],
        "statuses": ["confirmed"],
        "minimum_materiality": 0.5,
        "minimum_confidence": 0.25,
        "worst_grade": "C3",
        "minimum_sources": 2,
        "words": "the harbour",
    }
    made = subscriber.posted("saved-searches", filters)
    shown = subscriber.get(made.headers["Location"])
    assert {name: shown[name] for name in filters} == filters
    assert subscriber.get("saved-searches")["results"] == [shown]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"worst_grade": "G1"}, "worst_grade"),
        ({"actors": ["nobody"]}, "actors.0"),
        ({"statuses": ["undecided"]}, "statuses.0"),
        ({"minimum_sources": 0}, "minimum_sources"),
        ({"name": ""}, "name"),
    ],
)
def test_a_field_is_refused_by_name(subscriber: Caller, change: dict[str, Any], name: str) -> None:
    problem = subscriber.post("saved-searches", {"name": "a"} | change, status=400)
    assert [field["name"] for field in problem["fields"]] == [name]


def test_a_name_is_taken_once(subscriber: Caller) -> None:
    subscriber.post("saved-searches", {"name": "a"})
    problem = subscriber.post("saved-searches", {"name": "a"}, status=409)
    assert problem["fields"][0]["name"] == "name"


def test_only_ones_own_are_seen_and_subscribed_to(subscriber: Caller, owner: User) -> None:
    foreign = records.saved_search(records.user("other"))
    mine = records.saved_search(owner)
    assert [row["id"] for row in subscriber.get("saved-searches")["results"]] == [mine.pk]
    subscriber.get(f"saved-searches/{foreign.pk}", status=404)
    subscriber.delete(f"saved-searches/{foreign.pk}", status=404)
    problem = subscriber.post("subscriptions", HOOK | {"saved_search": foreign.pk}, status=400)
    assert problem["fields"][0]["name"] == "saved_search"
    assert subscriber.post("subscriptions", HOOK | {"saved_search": mine.pk})["id"]


def test_subscriptions_end_with_their_saved_search(subscriber: Caller, owner: User) -> None:
    mine = records.saved_search(owner)
    subscriber.post("subscriptions", HOOK | {"saved_search": mine.pk})
    subscriber.delete(f"saved-searches/{mine.pk}")
    assert not Subscription.objects.exists()
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"kinds": ["reversal"]}, True),
        ({"kinds": ["reframing"]}, False),
        ({"directions": ["hardened"]}, True),
        ({"directions": ["softened"]}, False),
        ({"minimum_materiality": 0.9}, False),
        ({"worst_grade": "B2"}, True),
        ({"worst_grade": "A2"}, False),
        ({"minimum_sources": 2}, False),
        ({"words": "harbour READY"}, True),
        ({"words": "harb"}, False),
    ],
)
def test_a_feed_of_a_saved_search_needs_no_key(
    owner: User, client: Client, filters: dict[str, Any], found: bool
) -> None:
    records.shift()
    records.saved_search(owner, **filters)
    caller = Caller(records.key("subscribe", owner=owner))
    address = caller.get("saved-searches")["results"][0]["feed"]
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert (b"<entry>" in answer.content) == found


def test_a_mark_that_was_guessed_finds_nothing(client: Client, owner: User) -> None:
    records.saved_search(owner)
    assert client.get("/api/v1/shifts?search=MQ:1abc:def").status_code == 400


def test_a_saved_search_is_changed_with_its_lists(owner: User, subscriber: Caller) -> None:
    mine = records.saved_search(owner, words="harbour")
    change = {"name": "softer", "actors": [], "topics": ["talks"], "minimum_sources": 2}
    changed = subscriber.patch(f"saved-searches/{mine.pk}", change)
    assert {name: changed[name] for name in change} == change
    assert changed["words"] == "harbour"
    assert changed == subscriber.get(f"saved-searches/{mine.pk}")


def test_a_saved_search_does_not_take_anothers_name(owner: User, subscriber: Caller) -> None:
    one, other = records.saved_search(owner, "one"), records.saved_search(owner, "other")
    problem = subscriber.patch(f"saved-searches/{one.pk}", {"name": other.name}, status=409)
    assert problem["fields"][0]["name"] == "name"
