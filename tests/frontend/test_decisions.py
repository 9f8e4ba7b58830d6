"""What analysts may do on the pages, and that nobody else may."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.frontend.record import Record
from tracker import fetches
from tracker.models import Decision, Document, Fetch

TEXT = "The foreign minister of Ostravia spoke on 3 March 2024 in Velgrad."
SPEECH = "Velgrad, 3 March 2024\n\n“We are ready for talks,” Ilva Marenko said on Sunday."


def undated(record: Record) -> Document:
    return record.document("Somebody said something.", problem="no date found in the text")


def test_setting_the_date_is_recorded_and_orders_a_reading(desk: Client, record: Record) -> None:
    document = undated(record)
    words = {"said": "2024-03", "note": "the ministry's calendar"}
    response = desk.post(f"/documents/{document.pk}/date/", words)
    assert response.status_code == 302
    document.refresh_from_db()
    decision = Decision.objects.get()
    assert (document.state, document.given_said) == ("waiting", "2024-03")
    assert (decision.kind, decision.note) == ("set_date", "the ministry's calendar")
    assert decision.by is not None
    assert decision.by.username == "ada"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("last spring", "is not an EDTF date"),
        ("2022/..", "is not an EDTF date"),
        ("2999-01-01", "lies in the future"),
        ("", "Give the day"),
    ],
)
def test_a_bad_date_is_named_in_place_and_nothing_is_lost(
    desk: Client, record: Record, said: str, words: str
) -> None:
    document = undated(record)
    response = desk.post(f"/documents/{document.pk}/date/", {"said": said, "note": "my note"})
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert 'value="my note"' in html
    assert Decision.objects.count() == 0


def test_confirming_a_shift_is_recorded_with_who_and_why(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    response = desk.post(f"/shifts/{shift.pk}/confirm/", {"note": "both transcripts agree"})
    decision = Decision.objects.get()
    assert response.status_code == 302
    assert (decision.kind, decision.shift, decision.note) == (
        *("confirm", shift),
        "both transcripts agree",
    )
    assert "both transcripts agree" in desk.get(f"/shifts/{shift.pk}/").content.decode()


def test_rejecting_a_shift_is_recorded(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    desk.post(f"/shifts/{shift.pk}/reject/")
    assert Decision.objects.get().kind == "reject"


def test_a_withdrawn_shift_takes_no_decision(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    shift.status, shift.withdrawn_at = "withdrawn", shift.recorded_at
    shift.save()
    response = desk.post(f"/shifts/{shift.pk}/confirm/", follow=True)
    assert "Nothing was recorded" in response.content.decode()
    assert Decision.objects.count() == 0


def test_a_note_that_is_too_long_comes_back_whole(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    note = "why " * 400
    response = desk.post(f"/shifts/{shift.pk}/confirm/", {"note": note})
    assert response.status_code == 422
    assert note.strip() in response.content.decode()


@pytest.mark.parametrize("path", ["confirm/", "reject/"])
def test_looking_decides_nothing(desk: Client, record: Record, path: str) -> None:
    _, _, shift = record.story()
    assert desk.get(f"/shifts/{shift.pk}/{path}").status_code == 405


def test_strangers_are_sent_to_the_login(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    for url in (f"/shifts/{shift.pk}/confirm/", "/documents/1/date/", "/add/"):
        response = client.post(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith("/login/"), url
    assert Decision.objects.count() == 0


def test_a_mere_reader_gets_the_page_for_missing_rights(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    client.force_login(User.objects.create_user("eve"))
    for url in (f"/shifts/{shift.pk}/confirm/", "/documents/1/date/", "/add/"):
        response = client.post(url)
        assert response.status_code == 403, url
        assert "This needs a right" in response.content.decode()
    assert Decision.objects.count() == 0


def test_a_forged_form_is_refused_in_the_same_look(ada: User, record: Record) -> None:
    _, _, shift = record.story()
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    response = client.post(f"/shifts/{shift.pk}/confirm/")
    assert response.status_code == 403
    assert "This form could not be accepted" in response.content.decode()


# --- Adding -------------------------------------------------------------------------------------


def test_a_pasted_text_is_stored_and_its_page_says_that_it_waits(
    desk: Client, record: Record
) -> None:
    words = {"text": TEXT, "source": record.source.pk, "title": "A speech", "said": "2024-03-03"}
    response = desk.post("/add/", words)
    document = Document.objects.get()
    assert response["Location"] == f"/documents/{document.pk}/"
    assert (document.text, document.title, document.given_said) == (TEXT, "A speech", "2024-03-03")
    html = desk.get(response["Location"]).content.decode()
    assert "Waiting to be read" in html
    assert '<meta http-equiv="refresh"' in html


def test_an_uploaded_file_is_stored(desk: Client, record: Record) -> None:
    file = SimpleUploadedFile("speech.txt", TEXT.encode(), "text/plain")
    desk.post("/add/", {"file": file, "source": record.source.pk})
    assert Document.objects.get().text == TEXT


def test_a_preview_shows_what_would_be_read_and_stores_nothing(
    desk: Client, record: Record
) -> None:
    words = {"text": SPEECH, "source": record.source.pk, "preview": "1"}
    html = desk.post("/add/", words).content.decode()
    assert "Nothing is stored yet" in html
    assert "3 March 2024" in html
    assert "1 passage of known actors" in html
    assert SPEECH in html.replace("&#x27;", "'")  # nothing typed is lost
    assert not Document.objects.exists()


def test_a_preview_says_what_would_make_the_document_wait(desk: Client, record: Record) -> None:
    words = {"text": "Nobody says a word.", "source": record.source.pk, "preview": "1"}
    assert "It would wait in triage:" in desk.post("/add/", words).content.decode()


def test_an_uploaded_file_is_previewed_and_a_held_one_named(desk: Client, record: Record) -> None:
    desk.post("/add/", {"text": SPEECH, "source": record.source.pk})
    file = SimpleUploadedFile("speech.txt", SPEECH.encode(), "text/plain")
    given = {"file": file, "source": record.source.pk, "preview": "1"}
    html = desk.post("/add/", given).content.decode()
    assert f"document {Document.objects.get().pk}" in html
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "a " * 100_001}, "can be previewed"),
        ({"text": SPEECH, "said": "2999"}, "lies in the future"),
    ],
)
def test_what_cannot_be_previewed_is_said_beside_its_field(
    desk: Client, record: Record, given: dict[str, str], words: str
) -> None:
    response = desk.post("/add/", {"source": record.source.pk, "preview": "1", **given})
    assert response.status_code == 422
    assert words in response.content.decode()


@pytest.mark.parametrize("said", ["2999", "a while ago"])
def test_a_bad_detail_is_named_beside_the_preview(desk: Client, record: Record, said: str) -> None:
    response = desk.post("/add/", {"text": SPEECH, "said": said, "preview": "1"})
    html = response.content.decode()
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"said", "source"}
    assert "What will be read" in html
    assert "passage" in html
    assert not Document.objects.exists()


def test_the_same_text_twice_is_one_document_and_says_so(desk: Client, record: Record) -> None:
    words = {"text": TEXT, "source": record.source.pk}
    desk.post("/add/", words)
    response = desk.post("/add/", words, follow=True)
    assert Document.objects.count() == 1
    assert "already held" in response.content.decode()


def test_an_error_names_its_field_and_keeps_what_was_written(desk: Client, record: Record) -> None:
    response = desk.post("/add/", {"text": TEXT, "said": "a while ago", "title": "A speech"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "is not an EDTF date" in html
    assert "Choose the source" in html
    assert TEXT in html
    assert 'value="A speech"' in html
    assert Document.objects.count() == 0


def test_two_documents_at_a_time_are_refused(desk: Client, record: Record) -> None:
    words = {"text": TEXT, "url": "https://wire.example/1", "source": record.source.pk}
    assert "One document at a time" in desk.post("/add/", words).content.decode()


def test_nothing_is_refused_with_what_to_do(desk: Client, record: Record) -> None:
    html = desk.post("/add/", {"source": record.source.pk, "text": "  "}).content.decode()
    assert "Paste a text, choose a file or give an address." in html


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02\xff" * 50])
def test_a_file_that_is_no_text_is_refused_in_place(
    desk: Client, record: Record, body: bytes
) -> None:
    file = SimpleUploadedFile("noise.bin", body)
    response = desk.post("/add/", {"file": file, "source": record.source.pk})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert Document.objects.count() == 0


def test_an_address_is_noted_for_a_worker_and_its_page_follows(
    desk: Client, record: Record
) -> None:
    words = {"url": "https://wire.example/1", "source": record.source.pk, "title": "A speech"}
    response = desk.post("/add/", words)
    fetch = Fetch.objects.get()
    assert (fetch.url, fetch.title, fetch.state) == (words["url"], "A speech", "waiting")
    assert fetch.by is not None
    assert response["Location"] == f"/fetches/{fetch.pk}/"
    assert "Waiting to be fetched" in desk.get(response["Location"]).content.decode()
    assert desk.get(f"/fetches/{fetch.pk}/state.json").json()["state"] == "waiting"
    document = record.document(TEXT)
    Fetch.objects.update(document=document, done_at=document.read_at)
    assert desk.get(response["Location"])["Location"] == f"/documents/{document.pk}/"


def test_an_address_inside_the_network_is_refused_and_nothing_given_is_lost(
    desk: Client, record: Record
) -> None:
    words = {"url": "http://127.0.0.1:1/secret", "source": record.source.pk, "said": "2024-03"}
    page = desk.post("/add/", words)["Location"]
    fetches.fetch_due(now=timezone.now())
    html = desk.get(page).content.decode()
    assert "Not stored" in html
    again = html.split('href="/add/')[-1].split('"')[0]
    html = desk.get("/add/" + again.replace("&amp;", "&")).content.decode()
    assert 'value="http://127.0.0.1:1/secret"' in html
    assert 'value="2024-03"' in html
    assert f'<option value="{record.source.pk}" selected>' in html


def test_the_state_of_a_document_is_told_as_json(client: Client, record: Record) -> None:
    document = record.document(TEXT, read_at=None)
    answer = client.get(f"/documents/{document.pk}/state.json").json()
    assert answer == {"state": "waiting", "problem": "", "statements": 0}


# --- The review desk -----------------------------------------------------------------------------


def test_the_desk_shows_the_weightiest_pair_first(desk: Client, record: Record) -> None:
    _, newer, light = record.story()
    light.materiality = 0.1
    light.save()
    other = record.utterance("Ostravia will never talk to Karsk.", "2025-06-01")
    heavy = record.shift(newer, other, "hardening", materiality=0.9)
    html = desk.get("/review/").content.decode()
    assert html.index(f'"case-shift-{heavy.pk}"') < html.index(f'"case-shift-{light.pk}"')


def test_a_judged_pair_leaves_the_desk_and_undo_brings_it_back(
    desk: Client, record: Record
) -> None:
    _, _, shift = record.story()
    response = desk.post(f"/shifts/{shift.pk}/reject/", {"from": "review"})
    assert response["Location"] == "/review/"
    assert f"case-shift-{shift.pk}" not in desk.get("/review/").content.decode()
    desk.post(f"/decisions/{Decision.objects.get().pk}/undo/", {"from": "review"})
    assert f"case-shift-{shift.pk}" in desk.get("/review/").content.decode()


def test_a_decision_is_undone_and_never_overwritten(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    desk.post(f"/shifts/{shift.pk}/confirm/", {"note": "first thought"})
    desk.post(f"/decisions/{Decision.objects.get().pk}/undo/")
    decision = Decision.objects.get()
    assert decision.note == "first thought"
    assert decision.undone_at is not None
    assert decision.undone_by is not None
    assert decision.undone_by.username == "ada"


def test_a_decision_is_undone_once(desk: Client, record: Record) -> None:
    _, _, shift = record.story()
    desk.post(f"/shifts/{shift.pk}/confirm/")
    url = f"/decisions/{Decision.objects.get().pk}/undo/"
    assert [desk.post(url).status_code for _ in range(2)] == [302, 404]


def test_the_desk_is_for_analysts(client: Client, record: Record) -> None:
    assert client.get("/review/")["Location"].startswith("/login/")
