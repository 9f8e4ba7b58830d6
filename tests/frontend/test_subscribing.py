"""Subscriptions on the pages: made from a view, tried out, changed, ended; dead letters."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.frontend.record import NOW, Record
from tests.tracker.records import subscription
from tracker import alerts, roles
from tracker.models import Delivery, Endpoint, Event, Preferences, Subscription

LIST, NEW, MESSAGES = "/subscriptions/", "/subscriptions/new/", "/deliveries/"
STANCE = "/stances/ilva-marenko/negotiations/"


def wish(**fields: Any) -> dict[str, Any]:
    given = {"channel": "email", "address": "eve@example.org", "frequency": "immediate"}
    return {**given, "time_zone": "UTC", **fields}


def dead(owned_by: User) -> Delivery:
    made = subscription(owner=owned_by)
    letter = alerts.send_test(made, now=NOW)
    Delivery.objects.filter(pk=letter.pk).update(
        dead_at=NOW, attempts=10, problem="the receiver answers 500"
    )
    return letter


def test_the_filters_of_a_view_are_carried_over(hers: Client, record: Record) -> None:
    html = hers.get(STANCE).content.decode()
    assert "/subscriptions/new/?actor=ilva-marenko&amp;topic=negotiations" in html
    html = hers.get("/shifts/", {"kind": "reversal", "topic": "negotiations"}).content.decode()
    assert "/subscriptions/new/?kind=reversal&amp;topic=negotiations" in html
    form = hers.get(NEW, {"kind": "reversal", "topic": "negotiations"}).context["form"]
    assert form.initial["kinds"] == ["reversal"]
    assert form["topic"].value() == "negotiations"
    assert form["address"].value() == "eve@example.org"


def test_a_subscription_is_made_for_ones_own_mailbox_at_once(hers: Client, eve: User) -> None:
    response = hers.post(NEW, wish(actor="ilva-marenko", kinds=["reversal"], note="for the desk"))
    made = Subscription.objects.get()
    assert response["Location"] == f"/subscriptions/{made.pk}/"
    assert (made.owner, made.kinds, made.note) == (eve, ["reversal"], "for the desk")
    assert made.actor is not None
    assert made.state == "active"


def test_a_strangers_mailbox_is_asked_first(hers: Client) -> None:
    response = hers.post(NEW, wish(address="bo@example.org"), follow=True)
    assert "The mailbox is asked first" in response.content.decode()
    assert Subscription.objects.get().state == "unconfirmed"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address": "nobody"}, "valid email address"),
        ({"channel": "webhook", "address": "ftp://x.example"}, "valid URL"),
        ({"channel": "webhook", "address": "https://x.example:8443/"}, "Only the ports 80 and 443"),
        ({"expires_at": "2001-01-01T00:00"}, "It would have ended already"),
        ({"address": ""}, "Say where messages go"),
        ({"minimum_materiality": "7"}, "less than or equal to 1"),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"kinds": ["nonsense"]}, "Select a valid choice"),
        ({"channel": "webhook", "address": "https://x.example/" + "a" * 1990}, "2000 characters"),
    ],
    ids=["mailbox", "webhook", "port", "end", "none", "share", "zone", "kind", "long"],
)
def test_what_is_wrong_is_said_in_place_and_nothing_is_lost(
    hers: Client, fields: dict[str, Any], words: str
) -> None:
    response = hers.post(NEW, wish(note="my note", **fields))
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert 'value="my note"' in html
    assert not Subscription.objects.exists()


def test_a_preview_shows_what_it_would_have_sent_and_stores_nothing(
    hers: Client, record: Record
) -> None:
    _, _, shift = record.story()
    Event.objects.create(kind=Event.Kind.DETECTED, shift=shift, at=timezone.now())
    html = hers.post(NEW, wish(preview="1", kinds=["reversal"])).content.decode()
    assert "1 event, in 1 message" in html
    html = hers.post(NEW, wish(preview="1", kinds=["softening"])).content.decode()
    assert "It would have sent nothing" in html
    assert not Subscription.objects.exists()


def test_a_subscription_is_changed_and_a_new_frequency_begins_a_period(
    hers: Client, eve: User
) -> None:
    made = subscription(owner=eve)
    hers.post(f"{LIST}{made.pk}/", wish(frequency="daily", words="river districts"))
    made.refresh_from_db()
    assert (made.frequency, made.words) == ("daily", "river districts")
    assert made.period_until is not None
    hers.post(f"{LIST}{made.pk}/", wish(words="bases"))
    again = Subscription.objects.get()
    assert (again.frequency, again.period_until, again.words) == ("immediate", None, "bases")


def test_a_subscription_ends_by_itself_and_says_so(hers: Client, eve: User) -> None:
    hers.post(NEW, wish(expires_at="2099-06-01T09:30", time_zone="Europe/Berlin"))
    made = Subscription.objects.get()
    assert made.expires_at == datetime(2099, 6, 1, 9, 30, tzinfo=UTC)
    page = hers.get(f"{LIST}{made.pk}/").content.decode()
    assert 'value="2099-06-01T09:30"' in page
    assert "until" in page
    response = hers.post(f"{LIST}{made.pk}/", wish(expires_at="2001-01-01T00:00"))
    assert (response.status_code, Subscription.objects.get().expires_at) == (422, made.expires_at)
    Subscription.objects.update(expires_at=NOW)
    assert '<span class="status expired">expired</span>' in hers.get(LIST).content.decode()
    hers.post(f"{LIST}{made.pk}/", wish(expires_at=""))
    assert Subscription.objects.get().expires_at is None


def test_a_subscription_is_paused_goes_on_and_ends(hers: Client, eve: User) -> None:
    made = subscription(owner=eve)
    for verb, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        hers.post(f"{LIST}{made.pk}/{verb}/")
        assert Subscription.objects.get().state == state


def test_a_test_message_is_owed(hers: Client, eve: User) -> None:
    made = subscription(owner=eve)
    hers.post(f"{LIST}{made.pk}/test/")
    assert Delivery.objects.get().notice == Delivery.Notice.TEST
    assert "A test" in hers.get(f"{LIST}{made.pk}/").content.decode()


def test_what_cannot_be_tested_says_why(hers: Client, eve: User) -> None:
    made = subscription(owner=eve, confirmed_at=None)
    response = hers.post(f"{LIST}{made.pk}/test/", follow=True)
    assert "has not agreed" in response.content.decode()
    assert not Delivery.objects.exists()


def test_a_dead_letter_is_sent_again_under_its_old_id(hers: Client, eve: User) -> None:
    letter = dead(eve)
    html = hers.get(MESSAGES, {"state": "dead"}).content.decode()
    assert "the receiver answers 500" in html
    assert f"/deliveries/{letter.pk}/retry/" in html
    hers.post(f"/deliveries/{letter.pk}/retry/")
    again = Delivery.objects.get()
    assert (again.state, again.attempts, again.message_id) == ("owed", 0, letter.message_id)
    response = hers.post(f"/deliveries/{letter.pk}/retry/", follow=True)
    assert "It is still to be sent" in response.content.decode()


def test_messages_that_were_sent_are_sent_again_one_or_those_of_some_days(
    hers: Client, eve: User
) -> None:
    place = subscription(owner=eve).endpoint
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    letters = [
        Delivery.objects.create(
            endpoint=place, notice="subscription.test", created_at=day, next_try_at=day, sent_at=day
        )
        for day in days
    ]
    Endpoint.objects.update(last_success_at=NOW)
    assert f"/endpoints/{place.pk}/replay/" in hers.get(LIST).content.decode()
    assert f"/deliveries/{letters[0].pk}/retry/" in hers.get(MESSAGES).content.decode()
    hers.post(f"/deliveries/{letters[0].pk}/retry/")
    assert [one.pk for one in Delivery.objects.owed()] == [letters[0].pk]
    again = f"/endpoints/{place.pk}/replay/"
    wrong = hers.post(again, {"since": "2026-03-03", "until": "2026-03-02"}, follow=True)
    assert "two in their order" in wrong.content.decode()
    hers.post(again, {"since": "2026-03-02", "until": "2026-03-02"})
    assert [one.pk for one in Delivery.objects.owed()] == [one.pk for one in letters[:2]]
    done = hers.post(again, {"since": "2026-03-01"}, follow=True)
    assert "1 messages are sent again" in done.content.decode()


def test_a_place_that_was_switched_off_is_shown_and_switched_on_again(
    hers: Client, eve: User
) -> None:
    place = dead(eve).endpoint
    Endpoint.objects.filter(pk=place.pk).update(disabled_at=NOW, disabled_because="gone (410)")
    html = hers.get(LIST).content.decode()
    assert "gone (410)" in html
    assert "1 dead letter" in html
    hers.post(f"/endpoints/{place.pk}/enable/")
    assert Endpoint.objects.get().state != "disabled"
    assert Delivery.objects.get().state == "owed"


def test_a_webhooks_secret_is_renewed(hers: Client, eve: User) -> None:
    place = subscription(owner=eve).endpoint
    before = place.secret
    hers.post(f"/endpoints/{place.pk}/secret/")
    place.refresh_from_db()
    assert place.secret != before == place.previous_secret


def test_what_is_anothers_is_not_there_except_for_administrators(
    client: Client, eve: User, ada: User
) -> None:
    letter = dead(eve)
    made = Subscription.objects.get()
    pages = [f"{LIST}{made.pk}/"]
    forms = [f"{LIST}{made.pk}/end/", f"/deliveries/{letter.pk}/retry/"]
    forms += [f"/endpoints/{letter.endpoint_id}/{verb}/" for verb in ("enable", "secret")]
    client.force_login(ada)
    assert [client.get(url).status_code for url in pages] == [404]
    assert [client.post(url).status_code for url in [*pages, *forms]] == [404] * 5
    assert letter.endpoint.secret not in client.get(LIST).content.decode()
    roles.give(ada, roles.AccountRole.ADMINISTRATOR)
    assert [client.get(url).status_code for url in pages] == [200]
    assert [client.post(url).status_code for url in forms] == [302] * 4


def test_strangers_are_sent_to_the_login_and_looking_changes_nothing(
    client: Client, eve: User
) -> None:
    letter = dead(eve)
    made = Subscription.objects.get()
    acts = [f"{LIST}{made.pk}/{verb}/" for verb in ("pause", "resume", "end", "test")]
    acts += [f"/deliveries/{letter.pk}/retry/", f"/endpoints/{letter.endpoint_id}/enable/"]
    for url in (LIST, NEW, MESSAGES, f"{LIST}{made.pk}/"):
        assert client.get(url)["Location"].startswith("/login/"), url
    client.force_login(eve)
    assert [client.get(url).status_code for url in acts] == [405] * len(acts)


def test_the_pages_take_as_many_queries_however_much_there_is(
    hers: Client, eve: User, record: Record
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert hers.get(url).status_code == 200
        return len(captured)

    _, _, shift = record.story()
    shift.evidence = {"older": [0, 9], "newer": [0, 9], "counterfactual": ""}
    shift.save()
    dead(eve)
    made = Subscription.objects.get()
    event = Event.objects.create(kind=Event.Kind.DETECTED, shift=shift, at=timezone.now())
    alerts.owe([event], now=timezone.now())
    most = {LIST: 9, NEW: 8, MESSAGES: 8, f"{LIST}{made.pk}/": 17}
    before = {url: queries(url) for url in most}
    for _ in range(6):
        dead(eve)
    confirmed = Event.objects.create(kind=Event.Kind.CONFIRMED, shift=shift, at=timezone.now())
    alerts.owe([confirmed], now=timezone.now())
    for url, limit in most.items():
        assert queries(url) == before[url] <= limit, url


# --- Settings -----------------------------------------------------------------------------------

SETTINGS = "/settings/"


def test_the_time_zone_is_kept_and_new_subscriptions_begin_with_it(hers: Client, eve: User) -> None:
    hers.post(SETTINGS, {"change": "zone", "time_zone": "Europe/Berlin"})
    assert Preferences.objects.get().time_zone == "Europe/Berlin"
    assert hers.get(NEW).context["form"]["time_zone"].value() == "Europe/Berlin"
    response = hers.post(SETTINGS, {"change": "zone", "time_zone": "Mars"})
    assert response.status_code == 422
    assert "is no time zone" in response.content.decode()


def test_the_password_is_changed_and_the_session_goes_on(client: Client, ada: User) -> None:
    client.force_login(ada)
    words = {"old_password": "a long password", "new_password1": "an even longer one"}
    given = {"change": "password", **words, "new_password2": "an even longer one"}
    assert client.post(SETTINGS, {**given, "old_password": "wrong"}).status_code == 422
    client.post(SETTINGS, given)
    ada.refresh_from_db()
    assert ada.check_password("an even longer one")
    assert client.get(SETTINGS).status_code == 200


def test_a_key_is_shown_once_and_revoked(hers: Client, eve: User) -> None:
    made = hers.post(SETTINGS, {"change": "key", "name": "the script", "scopes": ["subscribe"]})
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert secret not in hers.get(SETTINGS).content.decode()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/subscriptions/", headers=bearer).status_code == 200
    hers.post(f"/settings/keys/{eve.api_keys.get().pk}/revoke/")
    assert Client().get("/api/v1/subscriptions/", headers=bearer).status_code == 401


def test_a_key_opens_no_more_than_its_owner_may(hers: Client, eve: User) -> None:
    response = hers.post(SETTINGS, {"change": "key", "name": "script", "scopes": ["write"]})
    assert response.status_code == 422
    assert not eve.api_keys.exists()


def test_an_editor_makes_a_key_that_edits(hers: Client, eve: User) -> None:
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    hers.post(SETTINGS, {"change": "key", "name": "the script", "scopes": ["edit"]})
    assert eve.api_keys.get().scopes == ["edit"]


def test_a_key_of_another_cannot_be_revoked(client: Client, eve: User, ada: User) -> None:
    key, _ = eve.api_keys.issue(owner=eve, name="x", scopes=["read"], now=NOW)
    client.force_login(ada)
    assert client.post(f"/settings/keys/{key.pk}/revoke/").status_code == 404
