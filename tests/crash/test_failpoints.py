"""A process that ends at any step of any tick loses nothing, one step after the other.

Each tick of the schedule runs in a process that ends itself before its first, second, third …
step (`dying`), until one gets to the end. After each death other processes go on, and the record
and the receiver are looked at.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

import pytest
from celery import Task
from django.conf import LazySettings, settings
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from tests.crash.dying import dies_at, let_leases_run_out
from tests.servers.listeners import WebhookListener
from tests.servers.site import Answer, Site
from tests.tracker.records import NOT_READY, READY, known_people, row, subscription
from tracker import fetches, ingest, sweeps, tasks, watchlist
from tracker.models import (
    Delivery,
    Digest,
    Document,
    Endpoint,
    Event,
    Fetch,
    Host,
    Match,
    Shift,
    Source,
    Stance,
    Statement,
    Subscription,
    Sweep,
    WatchedEntry,
    WatchedSource,
)

MOST = 300  # steps of one tick; more would be a loop
APART = timedelta(days=35)
DAY = timedelta(days=1)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Case:
    """Work for one tick, round after round: `prepare` leaves some, `check` finds it done once.

    `others` are the ticks, in an order that ends the work, of the processes that go on.
    """

    tick: ClassVar[Task]
    others: ClassVar[tuple[Task, ...]]

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        self.hook, self.site = hook, site

    def prepare(self, number: int) -> None:
        """Leave something to do in this round, the first of which is 1."""
        raise NotImplementedError

    def check(self, number: int) -> None:
        """Find everything of so many rounds there, each thing once."""
        raise NotImplementedError

    def told(self) -> Counter[str]:
        """Return how many messages of each type there were; the same id twice is one."""
        first = {one.headers["webhook-id"]: one.body for one in self.hook.requests}
        return Counter(json.loads(body)["type"] for body in first.values())


class Reading(Case):
    """A statement each round that makes a shift."""

    tick = tasks.read_tick
    others = tasks.read_tick, tasks.detect_tick, tasks.send_tick
    before: ClassVar[tuple[Task, ...]] = ()

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        super().__init__(hook, site)
        subscription(address=hook.url)
        state(0)
        run(self.others)

    def prepare(self, number: int) -> None:
        state(number)
        run(self.before)

    def check(self, number: int) -> None:
        assert Statement.objects.held().count() == Statement.objects.count() == number + 1
        assert Shift.objects.standing().count() == Shift.objects.count() == number
        assert Delivery.objects.count() == number
        assert self.told() == {"shift.detected": number}


class Detecting(Reading):
    """The same, read already."""

    tick = tasks.detect_tick
    before = (tasks.read_tick,)


class Sending(Reading):
    """The same, detected already."""

    tick = tasks.send_tick
    before = tasks.read_tick, tasks.detect_tick


class Digesting(Case):
    """Two shifts each round that wait: for the day's digest, and for the end of a flood."""

    tick = tasks.digest_tick
    others = tasks.digest_tick, tasks.send_tick

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        super().__init__(hook, site)
        settings.FLOOD_EVENTS = 1
        self.daily = subscription(
            address=f"{hook.url}/daily",
            frequency=Subscription.Frequency.DAILY,
            period_since=timezone.now() - DAY,
            period_until=timezone.now(),
        )
        subscription(address=f"{hook.url}/flood")
        state(0)
        run(Reading.others)

    def prepare(self, number: int) -> None:
        for each in (2 * number - 1, 2 * number):
            state(each)
        run((tasks.read_tick, tasks.detect_tick))
        yesterday = timezone.now() - DAY
        # Two days a round, so that no two digests end at one moment.
        back = 2 * number * DAY
        daily = Digest.objects.filter(kind=Digest.Kind.DAILY, until__gt=yesterday)
        daily.update(since=F("since") - back, until=F("until") - back)
        Match.objects.filter(delivery=None).update(at=yesterday - timedelta(hours=1))
        Subscription.objects.filter(pk=self.daily.pk).update(
            period_since=yesterday - DAY, period_until=yesterday
        )

    def check(self, number: int) -> None:
        assert self.told() == {"digest.daily": number, "digest.summary": number}
        bodies = {one.headers["webhook-id"]: json.loads(one.body) for one in self.hook.requests}
        events = Counter(
            (body["type"], event["shift"])
            for body in bodies.values()
            for event in body["data"]["events"]
        )
        assert set(events.values()) == {1}
        assert len(events) == 2 * 2 * number


class Silencing(Case):
    """A watched source each round that has fallen silent."""

    tick = tasks.silence_tick
    others = tasks.silence_tick, tasks.detect_tick, tasks.send_tick

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        super().__init__(hook, site)
        subscription(address=hook.url, events=[Event.Kind.SILENT])

    def prepare(self, number: int) -> None:
        now = timezone.now()
        long_ago = now - 20 * DAY
        WatchedSource.objects.update(stopped_at=now)
        source = Source.objects.get(slug="wire")
        watched = watchlist.add(self.site.url(f"/feeds/{number}"), source=source, now=now)
        WatchedEntry.objects.create(
            watched=watched,
            host=watched.host,
            key="the only one",
            found_at=long_ago,
            next_try_at=long_ago,
            done_at=long_ago,
            problem="refused",
        )

    def check(self, number: int) -> None:
        assert Event.objects.filter(kind=Event.Kind.SILENT).count() == number
        assert self.told() == {"source.silent": number}


