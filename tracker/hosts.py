"""Hosts that are asked: their names, what their robots.txt allows, and one polite request."""

import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from tracker import fetching
from tracker.fetching import Fetched, FetchError
from tracker.models import Host

LIMITS = fetching.Limits(seconds=15.0)
ROBOTS_LAST = timedelta(days=1)
ROBOTS_AGAIN = timedelta(hours=1)  # where there was no answer to keep for a day
LONGEST_URL = 2_000
_LONGEST_HOST = 260
OK = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a turn came to nothing; `wait` is what the host asked for."""

    reason: str
    again: bool
    wait: timedelta = timedelta()
    status: int = 0


class GivenUpError(Exception):
    """A turn that is over before its request."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


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


def knows_robots(host: Host, now: datetime) -> bool:
    """Tell whether what robots.txt says, or that it could not be had, is fresh enough."""
    answered = host.robots_status is not None and 200 <= host.robots_status < 500
    return host.robots_at is not None and now < host.robots_at + (
        ROBOTS_LAST if answered else ROBOTS_AGAIN
    )


def refuse_forbidden(host: Host, url: str) -> None:
    """Raise GivenUpError where robots.txt, or the lack of an answer, forbids to fetch `url`."""
    status = host.robots_status or 0
    if fetching.robots_allows(bytes(host.robots_body), status, url, fetching.USER_AGENT):
        return
    if status == OK:
        raise GivenUpError(Failure(f"robots.txt of {host} forbids {url}", again=False))
    reason = f"robots.txt of {host} could not be had: {host.robots_problem}"
    raise GivenUpError(Failure(reason, again=True))


def host_with_robots(url: str) -> Host:
    """Return the host of `url`, not stored, with what its robots.txt says at this moment."""
    host = Host(name=host_of(url))
    try:
        answer = fetch(urllib.parse.urljoin(url, "/robots.txt"))
    except FetchError as error:
        host.robots_status, host.robots_problem = error.status or 0, error.reason[:500]
    else:
        host.robots_status, host.robots_body = OK, answer.body[: fetching.ROBOTS_BYTES]
    return host


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    judge: fetching.Judge = lambda url: None,
) -> Fetched:
    """Send one request as what is polled is asked for; raises FetchError, and what `judge` does."""
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
