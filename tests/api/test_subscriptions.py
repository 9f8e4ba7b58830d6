"""GET, POST and DELETE subscriptions."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from tests.api import records
from tests.api.calling import Caller
from tracker.models import Subscription
from tracker.roles import AccountRole

HOOK = {"channel": "webhook", "address": "https://desk.example/hook"}


def test_a_webhook_is_confirmed_at_once_and_its_secret_shown_once(subscriber: Caller) -> None:
    response = subscriber.posted("subscriptions", HOOK)
    made = response.json()
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert made["secret"].startswith("whsec_")
    assert made["confirmed_at"] is not None
    shown = subscriber.get(response.headers["Location"])
    assert shown == {name: value for name, value in made.items() if name != "secret"}


def test_a_subscription_keeps_its_filters(subscriber: Caller) -> None:
    filters: dict[str, Any] = {
        "actor": records.actor().slug,
        "topic": records.topic().slug,
        "kinds": ["reversal"],
        "directions": ["hardened"],
        "events": ["shift.detected", "shift.withdrawn"],
        "minimum_materiality": 0.5,
        "minimum_confidence": 0.25,
        "note": "for the Karsk desk",
    }
    made = subscriber.post("subscriptions", HOOK | filters)
    assert {name: made[name] for name in filters} == filters


def test_ones_own_mailbox_needs_no_question(subscriber: Caller) -> None:
    body = {"channel": "email", "address": "Owner@desk.example"}
    made = subscriber.post("subscriptions", body)
    assert made["confirmed_at"] is not None
    assert made["secret"] == ""


def test_a_strangers_mailbox_waits_for_its_owner(subscriber: Caller) -> None:
    made = subscriber.post("subscriptions", {"channel": "email", "address": "who@else.example"})
    assert made["confirmed_at"] is None


def test_an_analyst_may_subscribe_a_mailbox_of_the_desk(db: None) -> None:
    analyst = Caller(records.key("subscribe", owner=records.user("anna", role=AccountRole.ANALYST)))
    made = analyst.post("subscriptions", {"channel": "email", "address": "desk@desk.example"})
    assert made["confirmed_at"] is not None


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"address": "not an address"}, "address"),
        ({"address": "https://me:secret@desk.example/"}, "address"),
        ({"channel": "email"}, "address"),
        ({"channel": "pigeon"}, "channel"),
        ({"kinds": ["reversal", "mood"]}, "kinds.1"),
        ({"minimum_materiality": 1.5}, "minimum_materiality"),
        ({"actor": "nobody"}, "actor"),
        ({"owner": 1}, "owner"),
    ],
)
def test_a_field_is_refused_by_name(subscriber: Caller, change: dict[str, Any], name: str) -> None:
    problem = subscriber.post("subscriptions", HOOK | change, status=400)
    assert [field["name"] for field in problem["fields"]] == [name]
    assert not Subscription.objects.exists()


def test_a_webhook_to_which_nothing_could_be_sent_is_refused_unless_it_is_let_through(
    subscriber: Caller, settings: LazySettings
) -> None:
    inside = HOOK | {"address": "https://hooks.example:8443/"}
    problem = subscriber.post("subscriptions", inside, status=422)
    assert "Only the ports 80 and 443" in problem["detail"]
    assert [field["name"] for field in problem["fields"]] == ["address"]
    assert not Subscription.objects.exists()
    settings.FETCH_ALLOW = ["hooks.example:8443"]
    assert subscriber.post("subscriptions", inside)["address"] == inside["address"]


def test_an_end_that_has_passed_is_refused(subscriber: Caller, owner: User) -> None:
    past = {"expires_at": "2001-01-01T00:00:00Z"}
    refused = subscriber.post("subscriptions", HOOK | past, status=422)
    assert [field["name"] for field in refused["fields"]] == ["expires_at"]
    mine = records.subscription(owner)
    subscriber.patch(f"subscriptions/{mine.pk}", past, status=422)
    mine.refresh_from_db()
    assert mine.expires_at is None


def test_only_ones_own_are_listed(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    records.subscription(records.user("other"))
    assert [row["id"] for row in subscriber.get("subscriptions")["results"]] == [mine.pk]


def test_a_foreign_subscription_looks_as_if_it_were_not_there(subscriber: Caller) -> None:
    foreign = records.subscription(records.user("other"))
    seen = subscriber.get(f"subscriptions/{foreign.pk}", status=404)
    absent = subscriber.get(f"subscriptions/{foreign.pk + 1}", status=404)
    assert seen == absent
    subscriber.delete(f"subscriptions/{foreign.pk}", status=404)
    assert Subscription.objects.filter(pk=foreign.pk).exists()


def test_a_subscription_is_ended(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    subscriber.delete(f"subscriptions/{mine.pk}")
    subscriber.get(f"subscriptions/{mine.pk}", status=404)


def test_a_subscription_asks_for_something_else(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner, actor=records.actor(), words="harbour")
    change = {"actor": None, "topic": records.topic().slug, "frequency": "daily", "note": "Karsk"}
    changed = subscriber.patch(f"subscriptions/{mine.pk}", change)
    assert {name: changed[name] for name in change} == change
    assert (changed["words"], changed["channel"]) == ("harbour", "webhook")
    assert changed["next_digest_at"] is not None
    assert changed == subscriber.get(f"subscriptions/{mine.pk}")


@pytest.mark.parametrize("name", ["address", "channel", "backlog_since"])
def test_where_a_subscription_goes_stays(subscriber: Caller, owner: User, name: str) -> None:
    mine = records.subscription(owner)
    problem = subscriber.patch(f"subscriptions/{mine.pk}", {name: "2024-01-01"}, status=400)
    assert [(field["name"], field["code"]) for field in problem["fields"]] == [(name, "unknown")]


@pytest.mark.parametrize("path", ["subscriptions", "saved-searches", "endpoints"])
def test_what_is_another_ones_cannot_be_changed(subscriber: Caller, path: str) -> None:
    other = records.user("other")
    foreign = records.subscription(other)
    numbers = {"subscriptions": foreign.pk, "endpoints": foreign.endpoint_id}
    pk = numbers.get(path) or records.saved_search(other).pk
    assert subscriber.patch(f"{path}/{pk}", {}, status=404) == subscriber.patch(
        f"{path}/{pk + 1}", {}, status=404
    )


def test_a_change_of_an_older_subscription_is_refused(subscriber: Caller, owner: User) -> None:
    mine = records.subscription(owner)
    subscriber.patch(f"subscriptions/{mine.pk}", {"note": "other"}, status=412, version='"x"')
    mine.refresh_from_db()
    assert mine.note == ""