class Sweeping(Case):
    """A pass over all documents and one over all stances each round."""

    tick = tasks.sweep_tick
    others = tasks.sweep_tick, tasks.read_tick, tasks.detect_tick, tasks.sweep_tick

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        super().__init__(hook, site)
        for number in range(3):
            state(number)
        run(Reading.others)
        self.statements = Statement.objects.count()
        self.events = Event.objects.count()

    def prepare(self, number: int) -> None:
        for kind in Sweep.Kind:
            sweeps.start(kind, now=timezone.now())

    def check(self, number: int) -> None:
        assert not Sweep.objects.unfinished().exists()
        assert not Sweep.objects.exclude(done=F("total")).exists()
        latest = Sweep.objects.filter(kind=Sweep.Kind.REREAD).latest("pk")
        assert not Document.objects.exclude(read_at__gte=latest.started_at).exists()
        assert not Stance.objects.out_of_step().exists()
        assert Statement.objects.held().count() == self.statements
        assert Event.objects.count() == self.events


class Fetching(Case):
    """The address of a document each round."""

    tick = tasks.fetch_tick
    others = (tasks.fetch_tick,)

    def prepare(self, number: int) -> None:
        self.site.pages[f"/papers/{number}"] = paper(number)
        source = Source.objects.get(slug="wire")
        url = self.site.url(f"/papers/{number}")
        fetches.order(url, source=source, by=None, now=timezone.now())

    def check(self, number: int) -> None:
        assert Fetch.objects.exclude(document=None).count() == number
        assert Document.objects.count() == number


class Polling(Case):
    """A new entry of a watched feed each round; `asked` are the turns taken before the tick's."""

    tick = tasks.watch_tick
    others = (tasks.watch_tick,) * 3
    asked: ClassVar[int] = 0

    def __init__(self, hook: WebhookListener, site: Site) -> None:
        super().__init__(hook, site)
        source = Source.objects.get(slug="wire")
        watchlist.add(site.url("/feed"), source=source, now=timezone.now())

    def prepare(self, number: int) -> None:
        self.site.pages[f"/papers/{number}"] = paper(number)
        self.site.pages["/feed"] = feed(self.site, number)
        WatchedSource.objects.update(next_poll_at=timezone.now())
        Host.objects.update(robots_at=None, robots_status=None)
        run((self.tick,) * self.asked)
        let_leases_run_out()

    def check(self, number: int) -> None:
        urls = [self.site.url(f"/papers/{each}") for each in range(1, number + 1)]
        assert [*Document.objects.order_by("id").values_list("url", flat=True)] == urls
        assert not WatchedEntry.objects.waiting().exists()
        assert not WatchedSource.objects.failing().exists()


class PollingTheFeed(Polling):
    """The same, when the host's robots.txt is known."""

    asked = 1


class PollingAnEntry(Polling):
    """The same, when the feed was read as well."""

    asked = 2


CASES: tuple[type[Case], ...] = (
    *(Reading, Detecting, Sending, Digesting, Silencing),
    *(Sweeping, Fetching, Polling, PollingTheFeed, PollingAnEntry),
)


def run(ticks: tuple[Task, ...]) -> None:
    """Run ticks in this process, one after the other."""
    for tick in ticks:
        let_leases_run_out()
        tick()


def state(number: int) -> None:
    """Store one more statement, the opposite of the one before it."""
    day = (date(1950, 1, 1) + APART * number).isoformat()
    text = READY if number % 2 else NOT_READY
    ingest.store_chronology([row(text, day)], now=timezone.now())


def paper(number: int) -> Answer:
    """Return a document, of the kind that is read without a process of its own."""
    words = f"Foreign Minister Ilva Marenko spoke in Velgrad on Monday. This is paper {number}."
    return Answer(words.encode(), headers={"Content-Type": "text/plain"})


def feed(site: Site, number: int) -> Answer:
    """Return a feed with the latest ten papers."""
    items = "".join(
        f"<item><title>Paper {each}</title><link>{site.url(f'/papers/{each}')}</link></item>"
        for each in range(max(1, number - 9), number + 1)
    )
    body = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site."""
    one = Site()
    yield one
    one.close()


@pytest.fixture
def case(
    request: pytest.FixtureRequest,
    webhook_listener: WebhookListener,
    site: Site,
    settings: LazySettings,
) -> Case:
    """The work for one tick, on an empty record with known people."""
    settings.HINTS = False
    settings.FLOOD_EVENTS = 0
    settings.FETCH_ALLOW = [f"127.0.0.1:{webhook_listener.port}", site.place]
    known_people()
    made: Case = request.param(webhook_listener, site)
    return made


def test_no_tick_is_forgotten_here() -> None:
    scheduled = {import_string(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {one.tick for one in CASES} == scheduled


@pytest.mark.parametrize("case", CASES, indirect=True, ids=lambda one: one.__name__)
def test_a_process_that_ends_at_any_step_of_a_tick_loses_nothing(case: Case) -> None:
    died = 0
    for number in range(1, MOST):
        case.prepare(number)
        ended_early = dies_at(number, case.tick)
        run(case.others)
        case.check(number)
        assert not Delivery.objects.owed().exists()
        if not ended_early:
            break
        died = number
    assert 5 < died < MOST - 1
    assert not Endpoint.objects.failing().exists()
