"""The captured bytes of a document: exact, and inert in whatever browser they end."""

import gzip
import hashlib
from typing import Any

import pytest

from tests.api import records
from tests.api.calling import BASE, Caller
from tracker.models import Capture, Document

PAGE = b"<!DOCTYPE html><html><script>alert(document.cookie)</script>" + b"<p>So.</p>" * 200
# What was kept of the type that a client or a site named.
NAMED = [
    "text/html",
    "text/html; charset=utf-8",
    "TEXT/HTML",
    "text/plain",
    "Text/Plain; charset=utf-7",
    "text/plain; x=\r\nContent-Type: text/html",
    "text/plain, text/html",
    "image/svg+xml",
    "application/xhtml+xml",
    "application/pdf",
    "multipart/x-mixed-replace",
    "",
]


def _captured(body: bytes, content_type: str) -> Document:
    kept = records.document()
    Capture.objects.filter(document=kept).update(
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        content_type=content_type,
        filename='x".html\r\nSet-Cookie: a=b',
    )
    return kept


def _raw(caller: Caller, kept: Document, **head: str) -> Any:
    return caller.client.get(f"{BASE}/documents/{kept.pk}/raw", headers=head)


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize(
    "accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"]
)
def test_html_is_never_sent_as_html(anyone: Caller, named: str, accept: str) -> None:
    response = _raw(anyone, _captured(PAGE, named), Accept=accept)
    assert (response.status_code, response.content) == (200, PAGE)
    plain = named.lower().partition(";")[0] == "text/plain"
    expected = "text/plain" if plain else "application/octet-stream"
    assert response.headers["Content-Type"] == expected
    assert response.headers["Content-Disposition"].startswith('attachment; filename="document-')
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    assert "Set-Cookie" not in response.headers


def test_only_html_is_no_form_of_it(anyone: Caller) -> None:
    response = _raw(anyone, _captured(PAGE, "text/html"), Accept="text/html")
    assert response.status_code == 406
    assert response.headers["Content-Type"] == "application/problem+json"


def test_what_was_posted_comes_back_to_the_byte(writer: Caller) -> None:
    text = "VELGRAD - “We are ready to talk.”\r\n\t☮ \n\n"
    made = writer.post("documents", {"source": records.source().slug, "text": text}, status=202)
    response = _raw(writer, Document.objects.get(pk=made["id"]), **writer.headers)
    assert response.content == text.encode()
    assert hashlib.sha256(response.content).hexdigest() == made["sha256"]


def test_the_hash_is_its_tag_and_it_is_not_packed(anyone: Caller) -> None:
    kept = _captured(PAGE, "text/html")
    response = _raw(anyone, kept, **{"Accept-Encoding": "gzip"})
    tag = f'"{hashlib.sha256(PAGE).hexdigest()}"'
    assert response.headers["ETag"] == tag
    assert "Content-Encoding" not in response.headers
    assert len(gzip.compress(PAGE)) < len(response.content)
    again = _raw(anyone, kept, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_document_that_is_not_there_has_no_bytes(anyone: Caller) -> None:
    anyone.get("documents/999999/raw", status=404)
