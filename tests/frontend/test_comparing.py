"""Two things side by side: utterances by number or by day, as of an instant, and documents."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.frontend.record import CLOSED, NOW, OPEN, Record
from tracker.models import Actor, FormerUtterance, Stance
from tracker.rendering import utterance_content

WHO = {"actor": "ilva-marenko", "topic": "negotiations"}
LATER = NOW + timedelta(days=10)


def text_of(client: Client, url: str, **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_compare_gives_the_verdict_and_both_passages(client: Client, record: Record) -> None:
    older, newer, shift = record.story()
    html = text_of(client, "/compare/", older=older.pk, newer=newer.pk)
    assert "Today's detector" in html
    assert f"/shifts/{shift.pk}/" in html
    assert f"/brief/?shift={shift.pk}" in html
    assert "<del>" in html


def test_compare_draws_no_confetti(client: Client, record: Record) -> None:
    older = record.utterance(OPEN, "2024-03-01")
    newer = record.utterance("Nobody in Velgrad will sign anything about Karsk.", "2024-04-01")
    html = text_of(client, "/compare/", older=older.pk, newer=newer.pk)
    assert "Said anew in other words" in html
    assert "<del>" not in html
    assert '<mark class="' in html


def test_what_decides_is_marked_in_a_restated_pair(client: Client, record: Record) -> None:
    words = "We have said it in plain language. Ostravia is ready for talks with Karsk."
    older = record.utterance(words, "2024-03-01")
    newer = record.utterance("Ostravia was not ready for any talks at all", "2024-04-01")
    html = text_of(client, "/compare/", older=older.pk, newer=newer.pk)
    assert len(re.findall('<mark class="differs">(?:not )?ready</mark>', html)) == 2


def test_comparing_changes_nothing(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    before = record.stance.shifts.count()
    text_of(client, "/compare/", older=newer.pk, newer=older.pk)
    assert record.stance.shifts.count() == before


def test_two_days_lead_to_the_pair_that_was_last_said_by_then(
    client: Client, record: Record
) -> None:
    older, newer, _ = record.story()
    days = {**WHO, "said_until": "2024-12-31", "other_said_until": "2025-12-31"}
    response = client.get("/compare/", days)
    assert response["Location"] == f"/compare/?older={older.pk}&newer={newer.pk}"


def test_a_day_before_the_first_word_is_named_beside_its_field(
    client: Client, record: Record
) -> None:
    record.story()
    days = {**WHO, "said_until": "2020-01-01", "other_said_until": "2025-12-31"}
    assert "Nothing on this topic is recorded" in text_of(client, "/compare/", **days)


def test_compare_without_valid_numbers_offers_the_form(client: Client, record: Record) -> None:
    assert "Enter a whole number" in text_of(client, "/compare/", older="x", newer="1")


def test_one_day_for_two_actors_leads_to_what_each_had_last_said(
    client: Client, record: Record
) -> None:
    _, newer, _ = record.story()
    other = Actor.objects.create(slug="anders-holmvik", name="Anders Holmvik")
    record.actor, record.stance = other, Stance.objects.create(actor=other, topic=record.topic)
    his = record.utterance(CLOSED, "2025-02-01")
    query = {**WHO, "said_until": "2025-12-31", "other_actor": other.slug}
    response = client.get("/compare/", query)
    assert response["Location"] == f"/compare/?older={newer.pk}&newer={his.pk}"
    assert "two stances, so no verdict" in text_of(client, response["Location"])


def rewritten(record: Record) -> tuple[int, int]:
    """Write a pair whose older side showed other words until `LATER`."""
    older, newer, _ = record.story()
    content = utterance_content(older) | {"text": CLOSED, "canonical": newer.canonical_id}
    FormerUtterance.objects.create(
        utterance=older, content=content, recorded_at=NOW, retracted_at=LATER
    )
    older.content_since = LATER
    older.save()
    return older.pk, newer.pk


def test_as_of_an_instant_each_side_gives_the_words_that_it_showed_then(
    client: Client, record: Record
) -> None:
    older, newer = rewritten(record)
    pair = {"older": older, "newer": newer}
    now = text_of(client, "/compare/", **pair)
    then = text_of(client, "/compare/", known_at=NOW.isoformat(), **pair)
    assert "<del>" in now
    assert "<del>" not in then
    assert "the words that this record held at" in then


def test_what_was_not_held_at_an_instant_cannot_be_compared(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    before = (NOW - timedelta(days=1)).isoformat()
    query: dict[str, str | int] = {"older": older.pk, "newer": newer.pk, "known_at": before}
    assert client.get("/compare/", query).status_code == 404


def test_the_day_and_the_instant_reach_the_pair_together(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    query = {**WHO, "said_until": "2024-12-31", "other_said_until": "2025-12-31"}
    response = client.get("/compare/", {**query, "known_at": "2026-01-06"})
    assert (
        response["Location"] == f"/compare/?older={older.pk}&newer={newer.pk}&known_at=2026-01-06"
    )


def test_each_side_leads_to_its_neighbours(client: Client, record: Record) -> None:
    first = record.utterance(f"{OPEN} Once more.", "2023-01-01")
    older, newer, _ = record.story()
    html = text_of(client, "/compare/", older=older.pk, newer=newer.pk)
    assert f"?older={first.pk}&amp;newer={newer.pk}" in html


def test_two_documents_are_laid_side_by_side_by_what_they_attribute(
    client: Client, record: Record
) -> None:
    older = record.utterance(OPEN, "2024-03-01")
    told = record.statement(OPEN.replace("four", "five"), "2024-03-01")
    record.attest(older, told)
    other = record.statement("The harbour stays closed to all ships.", "2024-03-01")
    lonely = record.statement(CLOSED, "2024-03-01", document=told.document, start=3, end=9)
    query = {"document": older.canonical.document_id, "other_document": told.document_id}
    html = text_of(client, "/compare/", **query)
    assert "one utterance, two reports" in html
    assert "<ins>five</ins>" in html or "<ins>five" in html
    assert f"#c{lonely.start}" in html
    alone = {"document": other.document_id, "other_document": older.canonical.document_id}
    assert "No passage of the one has a counterpart" in text_of(client, "/compare/", **alone)


def test_alike_passages_of_two_occasions_get_a_verdict(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    query = {
        "document": older.canonical.document_id,
        "other_document": newer.canonical.document_id,
    }
    assert "reversal" in text_of(client, "/compare/", **query)


@pytest.mark.parametrize("number", ["9", "x", str(10**30)])
def test_a_document_that_is_not_there_is_said_so(
    client: Client, record: Record, number: str
) -> None:
    older, _, _ = record.story()
    query = {"document": str(older.canonical.document_id), "other_document": number}
    response = client.get("/compare/", query)
    assert response.status_code == 404 or "errorlist" in response.content.decode()


def test_two_documents_take_as_many_queries_however_much_they_say(
    client: Client, record: Record
) -> None:
    one, other = (record.statement(OPEN, "2024-03-01").document for _ in range(2))
    url = f"/compare/?document={one.pk}&other_document={other.pk}"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    before = queries()
    for number in range(12):
        for document in (one, other):
            place = {"document": document, "start": number, "end": number + 5}
            record.statement(f"{OPEN} {number}", "2024-03-01", **place)
    assert queries() == before <= 8
