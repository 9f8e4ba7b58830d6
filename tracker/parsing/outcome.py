"""What reading a file can end in: a text with what is known about it, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass

# name -> (code for machines, sentence for people); docs/inputs.md lists every one
REASONS: Mapping[str, tuple[str, str]] = {
    "empty": ("empty", "There is no text in it."),
    "no_text_layer": (
        "empty",
        "The PDF has no text in it, only pictures; run text recognition (OCR) over it first.",
    ),
    "bytes": ("too_large", "It has {size:,} bytes; at most {limit:,} are read."),
    "text_length": ("too_large", "Its text is longer than {limit:,} characters."),
    "page_bytes": ("too_large", "The web page has {size:,} bytes; at most {limit:,} are read."),
    "tags": ("too_large", "It has more than {limit:,} tags."),
    "depth": ("too_large", "Its tags are nested more than {limit:,} deep."),
    "attributes": ("too_large", "One of its tags has more than {limit:,} attributes."),
    "pdf_pages": ("too_large", "The PDF has {size:,} pages; at most {limit:,} are read."),
    "unpacked": ("too_large", "Unpacked, the document would have more than {limit:,} bytes."),
    "parts": ("too_large", "The document is packed from more than {limit:,} parts."),
    "entries": ("too_large", "The feed has more than {limit:,} entries."),
    "binary": ("binary", "It is not text: it holds control bytes, the first at byte {position:,}."),
    "charset": (
        "encoding",
        "It is marked as {charset}, but byte {position:,} (0x{byte:02x}) is not; save it as UTF-8.",
    ),
    "unknown_charset": (
        "encoding",
        "Byte {position:,} (0x{byte:02x}) is not valid UTF-8, and the text looks like neither "
        "Windows-1252 nor Windows-1251; save it as UTF-8.",
    ),
    "kind": ("unsupported", "It is {kind}; text, HTML, PDF, .docx, RSS and Atom can be read."),
    "not_pdf": ("parse_failed", "It is called a PDF but does not begin like one."),
    "not_docx": ("parse_failed", "It cannot be read as a Word document ({detail})."),
    "not_feed": ("parse_failed", "It is neither an RSS nor an Atom feed."),
    "feed_cut": ("parse_failed", "The feed breaks off before its end, '{end}'."),
    "pdf_cut": ("parse_failed", "The PDF breaks off before its end mark."),
    "pdf_locked": ("parse_failed", "The PDF is locked with a password."),
    "broken_pdf": ("parse_failed", "The PDF is damaged ({detail})."),
    "broken_page": ("parse_failed", "The web page could not be read ({detail})."),
    "entities": ("parse_failed", "It defines XML entities, which no honest document needs."),
    "crashed": ("parse_failed", "The parser broke down over it ({detail})."),
    "timeout": ("timeout", "Reading it took longer than the {seconds:g} seconds allowed."),
    "memory": ("memory", "Reading it took more than the {limit:,} bytes of memory allowed."),
}


class Refused(Exception):  # noqa: N818  # "refused" is what people are told
    """A file that is not read; `code` is for machines, `reason` a sentence for people."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


def refuse(name: str, **values: object) -> Refused:
    """Return the refusal that REASONS has under `name`."""
    code, sentence = REASONS[name]
    return Refused(code, sentence.format(**values))


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file's text and what the file says about itself; '' where it says nothing."""

    text: str
    title: str = ""
    outlet: str = ""
    language: str = ""  # BCP 47, as written in the file
    published: str = ""  # EDTF
    content_type: str = ""  # text, html, pdf, docx or feed


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed; `summary_html` is markup to be read with `extract`, not to be shown."""

    title: str
    url: str
    published: str  # EDTF, '' where the feed gives none
    summary_html: str
    key: str  # the feed's own stable identifier of the entry, its url where it gives none
