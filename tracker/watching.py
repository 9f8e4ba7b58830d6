"""Watched sources: feeds and pages that are polled, and their entries captured once each.

What a poll finds is a row first; capturing it is the work of a later turn. A *turn* is one
request to one host: it is claimed by a conditional UPDATE of the host's row, so that however many
workers there are, a host is asked one thing at a time with a pause between. The requests of one
call run side by side, so that a host which does not answer keeps nobody waiting; none of them
runs inside a transaction, and none of the threads touches the database.
"""

import hashlib
import html
import logging
import time
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tracker import dates, fetching, ingest, parsing
from tracker.dates import BadDateError, EdtfDate
from tracker.fetching import Fetched, FetchError
from tracker.ingest import BadInputError
from tracker.models import Document, Host, Source, WatchedEntry, WatchedSource
from tracker.models.watch import ENTRY_TRIES, HOST_PAUSE
from tracker.parsing.links import ascii_url, links

logger = logging.getLogger(__name__)

HOSTS_AT_ONCE = 4
ENTRIES_A_POLL = 50
POLL_TRIES = 3
LIMITS = fetching.Limits(seconds=15.0)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)
ROBOTS_LAST = timedelta(days=1)
ROBOTS_AGAIN = timedelta(hours=1)  # where there was no answer to keep for a day
LONGEST_URL = 2_000
_LONGEST_HOST = 260
_OK = 200


def busy(*, now: datetime) -> bool:
    """Tell whether a worker asks hosts at present, or died of it within the lease."""
    return Host.objects.claimed(now).exists()


def poll_due(*, now: datetime, limit: int = HOSTS_AT_ONCE) -> int:
    """Ask at most `limit` hosts for one due thing each; return how many documents were stored.

    That is robots.txt where it is not known, else the most overdue feed or page, else the next
    entry. Safe to run in several processes at once. `now` is when the call begins; what ends
    later is noted with the time that has passed.
    """
    began = time.monotonic()
    _give_up(now)
    turns = list(_claimed_turns(now, limit))
    stored = 0
    with ThreadPoolExecutor(max_workers=limit, thread_name_prefix="watch") as threads:
        asked = {threads.submit(turn.ask): turn for turn in turns}
        for answer in as_completed(asked):
            at = now + timedelta(seconds=time.monotonic() - began)
            stored += _concluded(asked[answer], answer, at)
    return stored


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a turn came to nothing; `wait` is what the host asked for."""

    reason: str
    again: bool
    wait: timedelta = timedelta()
    status: int = 0


class _GivenUpError(Exception):
    """A turn that is over before its request."""

    def __init__(self, failure: _Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(slots=True)
class _Turn(ABC):
    """One request to a claimed host, and what follows from its answer."""

    host: Host

    @abstractmethod
    def ask(self) -> Fetched | None:
        """Send the request, if there is one. Runs in a thread: no database."""

    @abstractmethod
    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        """Note a good answer; return how many documents were stored."""

    @abstractmethod
    def fail(self, failure: _Failure, at: datetime) -> None:
        """Note a failure."""

    def judge(self, url: str) -> None:
        """Refuse a redirect that the robots.txt of the host it leads to forbids."""
        if host_of(url) in ("", self.host.name):
            _refuse_forbidden(self.host, url)
        else:
            _refuse_forbidden(_asked_for_robots(url), url)

    def release(self, at: datetime, wait: timedelta = timedelta()) -> bool:
        """Give the host back after its pause; false where this turn has lost its claim."""
        return Host.objects.release(self.host, at + max(HOST_PAUSE, wait))


@dataclass(slots=True)
class _RobotsTurn(_Turn):
    """The host's robots.txt; what it says counts from the next turn on."""

    url: str

    def ask(self) -> Fetched:
        return _fetch(urllib.parse.urljoin(self.url, "/robots.txt"))

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        body = answer.body[: fetching.ROBOTS_BYTES] if answer else b""
        self._note(at, robots_body=body, robots_status=_OK, robots_problem="")
        return 0

    def fail(self, failure: _Failure, at: datetime) -> None:
        self._note(
            at,
            failure.wait,
            robots_body=b"",
            robots_status=failure.status,
            robots_problem=failure.reason[:500],
        )

    def _note(
        self, at: datetime, wait: timedelta = timedelta(), **answer: bytes | int | str
    ) -> None:
        with transaction.atomic():
            if self.release(at, wait):
                Host.objects.filter(pk=self.host.pk).update(robots_at=at, **answer)


