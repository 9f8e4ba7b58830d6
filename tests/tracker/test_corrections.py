"""What people correct in a document survives every reading, and can be undone."""

import pytest

from tests.tracker.records import NOW, known_people, later, read_all, stance, statement_of
from tracker import corrections, dates, ingest, origins, review, sweeps
from tracker.corrections import CorrectionError, Given
from tracker.models import Actor, Decision, Document, Source, Statement, Sweep, Topic

pytestmark = pytest.mark.django_db

INTERVIEW = """Interview with the Foreign Minister

Question: Are you ready to negotiate with Karsk?

Ilva Marenko: We are ready to negotiate with Karsk at any time.

Question: Others say that the districts could wait, do they not?
"""
CORRIDOR = "the districts could wait"


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


def take_in(text: str = INTERVIEW, said: str | None = "2023-05-24") -> Document:
    given = dates.parse(said) if said else None
    wire = Source.objects.get(slug="wire")
    stored = ingest.store(text.encode(), now=NOW, source=wire, said=given)
    read_all()
    return Document.objects.get(pk=stored.document.pk)


def brel() -> Actor:
    return Actor.objects.get(slug="tomas-brel")


def words(document: Document, exact: str, **fields: object) -> Given:
    start, end = corrections.find(document.text, exact)
    talks = Topic.objects.get(slug="talks")
    given = Given(start, end, brel(), talks, "indirect", "reported")
    return Given(**{**{name: getattr(given, name) for name in Given.__slots__}, **fields})


def read_again() -> None:
    """Read the whole record anew, as a new topic or a better reader would have it."""
    Document.objects.all().order_reading()
    read_all(later(hours=2))


def held(document: Document) -> set[tuple[str, str]]:
    rows = document.statements.held().select_related("actor")
    return {(row.actor.slug, row.exact) for row in rows}


# --- Who spoke ------------------------------------------------------------------------------


def test_a_speaker_that_was_set_survives_every_reading() -> None:
    document = take_in()
    corrections.set_speaker(statement_of(document), brel(), by=None, now=later(hours=1))
    read_again()
    read_again()
    assert statement_of(document).actor == brel()
    assert statement_of(document).confidence == 1.0
    assert stance(actor="tomas-brel").marked_at is not None


def test_words_of_nobody_of_ours_are_no_statement_any_more_and_undo_brings_them_back() -> None:
    document = take_in()
    before = held(document)
    decision = corrections.set_speaker(
        statement_of(document), None, by=None, now=later(hours=1), note="an impostor"
    )
    read_again()
    assert not held(document) & before
    review.undo(decision, by=None, now=later(hours=3))
    read_all(later(hours=3))
    assert held(document) == before


def test_the_statement_of_the_wrong_speaker_is_retracted_and_kept() -> None:
    document = take_in()
    wrong = statement_of(document)
    corrections.set_speaker(wrong, brel(), by=None, now=later(hours=1))
    read_again()
    wrong.refresh_from_db()
    assert wrong.retracted_at is not None
    assert wrong.actor.slug == "ilva-marenko"


def test_two_corrections_of_one_speaker_act_in_their_order() -> None:
    document = take_in()
    corrections.set_speaker(statement_of(document), brel(), by=None, now=later(hours=1))
    read_again()
    corrections.set_speaker(statement_of(document), None, by=None, now=later(hours=3))
    read_again()
    assert not document.statements.held().filter(topic__slug="talks", actor=brel()).exists()


# --- What the reading overlooked --------------------------------------------------------------


def test_an_added_statement_is_anchored_and_survives_every_reading() -> None:
    document = take_in()
    given = words(document, CORRIDOR)
    corrections.add_statement(document, given, by=None, now=later(hours=1))
    read_again()
    first = Statement.objects.held().get(actor=brel())
    read_again()
    added = Statement.objects.held().get(actor=brel())
    assert added == first  # read again, it is the same row
    assert (added.exact, added.said_edtf) == (CORRIDOR, "2023-05-24")
    assert document.text[added.start : added.end] == CORRIDOR
    assert added.prefix.endswith("Others say that ")
    assert added.suffix.startswith(", do they")


