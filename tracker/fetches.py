"""Documents by their address: a row first, fetched by a tick, so that no request waits for a host.

Several are fetched side by side in threads that do not touch the database; none inside a
transaction. What failed and may go better later is tried again, with growing waits.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tracker import dates, fetching, ingest, parsing
from tracker.dates import EdtfDate
from tracker.fetching import Fetched, FetchError
from tracker.models import Fetch, Source
from tracker.models.fetches import FETCH_TRIES

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
) -> Fetch:
    """Return a new fetch of this address; nothing is fetched here.

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
        created_at=now,
        next_try_at=now,
    )


def busy(*, now: datetime) -> bool:
    """Tell whether a worker is fetching at present, or died of it within the lease."""
    return Fetch.objects.claimed(now).exists()


def fetch_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Fetch what is due, at most `limit`; return how many documents were stored."""
    Fetch.objects.give_up(now)
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
