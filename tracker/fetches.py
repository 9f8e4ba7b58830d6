"""Documents by their address: a row first, fetched by a tick, so that no request waits for a host.

Several are fetched side by side in threads that do not touch the database; none inside a
transaction. What failed and may go better later is tried again, with growing waits.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Unpack

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tracker import dates, fetching, ingest, parsing
from tracker.dates import EdtfDate
from tracker.fetching import Fetched, FetchError
from tracker.models import Fetch, FetchedPage, Source
from tracker.models.fetches import FETCH_TRIES, PREVIEW_KEPT

logger = logging.getLogger(__name__)

AT_ONCE = 4
LIMITS = fetching.Limits(seconds=15.0)
WAITS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))


def order(
    url: str,
    *,
    source: Source,
    by: AbstractBaseUser | None,
    now: datetime,
    title: str = "",
    language: str = "",
    said: EdtfDate | None = None,
    published: EdtfDate | None = None,
    preview: bool = False,
) -> Fetch:
    """Return a new fetch of this address; nothing is fetched here.

    With `preview`, what is fetched is kept to be looked at, and stored by `store_shown` only.

    Raises ingest.BadInputError for a date in the future.
    """
    for given, name in ((said, "said"), (published, "published")):
        ingest.refuse_future(given, name=name, today=ingest.today(now))
    return Fetch.objects.create(
        source=source,
        url=url,
        title=title[:500],
        language=language[:12],
        said=said.edtf if said else "",
        published=published.edtf if published else "",
        by_id=by.pk if by else None,
        preview=preview,
        created_at=now,
        next_try_at=now,
    )


def shown(
    fetch: Fetch, *, now: datetime, longest: int, **about: Unpack[ingest.Given]
) -> ingest.Preview:
    """Return what would be read of the page that is kept to be looked at.

    Raises FetchedPage.DoesNotExist where none is kept, and what `ingest.preview` raises.
    """
    page = _as_fetched(fetch.page)
    content_type = ingest.content_type_of(page)
    return ingest.preview(page.body, now=now, longest=longest, content_type=content_type, **about)


def store_shown(
    fetch: Fetch, *, source: Source, now: datetime, **about: Unpack[ingest.Given]
) -> ingest.Stored:
    """Store the very bytes that were looked at, once.

    Raises FetchedPage.DoesNotExist where they are kept no longer, and what `ingest.store` raises.
    """
    page = _as_fetched(fetch.page)
    prepared = ingest.prepare_page(page, now=now, source=source, language=fetch.language, **about)
    with transaction.atomic():
        FetchedPage.objects.select_for_update().get(pk=fetch.pk).delete()
        stored = ingest.keep(prepared)
        Fetch.objects.filter(pk=fetch.pk).update(document=stored.document, preview=False)
    return stored


def discard(fetch: Fetch) -> None:
    """Forget the page that was looked at."""
    FetchedPage.objects.filter(pk=fetch.pk).give_up("It was looked at, and not wanted.")


def _as_fetched(page: FetchedPage) -> Fetched:
    return Fetched(
        url=page.url,
        status=HTTPStatus.OK,
        content_type=page.content_type,
        charset=page.charset,
        body=bytes(page.body),
        etag="",
        last_modified="",
    )


def busy(*, now: datetime) -> bool:
    """Tell whether a worker is fetching at present, or died of it within the lease."""
    return Fetch.objects.claimed(now).exists()


def fetch_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Fetch what is due, at most `limit`; return how many documents were stored."""
    Fetch.objects.give_up(now)
    FetchedPage.objects.forget_old(now)
    claimed = list(_claimed(now, limit))
    if not claimed:
        return 0
    stored = 0
    with ThreadPoolExecutor(max_workers=limit, thread_name_prefix="fetch") as threads:
        asked = {threads.submit(_ask, fetch.url): fetch for fetch in claimed}
        for answer in as_completed(asked):
            stored += _concluded(asked[answer], answer, now)
    return stored


def _claimed(now: datetime, limit: int) -> Iterator[Fetch]:
    for fetch in Fetch.objects.due(now).select_related("source")[:limit]:
        if Fetch.objects.claim(fetch, now):
            yield fetch


def _ask(url: str) -> Fetched:
    return fetching.fetch(url, limits=LIMITS, allow=settings.FETCH_ALLOW)


def _concluded(fetch: Fetch, answer: Future[Fetched], now: datetime) -> int:
    try:
        return _store(fetch, answer.result(), now)
    except FetchError as error:
        wait = timedelta(seconds=error.retry_after or 0)
        _fail(fetch, error.code, error.reason, now, again=error.retryable, wait=wait)
    except parsing.Refused as error:
        _fail(fetch, error.code, error.reason, now)
    except ingest.BadInputError as error:
        _fail(fetch, error.code, str(error), now)
    except Exception as error:  # a fault over one answer must not cost the others theirs
        logger.exception("the fetch of %s broke down", fetch.url)
        reason = f"broke down ({type(error).__name__}); see the log"
        _fail(fetch, "broke_down", reason, now, again=True)
    return 0


def _store(fetch: Fetch, page: Fetched, now: datetime) -> int:
    if fetch.preview:
        _keep_to_show(fetch, page, now)
        return 0
    prepared = ingest.prepare_page(
        page,
        now=now,
        source=fetch.source,
        title=fetch.title,
        language=fetch.language,
        said=dates.parse(fetch.said) if fetch.said else None,
        published=dates.parse(fetch.published) if fetch.published else None,
    )
    with transaction.atomic():
        mine = Fetch.objects.mine(fetch).select_for_update()
        if not mine:
            return 0
        stored = ingest.keep(prepared)
        Fetch.objects.mine(fetch).update(
            document=stored.document, problem="", code="", done_at=now, lease_until=None
        )
    return int(stored.created)


def _keep_to_show(fetch: Fetch, page: Fetched, now: datetime) -> None:
    ingest.refuse_long_address(page.url)
    with transaction.atomic():
        mine = Fetch.objects.mine(fetch).select_for_update()
        if not mine:
            return
        FetchedPage.objects.make_room(fetch.by_id)
        FetchedPage.objects.create(
            fetch=fetch,
            url=page.url,
            content_type=page.content_type[:200],
            charset=page.charset and page.charset[:100],
            body=page.body,
            kept_until=now + PREVIEW_KEPT,
        )
        Fetch.objects.mine(fetch).update(problem="", code="", done_at=now, lease_until=None)


def _fail(
    fetch: Fetch,
    code: str,
    reason: str,
    now: datetime,
    *,
    again: bool = False,
    wait: timedelta = timedelta(),
) -> None:
    known = {"code": code, "problem": reason[:500], "lease_until": None}
    mine = Fetch.objects.mine(fetch)
    if again and fetch.attempts < FETCH_TRIES:
        mine.update(next_try_at=now + max(WAITS[fetch.attempts - 1], wait), **known)
    else:
        mine.update(done_at=now, **known)
