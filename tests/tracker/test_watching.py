"""Watched sources against a real web site on loopback: what is asked, stored, refused and when."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.servers.site import Answer, Site
from tests.tracker.records import NOW, known_people
from tracker import entries, health, hosts, watching, watchlist
from tracker.fetching import Limits
from tracker.ingest import store
from tracker.models import Document, Following, Host, Source, WatchedEntry, WatchedSource
from tracker.models.watch import ENTRY_TRIES, HOST_LEASE, HOST_PAUSE
from tracker.parsing.links import links

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "Foreign Minister Ilva Marenko said in Velgrad on Monday that Ostravia was ready to negotiate "
    "with Karsk, in talks that she expected to be long. Paper number {}."
)


@pytest.fixture(autouse=True)
def _people() -> None:
    known_people()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    one = Site()
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, one.place]
    yield one
    one.close()


def article(number: int) -> Answer:
    words = WORDS.format(number)
    return Answer(
        f"<html><head><title>Paper {number}</title></head><body><article><p>{words}</p>"
        f"</article></body></html>".encode()
    )


def feed(site: Site, *numbers: int, tag: str = "", inside: str = "") -> Answer:
    items = "".join(
        f"<item><title>Paper {n}</title><link>{site.url(f'/papers/{n}')}</link>"
        f"<guid>paper-{n}</guid><pubDate>Mon, 0{n} Dec 2025 10:00:00 GMT</pubDate></item>"
        for n in numbers
    )
    body = f'<rss version="2.0"><channel><title>News</title>{items}{inside}</channel></rss>'
    headers = {"Content-Type": "application/rss+xml"} | ({"ETag": tag} if tag else {})
    return Answer(body.encode(), headers=headers)


def publish(site: Site, *numbers: int, **about: Any) -> None:
    """Put up the papers and a feed of them."""
    site.pages["/feed"] = feed(site, *numbers, **about)
    site.pages |= {f"/papers/{n}": article(n) for n in numbers}


def watch(site: Site, path: str = "/feed", **about: Any) -> WatchedSource:
    source = Source.objects.get(slug="wire")
    return watchlist.add(site.url(path), source=source, now=NOW, **about)


def poll(now: datetime = NOW, *, turns: int = 12) -> datetime:
    """Take so many turns, each after the host's pause; return when the last one ended."""
    for _ in range(turns):
        watching.poll_due(now=now)
        now += HOST_PAUSE + timedelta(seconds=1)
    return now


def fresh(watched: WatchedSource) -> WatchedSource:
    return WatchedSource.objects.get(pk=watched.pk)


def an_hour_after(moment: datetime) -> datetime:
    return moment + timedelta(minutes=61)


# What is stored


def test_a_copy_of_another_record_asks_nobody(site: Site) -> None:
    """What is found there comes from there, with its numbers."""
    publish(site, 1)
    watch(site)
    Following.objects.create(url="https://desk.example/api/v1", applied_at=NOW)
    poll(turns=2)
    assert site.asked == []


def test_the_first_poll_stores_every_entry_with_its_published_date(site: Site) -> None:
    publish(site, 1, 2, 3)
    watch(site)

    poll()

    documents = Document.objects.order_by("given_published")
    assert [d.given_published for d in documents] == ["2025-12-01", "2025-12-02", "2025-12-03"]
    assert [d.url for d in documents] == [site.url(f"/papers/{n}") for n in (1, 2, 3)]
    assert {d.source.slug for d in documents} == {"wire"}
    assert all("ready to negotiate" in d.text for d in documents)


def test_an_unchanged_feed_is_answered_by_304_and_stores_nothing(site: Site) -> None:
    publish(site, 1, 2, tag='"one"')
    watched = watch(site)
    end = poll()
    site.asked.clear()

    poll(an_hour_after(end))

    (asked,) = site.asked
    assert asked.headers["if-none-match"] == '"one"'
    assert Document.objects.count() == 2
    assert fresh(watched).last_success_at > end  # type: ignore[operator]  # the poll has succeeded


def test_a_changed_feed_stores_only_what_is_new(site: Site) -> None:
    publish(site, 1, 2, tag='"one"')
    watch(site)
    end = poll()
    publish(site, 3, 2, 1, tag='"two"')
    site.asked.clear()

    poll(an_hour_after(end))

    assert site.paths() == ["/feed", "/papers/3"]
    assert Document.objects.count() == 3


