"""Word documents and other zip archives that unpack without end, lie or define entities."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import docx

from tests.tracker.hostile.file import HostileFile

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LAUGHS = '<!DOCTYPE d [<!ENTITY l0 "laugh">{}]>'.format(
    "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
)


def files() -> Iterator[HostileFile]:
    """Yield the hostile Word documents."""
    for name, make in {**_unpacking(), **_marked_up(), **_lying()}.items():
        yield HostileFile(f"docx/{name}", make, content_type=_TYPE)
    for tenth in range(1, 10):
        yield HostileFile(f"docx/cut-{tenth}0", partial(_cut, tenth), filename="a.docx")


def _plain(paragraphs: int = 3) -> bytes:
    document = docx.Document()
    for _ in range(paragraphs):
        document.add_paragraph("Ostravia is ready for talks, said Ilva Marenko.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _with(parts: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a plain document with `parts` put in or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_plain())) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def _body(inside: str, before: str = "") -> bytes:
    text = f'<?xml version="1.0"?>{before}<w:document xmlns:w="{_WORD}"><w:body>{inside}'
    return f"{text}</w:body></w:document>".encode()


def _document(inside: str, before: str = "") -> bytes:
    return _with({"word/document.xml": _body(inside, before)})


def _unpacking() -> dict[str, Callable[[], bytes]]:
    paragraph = "<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    return {
        "bomb-text": lambda: _document(f"<w:p><w:r><w:t>{'x' * 90_000_000}</w:t></w:r></w:p>"),
        "bomb-over-the-limit": lambda: _with({"word/media/a.png": b"\0" * 150_000_000}),
        "bomb-under-the-limit": lambda: _with({"word/media/a.png": b"\0" * 90_000_000}),
        "bomb-in-styles": lambda: _with({"word/styles.xml": _body(paragraph * 1_500_000)}),
        "bomb-in-properties": lambda: _with({"docProps/core.xml": _body(paragraph * 1_500_000)}),
        "bomb-with-a-small-size": lambda: _small_size(b" " * 90_000_000),
        "bomb-bzip2": lambda: _with({"word/a.bin": b"\0" * 90_000_000}, method=zipfile.ZIP_BZIP2),
        "bomb-lzma": lambda: _with({"word/a.bin": b"\0" * 90_000_000}, method=zipfile.ZIP_LZMA),
        "paragraphs": lambda: _document(paragraph * 1_000_000),
        "paragraphs-many": lambda: _document(paragraph * 200_000),
        "runs": lambda: _document(f"<w:p>{'<w:r><w:t>x</w:t></w:r>' * 500_000}</w:p>"),
        "cells": lambda: _document(
            "<w:tbl>"
            + ("<w:tr>" + f"<w:tc>{paragraph}</w:tc>" * 500 + "</w:tr>") * 100
            + "</w:tbl>"
        ),
        "members": lambda: _with({f"word/m{n}.xml": b"" for n in range(20_000)}),
        "archive-in-archive": lambda: _with({"word/embeddings/a.docx": _plain(999)}),
    }


def _marked_up() -> dict[str, Callable[[], bytes]]:
    laugh = "<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>"
    attributes = " ".join(f'w:a{n}="1"' for n in range(50_000))
    outside = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    made: dict[str, Callable[[], bytes]] = {
        "entities": lambda: _document(laugh, _LAUGHS),
        "entities-late": lambda: _document(laugh, f"<!--{'x' * 100_000}-->{_LAUGHS}"),
        "entities-utf-16": lambda: _with(
            {"word/document.xml": _body(laugh, _LAUGHS).decode().encode("utf-16")}
        ),
        "entities-in-relations": lambda: _with(
            {"word/_rels/document.xml.rels": f"{_LAUGHS}<R>&l9;</R>".encode()}
        ),
        "entities-in-types": lambda: _with(
            {"[Content_Types].xml": f"{_LAUGHS}<T>&l9;</T>".encode()}
        ),
        "entity-of-a-file": lambda: _document("<w:p><w:r><w:t>&f;</w:t></w:r></w:p>", outside),
        "attributes": lambda: _document(f"<w:p {attributes}/>"),
        "namespaces": lambda: _document("".join(f'<w:p xmlns:n{n}="u"/>' for n in range(50_000))),
        "not-xml": lambda: _with({"word/document.xml": b"\xff\xfe\0<<<"}),
        "no-body": lambda: _with({"word/document.xml": b"<a/>"}),
    }
    for depth in (200, 2_000, 200_000):
        for tag in ("p", "tbl", "sdt", "r"):
            made[f"deep-{tag}-{depth}"] = partial(_nested, tag, depth)
    return made


def _nested(tag: str, depth: int) -> bytes:
    return _document(f"<w:{tag}>" * depth + "<w:t>x</w:t>" + f"</w:{tag}>" * depth)


def _lying() -> dict[str, Callable[[], bytes]]:
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" TargetMode="External" Target="file:///etc/passwd" Type="http://'
        'schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
    )
    return {
        "empty-archive": lambda: b"PK\x05\x06" + b"\0" * 18,
        "magic-only": lambda: b"PK\x03\x04",
        "noise": lambda: b"PK\x03\x04" + bytes(range(256)) * 999,
        "no-word": lambda: _archive({"xl/workbook.xml": b"<x/>"}),
        "no-types": lambda: _archive({"word/document.xml": _body("")}),
        "other-place": lambda: _with({"../../etc/passwd": b"x", "/etc/passwd": b"x"}),
        "outside-relation": lambda: _with({"word/_rels/settings.xml.rels": link.encode()}),
        "wrong-checksum": lambda: _patched(b"\x50\x4b\x01\x02", 16, b"\0\0\0\0"),
        "encrypted": lambda: _patched(b"\x50\x4b\x01\x02", 8, b"\x01\0"),
        "unknown-method": lambda: _patched(b"\x50\x4b\x01\x02", 10, b"\x63\0"),
        "same-place": lambda: _patched(b"\x50\x4b\x01\x02", 42, b"\0\0\0\0"),
        "called-docx": lambda: b"Ostravia is ready for talks.",
        "old-word": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
        "no-text": lambda: _document(""),
    }


def _archive(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _patched(signature: bytes, offset: int, value: bytes) -> bytes:
    """Return a plain document with `value` written into every entry of its index."""
    body = bytearray(_plain())
    place = body.find(signature)
    while place >= 0:
        body[place + offset : place + offset + len(value)] = value
        place = body.find(signature, place + 1)
    return bytes(body)


def _small_size(content: bytes) -> bytes:
    """Return a document whose text unpacks to `content` although its index says 100 bytes."""
    body = bytearray(_with({"word/document.xml": content}))
    size = struct.pack("<L", len(content))
    return bytes(body).replace(size, struct.pack("<L", 100))


def _cut(tenths: int) -> bytes:
    whole = _plain()
    return whole[: len(whole) * tenths // 10]
