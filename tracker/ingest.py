"""A document on its way in: stored once, by hash; then read, its statements stored once.

`store` and `capture_url` answer at once and leave a row with an empty `read_at`, which is
the work order for `read_waiting`. Reading again (after a corrected date, a new topic) keeps
every statement that still holds, retracts what does not, and records what is new.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from tracker import chronology, corrections, dates, fetching, origins, parsing
from tracker.dates import EdtfDate
from tracker.leases import Clock, kept
from tracker.models import Actor, Capture, Decision, Document, Event, Source, Topic
from tracker.models.record import LONGEST_READING, READ_ATTEMPTS, DocumentQuerySet
from tracker.reading import KnownActor, Reading, TopicTerms, read
from tracker.readings import keep_in_step, note_on, problem_of, statements_of

LONGEST_URL = 2000
_TITLE = 80  # characters of the title of a row of a chronology: its first words
FARTHEST_EAST = timedelta(hours=14)  # where a day begins first: a date is future only after it
GIVEN_UP = f"reading was given up after {READ_ATTEMPTS} attempts; see the worker's log"


class BadInputError(ValueError):
    """Input that is refused; `code` is its machine word, the message is for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stored:
    """A document and whether this call made it; `created` is false for bytes already held."""

    document: Document
    created: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that can be kept at once: its text is extracted; or that is held already."""

    document: Document
    capture: Capture | None


class Given(TypedDict, total=False):
    """What a person gives with a document; `prepare` has the defaults."""

    title: str
    said: EdtfDate | None
    published: EdtfDate | None


class PageAbout(Given, total=False):
    """What is known of a page besides its bytes and address."""

    language: str


class About(PageAbout, total=False):
    """What is known of a document besides its bytes."""

    content_type: str
    filename: str
    url: str


def store(body: bytes, *, now: datetime, source: Source, **about: Unpack[About]) -> Stored:
    """Store the bytes of one document, once, and return it; its reading is left to the tick.

    `said` and `published` win over what the text says. Raises parsing.Refused for bytes that
    cannot be read and BadInputError for a date in the future; nothing is stored then.
    """
    return keep(prepare(body, now=now, source=source, **about))


def prepare(
    body: bytes,
    *,
    now: datetime,
    source: Source,
    content_type: str = "",
    filename: str = "",
    url: str = "",
    title: str = "",
    language: str = "",
    said: EdtfDate | None = None,
    published: EdtfDate | None = None,
) -> Prepared:
    """Return the document that `keep` will store: all that is slow, outside of a transaction.

    Raises what `store` raises.
    """
    _refuse_future(said, published, now=now)
    sha256 = hashlib.sha256(body).hexdigest()
    held = Document.objects.filter(capture__sha256=sha256).first()
    if held is not None:
        return Prepared(held, capture=None)
    extracted = parsing.extract(body, content_type=content_type, filename=filename)
    document = Document(
        source=source,
        url=url,
        title=(title or extracted.title)[:500],
        text=extracted.text,
        language=(language or extracted.language)[:12],
        given_said=said.edtf if said else "",
        given_published=published.edtf if published else extracted.published,
        captured_at=now,
        recorded_at=now,
    )
    capture = Capture(
        body=body,
        sha256=sha256,
        content_type=(content_type or extracted.content_type)[:200],
        filename=filename[-300:],
    )
    return Prepared(document, capture)


def keep(prepared: Prepared) -> Stored:
    """Store a prepared document, unless the same bytes are held."""
    if prepared.capture is None:
        return Stored(prepared.document, created=False)
    return _store_once(prepared.document, prepared.capture)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be read of a document that is not stored; `held` is one with its very bytes."""

    text: str
    title: str
    reading: Reading
    problem: str
    held: Document | None


