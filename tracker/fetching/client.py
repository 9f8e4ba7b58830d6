"""GET a page or a feed, over its redirects, and POST to a receiver."""

import http.client
import re
import urllib.parse
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tracker.fetching.addresses import Target, refuse_odd_characters, target_of
from tracker.fetching.answers import Posted
from tracker.fetching.bodies import whole_body
from tracker.fetching.door import Door, Resolver, system_resolver
from tracker.fetching.headers import USER_AGENT, head, retry_after, sendable
from tracker.fetching.lines import Lines
from tracker.fetching.places import AllowList
from tracker.fetching.reasons import FetchError
from tracker.fetching.wire import Deadline

READABLE = (  # ready to be read by tracker.parsing; octet-stream and no type at all are looked into
    "",
    "application/atom+xml",
    "application/octet-stream",
    "application/pdf",
    "application/rdf+xml",
    "application/rss+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/xhtml+xml",
    "application/xml",
    "text/",
)
_RETRYABLE_STATUS = {408, 425, 429, 500, 502, 503, 504}

Judge = Callable[[str], None]  # where a redirect leads to; raises where it must not be followed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost: seconds in all, bytes on the wire and unpacked, redirects."""

    seconds: float = 30.0
    wire_bytes: int = 20_000_000
    decoded_bytes: int = 20_000_000
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer: status 200 with its unpacked body, or 304 with an empty one."""

    url: str  # where the redirects ended
    status: int
    content_type: str  # lower case, without parameters
    charset: str | None
    body: bytes
    etag: str
    last_modified: str


def fetch(
    url: str,
    *,
    limits: Limits = Limits(),
    allow: Sequence[str] = (),
    etag: str = "",
    last_modified: str = "",
    user_agent: str = USER_AGENT,
    content_types: Collection[str] = READABLE,
    bearer: str = "",
    resolve: Resolver = system_resolver,
    judge: Judge = lambda url: None,
) -> Fetched:
    """GET `url` and return its whole body, or a 304 where `etag` or `last_modified` still hold.

    `allow` lists `host:port` places and networks (`10.1.0.0/16`) that are let through although
    they are not public. Each redirect is judged like a first address, and by `judge`, which may
    raise. Raises FetchError.
    """
    deadline = Deadline(limits.seconds)
    door = Door(AllowList(allow), resolve, deadline, limits.wire_bytes)
    asked = _asked(user_agent, etag, last_modified)
    secret = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    for _ in range(limits.redirects + 1):
        target = target_of(url)
        with door.exchange(target, head("GET", target, asked | secret)) as response:
            secret = {}
            onward = _onward(target, response)
            if onward is None:
                return _fetched(
                    target,
                    response,
                    limits,
                    deadline,
                    content_types,
                    conditional=bool(etag or last_modified),
                )
            judge(onward)
            url = onward
    raise FetchError("redirect", redirects=limits.redirects)


def _asked(user_agent: str, etag: str, last_modified: str) -> dict[str, str]:
    """Return the headers of a request for what is new since these."""
    headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
    headers |= {"If-None-Match": etag} if etag else {}
    return headers | ({"If-Modified-Since": last_modified} if last_modified else {})


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = 20.0,
    allow: Sequence[str] = (),
    resolve: Resolver = system_resolver,
) -> Posted:
    """POST exactly `body` and return the receiver's answer; redirects are not followed.

    Raises FetchError where no answer came (retryable) or the address is refused (not).
    """
    lines = Lines(resolve)
    try:
        return lines.post(url, body, headers, seconds=seconds, allow=allow)
    finally:
        lines.close()


def _onward(target: Target, response: http.client.HTTPResponse) -> str | None:
    """Return where a redirect leads, None where the answer is none; the caller judges it."""
    if response.status not in {301, 302, 303, 307, 308}:
        return None
    location = response.headers.get("Location", "").strip()
    if not location:
        raise FetchError("redirect_nowhere", host=target.host)
    refuse_odd_characters(location)  # urljoin would silently remove tabs and line ends
    return urllib.parse.urljoin(target.url, location).partition("#")[0]


def _fetched(
    target: Target,
    response: http.client.HTTPResponse,
    limits: Limits,
    deadline: Deadline,
    content_types: Collection[str],
    *,
    conditional: bool,
) -> Fetched:
    _refuse_status(target, response, conditional=conditional)
    kind, charset = _content_type(response)
    body = b""
    if response.status == http.client.OK:
        if not any(
            kind == one or (one.endswith("/") and kind.startswith(one)) for one in content_types
        ):
            raise FetchError("content_type", status=200, host=target.host, content_type=kind)
        body = whole_body(target, response, limits.decoded_bytes, deadline)
    headers = _plain(response)
    return Fetched(
        url=target.url,
        status=response.status,
        content_type=kind,
        charset=charset,
        body=body,
        etag=sendable(headers.get("etag", "")),
        last_modified=sendable(headers.get("last-modified", "")),
    )


def _refuse_status(
    target: Target, response: http.client.HTTPResponse, *, conditional: bool
) -> None:
    unchanged = conditional and response.status == http.client.NOT_MODIFIED
    if response.status != http.client.OK and not unchanged:
        raise FetchError(
            "http_status",
            host=target.host,
            status=response.status,
            retryable=response.status in _RETRYABLE_STATUS,
            retry_after=retry_after(_plain(response)),
        )


def _content_type(response: http.client.HTTPResponse) -> tuple[str, str | None]:
    kind, _, parameters = response.headers.get("Content-Type", "").partition(";")
    charset = re.search(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", parameters, re.IGNORECASE)
    return kind.strip().lower(), charset[1].lower() if charset else None


def _plain(response: http.client.HTTPResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