def test_an_entry_without_a_link_is_stored_from_the_feed_itself(site: Site) -> None:
    words = WORDS.format(7)
    inside = f"<item><guid>x</guid><title>Note</title><description>{words}</description></item>"
    site.pages["/feed"] = feed(site, inside=inside)
    watch(site)

    poll()

    (document,) = Document.objects.all()
    assert document.title == "Note"
    assert words in document.text
    assert document.url == site.url("/feed")


def test_a_long_feed_is_taken_in_parts_and_nothing_of_it_is_missed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "ENTRIES_A_POLL", 2)
    publish(site, 1, 2, 3, tag='"one"')
    watch(site)
    end = poll(turns=3)
    assert WatchedEntry.objects.count() == 2

    poll(an_hour_after(end))

    assert Document.objects.count() == 3


def test_of_a_page_of_links_only_those_with_the_prefix_are_captured(site: Site) -> None:
    body = (
        b"<a href='/papers/1'>one</a> <a class=x href=\"/papers/2?a=1&amp;b=2#top\">two</a>"
        b"<a href=/about>us</a> <a href='https://elsewhere.example/papers/3'>three</a>"
        b"<a href='javascript:x'>no</a> <a href='/papers/1#end'>one again</a>"
    )
    site.pages |= {
        "/list": Answer(body),
        "/papers/1": article(1),
        "/papers/2?a=1&b=2": article(2),
    }
    watch(site, "/list", kind=WatchedSource.Kind.PAGES, prefix="/papers/")

    poll()

    assert site.paths() == ["/robots.txt", "/list", "/papers/1", "/papers/2?a=1&b=2"]
    assert Document.objects.count() == 2


def test_links_are_written_in_ascii_and_those_of_no_page_are_left_out() -> None:
    page = '<a href="/r\u00e9sum\u00e9 1">a</a><a href="http://[::1">b</a><a name=x>c</a>'

    found = links(page.encode(), base="https://post.example/")

    assert found == ["https://post.example/r%C3%A9sum%C3%A9%201"]


def test_a_watched_page_is_stored_again_only_when_its_text_has_changed(site: Site) -> None:
    def with_mark(number: int, mark: str) -> Answer:
        return Answer(article(number).body.replace(b"<head>", f"<head><!--{mark}-->".encode()))

    watched = watch(site, "/page", kind=WatchedSource.Kind.PAGE)
    counts = []
    now = NOW
    for number, mark in ((1, "a"), (1, "b"), (2, "c")):
        site.pages["/page"] = with_mark(number, mark)
        now = an_hour_after(poll(now, turns=2))
        counts.append(Document.objects.count())

    assert counts == [1, 1, 2]
    assert fresh(watched).state == "working"


def test_a_refused_entry_keeps_its_reason_and_does_not_stop_the_others(site: Site) -> None:
    publish(site, 1, 2, 3)
    site.pages["/papers/2"] = Answer(b"\x89PNG....", headers={"Content-Type": "text/html"})
    site.pages["/papers/3"] = Answer(status=410)
    watch(site)

    poll()

    assert Document.objects.get().url == site.url("/papers/1")
    problems = WatchedEntry.objects.refused().order_by("url").values_list("problem", flat=True)
    assert [*problems] == [
        "It is a picture; text, HTML, PDF, .docx, RSS and Atom can be read.",
        "127.0.0.1 answered with status 410.",
    ]


def test_an_entry_that_fails_for_a_moment_is_tried_again(site: Site) -> None:
    publish(site, 1)
    site.pages["/papers/1"] = Answer(status=503)
    watch(site)
    end = poll(turns=3)
    assert WatchedEntry.objects.get().problem == "127.0.0.1 answered with status 503."
    site.pages["/papers/1"] = article(1)

    poll(end + timedelta(minutes=5))

    assert WatchedEntry.objects.get().state == "captured"


def test_an_entry_dated_in_the_future_is_refused(site: Site) -> None:
    publish(site, 1)
    site.pages["/feed"] = Answer(site.pages["/feed"].body.replace(b"2025", b"2031"))
    watch(site)

    poll()

    assert "lies in the future" in WatchedEntry.objects.get().problem


