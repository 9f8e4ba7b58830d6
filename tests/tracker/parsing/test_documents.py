"""PDF and Word documents, parsed in this process."""

import io
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.tracker.hostile.pdfs import document, pages_of, stream
from tracker.parsing import Refused, extract
from tracker.parsing.pdf import extract as read_pdf
from tracker.parsing.word import extract as read_word


def word(*paragraphs: str) -> "docx.document.Document":
    new = docx.Document()
    for paragraph in paragraphs:
        new.add_paragraph(paragraph)
    return new


def saved(new: "docx.document.Document") -> bytes:
    out = io.BytesIO()
    new.save(out)
    return out.getvalue()


def test_a_word_document_goes_through_the_child_process() -> None:
    read = extract(saved(word("“We are ready,” she said.", "Ещё раз.")))
    assert (read.content_type, read.text) == ("docx", "“We are ready,” she said.\nЕщё раз.")


def test_title_and_language_of_a_word_document_are_told() -> None:
    new = word("Talks")
    new.core_properties.title, new.core_properties.language = "Ready", "en-GB"
    read = read_word(saved(new), "")
    assert (read["title"], read["language"]) == ("Ready", "en-GB")


def test_tables_are_read_in_their_place() -> None:
    new = word("before")
    cells = new.add_table(rows=1, cols=2).rows[0].cells
    cells[0].text, cells[1].text = "left", "right"
    new.add_paragraph("after")
    assert read_word(saved(new), "")["text"].split("\n") == ["before", "left", "right", "after"]


def test_insertions_are_read_and_deletions_are_not() -> None:
    new = word("We are ")
    new.paragraphs[0]._p.extend(
        [
            parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>not </w:t></w:r></w:ins>"),
            parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>always </w:delText></w:r></w:del>"),
            parse_xml(f"<w:r {nsdecls('w')}><w:t>ready</w:t><w:br/><w:t>now</w:t></w:r>"),
        ]
    )
    assert read_word(saved(new), "")["text"] == "We are not ready\nnow"


def test_a_text_box_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent>"
    names = f'{nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    choice = f"<mc:Choice>{box.format('boxed')}</mc:Choice>"
    fallback = f"<mc:Fallback>{box.format('boxed')}</mc:Fallback>"
    both = f"<mc:AlternateContent>{choice}{fallback}</mc:AlternateContent>"
    new = word("around")
    new.paragraphs[0]._p.append(parse_xml(f"<w:r {names}>{both}</w:r>"))
    assert read_word(saved(new), "")["text"].split("\n") == ["around", "boxed"]


def test_a_definition_of_entities_refuses_a_word_document() -> None:
    out = io.BytesIO(saved(word("x")))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/more.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(Refused, match="entities"):
        read_word(out.getvalue(), "")


def test_a_pdf_goes_through_the_child_process() -> None:
    read = extract(pages_of(stream(b"BT /F1 12 Tf 72 720 Td (Ready for talks.) Tj ET")))
    assert (read.content_type, read.text) == ("pdf", "Ready for talks.")


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (pages_of(stream(b"0 0 9 9 re f")), "empty", "text recognition"),
        (pages_of(stream(b""), count=1_001), "too_large", "1,001 pages"),
        (pages_of(stream(b""))[:-8], "parse_failed", "breaks off"),
        (b"%PDF-1.7 noise %%EOF", "parse_failed", "damaged"),
        (document(b"<</Type/Catalog>>"), "parse_failed", "damaged"),
    ],
)
def test_a_pdf_without_readable_text_is_refused(body: bytes, code: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        read_pdf(body, "")
    assert caught.value.code == code