def preview(
    body: bytes,
    *,
    now: datetime,
    longest: int,
    content_type: str = "",
    filename: str = "",
    title: str = "",
    said: EdtfDate | None = None,
    published: EdtfDate | None = None,
) -> Preview:
    """Read the bytes of a document as `store` and the tick would, and store nothing.

    Raises what `store` raises, and BadInputError for a text of more than `longest` characters.
    """
    _refuse_future(said, published, now=now)
    extracted = parsing.extract(body, content_type=content_type, filename=filename)
    _refuse_long(extracted.text, longest=longest)
    read_from = dates.parse(extracted.published) if extracted.published else None
    title = (title or extracted.title)[:500]
    reading = read(
        extracted.text,
        actors=Actor.objects.known(),
        topics=Topic.objects.terms(),
        said=said,
        published=published or read_from,
        title=title,
        language=extracted.language[:12],
    )
    return Preview(
        extracted.text,
        title or reading.title,
        reading,
        problem_of(reading, today(now), added=False),
        Document.objects.filter(capture__sha256=hashlib.sha256(body).hexdigest()).first(),
    )


def _refuse_future(said: EdtfDate | None, published: EdtfDate | None, *, now: datetime) -> None:
    for given, name in ((said, "said"), (published, "published")):
        refuse_future(given, name=name, today=today(now))


def _refuse_long(text: str, *, longest: int) -> None:
    if len(text) > longest:
        raise BadInputError(
            "too_long",
            f"the text has {len(text):,} characters: only up to {longest:,} can be "
            "previewed; storing it will do",
        )


def capture_url(
    url: str,
    *,
    now: datetime,
    source: Source,
    allow: Sequence[str] = (),
    **about: Unpack[PageAbout],
) -> Stored:
    """Fetch a page and store it. Raises fetching.FetchError besides what `store` raises."""
    page = fetching.fetch(url, allow=allow)
    return keep(prepare_page(page, now=now, source=source, **about))


def prepare_page(
    page: fetching.Fetched, *, now: datetime, source: Source, **about: Unpack[PageAbout]
) -> Prepared:
    """Return the document of a fetched page. Raises what `store` raises."""
    refuse_long_address(page.url)
    content_type = content_type_of(page)
    return prepare(
        page.body, now=now, source=source, content_type=content_type, url=page.url, **about
    )


def content_type_of(page: fetching.Fetched) -> str:
    """Return the media type of a page with its charset."""
    return page.content_type + (f"; charset={page.charset}" if page.charset else "")


def refuse_long_address(url: str) -> None:
    """Raise BadInputError for the address of a page that is too long to be kept."""
    if len(url) > LONGEST_URL:
        raise BadInputError(
            "too_long", f"the address has {len(url)} characters; at most {LONGEST_URL} are kept"
        )


def store_chronology(rows: Iterable[chronology.Row], *, now: datetime) -> list[Stored]:
    """Store ready statements, each a document of its own; all of them or, on an error, none."""
    rows = list(rows)
    sources = {source.slug: source for source in Source.objects.all()}
    with transaction.atomic():
        return [_store_row(row, sources[row.source], now) for row in rows]


def read_waiting(*, now: datetime, limit: int = 20) -> int:
    """Read documents that wait, at most `limit`; return how many were read."""
    clock = Clock(now)
    _give_up(now)
    actors, topics = Actor.objects.known(), Topic.objects.terms()
    done = 0
    for document in Document.objects.waiting(now)[:limit]:
        if Document.objects.claim(document, clock.now()):
            done += read_document(document, now=now, actors=actors, topics=topics)
    return done


def read_document(
    document: Document,
    *,
    now: datetime,
    actors: Sequence[KnownActor] | None = None,
    topics: Sequence[TopicTerms] | None = None,
) -> bool:
    """Read a claimed document and bring its statements in step with the reading.

    False, and nothing is kept, where the claim was lost meanwhile: the lease ran out, or a
    person gave a date.
    """
    actors = Actor.objects.known() if actors is None else actors
    topics = Topic.objects.terms() if topics is None else topics
    end = Clock(document.read_lease or now)
    with kept(lambda: Document.objects.prolong(document, end.now()), at_most=LONGEST_READING):
        reading = _reading_of(document, actors, topics)
    problem = problem_of(reading, today(now), added=corrections.adds(document))
    with transaction.atomic():
        claimed = Document.objects.select_for_update().filter(
            pk=document.pk, read_at=None, read_lease=document.read_lease
        )
        if not claimed:
            return False
        note_on(document, reading, problem, now)
        found = [] if problem else statements_of(document, reading, now)
        wanted = corrections.applied(document, found, now=now)
        keep_in_step(document, wanted, now)
        origins.settle(document, now=now)
    return True


