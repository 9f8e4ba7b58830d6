"""Text of a PDF, page by page, in the order in which it was written."""

import ctypes
import itertools
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw

from tracker.parsing.lines import Line, text_of
from tracker.parsing.outcome import refuse

MAX_PAGES = 1_000
MAX_TEXT = 5_000_000
_LINE_END = "\r\n"  # what pdfium puts between two printed lines
_TAIL = 4_096  # bytes in which the end mark must be; some programs write a little after it


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
    text = text_of(list(_pages(document)))
    if not text.strip():
        raise refuse("no_text_layer")
    return {"text": text, "title": document.get_metadata_value("Title")}


def _pages(document: pypdfium2.PdfDocument) -> Iterator[Sequence[Line]]:
    length = 0
    for number in range(len(document)):
        try:
            page = _lines(document, number)
        except pypdfium2.PdfiumError as error:
            detail = f"page {number + 1} of {len(document)}"
            raise refuse("broken_pdf", detail=detail) from error
        length += sum(len(line.text) for line in page)
        if length > MAX_TEXT:
            raise refuse("text_length", limit=MAX_TEXT)
        yield page


def _lines(document: pypdfium2.PdfDocument, number: int) -> list[Line]:
    page = document[number]
    textpage = page.get_textpage()
    text = textpage.get_text_range().replace("\0", "\N{REPLACEMENT CHARACTER}")
    printed = text.split(_LINE_END)
    starts = itertools.accumulate((len(line) + len(_LINE_END) for line in printed), initial=0)
    lines = [
        _line(textpage, line, start)
        for line, start in zip(printed, starts, strict=False)
        if line.strip()
    ]
    textpage.close()
    page.close()
    return lines


def _line(textpage: pypdfium2.PdfTextPage, text: str, start: int) -> Line:
    """Return the line whose first character is the page's `start`th."""
    place = pypdfium2.raw.FPDFText_GetCharIndexFromTextIndex
    first, last = place(textpage, start), place(textpage, start + len(text.rstrip()) - 1)
    x, baseline, right = ctypes.c_double(), ctypes.c_double(), ctypes.c_double()
    pypdfium2.raw.FPDFText_GetCharOrigin(textpage, first, x, baseline)
    pypdfium2.raw.FPDFText_GetCharOrigin(textpage, last, right, ctypes.c_double())
    size = pypdfium2.raw.FPDFText_GetFontSize(textpage, first)
    return Line(text, x.value, right.value, baseline.value, size)