@dataclass(slots=True)
class _PollTurn(_Turn):
    """One poll of a watched source."""

    watched: WatchedSource

    def ask(self) -> Fetched:
        watched = self.watched
        if watched.attempts > POLL_TRIES:
            reason = f"the worker died {POLL_TRIES} times while polling it; see its log"
            raise _GivenUpError(_Failure(reason, again=True))
        _refuse_forbidden(self.host, watched.url)
        return _fetch(
            watched.url,
            etag=watched.etag,
            last_modified=watched.last_modified,
            judge=self.judge,
        )

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        if answer is None or answer.status != _OK:
            self._succeed(at)
            return 0
        if self.watched.kind == WatchedSource.Kind.PAGE:
            return self._conclude_page(answer, at)
        found = _entries(self.watched, answer)
        with transaction.atomic():
            rest = _note_entries(self.watched, found, at)
            # What did not fit must come again: without a condition the whole list does.
            self._succeed(at, None if rest else answer)
        return 0

    def fail(self, failure: _Failure, at: datetime) -> None:
        failures = self.watched.failures + 1
        wait = max(_backoff(failures), failure.wait)
        with transaction.atomic():
            if self.release(at, failure.wait):
                WatchedSource.objects.filter(pk=self.watched.pk).update(
                    attempts=0,
                    failures=failures,
                    last_error=failure.reason[:500],
                    last_error_at=at,
                    next_poll_at=at + wait,
                )

    def _succeed(self, at: datetime, answer: Fetched | None = None) -> None:
        marks = (
            {"etag": answer.etag[:500], "last_modified": answer.last_modified[:200]}
            if (answer)
            else {}
        )
        if self.release(at):
            WatchedSource.objects.filter(pk=self.watched.pk).update(
                attempts=0,
                failures=0,
                last_success_at=at,
                next_poll_at=at + timedelta(minutes=self.watched.every),
                **marks,
            )

    def _conclude_page(self, answer: Fetched, at: datetime) -> int:
        """Store a page whose text is new; the rest of it may change with every request."""
        watched = self.watched
        text = parsing.extract(answer.body, content_type=_declared(answer)).text
        key = _key(text)
        if watched.entries.filter(key=key).exists():
            self._succeed(at, answer)
            return 0
        document, created = _stored(watched.source, answer, at, text=text)
        with transaction.atomic():
            watched.entries.get_or_create(
                key=key,
                defaults={
                    "host": self.host,
                    "url": watched.url,
                    "document": document,
                    "found_at": at,
                    "next_try_at": at,
                    "done_at": at,
                },
            )
            self._succeed(at, answer)
        return int(created)


