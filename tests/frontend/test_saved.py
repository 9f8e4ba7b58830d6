"""Saved searches on the pages: made from a view, renamed, followed, subscribed to, deleted."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.frontend.record import NOW, Record
from tests.frontend.test_subscribing import STANCE, wish
from tracker.models import Actor, Delivery, Event, SavedSearch, Shift, Subscription

LIST, NEW = "/saved/", "/saved/new/"
HOSTILE = "<script>alert(1)</script> \u202eb"


def keep(client: Client, name: str = "Hard turns", **fields: Any) -> SavedSearch:
    """Return the saved search that somebody makes on the page."""
    assert client.post(NEW, {"name": name, **fields}).status_code == 302
    return SavedSearch.objects.get(name=name)


def test_the_filters_of_a_view_are_carried_over(hers: Client, record: Record) -> None:
    record.story()
    html = hers.get("/shifts/", {"kind": "reversal", "topic": "negotiations"}).content.decode()
    assert "/saved/new/?kind=reversal&amp;topic=negotiations" in html
    found = hers.get("/search/", {"q": '"ready for" -war talk*', "actor": "ilva-marenko"})
    assert found.context["kept"] == "actor=ilva-marenko&words=ready+for"
    form = hers.get(f"{NEW}?kind=reversal&words=ready&actor=ilva-marenko").context["form"]
    assert form["kinds"].value() == ["reversal"]
    assert form["actors"].value() == ["ilva-marenko"]
    assert form["words"].value() == "ready"


def test_a_view_names_feeds_with_its_filters_and_what_was_withdrawn(
    client: Client, record: Record
) -> None:
    _, _, shift = record.story()
    shift.status, shift.withdrawn_at = Shift.Status.WITHDRAWN, NOW
    shift.save()
    for page in ("/", STANCE, "/actors/ilva-marenko/", "/topics/negotiations/"):
        for address in _feeds(client, page):
            assert f"/shifts/{shift.pk}/" in client.get(address).content.decode()
    for address in _feeds(client, "/shifts/?kind=softening&topic=negotiations&page=1"):
        assert f"/shifts/{shift.pk}/" not in client.get(address).content.decode()


def _feeds(client: Client, page: str) -> list[str]:
    links = re.findall(
        r'<link rel="alternate"[^>]* href="([^"]*)"', client.get(page).content.decode()
    )
    assert len(links) == 2
    return [unescape(link) for link in links]


def test_one_is_kept_renamed_and_shows_what_it_finds(hers: Client, record: Record) -> None:
    _, _, shift = record.story()
    found = keep(hers, kinds=["reversal"], actors=["ilva-marenko"], minimum_sources="")
    page = f"{LIST}{found.pk}/"
    html = hers.get(page).content.decode()
    assert "It finds 1 shift<" in html
    assert f'href="/shifts/{shift.pk}/"' in html
    hers.post(page, {"name": "Softer", "kinds": ["softening"], "minimum_confidence": "0.5"})
    found.refresh_from_db()
    assert (found.name, found.kinds, found.minimum_confidence) == ("Softer", ["softening"], 0.5)
    assert not found.actors.exists()
    assert "It finds 0 shifts" in hers.get(page).content.decode()


def test_its_feed_opens_without_a_login(hers: Client, record: Record) -> None:
    _, _, shift = record.story()
    found = keep(hers)
    feed = hers.get(f"{LIST}{found.pk}/").context["feed"]
    answer = Client().get(feed.removeprefix("http://testserver"))
    assert answer.status_code == 200
    assert f"/shifts/{shift.pk}" in answer.content.decode()


def test_it_is_subscribed_to_and_deleting_it_ends_that(hers: Client) -> None:
    found = keep(hers)
    form = hers.get("/subscriptions/new/", {"saved_search": found.pk}).context["form"]
    assert form["saved_search"].value() == str(found.pk)
    hers.post("/subscriptions/new/", wish(saved_search=found.pk))
    assert Subscription.objects.get().saved_search == found
    assert "1 subscription to it ends with it" in hers.get(f"{LIST}{found.pk}/").content.decode()
    assert hers.post(f"{LIST}{found.pk}/delete/")["Location"] == LIST
    assert not SavedSearch.objects.exists()
    assert not Subscription.objects.exists()


def test_a_name_that_is_taken_or_missing_is_said_in_place(hers: Client) -> None:
    keep(hers, "One")
    other = keep(hers, "Other")
    for url in (NEW, f"{LIST}{other.pk}/"):
        response = hers.post(url, {"name": "One", "words": "my words"})
        assert response.status_code == 422
        assert "a saved search of this name already" in response.content.decode()
        assert 'value="my words"' in response.content.decode()
    assert "Give it a name" in hers.post(NEW, {}).content.decode()
    assert set(SavedSearch.objects.values_list("name", flat=True)) == {"One", "Other"}


def test_those_of_others_are_not_there(hers: Client, ada: User) -> None:
    foreign = SavedSearch.objects.create(owner=ada, name="hers", created_at=timezone.now())
    page = f"{LIST}{foreign.pk}/"
    answers = [hers.get(page), hers.post(page, {"name": "x"}), hers.post(page + "delete/")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert "hers" not in hers.get(LIST).content.decode().split("<main")[1]
    response = hers.post("/subscriptions/new/", wish(saved_search=foreign.pk))
    assert "Select a valid choice" in response.content.decode()
    for url in (LIST, NEW, page):
        assert Client().get(url)["Location"].startswith("/login/"), url


def test_hostile_names_and_words_are_only_text(hers: Client) -> None:
    found = keep(hers, HOSTILE, words=HOSTILE)
    for url in (LIST, f"{LIST}{found.pk}/", "/subscriptions/new/"):
        html = hers.get(url).content.decode()
        assert "<script>alert" not in html, url
        shown = html.split('<form class="stack"')[0]  # a field gives back what was typed
        assert "\u202e" not in shown, url


def test_the_pages_take_as_many_queries_however_many_there_are(
    hers: Client, record: Record
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert hers.get(url).status_code == 200
        return len(captured)

    record.story()
    found = keep(hers, actors=["ilva-marenko"], topics=["negotiations"])
    most = {LIST: 9, NEW: 8, f"{LIST}{found.pk}/": 14, f"/subscriptions/new/?saved={found.pk}": 9}
    before = {url: queries(url) for url in most}
    Actor.objects.create(slug="bo", name="Bo")
    for number in range(5):
        keep(hers, f"{number}", actors=["ilva-marenko", "bo"], topics=["negotiations"])
        older, newer = (record.utterance(f"{number} {day}", day) for day in ("2024-03", "2024-04"))
        record.shift(older, newer, "reversal")
    for url, limit in most.items():
        assert queries(url) == before[url] <= limit, url


@pytest.mark.parametrize(("days", "told"), [("", 0), ("7", 1)])
def test_a_new_subscription_begins_with_a_backlog_only_if_asked(
    hers: Client, record: Record, days: str, told: int
) -> None:
    _, _, shift = record.story()
    shift.evidence = {"older": [0, 9], "newer": [0, 9], "counterfactual": ""}
    shift.save()
    Event.objects.create(kind=Event.Kind.DETECTED, shift=shift, at=timezone.now())
    page = hers.post("/subscriptions/new/", wish(backlog=days))["Location"]
    assert Delivery.objects.filter(digest__kind="backlog").count() == told
    assert ("it began with a summary" in hers.get(page).content.decode()) is bool(told)
