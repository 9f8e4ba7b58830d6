"""Documents that are given by their address: ordered by a request, fetched by a tick."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.api import records
from tests.api.calling import Caller
from tests.servers.site import Answer, Site
from tracker import fetches
from tracker.models import Document, Fetch
from tracker.models.fetches import FETCH_TRIES

PAGE = b"""<html><head><title>On the harbour</title></head><body><article><p>VELGRAD, July 2, 2024 -
"We will not talk this year," Foreign Minister Ilva Marenko said.</p></article></body></html>"""


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    """A web site with one page."""
    one = Site()
    one.pages["/page"] = Answer(PAGE)
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, one.place]
    yield one
    one.close()


def _give(writer: Caller, url: str, **about: str) -> Any:
    body = {"source": records.source().slug, "url": url} | about
    return writer.post("documents", body, status=202)


def test_nothing_is_fetched_while_a_request_waits(writer: Caller, site: Site) -> None:
    given = _give(writer, site.url("/page"))
    assert (given["state"], given["document"], site.asked) == ("waiting", None, [])


def test_a_tick_fetches_it_and_the_place_to_follow_says_so(writer: Caller, site: Site) -> None:
    given = _give(writer, site.url("/page"), title="A given title", said="2024-07")
    assert fetches.fetch_due(now=timezone.now()) == 1
    found = writer.get(f"fetches/{given['id']}")
    assert (found["state"], found["problem"]) == ("stored", "")
    document = writer.get(f"documents/{found['document']}")
    assert (document["title"], document["url"]) == ("A given title", site.url("/page"))
    assert "We will not talk this year" in document["text"]
    assert fetches.fetch_due(now=timezone.now()) == 0


def test_a_machine_that_is_not_public_is_not_asked(writer: Caller) -> None:
    given = _give(writer, "http://127.0.0.1/page")
    fetches.fetch_due(now=timezone.now())
    found = writer.get(f"fetches/{given['id']}")
    assert (found["state"], found["code"]) == ("refused", "private_address")
    assert not Document.objects.exists()


def test_what_may_go_better_later_is_tried_again_and_then_given_up(
    writer: Caller, site: Site
) -> None:
    site.pages["/page"] = Answer(status=503)
    given = _give(writer, site.url("/page"))
    now = timezone.now()
    for attempt in range(1, FETCH_TRIES + 1):
        fetches.fetch_due(now=now)
        found = writer.get(f"fetches/{given['id']}")
        assert found["state"] == ("refused" if attempt == FETCH_TRIES else "waiting")
        assert "503" in found["problem"]
        assert fetches.fetch_due(now=now) == 0
        now += timedelta(hours=1)
    assert len(site.asked) == FETCH_TRIES


def test_a_worker_that_dies_each_time_is_not_tried_for_ever(db: None) -> None:
    now = timezone.now()
    fetch = fetches.order("https://velgrad.example/1", source=records.source(), by=None, now=now)
    for _ in range(FETCH_TRIES):
        assert Fetch.objects.claim(fetch, now)
        assert not Fetch.objects.claim(fetch, now)
        now += timedelta(hours=1)
    assert fetches.fetch_due(now=now) == 0
    fetch.refresh_from_db()
    assert (fetch.state, fetch.code) == ("refused", "gave_up")


def test_a_claim_that_was_lost_stores_nothing(writer: Caller, site: Site) -> None:
    _give(writer, site.url("/page"))
    now = timezone.now()
    slow = Fetch.objects.get()
    Fetch.objects.claim(slow, now)
    fast = Fetch.objects.get()
    Fetch.objects.claim(fast, now + timedelta(hours=1))
    page = fetches._ask(site.url("/page"))
    assert fetches._store(slow, page, now) == 0
    assert fetches._store(fast, page, now) == 1


def test_the_same_bytes_under_two_addresses_are_one_document(writer: Caller, site: Site) -> None:
    site.pages["/copy"] = Answer(PAGE)
    for path in ("/page", "/copy"):
        _give(writer, site.url(path))
    assert fetches.fetch_due(now=timezone.now()) == 1
    assert {row.document_id for row in Fetch.objects.all()} == {Document.objects.get().pk}


def test_fetches_are_listed_by_state_and_source(writer: Caller) -> None:
    given = _give(writer, "https://velgrad.example/1")
    for query, found in (
        ({"state": "waiting"}, [given]),
        ({"state": "refused"}, []),
        ({"state": "stored"}, []),
        ({"source": "velgrad-wire"}, [given]),
    ):
        assert writer.get("fetches", query)["results"] == found
