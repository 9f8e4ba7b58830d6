"""Markup judged before a parser sees it, and turned into text without one's opinion."""

import html
import re

from tracker.parsing.outcome import refuse

MAX_TAGS = 200_000
MAX_DEPTH = 250  # libxml2 silently drops what is nested deeper than 256
MAX_ATTRIBUTES = 500
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]*+)([^<>]*+)>")
_VALUE = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_LONG_TAG = 2_000
# Tags that have no end, or whose end may be left out (HTML Standard, 13.1.2.4)
_WITHOUT_END = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th",
        "thead", "tbody", "tfoot", "colgroup", "caption", "rt", "rp",
    }
)  # fmt: skip
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_BREAK = re.compile(r"(?i)<\s*(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^<>]*>")


def refuse_bombs(text: str) -> None:
    """Raise Refused where markup has so many tags, so deep or so full that parsers crawl."""
    depth = 0
    for number, tag in enumerate(_TAG.finditer(text), start=1):
        if number > MAX_TAGS:
            raise refuse("tags", limit=MAX_TAGS)
        if len(tag[3]) > _LONG_TAG and len(_VALUE.sub(" ", tag[3]).split()) > MAX_ATTRIBUTES:
            raise refuse("attributes", limit=MAX_ATTRIBUTES)
        if tag[2].lower() not in _WITHOUT_END and not tag[3].endswith("/"):
            depth = max(depth + (-1 if tag[1] else 1), 0)
        if depth > MAX_DEPTH:
            raise refuse("depth", limit=MAX_DEPTH)


def declared_charset(body: bytes) -> str:
    """Return the charset named in the first KB of a page or a feed, '' where none is."""
    found = _CHARSET.search(body[:1_024])
    return found[1].decode("ascii", "replace").lower() if found else ""


def text_of(fragment: str) -> str:
    """Return a fragment's text: tags off, line ends for breaks, entities resolved."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", fragment))).strip()
