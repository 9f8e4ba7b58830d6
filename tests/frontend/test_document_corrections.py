"""What an analyst corrects on a document's page."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.frontend.record import OPEN, Record
from tracker import ingest
from tracker.models import Actor, Decision, Document, Statement

TEXT = (
    "The foreign minister of Ostravia spoke on 3 March 2024 in Velgrad.\n\nNo talks, they say. No."
)


@pytest.fixture
def document(record: Record) -> Document:
    document = record.document(TEXT)
    document.said_edtf, document.said_earliest = "2024-03-03", "2024-03-03"
    document.said_latest = "2024-03-03"
    document.save()
    return document


def added(**fields: object) -> dict[str, object]:
    given = {"exact": "No talks", "actor": "ilva-marenko", "topic": "negotiations"}
    return {**given, "manner": "direct-verbatim", **fields}


def test_a_statement_is_added_by_typing_its_words(desk: Client, document: Document) -> None:
    response = desk.post(f"/documents/{document.pk}/statements/", added(note="the recording"))
    assert response["Location"] == f"/documents/{document.pk}/"
    decision = Decision.objects.get()
    assert (decision.kind, decision.note, decision.detail["exact"]) == (
        *("add_statement", "the recording"),
        "No talks",
    )
    assert decision.detail["prefix"].endswith("Velgrad.\n\n")
    document.refresh_from_db()
    assert document.state == "waiting"


def test_words_that_occur_twice_are_chosen_by_where_they_were_selected(
    desk: Client, document: Document
) -> None:
    place = TEXT.rindex("No")
    desk.post(f"/documents/{document.pk}/statements/", added(exact="No", near=place))
    assert Decision.objects.get().detail["start"] == place


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"exact": "Never"}, "not in the document, letter for letter"),
        ({"exact": "No"}, "stand 2 times in the document"),
        ({"exact": ""}, "Select the words in the text"),
        ({"actor": ""}, "Choose who spoke"),
        ({"said": "last spring"}, "is not an EDTF date"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_nothing_is_lost(
    desk: Client, document: Document, fields: dict[str, str], words: str
) -> None:
    response = desk.post(f"/documents/{document.pk}/statements/", added(note="my note", **fields))
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert 'value="my note"' in html
    assert '<details id="add-statement" open>' in html
    assert not Decision.objects.exists()


def test_the_speaker_of_a_statement_is_corrected(desk: Client, record: Record) -> None:
    other = Actor.objects.create(slug="tomas-brel", name="Tomas Brel")
    statement = record.utterance(OPEN, "2024-03-01").canonical
    page = f"/documents/{statement.document_id}/?statement={statement.pk}"
    assert "Who spoke?" in desk.get(page).content.decode()
    desk.post(f"/statements/{statement.pk}/speaker/", {"actor": other.slug, "note": "her aide"})
    decision = Decision.objects.get()
    assert (decision.detail["before"], decision.detail["actor"]) == ("ilva-marenko", "tomas-brel")
    assert "tomas-brel instead of ilva-marenko" in desk.get(page).content.decode()


def test_a_document_is_marked_as_a_reprint_and_undone(desk: Client, record: Record) -> None:
    first, second = record.document(TEXT), record.document(TEXT + " Reprinted.")
    desk.post(f"/documents/{second.pk}/origin/", {"origin": first.pk})
    second.refresh_from_db()
    assert second.origin == first
    desk.post(f"/decisions/{Decision.objects.get().pk}/undo/")
    second.refresh_from_db()
    assert second.origin is None


def test_a_document_cannot_reprint_itself_or_its_reprint_or_nothing(
    desk: Client, record: Record
) -> None:
    first, second = record.document(TEXT), record.document(TEXT + " Reprinted.")
    Document.objects.filter(pk=second.pk).update(origin=first)
    for document, origin in ((first, first.pk), (first, second.pk), (second, 10**6)):
        response = desk.post(f"/documents/{document.pk}/origin/", {"origin": origin})
        assert response.status_code == 422
    assert not Decision.objects.exists()


def test_reading_again_is_ordered_and_recorded(desk: Client, document: Document) -> None:
    desk.post(f"/documents/{document.pk}/read-again/", {"note": "new names"})
    document.refresh_from_db()
    assert document.state == "waiting"
    assert Decision.objects.get().kind == "reread"


def test_an_added_statement_is_shown_as_one_and_counted(desk: Client, document: Document) -> None:
    desk.post(f"/documents/{document.pk}/statements/", added())
    while ingest.read_waiting(now=document.captured_at):
        pass
    statement = Statement.objects.held().get(exact="No talks")
    html = desk.get(f"/documents/{document.pk}/").content.decode()
    assert f'data-statement="s{statement.pk}"' in html
    assert "8 characters in 1 stretch<" in html


def test_the_warnings_lead_to_their_words(client: Client, record: Record) -> None:
    warning = {"code": "no_byline", "message": "nobody signs it", "start": 4, "end": 11}
    document = record.document(TEXT, warnings=[warning])
    html = client.get(f"/documents/{document.pk}/").content.decode()
    assert 'href="#w1"' in html
    assert 'id="w1"' in html


@pytest.mark.parametrize(
    "path",
    ["documents/{}/statements/", "documents/{}/origin/", "documents/{}/read-again/"],
)
def test_corrections_are_for_analysts_and_by_post_alone(
    client: Client, document: Document, path: str, ada: User
) -> None:
    url = "/" + path.format(document.pk)
    assert client.post(url)["Location"].startswith("/login/")
    client.force_login(User.objects.create_user("eve"))
    assert client.post(url).status_code == 403
    client.force_login(ada)
    assert client.get(url).status_code == 405


def test_the_queries_of_an_analyst_do_not_grow_with_statements_and_decisions(
    desk: Client, record: Record
) -> None:
    statement = record.utterance(OPEN, "2024-03-01").canonical
    url = f"/documents/{statement.document_id}/?statement={statement.pk}"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    before = queries()
    for number in range(9):
        place = {"document": statement.document, "start": number, "end": number + 9}
        record.statement(f"{OPEN} {number}", "2024-03-01", **place)
        desk.post(f"/statements/{statement.pk}/speaker/", {"actor": "ilva-marenko"})
    ingested = Document.objects.filter(pk=statement.document_id)
    ingested.update(read_at=record.document("x").read_at)
    assert queries() == before <= 12
