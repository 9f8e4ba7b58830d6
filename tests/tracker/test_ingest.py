"""A document on its way in: stored once, read once, corrected without losing anything."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.tracker.records import (
    NOW,
    READY,
    known_people,
    later,
    read_all,
    row,
    stance,
    state,
    statement_of,
)
from tracker import dates, ingest, parsing
from tracker.ingest import BadInputError, store
from tracker.leases import LEASE
from tracker.models import Actor, Capture, Decision, Document, Source, Stance, Statement
from tracker.models.record import READ_ATTEMPTS

pytestmark = pytest.mark.django_db

INTERVIEW = """Interview with the Foreign Minister

Question: Are you ready to negotiate with Karsk?

Ilva Marenko: We are ready to negotiate with Karsk at any time.

Question: And the Northern Pact?

Ilva Marenko: The Northern Pact has no bases here, and it will have none.
"""


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def wire() -> Source:
    return Source.objects.get(slug="wire")


def take_in(text: str = INTERVIEW, said: str | None = "2023-05-24", **fields: Any) -> Document:
    given = dates.parse(said) if said else None
    stored = store(text.encode(), now=NOW, source=wire(), said=given, **fields)
    read_all()
    return Document.objects.get(pk=stored.document.pk)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"a" * (parsing.MAX_BYTES + 1), "too_large"),
        (b"\x00\x01\x02\x03" * 64, "binary"),
        (b"\x81\x8d\x8f\x90\x9d" * 64, "encoding"),
    ],
)
def test_bytes_that_cannot_be_read_leave_nothing_behind(body: bytes, code: str) -> None:
    with pytest.raises(parsing.Refused) as refused:
        store(body, now=NOW, source=wire(), filename="a.txt")
    assert refused.value.code == code
    assert refused.value.reason
    assert not Document.objects.exists()
    assert not Capture.objects.exists()


@pytest.mark.parametrize("field", ["said", "published"])
def test_a_given_date_in_the_future_is_refused(field: str) -> None:
    given: dict[str, Any] = {field: dates.parse("2026-02")}
    with pytest.raises(BadInputError, match=f"the {field} date 2026-02 lies in the future"):
        store(INTERVIEW.encode(), now=NOW, source=wire(), **given)
    assert not Document.objects.exists()


def test_a_day_that_has_begun_somewhere_is_not_the_future() -> None:
    evening = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
    said = dates.parse("2026-01-06")
    assert store(INTERVIEW.encode(), now=evening, source=wire(), said=said).created


def test_the_same_bytes_are_one_document() -> None:
    first = store(INTERVIEW.encode(), now=NOW, source=wire())
    second = store(INTERVIEW.encode(), now=later(hours=1), source=wire(), filename="again.txt")
    assert (first.created, second.created) == (True, False)
    assert first.document == second.document
    assert Capture.objects.count() == 1


def test_the_bytes_are_kept_as_they_came() -> None:
    body = INTERVIEW.replace("\n", "\r\n").encode("utf-8-sig")
    document = store(body, now=NOW, source=wire()).document
    assert bytes(Capture.objects.get(document=document).body) == body


def test_a_statement_points_at_exactly_its_words() -> None:
    document = take_in()
    found = list(document.statements.held())
    assert len(found) == 2
    for statement in found:
        assert document.text[statement.start : statement.end] == statement.exact
        assert document.text[: statement.start].endswith(statement.prefix)
        assert document.text[statement.end :].startswith(statement.suffix)


@pytest.mark.parametrize(("added", "digit"), [("", 2), ("\nThis text was rewritten by AI.\n", 4)])
def test_the_record_grades_words_as_the_reading_does(added: str, digit: int) -> None:
    document = take_in(INTERVIEW + added)
    assert set(document.statements.values_list("credibility", flat=True)) == {digit}


def test_a_passage_on_two_topics_is_two_statements() -> None:
    (document,) = state(row(READY, "2023-05", topics=("talks", "pact")))
    assert {str(s.topic) for s in document.statements.held()} == {"Talks", "The Pact"}


def test_reading_marks_the_stances_that_it_touches() -> None:
    state(row(READY, "2023-05"))
    marked = stance()
    assert (marked.marked_at, str(marked.marked_from), str(marked.marked_until)) == (
        NOW,
        "2023-05-01",
        "2023-05-31",
    )


def test_reading_again_changes_no_statement() -> None:
    document = take_in()
    before = list(Statement.objects.order_by("pk").values())
    ingest.order_reading(Document.objects.all())
    read_all(later(hours=1))
    assert list(Statement.objects.order_by("pk").values()) == before
    document.refresh_from_db()
    assert document.read_at == later(hours=1)


def test_a_corrected_date_retracts_and_records() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    old = statement_of(document)
    ingest.set_date(document, said=dates.parse("2023-06-24"), by=None, now=later(hours=1))
    read_all(later(hours=2))
    new = statement_of(document)
    old.refresh_from_db()
    assert (old.retracted_at, old.replaced_by, old.heir) == (later(hours=2), new, new)
    assert (old.said_edtf, new.said_edtf) == ("2023-05-24", "2023-06-24")


def test_both_days_of_a_corrected_date_are_looked_at_again() -> None:
    (document,) = state(row(READY, "2023-05-24"))
    Stance.objects.update(marked_at=None, marked_from=None, marked_until=None)
    ingest.set_date(document, said=dates.parse("2021-06"), by=None, now=NOW)
    read_all()
    marked = stance()
    assert (str(marked.marked_from), str(marked.marked_until)) == ("2021-06-01", "2023-05-24")


def test_a_passage_whose_limits_moved_is_replaced_by_the_new_one() -> None:
    document = take_in()
    held = statement_of(document)
    # As an earlier version of the reader may have anchored it.
    Statement.objects.filter(pk=held.pk).update(end=held.end - 1, exact=held.exact[:-1])
    ingest.order_reading(Document.objects.all())
    read_all(later(hours=1))
    held.refresh_from_db()
    assert held.retracted_at == later(hours=1)
    assert held.replaced_by == statement_of(document)


def test_a_document_without_a_date_waits_in_triage_and_says_why() -> None:
    document = take_in(said=None)
    assert document.state == "triage"
    assert "date" in document.problem
    assert not document.statements.exists()


def test_a_given_date_resolves_triage_and_is_on_record() -> None:
    document = take_in(said=None)
    analyst = User.objects.create(username="analyst")
    said = dates.parse("2023-05-24~")
    ingest.set_date(document, said=said, by=analyst, now=later(hours=1), note="the page's own date")
    read_all(later(hours=1))
    document.refresh_from_db()
    assert document.state == "read"
    assert {s.said_edtf for s in document.statements.held()} == {"2023-05-24~"}
    decision = Decision.objects.get(kind=Decision.Kind.SET_DATE)
    assert (decision.document, decision.by, decision.note) == (
        document,
        analyst,
        "the page's own date",
    )


def test_a_date_in_the_future_changes_nothing_in_triage() -> None:
    document = take_in(said=None)
    with pytest.raises(BadInputError, match="lies in the future"):
        ingest.set_date(document, said=dates.parse("2031"), by=None, now=NOW)
    assert not Decision.objects.exists()


def test_a_text_that_dates_itself_in_the_future_waits_in_triage() -> None:
    document = take_in("Velgrad, 3 March 2031\n\n" + INTERVIEW, said=None)
    assert document.state == "triage"
    assert not document.statements.exists()


def test_a_text_by_nobody_known_waits_in_triage_with_the_names() -> None:
    document = take_in(INTERVIEW.replace("Ilva Marenko", "Oskar Feld"))
    assert document.state == "triage"
    assert "no words of a known actor" in document.problem
    assert "Oskar Feld" in document.problem


def test_a_date_given_while_a_reader_is_at_work_is_not_lost() -> None:
    document = store(INTERVIEW.encode(), now=NOW, source=wire()).document
    assert Document.objects.claim(document, NOW)
    ingest.set_date(document, said=dates.parse("2023-05-24"), by=None, now=NOW)
    assert not ingest.read_document(document, now=NOW)
    read_all()
    document.refresh_from_db()
    assert document.state == "read"


def test_a_document_is_claimed_by_one_reader_at_a_time() -> None:
    document = store(INTERVIEW.encode(), now=NOW, source=wire()).document
    assert Document.objects.claim(document, NOW)
    assert not Document.objects.claim(document, later(seconds=1))
    assert Document.objects.claim(document, NOW + LEASE)


def test_what_reading_always_dies_over_lands_in_triage_and_its_neighbours_go_on() -> None:
    sound = row(READY, "2023-05-24")
    poisoned = row(READY, "2023-05-25", actor="tomas-brel")
    ingest.store_chronology([poisoned, sound], now=NOW)
    # The poison: an actor who vanished between import and reading.
    Actor.objects.get(slug="tomas-brel").delete()
    now = NOW
    for _ in range(READ_ATTEMPTS):
        with pytest.raises(KeyError):
            ingest.read_waiting(now=now)
        ingest.read_waiting(now=now + timedelta(seconds=1))
        now += LEASE + timedelta(seconds=2)
    assert ingest.read_waiting(now=now) == 0
    states = {d.given_said: d.state for d in Document.objects.all()}
    assert states == {"2023-05-24": "read", "2023-05-25": "triage"}
    assert "given up after 3 attempts" in Document.objects.in_triage().get().problem


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (READY, READY),
        (f"{'word ' * 16}cut", f"{('word ' * 15).rstrip()}…"),
        ("和" * 90, f"{'和' * 79}…"),
    ],
)
def test_a_ready_statement_is_called_by_its_first_words(text: str, title: str) -> None:
    ingest.store_chronology([row(text, "2023-05-24")], now=NOW)
    assert Document.objects.get().title == title


def test_a_file_of_statements_is_stored_whole_or_not_at_all() -> None:
    rows = [row(READY, "2023-05-24"), row(READY, "2023-05-25", source="gone")]
    with pytest.raises(KeyError):
        ingest.store_chronology(rows, now=NOW)
    assert not Document.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_requests_that_store_the_same_bytes_at_once_get_one_document() -> None:
    ready = threading.Barrier(8)
    stored: list[ingest.Stored] = []

    def request() -> None:
        source = wire()
        ready.wait()
        stored.append(store(INTERVIEW.encode(), now=NOW, source=source))
        connection.close()

    requests = [threading.Thread(target=request) for _ in range(8)]
    for thread in requests:
        thread.start()
    for thread in requests:
        thread.join()
    assert len({one.document.pk for one in stored}) == 1
    assert sorted(one.created for one in stored) == [False] * 7 + [True]
    assert Document.objects.count() == Capture.objects.count() == 1
