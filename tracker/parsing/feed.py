"""Entries of an RSS or Atom feed."""

import io
import re
from typing import Any

import feedparser

from tracker.parsing import markup
from tracker.parsing.decoding import decode
from tracker.parsing.outcome import refuse
from tracker.parsing.stamps import edtf_of

MAX_ENTRIES = 5_000
_ENDS = ("</rss>", "</feed>", "</rdf:RDF>", "</RDF>")
_TAIL = 4_096
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def extract(body: bytes, charset: str) -> dict[str, str]:
    """Return title, language and the entries' text of a feed; raise Refused."""
    feed = _parsed(body, charset)
    blocks = (f"{entry.get('title', '')}\n{entry.get('summary', '')}" for entry in feed.entries)
    return {
        "text": "\n\n".join(markup.text_of(block) for block in blocks).strip(),
        "title": feed.feed.get("title", ""),
        "language": feed.feed.get("language", ""),
    }


def entries(body: bytes, charset: str) -> list[dict[str, str]]:
    """Return the fields of each FeedEntry; raise Refused."""
    return [_entry(entry) for entry in _parsed(body, charset).entries]


def _entry(entry: Any) -> dict[str, str]:
    url = _link(entry.get("link", ""))
    full = "".join(part.get("value", "") for part in entry.get("content", []))
    return {
        "title": markup.text_of(entry.get("title", "")),
        "url": url,
        "published": edtf_of(entry.get("published", "") or entry.get("updated", "")),
        "summary_html": full or entry.get("summary", ""),
        "key": entry.get("id", "") or url,
    }


def _link(link: str) -> str:
    return link if link.startswith(("http://", "https://")) else ""


def _parsed(body: bytes, charset: str) -> Any:
    declared = charset or markup.declared_charset(body)
    text = _DECLARATION.sub("", decode(body, declared=declared, tolerant=True))
    if re.search("<!ENTITY", text, re.IGNORECASE):
        raise refuse("entities")
    markup.refuse_bombs(text)
    feed = feedparser.parse(
        io.BytesIO(text.encode()),  # a file, because feedparser would fetch or open anything else
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
    )
    if not feed.version:
        raise refuse("not_feed")
    if not any(end in text[-_TAIL:] for end in _ENDS):
        raise refuse("feed_cut", end=_ENDS[0])
    if len(feed.entries) > MAX_ENTRIES:
        raise refuse("entries", limit=MAX_ENTRIES)
    return feed
