"""Bytes that are text, bytes that are none, and kinds by their first bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.parsing import MAX_BYTES, Refused, decode, extract, kind_of

RUSSIAN = "Министр сказала, что Остравия готова к переговорам: «Мы готовы»."
FRENCH = "La ministre a déclaré que « l’Ostravie était prête à négocier » dès l’été."


def refusal(body: bytes, *, content_type: str = "", filename: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        extract(body, content_type=content_type, filename=filename)
    return caught.value


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1251"])
def test_a_text_is_read_in_its_own_charset(codec: str) -> None:
    assert extract(RUSSIAN.encode(codec)).text == RUSSIAN


def test_accents_are_read_from_a_western_code_page() -> None:
    assert extract(FRENCH.encode("cp1252")).text == FRENCH


@pytest.mark.parametrize("name", ["koi8-r", "iso-8859-5", "windows-1251", "UTF-16LE"])
def test_a_declared_charset_is_believed(name: str) -> None:
    body = RUSSIAN.translate({ord("«"): None, ord("»"): None}).encode(name)
    assert extract(body, content_type=f'text/plain; charset="{name}"').text == body.decode(name)


def test_a_wrongly_declared_charset_does_not_spoil_utf_8() -> None:
    body = RUSSIAN.encode()
    assert extract(body, content_type="text/plain; charset=iso-8859-1").text == RUSSIAN


@pytest.mark.parametrize("name", ["zlib", "utf-7", "idna", "unicode_escape", "rot13", "no-such"])
def test_a_charset_that_is_none_is_not_tried(name: str) -> None:
    assert refusal(b"\xff\x81" * 9, content_type=f"text/plain; charset={name}").code == "encoding"


def test_characters_stay_as_they_are_but_for_line_ends() -> None:
    odd = "e\u0301\u200b\u202e \r\n\t\u00a0ﬁ\f\rx"
    assert extract(odd.encode()).text == odd.replace("\r\n", "\n")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_every_text_survives_utf_8(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


@given(st.binary(max_size=2_000))
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused_with_a_reason(body: bytes) -> None:
    try:
        outcome = decode(body)
    except Refused as refused:
        outcome = refused.reason
    assert "\0" not in outcome
    assert len(outcome.encode()) <= 4 * len(body) + 200


def test_a_refused_charset_names_the_first_byte_that_is_wrong() -> None:
    error = refusal(b"abc \xff\x81\xfe\x8d def")
    assert (error.code, "Byte 4 (0xff)" in error.reason) == ("encoding", True)


def test_a_cyrillic_text_in_another_code_page_is_not_taken_for_windows() -> None:
    for codec in ("koi8-r", "cp866", "mac-cyrillic"):
        assert (
            refusal((RUSSIAN * 5).replace("«", "").replace("»", "").encode(codec)).code
            == "encoding"
        )


def test_a_few_stray_bytes_are_marked_where_that_is_wished() -> None:
    body = (RUSSIAN * 50).encode() + b"\xff"
    assert decode(body, tolerant=True).endswith("\N{REPLACEMENT CHARACTER}")
    with pytest.raises(Refused):
        decode(body)
    with pytest.raises(Refused):
        decode(body + b"\xff" * 99, tolerant=True)


@pytest.mark.parametrize("body", [b"a\0b", b"\x01\x02\x03 x" * 99, "ab".encode("utf-16-le")])
def test_control_bytes_are_no_text(body: bytes) -> None:
    assert refusal(body).code == "binary"


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_nothing_is_refused(body: bytes) -> None:
    assert refusal(body).code == "empty"


def test_a_file_over_the_limit_is_refused() -> None:
    assert refusal(b"x" * (MAX_BYTES + 1)).code == "too_large"
    assert refusal(b"x" * 5_000_001).code == "too_large"


@pytest.mark.parametrize(
    ("body", "content_type", "filename", "kind"),
    [
        (b"Talks.", "", "", "text"),
        (b"Talks.", "text/plain", "", "text"),
        (b"<html>Talks", "", "", "html"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML ", "", "", "html"),
        ("<html>Talks".encode("utf-16"), "", "", "html"),
        (b"<html>Talks", "text/plain", "", "text"),
        (b"<html>Talks", "application/octet-stream", "a.txt", "text"),
        (b"Talks.", "text/html; charset=utf-8", "", "html"),
        (b"Talks.", "", "A.HTM", "html"),
        (b"Talks.", "text/plain", "a.html", "html"),
        (b"<?xml version='1.0'?><rss version='2.0'>", "", "", "feed"),
        (b"<?xml version='1.0'?><feed xmlns='x'>", "text/xml", "", "feed"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "application/xml", "", "html"),
        (b"<rdf:RDF >", "", "a.xml", "feed"),
        (b"%PDF-1.7", "text/html", "", "pdf"),
        (b"\n\n%PDF-1.7", "", "", "pdf"),
        (b"noise %PDF-1.7", "application/pdf", "", "pdf"),
        (b"PK\x03\x04", "", "", "docx"),
    ],
)
def test_the_first_bytes_then_the_names_tell_the_kind(
    body: bytes, content_type: str, filename: str, kind: str
) -> None:
    assert kind_of(body, content_type=content_type, filename=filename) == kind


@pytest.mark.parametrize(
    ("body", "options", "code"),
    [
        (b"\x89PNG\r\n", {}, "unsupported"),
        (b"\x1f\x8b\x08", {}, "unsupported"),
        (b"{\\rtf1", {}, "unsupported"),
        (b"\xd0\xcf\x11\xe0", {"filename": "a.docx"}, "unsupported"),
        (b"x", {"content_type": "image/png"}, "unsupported"),
        (b"<?xml version='1.0'?><svg/>", {}, "unsupported"),
        (b"Talks", {"filename": "a.pdf"}, "parse_failed"),
        (b"Talks", {"filename": "a.docx"}, "parse_failed"),
    ],
)
def test_another_kind_is_refused_by_its_name(
    body: bytes, options: dict[str, str], code: str
) -> None:
    assert refusal(body, **options).code == code