def test_what_a_worker_stored_before_it_died_is_not_stored_twice(site: Site) -> None:
    publish(site, 1)
    watch(site)
    poll()
    WatchedEntry.objects.update(document=None, done_at=None)
    site.pages["/papers/1"] = Answer(article(1).body + b"<!-- other bytes -->")

    poll(an_hour_after(NOW))

    assert WatchedEntry.objects.get().document == Document.objects.get()


def test_an_entry_whose_worker_dies_at_every_try_is_given_up(site: Site) -> None:
    publish(site, 1)
    watch(site)
    poll(turns=2)
    WatchedEntry.objects.update(attempts=ENTRY_TRIES)

    poll(an_hour_after(NOW), turns=1)

    assert "the worker died" in WatchedEntry.objects.get().problem


# What fails, and when it is tried again


def test_what_robots_txt_forbids_is_shown_as_the_error_and_never_asked_for(site: Site) -> None:
    publish(site, 1)
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /feed\n")
    watched = watch(site)

    poll()

    assert site.paths() == ["/robots.txt"]
    forbidden = fresh(watched)
    assert forbidden.last_error == f"robots.txt of {site.place} forbids {watched.url}"
    assert forbidden.last_success_at is None


def test_robots_txt_is_asked_for_once_a_day(site: Site) -> None:
    publish(site, 1)
    watch(site)
    end = an_hour_after(poll())
    poll(end)
    assert site.paths().count("/robots.txt") == 1

    poll(NOW + timedelta(hours=25))

    assert site.paths().count("/robots.txt") == 2


def test_a_host_whose_robots_txt_fails_is_left_alone(site: Site) -> None:
    publish(site, 1)
    site.pages["/robots.txt"] = Answer(status=500)
    watched = watch(site)

    poll()

    assert site.paths() == ["/robots.txt"]
    assert fresh(watched).last_error == (
        f"robots.txt of {site.place} could not be had: 127.0.0.1 answered with status 500."
    )


def test_a_redirect_to_another_host_is_judged_by_that_hosts_robots_txt(
    site: Site, settings: Settings
) -> None:
    other = Site()
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, other.place]
    other.pages = {
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /papers/1\n"),
        "/papers/1": article(1),
        "/papers/2": article(2),
    }
    publish(site, 1, 2)
    for number in (1, 2):
        moved = {"Location": other.url(f"/papers/{number}")}
        site.pages[f"/papers/{number}"] = Answer(status=302, headers=moved)
    watched = watch(site)

    poll()
    other.close()

    forbidden, taken = (watched.entries.get(url=site.url(f"/papers/{number}")) for number in (1, 2))
    assert forbidden.problem == f"robots.txt of {other.place} forbids {other.url('/papers/1')}"
    assert taken.document is not None
    assert "/papers/1" not in other.paths()


def test_a_redirect_to_a_forbidden_path_of_the_same_host_is_not_followed(site: Site) -> None:
    publish(site, 1)
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private\n")
    site.pages["/papers/1"] = Answer(status=302, headers={"Location": "/private"})
    watched = watch(site)

    poll()

    assert "/private" not in site.paths()
    assert "forbids" in watched.entries.get().problem


def test_a_redirect_to_a_host_whose_robots_txt_fails_is_not_followed(
    site: Site, settings: Settings
) -> None:
    other = Site()
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, other.place]
    other.pages = {"/robots.txt": Answer(status=500), "/papers/1": article(1)}
    publish(site, 1)
    moved = {"Location": other.url("/papers/1")}
    site.pages["/papers/1"] = Answer(status=302, headers=moved)
    watched = watch(site)

    poll()
    other.close()

    assert "could not be had" in watched.entries.get().problem
    assert "/papers/1" not in other.paths()


def test_failures_wait_twice_as_long_each_time(site: Site) -> None:
    site.pages["/feed"] = Answer(status=500)
    watched = watch(site)
    now = poll(turns=1)
    waits: list[int] = []
    for _ in range(4):
        now = fresh(watched).next_poll_at if waits else now
        poll(now, turns=1)
        waits.append(round((fresh(watched).next_poll_at - now) / timedelta(minutes=1)))

    assert waits == [5, 10, 20, 40]
    assert fresh(watched).state == "failing"
    assert health.measures(NOW).watched_sources_failing == 1