def test_a_sweep_over_the_record_keeps_what_was_added() -> None:
    document = take_in()
    corrections.add_statement(document, words(document, CORRIDOR), by=None, now=later(hours=1))
    read_all(later(hours=1))
    sweeps.start(Sweep.Kind.REREAD, now=later(hours=2))
    while sweeps.advance(now=later(hours=2)):
        read_all(later(hours=2))
    assert ("tomas-brel", CORRIDOR) in held(document)


def test_an_added_statement_can_be_undone() -> None:
    document = take_in()
    before = held(document)
    decision = corrections.add_statement(
        document, words(document, CORRIDOR), by=None, now=later(hours=1)
    )
    read_all(later(hours=1))
    review.undo(decision, by=None, now=later(hours=2))
    read_all(later(hours=2))
    assert held(document) == before
    decision.refresh_from_db()
    assert decision.undone_at == later(hours=2)


def test_a_document_in_which_nobody_known_was_found_leaves_triage_with_what_is_added() -> None:
    document = take_in("The mayor was there.\nHe told us that the districts could wait.")
    assert document.state == "triage"
    corrections.add_statement(document, words(document, CORRIDOR), by=None, now=later(hours=1))
    read_all(later(hours=1))
    document.refresh_from_db()
    assert document.state == "read"
    assert held(document) == {("tomas-brel", CORRIDOR)}


def test_in_a_document_without_a_date_an_added_statement_brings_its_own() -> None:
    document = take_in(said=None)
    with pytest.raises(CorrectionError, match="give the day"):
        corrections.add_statement(document, words(document, CORRIDOR), by=None, now=NOW)
    dated = words(document, CORRIDOR, said=dates.parse("2023-05"))
    corrections.add_statement(document, dated, by=None, now=later(hours=1))
    read_all(later(hours=1))
    document.refresh_from_db()
    assert document.state == "triage"  # its own statements still wait for a date
    assert held(document) == {("tomas-brel", CORRIDOR)}


# --- Finding words ------------------------------------------------------------------------------


def test_words_are_found_whatever_blanks_are_between_them() -> None:
    assert corrections.find("He will\n  not go.", "will not") == (3, 13)


def test_words_that_stand_twice_are_asked_back_or_chosen_by_place() -> None:
    text = "no, no, never"
    with pytest.raises(CorrectionError, match="stand 2 times"):
        corrections.find(text, "no")
    assert corrections.find(text, "no", near=5) == (4, 6)


@pytest.mark.parametrize("exact", ["", "  ", "never said", "Will"])
def test_words_that_are_not_there_are_refused(exact: str) -> None:
    with pytest.raises(CorrectionError):
        corrections.find("He will not go.", exact)


# --- Undoing dates and origins ------------------------------------------------------------------


def test_undoing_a_date_gives_back_what_was_given_before_it() -> None:
    document = take_in()
    first = ingest.set_date(document, said=dates.parse("2023-06"), by=None, now=later(hours=1))
    document.refresh_from_db()
    second = ingest.set_date(document, said=dates.parse("2023-07"), by=None, now=later(hours=2))
    for decision, said in ((second, "2023-06"), (first, "2023-05-24")):
        review.undo(decision, by=None, now=later(hours=3))
        read_all(later(hours=3))
        document.refresh_from_db()
        assert document.said_edtf == said


def test_undoing_an_origin_makes_the_document_its_own_witness_again() -> None:
    original, reprint = take_in(), take_in(INTERVIEW + "\nReprinted.")
    origins.set_origin(reprint, original, by=None, now=later(hours=1))
    reprint.refresh_from_db()
    assert reprint.origin == original
    review.undo(Decision.objects.get(), by=None, now=later(hours=2))
    reprint.refresh_from_db()
    assert reprint.origin is None


def test_an_order_to_read_again_is_on_record_and_cannot_be_taken_back() -> None:
    document = take_in()
    decision = corrections.reread(document, by=None, now=later(hours=1), note="new names")
    document.refresh_from_db()
    assert document.state == "waiting"
    with pytest.raises(review.CannotDecideError):
        review.undo(decision, by=None, now=later(hours=2))
