"""Bytes -> text, without a guess that nobody could check."""

import codecs
import contextlib
import re

from tracker.parsing.outcome import Refused, refuse

_MARKS = (  # longest first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a declared name means, as browsers read it (WHATWG Encoding Standard). Names outside this
# list are not tried: Python's codecs also hold compressors and escape languages.
_DECLARED = {
    "ascii": "cp1252", "us-ascii": "cp1252", "latin1": "cp1252", "iso-8859-1": "cp1252",
    "cp1252": "cp1252", "windows-1252": "cp1252", "iso-8859-15": "iso8859-15",
    "iso-8859-2": "iso8859-2", "windows-1250": "cp1250", "iso-8859-5": "iso8859-5",
    "cp1251": "cp1251", "windows-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    "iso-8859-7": "iso8859-7", "windows-1253": "cp1253", "iso-8859-9": "cp1254",
    "windows-1254": "cp1254", "windows-1255": "cp1255", "windows-1256": "cp1256",
    "windows-1257": "cp1257", "windows-1258": "cp1258", "windows-874": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "euc-jp": "euc_jp", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}  # fmt: skip
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]"
)  # tab, line ends, form feed, ESC are text
_MOST_CONTROL = 0.001  # a stray control character survives from old word processors
_FOREIGN_LETTERS = re.compile(rb"[\xa8\xb8\xc0-\xff]+")
_LONG_RUN, _SHORT_RUN = 3.0, 1.5  # letters above ASCII in a row: Cyrillic words, or accents
_CAPITAL_INSIDE = re.compile("[а-яё][А-ЯЁ]|[ß-ÿ][À-Þ]")  # what another code page's words turn into
_MOST_CAPITALS = 0.01
_STRAY_BYTES = 1_000  # one broken byte in so many is a slip, more are another charset


def decode(body: bytes, *, declared: str = "", tolerant: bool = False) -> str:
    """Return the text of `body`, line ends as \\n and every other character as it is.

    Tried in turn, each strictly: the byte order mark, UTF-8, the `declared` charset, and
    Windows-1252 or Windows-1251 where the bytes above ASCII stand as accents or words do.
    Where `tolerant`, a few stray bytes become U+FFFD, as in every browser. Raises Refused with
    the position of the first byte that is not text.
    """
    try:
        text = _decoded(body, declared.strip().lower())
    except Refused:
        text = body.decode("utf-8-sig", "replace") if tolerant else ""
        if not 0 < text.count("\N{REPLACEMENT CHARACTER}") <= len(body) / _STRAY_BYTES:
            raise
    controls = _CONTROL.findall(text)
    if "\0" in text or len(controls) > max(_MOST_CONTROL * len(text), 1):
        first = _CONTROL.search(text)
        raise refuse("binary", position=len(text[: first.start() if first else 0].encode()))
    return text.replace("\r\n", "\n")


def _decoded(body: bytes, declared: str) -> str:
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _strictly(body, codec)
    codec = _DECLARED.get(declared, "")
    if codec.startswith("utf-16"):
        return _strictly(body, codec)
    if b"\0" in body:
        raise refuse("binary", position=body.index(b"\0"))
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        failure = error
    with contextlib.suppress(UnicodeDecodeError, LookupError):
        return body.decode(codec)
    with contextlib.suppress(UnicodeDecodeError, LookupError):
        text = body.decode(_looks_like(body))
        if len(_CAPITAL_INSIDE.findall(text)) <= _MOST_CAPITALS * len(text):
            return text
    raise refuse("unknown_charset", position=failure.start, byte=body[failure.start])


def _strictly(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        name = codec.removesuffix("-sig").upper()
        at = min(error.start, len(body) - 1)
        raise refuse("charset", position=at, byte=body[at], charset=name) from error


def _looks_like(body: bytes) -> str:
    """Return the Windows code page whose letters the bytes above ASCII can be, '' if neither."""
    runs = _FOREIGN_LETTERS.findall(body)
    if not runs:
        return "cp1252"  # typographic quotation marks and dashes only
    letters = b"".join(runs)
    length = len(letters) / len(runs)
    small = sum(letter >= 0xE0 or letter == 0xB8 for letter in letters)
    if length >= _LONG_RUN and small > len(letters) / 2:
        return "cp1251"
    ascii_letters = sum(map(body.count, (b"e", b"a", b"i", b"o", b"n", b"s", b"r", b"t")))
    return "cp1252" if length <= _SHORT_RUN and ascii_letters > len(letters) else ""