def test_a_success_ends_the_failures_and_leaves_the_last_error_to_be_seen(site: Site) -> None:
    site.pages["/feed"] = Answer(status=500)
    watched = watch(site)
    end = poll(turns=2)
    publish(site, 1)

    poll(end + timedelta(minutes=5))

    again = fresh(watched)
    assert (again.state, again.failures) == ("working", 0)
    assert again.last_error == "127.0.0.1 answered with status 500."
    assert health.measures(NOW).watched_sources_failing == 0


def test_a_host_that_asks_for_time_gets_it(site: Site) -> None:
    publish(site, 1)
    site.pages["/feed"] = Answer(status=503, headers={"Retry-After": "7200"})
    watched = watch(site)
    end = poll(turns=2)
    site.asked.clear()

    poll(end + timedelta(minutes=110))

    assert site.asked == []
    assert fresh(watched).next_poll_at >= NOW + timedelta(hours=2)
    poll(NOW + timedelta(minutes=122), turns=1)
    assert site.paths() == ["/feed"]


@pytest.mark.parametrize(
    ("cut", "announced", "reason"),
    [(30, 0, "The feed breaks off before its end"), (0, 30, "is not provably whole")],
)
def test_a_cut_feed_is_refused_and_nothing_of_it_stored(
    site: Site, cut: int, announced: int, reason: str
) -> None:
    whole = feed(site, 1, 2).body
    site.pages["/feed"] = Answer(whole[: len(whole) - cut], cut=announced)
    watched = watch(site)

    poll()

    assert reason in fresh(watched).last_error
    assert WatchedEntry.objects.count() == 0


def test_a_source_that_fails_or_hangs_keeps_no_other_waiting(
    site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "LIMITS", Limits(seconds=1.0))
    other = Site()
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, other.place]
    site.pages |= {"/robots.txt": Answer(status=404), "/feed": Answer(seconds=3)}
    publish(other, 1)
    hanging = watch(site)
    working = watchlist.add(other.url("/feed"), source=hanging.source, now=NOW)

    poll(turns=3)
    other.close()

    assert "did not finish" in fresh(hanging).last_error
    assert fresh(working).state == "working"
    assert Document.objects.count() == 1


def test_a_private_address_is_refused_with_its_reason(site: Site, settings: Settings) -> None:
    publish(site, 1)
    settings.FETCH_ALLOW = []
    watched = watch(site)

    poll()

    assert site.asked == []
    assert "Only the ports 80 and 443 are allowed" in fresh(watched).last_error


# How hosts are spared


def test_a_host_is_asked_one_thing_and_then_has_its_pause(site: Site) -> None:
    publish(site, 1, 2)
    watch(site)
    assert watching.poll_due(now=NOW) == 0
    assert site.paths() == ["/robots.txt"]

    watching.poll_due(now=NOW + HOST_PAUSE - timedelta(seconds=1))
    assert len(site.asked) == 1

    watching.poll_due(now=NOW + HOST_PAUSE + timedelta(seconds=1))
    assert site.paths() == ["/robots.txt", "/feed"]


def test_a_claimed_host_is_left_alone_until_its_lease_has_run_out(site: Site) -> None:
    publish(site, 1)
    watch(site)
    assert Host.objects.claim(Host.objects.get(), NOW)

    assert watching.busy(now=NOW)
    poll(NOW + timedelta(minutes=1), turns=2)
    assert site.asked == []

    poll(NOW + HOST_LEASE, turns=1)
    assert site.paths() == ["/robots.txt"]


def test_whoever_lost_the_claim_writes_nothing(site: Site) -> None:
    watch(site)
    late = Host.objects.get()
    assert Host.objects.claim(late, NOW)
    assert Host.objects.claim(Host.objects.get(), NOW + HOST_LEASE)

    assert not Host.objects.release(late, NOW)
    assert watching.busy(now=NOW + HOST_LEASE)


def test_the_requests_name_who_asks(site: Site, settings: Settings) -> None:
    settings.CONTACT = "https://desk.example/about"
    watch(site)

    poll(turns=2)

    agents = {one.headers["user-agent"] for one in site.asked}
    assert agents == {"Stanceline (+https://desk.example/about)"}


