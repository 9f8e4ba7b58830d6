"""Endpoints, their secrets, and what is done to subscriptions."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from api.models import KeptAnswer
from tests.api import records
from tests.api.calling import Caller
from tracker.models import Delivery, Subscription

HOOK = {"channel": "webhook", "address": "https://desk.example/hook"}


def test_an_endpoint_shows_how_it_does_and_no_secret(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    records.subscription(records.user("other"))
    (shown,) = subscriber.get("endpoints")["results"]
    assert (shown["id"], shown["failures"], shown["disabled_at"]) == (mine.endpoint_id, 0, None)
    assert "secret" not in shown


def test_two_subscriptions_to_one_address_have_one_endpoint(subscriber: Caller) -> None:
    one, other = (subscriber.post("subscriptions", HOOK) for _ in range(2))
    assert one["endpoint"] == other["endpoint"]
    assert one["secret"] == other["secret"]


def test_a_rotated_secret_is_shown_once_and_the_old_one_goes_on(
    subscriber: Caller, owner: User
) -> None:
    mine = records.subscription(owner)
    before = mine.endpoint.secret
    answer = subscriber.posted(f"endpoints/{mine.endpoint_id}/rotate", {})
    assert answer.headers["Cache-Control"] == "no-store"
    mine.endpoint.refresh_from_db()
    assert answer.json()["secret"] == mine.endpoint.secret != before
    assert mine.endpoint.secrets(timezone.now() + timedelta(hours=1))[1] == before


def test_dead_letters_and_messages_of_a_time_are_owed_again(
    subscriber: Caller, owner: User
) -> None:
    mine = records.subscription(owner)
    dead = records.delivery(mine, dead_at=records.NOW, problem="410")
    where = f"endpoints/{mine.endpoint_id}"
    assert subscriber.post(f"{where}/retry", {}, status=200) == {"owed": 1}
    Delivery.objects.update(sent_at=records.NOW)
    hour = timedelta(hours=1)
    for since, owed in ((records.NOW + hour, 0), (records.NOW, 1)):
        body = {"since": since.isoformat()}
        assert subscriber.post(f"{where}/replay", body, status=200) == {"owed": owed}
    assert Delivery.objects.get().message_id == dead.message_id


def test_what_is_anothers_looks_as_if_it_were_not_there(subscriber: Caller) -> None:
    foreign = records.subscription(records.user("other"))
    for action in ("rotate", "retry"):
        subscriber.post(f"endpoints/{foreign.endpoint_id}/{action}", {}, status=404)
    for action in ("test", "pause", "resume"):
        subscriber.post(f"subscriptions/{foreign.pk}/{action}", {}, status=404)


def test_a_subscription_is_paused_resumed_and_tried_out(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    paused = subscriber.post(f"subscriptions/{mine.pk}/pause", {}, status=200)
    assert paused["paused_at"] is not None
    assert subscriber.post(f"subscriptions/{mine.pk}/resume", {}, status=200)["paused_at"] is None
    subscriber.post(f"subscriptions/{mine.pk}/test", {}, status=200)
    (shown,) = subscriber.get("deliveries")["results"]
    assert (shown["notice"], shown["subscriptions"]) == ("subscription.test", [mine.pk])


def test_a_preview_stores_nothing(subscriber: Caller) -> None:
    records.shift()
    body = HOOK | {"directions": ["hardened"], "frequency": "daily"}
    seen = subscriber.post("subscriptions/preview", body, status=200)
    assert (seen["events"], seen["messages"], len(seen["lines"])) in {(0, 0, 0), (1, 1, 1)}
    assert not Subscription.objects.exists()


def test_a_digest_knows_its_time_zone(subscriber: Caller) -> None:
    body = HOOK | {"frequency": "weekly", "time_zone": "Europe/Berlin"}
    made = subscriber.post("subscriptions", body)
    assert (made["frequency"], made["time_zone"]) == ("weekly", "Europe/Berlin")
    assert made["next_digest_at"] is not None
    refused = subscriber.post("subscriptions", body | {"time_zone": "Mars/Olympus"}, status=400)
    assert refused["fields"][0]["name"] == "time_zone"


def test_a_webhook_moves_with_what_is_owed_to_it(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    owed, secret = records.delivery(mine), mine.endpoint.secret
    moved = subscriber.patch(
        f"endpoints/{mine.endpoint_id}", {"address": "https://desk.example/new"}
    )
    assert moved["address"] == "https://desk.example/new"
    assert moved == subscriber.get(f"endpoints/{mine.endpoint_id}")
    owed.refresh_from_db()
    assert (owed.endpoint.address, owed.endpoint.secret) == ("https://desk.example/new", secret)


def test_an_endpoint_moves_to_no_mailbox_and_onto_no_other(subscriber: Caller, owner: User) -> None:
    one, other = records.subscription(owner).endpoint, records.subscription(owner).endpoint
    problem = subscriber.patch(f"endpoints/{one.pk}", {"address": "anna@desk.example"}, status=400)
    assert [field["name"] for field in problem["fields"]] == ["address"]
    problem = subscriber.patch(f"endpoints/{one.pk}", {"address": other.address}, status=422)
    assert problem["type"] == "urn:stanceline:problem:cannot-move"
    other.channel = "email"
    other.save()
    subscriber.patch(f"endpoints/{other.pk}", {"address": "https://desk.example/"}, status=422)
    refused = subscriber.patch(
        f"endpoints/{one.pk}", {"address": "https://desk.example:8443/"}, status=422
    )
    assert "Only the ports 80 and 443" in refused["detail"]


@pytest.mark.parametrize("verb", ["rotate", "retry", "replay"])
def test_what_is_asked_twice_of_an_endpoint_is_done_once(
    subscriber: Caller, owner: User, verb: str
) -> None:
    mine = records.subscription(owner)
    body = {"since": "2024-01-01"} if verb == "replay" else {}
    subscriber.headers["Idempotency-Key"] = "once"
    first, again = (
        subscriber.post(f"endpoints/{mine.endpoint_id}/{verb}", body, status=200) for _ in range(2)
    )
    assert first == again
    subscriber.headers["Idempotency-Key"] = "not\tone"
    subscriber.post(f"endpoints/{mine.endpoint_id}/{verb}", body, status=400)


@pytest.mark.parametrize("verb", ["test", "pause", "resume"])
def test_what_is_asked_twice_of_a_subscription_is_done_once(
    subscriber: Caller, owner: User, verb: str
) -> None:
    path = f"subscriptions/{records.subscription(owner).pk}/{verb}"
    subscriber.headers["Idempotency-Key"] = "once"
    first = subscriber.post(path, {}, status=200)
    assert subscriber.post(path, {}, status=200) == first
    assert KeptAnswer.objects.count() == 1