@dataclass(slots=True)
class _EntryTurn(_Turn):
    """One entry: its page captured, or its own content stored."""

    entry: WatchedEntry

    def ask(self) -> Fetched | None:
        if not self.entry.url:
            return None
        _refuse_forbidden(self.host, self.entry.url)
        return _fetch(self.entry.url, judge=self.judge)

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        entry = self.entry
        source, published = entry.watched.source, _published(entry)
        if answer is not None:
            document, created = _stored(source, answer, at, title=entry.title, published=published)
        else:
            stored = ingest.store(
                _as_page(entry),
                now=at,
                source=source,
                content_type="text/html; charset=utf-8",
                url=entry.watched.url,
                title=entry.title,
                published=published,
            )
            document, created = stored.document, stored.created
        self._note(at, document=document, problem="", done_at=at, content="")
        return int(created)

    def fail(self, failure: _Failure, at: datetime) -> None:
        problem = failure.reason[:500]
        if failure.again and self.entry.attempts < ENTRY_TRIES:
            next_try_at = at + max(_backoff(self.entry.attempts), failure.wait)
            self._note(at, failure.wait, problem=problem, next_try_at=next_try_at)
        else:
            self._note(at, failure.wait, problem=problem, done_at=at, content="")

    def _note(
        self,
        at: datetime,
        wait: timedelta = timedelta(),
        **fields: Document | datetime | str,
    ) -> None:
        with transaction.atomic():
            if self.release(at, wait):
                WatchedEntry.objects.filter(pk=self.entry.pk, done_at=None).update(**fields)


# Which turns


def _claimed_turns(now: datetime, limit: int) -> Iterator[_Turn]:
    for host in Host.objects.with_work(now)[:limit]:
        if Host.objects.claim(host, now):
            turn = _turn(host, now)
            if turn is None:  # another worker did the work between our look and our claim
                Host.objects.release(host, now)
            else:
                yield turn


def _turn(host: Host, now: datetime) -> _Turn | None:
    """Return what is due at a claimed host, its attempt counted."""
    host.refresh_from_db(fields=["robots_body", "robots_status", "robots_problem", "robots_at"])
    watched = WatchedSource.objects.due(now).filter(host=host).first()
    entries = WatchedEntry.objects.due(now).filter(host=host)
    entry = None if watched else entries.select_related("watched__source").first()
    url = watched.url if watched else entry.url if entry else ""
    if url and not _knows_robots(host, now):
        return _RobotsTurn(host, url)
    if watched is not None:
        WatchedSource.objects.begin(watched)
        return _PollTurn(host, watched)
    if entry is not None:
        WatchedEntry.objects.begin(entry)
        return _EntryTurn(host, entry)
    return None


def _give_up(now: datetime) -> None:
    """End the entries whose worker died at the last try."""
    free = Host.objects.exclude(pk__in=Host.objects.claimed(now))
    WatchedEntry.objects.waiting().filter(attempts__gte=ENTRY_TRIES, host__in=free).update(
        done_at=now, content="", problem="the worker died at the last try; see its log"
    )


def _knows_robots(host: Host, now: datetime) -> bool:
    answered = host.robots_status is not None and 200 <= host.robots_status < 500
    return host.robots_at is not None and now < host.robots_at + (
        ROBOTS_LAST if answered else ROBOTS_AGAIN
    )


def _refuse_forbidden(host: Host, url: str) -> None:
    """Raise _GivenUpError where robots.txt, or the lack of an answer, forbids to fetch `url`."""
    status = host.robots_status or 0
    if fetching.robots_allows(bytes(host.robots_body), status, url, fetching.USER_AGENT):
        return
    if status == _OK:
        raise _GivenUpError(_Failure(f"robots.txt of {host} forbids {url}", again=False))
    reason = f"robots.txt of {host} could not be had: {host.robots_problem}"
    raise _GivenUpError(_Failure(reason, again=True))


def _asked_for_robots(url: str) -> Host:
    """Return the host of `url`, not stored, with what its robots.txt says at this moment."""
    host = Host(name=host_of(url))
    try:
        answer = _fetch(urllib.parse.urljoin(url, "/robots.txt"))
    except FetchError as error:
        host.robots_status, host.robots_problem = error.status or 0, error.reason[:500]
    else:
        host.robots_status, host.robots_body = _OK, answer.body[: fetching.ROBOTS_BYTES]
    return host


def _fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    judge: fetching.Judge = lambda url: None,
) -> Fetched:
    return fetching.fetch(
        url,
        limits=LIMITS,
        allow=settings.FETCH_ALLOW,
        etag=etag,
        last_modified=last_modified,
        user_agent=_agent(),
        judge=judge,
    )


