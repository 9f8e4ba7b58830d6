"""GET and POST documents."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.api import records
from tests.api.calling import Caller, conforms
from tracker import dates, ingest
from tracker.former import keep_former
from tracker.models import Document, FormerDocument

REPORT = (
    'VELGRAD, March 1, 2024 - "We are ready to talk if Karsk withdraws," Foreign Minister '
    "Ilva Marenko said at a press conference.\n"
)


@pytest.fixture
def body(db: None) -> dict[str, Any]:
    """The least that may be posted."""
    return {"source": records.source().slug, "text": REPORT}


def test_a_document_shows_its_dates_warnings_and_hash(anyone: Caller) -> None:
    records.document()
    (row,) = anyone.get("documents")["results"]
    assert row["state"] == "read"
    assert row["published"]["edtf"] == "2024-03-02"
    assert row["said"] is None
    assert row["warnings"][0]["code"] == "translated"
    assert len(row["sha256"]) == 64


def test_only_the_document_itself_carries_its_text(anyone: Caller) -> None:
    kept = records.document()
    (row,) = anyone.get("documents")["results"]
    assert "text" not in row
    assert anyone.get(f"documents/{kept.pk}")["text"] == records.TEXT


def test_documents_are_filtered_by_state(anyone: Caller) -> None:
    waiting = records.document(read_at=None)
    triage = records.document(read_at=None, problem="no date found")
    read = records.document()
    for state, row in (("waiting", waiting), ("triage", triage), ("read", read)):
        found = anyone.get("documents", {"state": state})["results"]
        assert [(one["id"], one["state"]) for one in found] == [(row.pk, state)]


def test_documents_are_filtered_by_source_genre_and_days(anyone: Caller) -> None:
    records.document(source=records.source("other"))
    records.document(genre=Document.Genre.WIRE)
    kept = records.document(genre=Document.Genre.INTERVIEW)
    query = {
        "source": "velgrad-wire",
        "genre": ["interview", "article"],
        "since": "2024-03-02",
        "until": "2024-03-02",
    }
    assert [row["id"] for row in anyone.get("documents", query)["results"]] == [kept.pk]
    later = {"since": "2024-03-03", "until": "2024-03-04"}
    assert anyone.get("documents", query | later)["results"] == []


def test_a_posted_text_is_accepted_with_a_place_to_follow(
    writer: Caller, body: dict[str, Any]
) -> None:
    response = writer.posted("documents", body)
    assert response.status_code == 202
    assert response.json()["state"] == "waiting"
    followed = writer.get(response.headers["Location"])
    assert followed["text"] == REPORT


def test_the_state_follows_the_reading(writer: Caller, body: dict[str, Any]) -> None:
    records.actor()
    posted = writer.post("documents", body | {"said": "2024-03-01"}, status=202)
    ingest.read_waiting(now=timezone.now())
    read = writer.get(f"documents/{posted['id']}")
    assert (read["state"], read["problem"]) == ("read", "")
    assert read["said"]["edtf"] == "2024-03-01"


def test_the_same_text_again_is_the_document_that_is_here(
    writer: Caller, body: dict[str, Any]
) -> None:
    first = writer.post("documents", body, status=202)
    again = writer.posted("documents", body)
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.headers["Location"].endswith(f"/documents/{first['id']}")
    assert Document.objects.count() == 1


def test_a_file_is_taken_with_its_name(writer: Caller) -> None:
    file = SimpleUploadedFile("press.txt", REPORT.encode(), content_type="text/plain")
    source = records.source().slug
    posted = writer.upload("documents", {"source": source, "file": file, "title": "Briefing"})
    assert posted["title"] == "Briefing"
    assert Document.objects.get().capture.filename == "press.txt"


def test_a_text_may_come_with_the_address_that_it_is_from(
    writer: Caller, body: dict[str, Any]
) -> None:
    posted = writer.post("documents", body | {"url": "https://velgrad.example/1"}, status=202)
    assert posted["url"] == "https://velgrad.example/1"


@pytest.mark.parametrize("text", ["", "   \n "])
def test_an_empty_text_is_refused(writer: Caller, body: dict[str, Any], text: str) -> None:
    response = writer.posted("documents", body | {"text": text})
    assert response.status_code in (400, 422)
    assert response.json()["fields"][0]["name"] == "text"
    assert not Document.objects.exists()


def test_a_binary_file_is_refused_with_a_reason(writer: Caller) -> None:
    file = BytesIO(b"\x00\x01\x02\x03" * 100)
    file.name = "noise.bin"
    problem = writer.upload(
        "documents", {"source": records.source().slug, "file": file}, status=422
    )
    assert problem["fields"][0]["name"] == "file"
    assert not Document.objects.exists()


def test_a_date_that_lies_ahead_is_refused(writer: Caller, body: dict[str, Any]) -> None:
    tomorrow = date.today() + timedelta(days=2)  # noqa: DTZ011  # any zone: two days are ahead in all
    problem = writer.post("documents", body | {"published": tomorrow.isoformat()}, status=422)
    assert problem["type"] == "urn:stanceline:problem:future-date"
    assert problem["fields"][0]["name"] == "published"


@pytest.mark.parametrize(
    ("change", "name", "code"),
    [
        ({"source": "nowhere"}, "source", "does_not_exist"),
        ({"said": "last Wednesday"}, "said", "invalid"),
        ({"language": "in English"}, "language", "invalid"),
        ({"url": "ftp://velgrad.example/1"}, "url", "invalid"),
        ({"url": "https://me@velgrad.example/1"}, "url", "invalid"),
        ({"author": "Marenko"}, "author", "unknown"),
        ({"title": "x" * 501}, "title", "max_length"),
    ],
)
def test_a_field_is_refused_by_name(
    writer: Caller, body: dict[str, Any], change: dict[str, str], name: str, code: str
) -> None:
    problem = writer.post("documents", body | change, status=400)
    assert [(field["name"], field["code"]) for field in problem["fields"]] == [(name, code)]
    assert not Document.objects.exists()


def test_a_document_needs_a_text_or_an_address(writer: Caller) -> None:
    problem = writer.post("documents", {"source": records.source().slug}, status=400)
    assert problem["fields"][0]["name"] == "text"


def test_an_unknown_document_is_not_found(anyone: Caller) -> None:
    anyone.get("documents/999999999999999999", status=404)


def test_a_document_is_shown_as_it_was_known(anyone: Caller) -> None:
    row = records.document(recorded_at=records.NOW)
    later = records.NOW + timedelta(days=1)
    row.set_said(dates.parse("2024-03-01"))
    row.title, row.warnings = "Corrected", []
    keep_former(row, now=later)
    row.save()
    moments = [f"{records.NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (-1, 0, 2)]
    anyone.get(f"documents/{row.pk}", {"known_at": moments[0]}, status=404)
    then, now = (anyone.get(f"documents/{row.pk}", {"known_at": moment}) for moment in moments[1:])
    assert (then["title"], then["said"]) == ("Press conference in Velgrad", None)
    assert (now["title"], now["said"]["edtf"]) == ("Corrected", "2024-03-01")
    assert (len(then["warnings"]), len(now["warnings"])) == (1, 0)
    (listed,) = anyone.get("documents", {"known_at": moments[1]})["results"]
    assert listed["title"] == then["title"]
    asked = {"known_at": moments[1], "state": "read"}
    assert anyone.get("documents", asked, status=400)["fields"][0]["name"] == "state"


def test_what_shows_the_same_is_not_kept(db: None) -> None:
    row = records.document()
    keep_former(row, now=records.NOW)
    assert not FormerDocument.objects.exists()


def test_the_passages_of_a_document_are_its_whole_text(anyone: Caller) -> None:
    text = "Headline\n\nWe are ready to talk. We are not ready to pay."
    regions = [
        {"start": 0, "end": 8, "kind": "title"},
        {"start": 10, "end": 31, "kind": "statement"},
    ]
    row = records.document(text, regions=regions)
    inner = records.statement(document=row, start=10, end=31, exact=text[10:31])
    outer = records.statement(document=row, topic=None, start=10, end=55, exact=text[10:55])
    found = anyone.get(f"documents/{row.pk}/passages")["results"]
    assert "".join(one["text"] for one in found) == text
    assert [one["kind"] for one in found] == ["title", "unread", "statement", "unread"]
    assert [set(one["statements"]) for one in found] == [
        set(),
        set(),
        {inner.pk, outer.pk},
        {outer.pk},
    ]


def test_offsets_are_offsets_into_the_text_alone(anyone: Caller) -> None:
    text = f"𝒜👩‍🚀\r\n“{records.TEXT}”"
    start = text.index(records.TEXT)
    document = records.document(text)
    records.statement(document=document, start=start, end=start + len(records.TEXT))
    response = anyone.client.get(f"/api/v1/documents/{document.pk}/text")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    words = response.content.decode()
    (row,) = anyone.get("statements", {"document": document.pk})["results"]
    assert words == text
    assert words[row["start"] : row["end"]] == row["exact"]


@pytest.mark.parametrize("part", ["", "/text", "/raw", "/passages"])
def test_a_document_was_not_there_before_it_was_recorded(anyone: Caller, part: str) -> None:
    path = f"/api/v1/documents/{records.document().pk}{part}"
    asked = [("2026-05-03", 404), ("2026-05-04", 200)]
    for known_at, status in asked:
        response = anyone.client.get(path, {"known_at": known_at})
        assert response.status_code == status
        conforms("get", response)
