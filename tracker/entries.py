"""What a watched address lists: entries, each noted once, and what is captured of them."""

import hashlib
import html
from collections.abc import Iterable
from datetime import datetime

from tracker import dates, parsing
from tracker.dates import EdtfDate
from tracker.fetching import Fetched
from tracker.hosts import LONGEST_URL, host_of, note_hosts
from tracker.models import WatchedEntry, WatchedSource
from tracker.parsing.links import ascii_url, links

ENTRIES_A_POLL = 50


def listed(watched: WatchedSource, answer: Fetched) -> list[WatchedEntry]:
    """Return the entries of a feed, or of a page of links, not saved; raise Refused."""
    if watched.kind == WatchedSource.Kind.PAGES:
        found = links(answer.body, charset=answer.charset or "", base=answer.url)
        return [
            WatchedEntry(key=key_of(url), url=url)
            for url in found
            if url.startswith(watched.prefix) and url != watched.url
        ]
    return [
        WatchedEntry(
            key=key_of(entry.key or repr(entry)),
            url=ascii_url(entry.url),
            title=entry.title[:500],
            published=entry.published,
            content="" if entry.url else entry.summary_html,
        )
        for entry in parsing.entries(answer.body, content_type=declared_type(answer))
    ]


def note_entries(watched: WatchedSource, found: Iterable[WatchedEntry], now: datetime) -> bool:
    """Store the first ENTRIES_A_POLL that were never seen; tell whether there are more."""
    by_key = {entry.key: entry for entry in found}
    seen = set(watched.entries.filter(key__in=by_key).values_list("key", flat=True))
    fresh = [entry for key, entry in by_key.items() if key not in seen]
    for entry in fresh[:ENTRIES_A_POLL]:
        entry.watched, entry.found_at, entry.next_try_at = watched, now, now
        entry.host_id = (host_of(entry.url) if entry.url else "") or watched.host_id
        _refuse_address(entry, now)
    note_hosts({entry.host_id for entry in fresh[:ENTRIES_A_POLL]}, now)
    WatchedEntry.objects.bulk_create(fresh[:ENTRIES_A_POLL], ignore_conflicts=True)
    return len(fresh) > ENTRIES_A_POLL


def _refuse_address(entry: WatchedEntry, now: datetime) -> None:
    if entry.url and not host_of(entry.url):
        entry.problem = f"'{entry.url[:200]}' is no address that can be fetched"
        entry.url, entry.done_at = entry.url[:LONGEST_URL], now


def as_page(entry: WatchedEntry) -> bytes:
    """Return the own content of an entry without an address as a page to be stored."""
    title = html.escape(entry.title)
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f"<body><article>{entry.content}</article></body></html>"
    ).encode()


def published_of(entry: WatchedEntry) -> EdtfDate | None:
    """Return when the feed says that an entry came out; raises BadDateError."""
    return dates.parse(entry.published) if entry.published else None


def key_of(text: str) -> str:
    """Return what an entry is known by again: a hash of its identifier, link or text."""
    return hashlib.sha256(text.encode()).hexdigest()


def declared_type(answer: Fetched) -> str:
    """Return the media type of an answer with its charset, as the parsers take it."""
    return (
        f"{answer.content_type}; charset={answer.charset}"
        if (answer.charset)
        else answer.content_type
    )
