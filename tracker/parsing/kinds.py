"""Which kind of file it is: by its first bytes, then by what it is called."""

import re
from pathlib import PurePath

from tracker.parsing.outcome import refuse

_MAGIC = (
    (b"PK\x03\x04", "docx"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file; save it as .docx"),
    (b"{\\rtf", "a rich-text file (.rtf); save it as .docx"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"ID3", "a recording"),
    (b"OggS", "a recording"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/rdf+xml": "feed",
    "text/xml": "xml",
    "application/xml": "xml",
    "text/plain": "text",
}
_SUFFIXES = {
    ".htm": "html", ".html": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "docx",
    ".rss": "feed", ".atom": "feed", ".xml": "xml", ".txt": "text", ".text": "text", ".md": "text",
}  # fmt: skip
_HEAD = 4_096
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)


def kind_of(body: bytes, *, content_type: str = "", filename: str = "") -> str:
    """Return `text`, `html`, `pdf`, `docx` or `feed`; raise Refused for any other kind.

    The first bytes decide where they can; then the declared type, then the file's suffix. What
    a browser is told is text stays text, even if it looks like markup.
    """
    by_magic = next((kind for magic, kind in _MAGIC if body.startswith(magic)), "")
    called = _called(content_type, filename)
    if by_magic not in {"", "docx"}:
        raise refuse("kind", kind=by_magic)
    if body.lstrip()[:5] == b"%PDF-" or (called == "pdf" and b"%PDF-" in body[:1_024]):
        return "pdf"
    if called == "pdf":
        raise refuse("not_pdf")
    if called == "docx" and not by_magic:
        raise refuse("not_docx", detail="it is no zip archive")
    return by_magic or _kind_of_text(body[:_HEAD].replace(b"\0", b""), called)


def _called(content_type: str, filename: str) -> str:
    declared = content_type.partition(";")[0].strip().lower()
    by_suffix = _SUFFIXES.get(PurePath(filename).suffix.lower(), "")
    by_type = _TYPES.get(declared, "")
    if declared.startswith(("image/", "audio/", "video/", "font/")):
        raise refuse("kind", kind=f"of the type {declared[:60]}")
    return by_suffix if by_type in {"", "text"} and by_suffix else by_type


def _kind_of_text(head: bytes, called: str) -> str:
    if called in {"text", "html", "feed"}:
        return called
    marked_up = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    if marked_up and _FEED.search(head):
        return "feed"
    if marked_up and _PAGE.search(head):
        return "html"
    if called == "xml" or (marked_up and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")):
        raise refuse("kind", kind="XML that is neither a feed nor a web page")
    return "text"