def _agent() -> str:
    contact = settings.CONTACT
    return f"{fetching.USER_AGENT} (+{contact})" if contact else fetching.USER_AGENT


# What becomes of an answer


def _concluded(turn: _Turn, answer: Future[Fetched | None], at: datetime) -> int:
    try:
        return turn.conclude(answer.result(), at)
    except _GivenUpError as error:
        failure = error.failure
    except FetchError as error:
        wait = timedelta(seconds=error.retry_after or 0)
        failure = _Failure(error.reason, error.retryable, wait, error.status or 0)
    except parsing.Refused as error:
        failure = _Failure(error.reason, again=False)
    except (BadInputError, BadDateError) as error:
        failure = _Failure(str(error), again=False)
    except Exception as error:  # a fault over one answer must not cost the others theirs
        logger.exception("a turn at %s broke down", turn.host)
        failure = _Failure(f"broke down ({type(error).__name__}); see the log", again=True)
    turn.fail(failure, at)
    return 0


def _stored(
    source: Source,
    answer: Fetched,
    at: datetime,
    *,
    title: str = "",
    published: EdtfDate | None = None,
    text: str | None = None,
) -> tuple[Document, bool]:
    """Return the document of an answer and whether it is new.

    A page that is held under its address (and with this `text`, where it is given) is not stored
    again: a worker died before it could note so, or a person captured it.
    """
    held = Document.objects.filter(source=source, url=answer.url)
    same = (held if text is None else held.filter(text=text)).first()
    if same is not None:
        return same, False
    stored = ingest.store(
        answer.body,
        now=at,
        source=source,
        content_type=_declared(answer),
        url=answer.url,
        title=title,
        published=published,
    )
    return stored.document, stored.created


def _declared(answer: Fetched) -> str:
    return (
        f"{answer.content_type}; charset={answer.charset}"
        if (answer.charset)
        else answer.content_type
    )


def _entries(watched: WatchedSource, answer: Fetched) -> list[WatchedEntry]:
    """Return the entries of a feed, or of a page of links, not saved; raise Refused."""
    if watched.kind == WatchedSource.Kind.PAGES:
        found = links(answer.body, charset=answer.charset or "", base=answer.url)
        return [
            WatchedEntry(key=_key(url), url=url)
            for url in found
            if url.startswith(watched.prefix) and url != watched.url
        ]
    return [
        WatchedEntry(
            key=_key(entry.key or repr(entry)),
            url=ascii_url(entry.url),
            title=entry.title[:500],
            published=entry.published,
            content="" if entry.url else entry.summary_html,
        )
        for entry in parsing.entries(answer.body, content_type=_declared(answer))
    ]


def _note_entries(watched: WatchedSource, found: Iterable[WatchedEntry], now: datetime) -> bool:
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


def note_hosts(names: Iterable[str], now: datetime) -> None:
    """Know these hosts from now on."""
    hosts = [Host(name=name, next_allowed_at=now) for name in sorted(names)]
    Host.objects.bulk_create(hosts, ignore_conflicts=True)


def host_of(url: str) -> str:
    """Return the host of an address, with the port where it is not the usual one; '' for none."""
    try:
        parts = urllib.parse.urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in fetching.PORTS or len(url) > LONGEST_URL:
        return ""
    name = f"[{name}]" if ":" in name else name
    host = name if port in {None, fetching.PORTS[parts.scheme]} else f"{name}:{port}"
    return host if name and len(host) <= _LONGEST_HOST else ""


def _as_page(entry: WatchedEntry) -> bytes:
    title = html.escape(entry.title)
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f"<body><article>{entry.content}</article></body></html>"
    ).encode()


def _published(entry: WatchedEntry) -> EdtfDate | None:
    return dates.parse(entry.published) if entry.published else None


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _backoff(failures: int) -> timedelta:
    """Return the wait after so many failures in a row: doubled each time, at most a day."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)
