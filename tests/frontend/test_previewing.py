"""An address that is looked at before its document is stored."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.frontend.record import Record
from tests.servers.site import Answer, Site
from tracker import fetches
from tracker.models import Document, Fetch, FetchedPage
from tracker.models.fetches import PREVIEW_KEPT, PREVIEWS_OF_ONE

HOSTILE = "<title>&lt;script&gt;alert(1)&lt;/script&gt; \u202e</title>"
PAGE = f"""<html><head>{HOSTILE}</head><body><article><p>VELGRAD, July 2, 2024 -
"We will not talk this year," Foreign Minister Ilva Marenko said.</p></article></body></html>"""


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    """A web site with one page."""
    one = Site()
    one.pages["/page"] = Answer(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, one.place]
    yield one
    one.close()


def look_at(desk: Client, record: Record, url: str, **given: str) -> str:
    """Return the page of an address that was given to be looked at, after a tick."""
    words = {"url": url, "source": str(record.source.pk), "preview": "1", **given}
    page: str = desk.post("/add/", words)["Location"]
    fetches.fetch_due(now=timezone.now())
    return page


def test_what_will_be_read_is_shown_and_nothing_is_stored(
    desk: Client, record: Record, site: Site
) -> None:
    page = look_at(desk, record, site.url("/page"))
    html = desk.get(page).content.decode()
    assert desk.get(page + "state.json").json()["state"] == "fetched"
    assert "1 passage of known actors" in html
    assert "2 July 2024" in html
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert not Document.objects.exists()


def test_the_very_bytes_that_were_looked_at_are_stored(
    desk: Client, record: Record, site: Site
) -> None:
    page = look_at(desk, record, site.url("/page"))
    site.pages["/page"] = Answer(b"something else since")
    given = {"source": record.source.pk, "title": "A given title", "said": "2024-07"}
    assert "July 2024" in desk.post(page, {**given, "preview": "1"}).content.decode()
    assert not Document.objects.exists()
    response = desk.post(page, given)
    document = Document.objects.get()
    assert response["Location"] == f"/documents/{document.pk}/"
    assert bytes(document.capture.body) == PAGE.encode()
    assert (document.title, document.given_said) == ("A given title", "2024-07")
    assert document.url == site.url("/page")
    assert len(site.asked) == 1
    assert not FetchedPage.objects.exists()
    assert desk.post(page, given)["Location"] == response["Location"]


def test_errors_stand_in_place_and_the_page_is_still_there(
    desk: Client, record: Record, site: Site
) -> None:
    page = look_at(desk, record, site.url("/page"))
    response = desk.post(page, {"source": record.source.pk, "said": "a while ago"})
    assert response.status_code == 422
    assert "is not an EDTF date" in response.content.decode()
    response = desk.post(page, {"source": record.source.pk, "said": "2999"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "lies in the future" in html
    assert "1 passage of known actors" in html
    assert FetchedPage.objects.exists()


def test_what_cannot_be_read_is_said_where_it_would_be_shown(
    desk: Client, record: Record, site: Site
) -> None:
    site.pages["/noise"] = Answer(b"\x00\x01\x02\xff" * 50)
    html = desk.get(look_at(desk, record, site.url("/noise"))).content.decode()
    assert "Nothing was stored yet" in html
    assert "errorlist" in html


def test_a_page_that_nobody_wants_is_forgotten(desk: Client, record: Record, site: Site) -> None:
    page = look_at(desk, record, site.url("/page"))
    assert desk.post(page + "discard/")["Location"] == "/add/"
    assert not FetchedPage.objects.exists()
    assert "Nothing was stored. It was looked at" in desk.get(page).content.decode()


def test_a_page_is_kept_for_an_hour_only(desk: Client, record: Record, site: Site) -> None:
    page = look_at(desk, record, site.url("/page"))
    fetches.fetch_due(now=timezone.now() + PREVIEW_KEPT + timedelta(seconds=1))
    assert not FetchedPage.objects.exists()
    assert "Correct it and try again" in desk.get(page).content.decode()
    assert desk.post(page, {"source": record.source.pk}).status_code == 200
    assert not Document.objects.exists()


def test_few_pages_are_kept_the_newest(desk: Client, record: Record, site: Site) -> None:
    pages = [look_at(desk, record, site.url("/page")) for _ in range(PREVIEWS_OF_ONE + 2)]
    kept = [f"/fetches/{pk}/" for pk in FetchedPage.objects.values_list("pk", flat=True)]
    assert kept == pages[2:]


def test_programs_do_not_see_what_is_only_looked_at(
    desk: Client, record: Record, ada: User, site: Site
) -> None:
    look_at(desk, record, site.url("/page"))
    pk = Fetch.objects.get().pk
    assert desk.get(f"/api/v1/fetches/{pk}").status_code == 404
    assert desk.get("/api/v1/fetches").json()["results"] == []