def set_date(
    document: Document,
    *,
    said: EdtfDate,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str = "",
) -> Decision:
    """Record a person's word on when this was said, and order the document to be read again.

    Raises BadInputError for a date in the future.
    """
    refuse_future(said, name="said", today=today(now))
    with transaction.atomic():
        decision = Decision.objects.create(
            kind=Decision.Kind.SET_DATE,
            document=document,
            detail={"said": said.edtf, "before": document.given_said},
            note=note,
            by_id=by.pk if by else None,
            at=now,
        )
        Document.objects.filter(pk=document.pk).update(given_said=said.edtf)
        order_reading(Document.objects.filter(pk=document.pk))
    return decision


def order_reading(documents: DocumentQuerySet) -> int:
    """Order these documents to be read (again); return how many."""
    return documents.order_reading()


def refuse_future(given: EdtfDate | None, *, name: str, today: date) -> None:
    """Raise BadInputError where a given date can only lie after `today`."""
    if given is not None and given.earliest > today:
        raise BadInputError(
            "future_date", f"the {name} date {given.edtf} lies in the future (today is {today})"
        )


def today(now: datetime) -> date:
    """Return the latest date that any place on Earth has at this instant."""
    return (now + FARTHEST_EAST).date()


def _store_once(document: Document, capture: Capture) -> Stored:
    try:
        with transaction.atomic():
            document.save()
            capture.document = document
            capture.save()
    except IntegrityError:
        # Another request stored the same bytes between our look and our insert.
        held = Document.objects.filter(capture__sha256=capture.sha256).first()
        if held is None:
            raise
        return Stored(held, created=False)
    return Stored(document, created=True)


def _first_words(text: str) -> str:
    if len(text) <= _TITLE:
        return text
    head = text[: _TITLE - 1]
    return f"{head.rsplit(maxsplit=1)[0] if ' ' in head else head}…"


def _store_row(row: chronology.Row, source: Source, now: datetime) -> Stored:
    document = Document(
        source=source,
        url=row.url,
        title=_first_words(row.text),
        text=row.text,
        genre=Document.Genre.CHRONOLOGY,
        given_said=row.said.edtf,
        given_published=row.published.edtf if row.published else "",
        captured_at=now,
        recorded_at=now,
    )
    body = row.as_json()
    sha256 = hashlib.sha256(body).hexdigest()
    held = Document.objects.filter(capture__sha256=sha256).first()
    if held is not None:
        return Stored(held, created=False)
    return _store_once(
        document, Capture(body=body, sha256=sha256, content_type=chronology.CONTENT_TYPE)
    )


def _give_up(now: datetime) -> None:
    """Send the documents whose readers died each time to triage, with the reason."""
    died = Document.objects.filter(
        read_at=None, problem="", read_attempts__gte=READ_ATTEMPTS, read_lease__lte=now
    )
    for document in died.only("pk", "problem"):
        with transaction.atomic():
            document.problem = GIVEN_UP
            document.save(update_fields=["problem"])
            Event.objects.failed(document, at=now)


def _reading_of(
    document: Document, actors: Sequence[KnownActor], topics: Sequence[TopicTerms]
) -> Reading:
    if document.genre == Document.Genre.CHRONOLOGY:
        said = dates.parse(document.given_said)
        return chronology.reading(bytes(document.capture.body), said=said)
    return read(
        document.text,
        actors=actors,
        topics=topics,
        said=dates.parse(document.given_said) if document.given_said else None,
        published=dates.parse(document.given_published) if document.given_published else None,
        title=document.title,
        language=document.language,
    )
