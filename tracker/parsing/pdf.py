"""Text of a PDF, page by page, in the order in which it was written."""

import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw

from tracker.parsing.outcome import refuse

MAX_PAGES = 1_000
MAX_TEXT = 5_000_000
_TAIL = 4_096  # bytes in which the end mark must be; some programs write a little after it
_SOFT_HYPHEN_BREAK = re.compile(
    "[\x02\ufffe\N{SOFT HYPHEN}]\r?\n?"
)  # how pdfium marks a split word


def extract(body: bytes, _charset: str) -> dict[str, str]:
    """Return text and title of a PDF; raise Refused."""
    if b"%%EOF" not in body[-_TAIL:]:
        raise refuse("pdf_cut")
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise refuse("pdf_locked") from error
        detail = str(error) if error.err_code else "no pages"
        raise refuse("broken_pdf", detail=detail.rstrip(".")) from error
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
            raise refuse("broken_pdf", detail=f"page {number + 1} of {len(document)}") from error
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
