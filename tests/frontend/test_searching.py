"""The search page: what it finds, the uses of a phrase, and that words stay words."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend.searching import HEIGHT, WIDTH, chart
from tests.frontend.record import CLOSED, NOW, OPEN, Record
from tracker.models import Statement
from tracker.search import Month


def text_of(client: Client, **query: Any) -> str:
    response = client.get("/search/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_without_words_the_page_says_how_to_ask(client: Client, record: Record) -> None:
    assert "nothing is stemmed" in text_of(client)


def test_the_words_that_were_looked_for_are_marked(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    html = text_of(client, q="recognises -five")
    assert "<mark>recognises</mark>" in html
    assert f"?open=u{older.pk}#panel" in html
    assert "not ready" not in html


def test_a_phrase_shows_its_first_and_last_use(client: Client, record: Record) -> None:
    record.story()
    html = text_of(client, q='"ready for talks"')
    assert "In 2 passages, said on 2 days" in html
    uses = html.split("First use")[1]
    first, last = uses.split("Last use")[0], uses.split("Last use")[1].split("</section>")[0]
    assert "1 March 2024" in first
    assert "between 1 March 2025 and 20 March 2025" in last
    assert html.count('<rect class="bar"') == 2
    assert '<text class="most" x="20" y="14">1</text>' in html


def test_words_apart_are_no_phrase(client: Client, record: Record) -> None:
    record.story()
    html = text_of(client, q="ready OR talks")
    assert "First use" not in html
    assert "<mark>" in html


def test_a_search_leads_to_a_subscription_to_its_words_and_filters(
    desk: Client, record: Record
) -> None:
    html = text_of(desk, q='"ready for talks"', actor="ilva-marenko")
    link = "/subscriptions/new/?actor=ilva-marenko&amp;words=ready+for+talks"
    assert f'href="{link}"' in html
    form = desk.get(link.replace("&amp;", "&")).content.decode()
    assert 'value="ready for talks"' in form
    assert '<option value="ilva-marenko" selected>' in form


def test_a_search_that_no_subscription_can_say_has_no_such_link(
    desk: Client, record: Record
) -> None:
    for words in ("ready OR talks", "ready -talks", "read*", "!"):
        assert "subscriptions/new/?" not in text_of(desk, q=words)


def test_an_actor_narrows_both_the_list_and_the_uses(client: Client, record: Record) -> None:
    record.story()
    assert "<mark>ready</mark>" in text_of(client, q="ready", actor="ilva-marenko")
    assert "Select a valid choice" in text_of(client, q="ready", actor="nobody")


def test_days_and_the_instant_narrow_the_search(client: Client, record: Record) -> None:
    record.story()
    assert CLOSED[:20] not in text_of(client, q="districts", until="2024-12-31")
    assert "No statement holds these words" in text_of(client, q="districts", known_at="2020-01-01")


def test_nothing_found_says_how_words_are_looked_for(client: Client, record: Record) -> None:
    assert "does not find" in text_of(client, q="submarine")


@pytest.mark.parametrize("words", ["-only", '"', "***", "\0", "a" * 501, "OR", "\ud83d", "%_'"])
def test_any_words_get_an_answer(client: Client, record: Record, words: str) -> None:
    record.story()
    assert client.get("/search/", {"q": words.encode("utf-8", "replace")}).status_code == 200


@pytest.mark.parametrize("after", ["x", "2024-01-01.x", "2024-99-99.1", "9" * 40])
def test_a_place_that_no_page_gave_shows_the_first_page(
    client: Client, record: Record, after: str
) -> None:
    record.story()
    assert "<mark>ready</mark>" in text_of(client, q="ready", after=after)


def test_older_statements_are_a_page_further(client: Client, record: Record) -> None:
    record.many(40)
    html = text_of(client, q="river")
    assert "9 February 2012" in html
    link = html.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    older = client.get(f"/search/{link.replace('&amp;', '&')}").content.decode()
    assert "1 January 2012" in older
    assert 'rel="next"' not in older


def test_hostile_words_are_only_words(client: Client, record: Record) -> None:
    record.utterance("<script>alert(1)</script> \u202eriver", "2024-03-01")
    html = text_of(client, q="<script>alert(1)</script>")
    assert "<script>alert" not in html
    assert "\u202e" not in html


def test_the_number_of_queries_does_not_grow(client: Client, record: Record) -> None:
    record.story()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/search/?q=ready&actor=ilva-marenko").status_code == 200
        return len(captured)

    before = queries()
    record.many(12)
    # PostgreSQL is asked for its estimate and told its time besides, for each of four searches.
    assert queries() == before <= (35 if connection.vendor == "postgresql" else 15)


def test_a_statement_without_a_day_is_found(client: Client, record: Record) -> None:
    spoken = record.statement(OPEN, "2024-03-01", topic=None)
    Statement.objects.filter(pk=spoken.pk).update(
        said_edtf="", said_earliest=None, said_latest=None, recorded_at=NOW
    )
    assert "day not known" in text_of(client, q="recognises")


def test_the_bars_of_a_long_time_lie_on_one_axis_of_years() -> None:
    bars, years = chart([Month("2003-11", 1, 1), Month("2024-02", 8, 3)])
    assert [year for _, year in years] == list(range(2003, 2025, 3))
    assert bars[0].x < bars[1].x < WIDTH
    assert bars[1].height == HEIGHT
    assert bars[0].height == HEIGHT / 8


def test_no_uses_draw_nothing() -> None:
    assert chart([]) == ([], [])
