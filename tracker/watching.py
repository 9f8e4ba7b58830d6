"""Watched sources: feeds and pages that are polled, and their entries captured once each.

What a poll finds is a row first; capturing it is the work of a later turn. A *turn* is one
request to one host: it is claimed by a conditional UPDATE of the host's row, so that however many
workers there are, a host is asked one thing at a time with a pause between. The requests of one
call run side by side, so that a host which does not answer keeps nobody waiting; none of them
runs inside a transaction, and none of the threads touches the database.
"""

import logging
import time
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tracker import fetching, ingest, parsing
from tracker.dates import BadDateError, EdtfDate
from tracker.entries import as_page, declared_type, key_of, listed, note_entries, published_of
from tracker.fetching import Fetched, FetchError
from tracker.hosts import (
    OK,
    Failure,
    GivenUpError,
    fetch,
    host_of,
    host_with_robots,
    knows_robots,
    refuse_forbidden,
)
from tracker.ingest import BadInputError
from tracker.models import Document, Following, Host, Source, WatchedEntry, WatchedSource
from tracker.models.watch import ENTRY_TRIES, HOST_PAUSE

logger = logging.getLogger(__name__)

HOSTS_AT_ONCE = 4
POLL_TRIES = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)


def busy(*, now: datetime) -> bool:
    """Tell whether a worker asks hosts at present, or died of it within the lease."""
    return Host.objects.claimed(now).exists()


def poll_due(*, now: datetime, limit: int = HOSTS_AT_ONCE) -> int:
    """Ask at most `limit` hosts for one due thing each; return how many documents were stored.

    That is robots.txt where it is not known, else the most overdue feed or page, else the next
    entry. Nothing where this record is a copy of another's. Safe to run in several processes at
    once. `now` is when the call begins; what ends later is noted with the time that has passed.
    """
    if Following.objects.copied().exists():
        return 0
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
    def fail(self, failure: Failure, at: datetime) -> None:
        """Note a failure."""

    def judge(self, url: str) -> None:
        """Refuse a redirect that the robots.txt of the host it leads to forbids."""
        if host_of(url) in ("", self.host.name):
            refuse_forbidden(self.host, url)
        else:
            refuse_forbidden(host_with_robots(url), url)

    def release(self, at: datetime, wait: timedelta = timedelta()) -> bool:
        """Give the host back after its pause; false where this turn has lost its claim."""
        return Host.objects.release(self.host, at + max(HOST_PAUSE, wait))


@dataclass(slots=True)
class _RobotsTurn(_Turn):
    """The host's robots.txt; what it says counts from the next turn on."""

    url: str

    def ask(self) -> Fetched:
        return fetch(urllib.parse.urljoin(self.url, "/robots.txt"))

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        body = answer.body[: fetching.ROBOTS_BYTES] if answer else b""
        self._note(at, robots_body=body, robots_status=OK, robots_problem="")
        return 0

    def fail(self, failure: Failure, at: datetime) -> None:
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
            raise GivenUpError(Failure(reason, again=True))
        refuse_forbidden(self.host, watched.url)
        return fetch(
            watched.url,
            etag=watched.etag,
            last_modified=watched.last_modified,
            judge=self.judge,
        )

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        if answer is None or answer.status != OK:
            self._succeed(at)
            return 0
        if self.watched.kind == WatchedSource.Kind.PAGE:
            return self._conclude_page(answer, at)
        found = listed(self.watched, answer)
        with transaction.atomic():
            rest = note_entries(self.watched, found, at)
            # What did not fit must come again: without a condition the whole list does.
            self._succeed(at, None if rest else answer)
        return 0

    def fail(self, failure: Failure, at: datetime) -> None:
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
        text = parsing.extract(answer.body, content_type=declared_type(answer)).text
        key = key_of(text)
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
        refuse_forbidden(self.host, self.entry.url)
        return fetch(self.entry.url, judge=self.judge)

    def conclude(self, answer: Fetched | None, at: datetime) -> int:
        entry = self.entry
        source, published = entry.watched.source, published_of(entry)
        if answer is not None:
            document, created = _stored(source, answer, at, title=entry.title, published=published)
        else:
            stored = ingest.store(
                as_page(entry),
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

    def fail(self, failure: Failure, at: datetime) -> None:
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
    if url and not knows_robots(host, now):
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


# What becomes of an answer


def _concluded(turn: _Turn, answer: Future[Fetched | None], at: datetime) -> int:
    try:
        return turn.conclude(answer.result(), at)
    except GivenUpError as error:
        failure = error.failure
    except FetchError as error:
        wait = timedelta(seconds=error.retry_after or 0)
        failure = Failure(error.reason, error.retryable, wait, error.status or 0)
    except parsing.Refused as error:
        failure = Failure(error.reason, again=False)
    except (BadInputError, BadDateError) as error:
        failure = Failure(str(error), again=False)
    except Exception as error:  # a fault over one answer must not cost the others theirs
        logger.exception("a turn at %s broke down", turn.host)
        failure = Failure(f"broke down ({type(error).__name__}); see the log", again=True)
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
        content_type=declared_type(answer),
        url=answer.url,
        title=title,
        published=published,
    )
    return stored.document, stored.created


def _backoff(failures: int) -> timedelta:
    """Return the wait after so many failures in a row: doubled each time, at most a day."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)
