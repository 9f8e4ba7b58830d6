"""Text of a .docx, as it would be printed: tracked deletions left out, insertions kept."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

from tracker.parsing.outcome import refuse

MAX_PARTS = 5_000
MAX_UNPACKED = 100_000_000
_HEAD = 65_536
_DEFINITION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SPELLED = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "\N{NON-BREAKING HYPHEN}",
}
_UNPRINTED = {
    qn("w:del"),
    qn("w:moveFrom"),
    qn("w:instrText"),
    qn("w:pPr"),
    qn("w:rPr"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}


def extract(body: bytes, _charset: str) -> dict[str, str]:
    """Return text, title and language of a .docx; raise Refused."""
    _refuse_archive(body)
    try:
        document = docx.Document(io.BytesIO(body))
        text = "\n".join(_paragraphs(document.element.body)).strip("\n")
    except (KeyError, ValueError, AttributeError, etree.LxmlError, zipfile.BadZipFile) as error:
        raise refuse("not_docx", detail=type(error).__name__) from error
    properties = document.core_properties
    return {
        "text": text,
        "title": properties.title or "",
        "language": properties.language or "",
    }


def _refuse_archive(body: bytes) -> None:
    """Raise Refused unless the archive is a modest Word document; unpacks only its index.

    zipfile never unpacks more of a member than its declared size, so that the declared sizes
    bound the real ones.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            _refuse_members(members)
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    _refuse_entities(archive.open(member).read(_HEAD))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise refuse("not_docx", detail=type(error).__name__) from error


def _refuse_entities(head: bytes) -> None:
    if _DEFINITION.search(head.replace(b"\0", b"")):
        raise refuse("entities")


def _refuse_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_PARTS:
        raise refuse("parts", limit=MAX_PARTS)
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise refuse("unpacked", limit=MAX_UNPACKED)
    if not any(member.filename.startswith("word/") for member in members):
        raise refuse("kind", kind="a zip archive that is no Word document")


def _paragraphs(body: Any) -> Iterator[str]:
    for paragraph in body.iter(qn("w:p")):
        if not any(around.tag in _UNPRINTED for around in paragraph.iterancestors()):
            yield "".join(_printed(paragraph))


def _printed(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in _UNPRINTED or child.tag == qn("w:p"):
            continue  # a paragraph inside this one (a text box) comes on its own
        if child.tag == qn("w:t"):
            yield child.text or ""
        yield _SPELLED.get(child.tag, "")
        yield from _printed(child)
