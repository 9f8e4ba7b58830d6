"""Shifts as feeds: Atom (RFC 4287), JSON Feed 1.1, iCalendar (RFC 5545).

Plain values in, text out: the API and the pages fill a Feed each from their own rows.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from urllib.parse import urlsplit

from django.conf import settings

ATOM, JSON_FEED, CALENDAR = "application/atom+xml", "application/feed+json", "text/calendar"
# What XML or a calendar cannot hold, however it is written.
_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FOLD = 75  # bytes of a line in a calendar
_STATUS = {"confirmed": "CONFIRMED", "withdrawn": "CANCELLED"}


@dataclass(frozen=True, slots=True)
class Side:
    """What was said, and when: the EDTF date, its first and its last day."""

    text: str
    edtf: str
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Entry:
    """A shift as a feed shows it."""

    id: int
    actor: str
    topic: str
    direction: str
    kinds: Sequence[str]
    status: str
    reasons: Sequence[str]
    older: Side
    newer: Side
    recorded_at: datetime
    changed_at: datetime

    @property
    def address(self) -> str:
        """The address of its page, which is also its lasting name."""
        return f"{settings.PUBLIC_URL}/shifts/{self.id}/"

    @property
    def title(self) -> str:
        """One line that says what happened."""
        kinds = ", ".join(kind.replace("_", " ") for kind in self.kinds)
        mark = "Withdrawn: " if self.status == "withdrawn" else ""
        return f"{mark}{self.actor} on {self.topic}: {self.direction}" + (
            f" ({kinds})" if kinds else ""
        )

    @property
    def text(self) -> str:
        """Both passages with their dates, and the reasons."""
        lines = [
            f"{self.older.edtf}: “{self.older.text}”",
            f"{self.newer.edtf}: “{self.newer.text}”",
            *self.reasons,
            f"Status: {self.status}",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries, newest on record first. `address` is the feed's own, `next` the next page's."""

    title: str
    address: str
    entries: Sequence[Entry]
    next: str = ""

    @property
    def changed_at(self) -> datetime:
        """When anything in it changed last."""
        return max((entry.changed_at for entry in self.entries), default=_NEVER)


def atom(feed: Feed) -> str:
    """Return an Atom feed."""
    following = f'<link rel="next" href="{_xml(feed.next)}"/>' if feed.next else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{_xml(feed.address)}</id><title>{_xml(feed.title)}</title>"
        f'<link rel="self" type="{ATOM}" href="{_xml(feed.address)}"/>{following}'
        f"<updated>{_moment(feed.changed_at)}</updated>"
        "<author><name>Stanceline</name></author>"
        f"{''.join(map(_atom_entry, feed.entries))}</feed>\n"
    )


def json_feed(feed: Feed) -> str:
    """Return a JSON Feed."""
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": settings.PUBLIC_URL,
        "feed_url": feed.address,
        **({"next_url": feed.next} if feed.next else {}),
        "items": [
            {
                "id": item.address,
                "url": item.address,
                "title": item.title,
                "content_text": item.text,
                "date_published": _moment(item.recorded_at),
                "date_modified": _moment(item.changed_at),
                "tags": [item.status, item.direction, *item.kinds],
            }
            for item in feed.entries
        ],
    }
    return json.dumps(value, ensure_ascii=False)


def calendar(feed: Feed) -> str:
    """Return a calendar: each shift on the days on which its newer side can have been said."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stanceline//Shifts//EN",
        f"X-WR-CALNAME:{_escaped(feed.title)}",
        *(line for item in feed.entries for line in _event(item)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _atom_entry(item: Entry) -> str:
    tags = "".join(f'<category term="{_xml(kind)}"/>' for kind in (item.direction, *item.kinds))
    return (
        f"<entry><id>{_xml(item.address)}</id><title>{_xml(item.title)}</title>"
        f'<link rel="alternate" href="{_xml(item.address)}"/>'
        f"<published>{_moment(item.recorded_at)}</published>"
        f"<updated>{_moment(item.changed_at)}</updated>{tags}"
        f'<content type="text">{_xml(item.text)}</content></entry>'
    )


def _event(item: Entry) -> Iterator[str]:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    yield "BEGIN:VEVENT"
    yield f"UID:shift-{item.id}@{host}"
    yield f"DTSTAMP:{item.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(item.newer.earliest)}"
    if item.newer.latest < date.max:
        yield f"DTEND;VALUE=DATE:{_day(item.newer.latest + timedelta(days=1))}"
    yield f"SUMMARY:{_escaped(item.title)}"
    yield f"DESCRIPTION:{_escaped(item.text)}"
    yield f"URL:{item.address}"
    yield f"STATUS:{_STATUS.get(item.status, 'TENTATIVE')}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 bytes, never within a character."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _FOLD:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece


def _escaped(text: str) -> str:
    text = _UNWRITABLE.sub("", text).replace("\\", "\\\\").replace("\r", "")
    return text.replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def _xml(text: str) -> str:
    return escape(_UNWRITABLE.sub("", text))


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(value: date) -> str:
    return f"{value.year:04}{value.month:02}{value.day:02}"