POLLER = """
import sys, time
import django
django.setup()
from django.utils import timezone
from tracker import watching
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    watching.poll_due(now=timezone.now())
    time.sleep(0.02)
"""


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_pollers_store_each_entry_once_and_stay_apart_at_a_host(site: Site) -> None:
    publish(site, 1, 2)
    source = Source.objects.get(slug="wire")
    watchlist.add(site.url("/feed"), source=source, now=timezone.now())
    database = connection.settings_dict
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = os.environ | {"DATABASE_URL": address, "FETCH_ALLOW": site.place}

    pollers = [
        subprocess.Popen([sys.executable, "-c", POLLER, "18"], env=environment, cwd=ROOT)
        for _ in range(2)
    ]

    assert [poller.wait(timeout=60) for poller in pollers] == [0, 0]
    assert site.paths()[:2] == ["/robots.txt", "/feed"]
    assert sorted(site.paths()[2:]) == ["/papers/1", "/papers/2"]
    assert Document.objects.count() == 2
    gaps = [two.at - one.at for one, two in zip(site.asked, site.asked[1:], strict=False)]
    # A poller that is held up between looking at the clock and asking takes that off the pause.
    assert min(gaps) >= HOST_PAUSE.total_seconds() - 1


# What people can say


def test_a_stopped_source_is_polled_no_more_and_can_be_watched_again(site: Site) -> None:
    publish(site, 1)
    watched = watch(site)
    watchlist.stop(watched, now=NOW)

    poll()

    assert site.asked == []
    assert fresh(watched).state == "stopped"
    assert watch(site).pk != watched.pk


@pytest.mark.parametrize(
    ("url", "about", "code"),
    [
        ("ftp://post.example/feed", {}, "url"),
        ("https:///feed", {}, "url"),
        ("https://post.example:x/feed", {}, "url"),
        ("https://post.example/feed", {"every": 4}, "every"),
        ("https://post.example/feed", {"every": 50_000}, "every"),
        ("https://post.example/feed", {"kind": WatchedSource.Kind.PAGES}, "prefix"),
        ("https://post.example/feed", {"prefix": "/news/"}, "prefix"),
        ("https://post.example/watched", {}, "watched"),
    ],
)
def test_what_cannot_be_watched_is_refused(url: str, about: dict[str, Any], code: str) -> None:
    source = Source.objects.get(slug="wire")
    watchlist.add("https://post.example/watched", source=source, now=NOW)

    with pytest.raises(watchlist.CannotWatchError) as caught:
        watchlist.add(url, source=source, now=NOW, **about)

    assert caught.value.code == code


def test_a_stopped_one_is_taken_up_again_unless_its_address_is_watched_elsewhere(
    site: Site,
) -> None:
    publish(site, 1)
    watched = watch(site)
    watchlist.stop(watched, now=NOW)
    other = watch(site)
    with pytest.raises(watchlist.CannotWatchError, match="watched already"):
        watchlist.resume(watched, now=NOW)
    watchlist.stop(other, now=NOW)

    watchlist.resume(watched, now=NOW)

    assert fresh(watched).state == "new"
    assert fresh(other).state == "stopped"


def test_a_shorter_time_between_polls_counts_from_now(site: Site) -> None:
    publish(site, 1)
    watched = watch(site)
    poll(turns=2)
    later = NOW + timedelta(minutes=20)
    watchlist.change(watched, now=later, every=10)
    assert fresh(watched).next_poll_at == later + timedelta(minutes=10)
    watchlist.check(watched, now=later)
    assert fresh(watched).next_poll_at == later


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("watch", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_adds_lists_stops_and_resumes() -> None:
    added = told("https://post.example/feed", "--source", "wire", "--every", "30")
    number = added.split()[0]

    assert "new" in added
    assert "https://post.example/feed" in told("--list")
    assert "stopped" in told("--stop", number)
    assert "new" in told("--resume", number)
    with pytest.raises(CommandError, match="watched already"):
        told("--resume", number)


def test_the_command_tells_what_is_wrong() -> None:
    with pytest.raises(CommandError, match="known source"):
        told("https://post.example/feed")


def test_a_page_that_a_person_captured_is_not_captured_again(site: Site) -> None:
    publish(site, 1)
    source = Source.objects.get(slug="wire")
    by_hand = store(WORDS.format(1).encode(), now=NOW, source=source, url=site.url("/papers/1"))
    watch(site)

    poll()

    assert WatchedEntry.objects.get().document == by_hand.document
