"""Text of a PDF, page by page, in the order in which it was written."""

import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw

from tracker.parsing.outcome import refuse

MAX_PAGES = 1_000
MAX_TEXT = 5_000_000
_SOFT_HYPHEN_BREAK = re.compile(
    "[\x02\ufffe\N{SOFT HYPHEN}]\r?\n?"
)  # how pdfium marks a split word


def extract(body: bytes, _charset: str) -> dict[str, str]:
    """Return text and title of a PDF; raise Refused."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise refuse("pdf_locked") from error
        raise refuse("broken_pdf", detail=str(error)) from error
    if len(document) > MAX_PAGES:
        raise refuse("pdf_pages", size=len(document), limit=MAX_PAGES)
    text = "\n\n".join(_pages(document)).strip("\n")
    if not text.strip():
        raise refuse("no_text_layer")
    return {"text": text, "title": document.get_metadata_value("Title")}


def _pages(document: pypdfium2.PdfDocument) -> Iterator[str]:
    length = 0
    for number in range(len(document)):
        try:
            text = _page(document, number)
        except pypdfium2.PdfiumError as error:
            raise refuse("broken_pdf", detail=f"page {number + 1}: {error}") from error
        length += len(text)
        if length > MAX_TEXT:
            raise refuse("text_length", limit=MAX_TEXT)
        yield text


def _page(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    textpage = page.get_textpage()
    text: str = textpage.get_text_range()
    textpage.close()
    page.close()
    joined = _SOFT_HYPHEN_BREAK.sub("", text).replace("\r\n", "\n").replace("\0", "\ufffd")
    return joined.strip("\n")
