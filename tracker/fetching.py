"""The one door to the network: documents, feeds and webhooks all go through this client.

A person may type any address, and a page may redirect to any other, so each address is judged
before a byte is sent: the host name is resolved once, every answer must be a public unicast
address, and the connection goes to exactly the judged address. A body that is not provably
whole is refused, because a cut text would look like a change of position. The rules follow
RFC 6890 (special-purpose addresses), RFC 9110 and RFC 9112 (message framing), RFC 1952 (the
end mark of gzip) and RFC 9309 (robots.txt); docs/inputs.md lists them with their sentences.
"""

import contextlib
import email.utils
import http.client
import io
import ipaddress
import queue
import re
import select
import socket
import ssl
import threading
import time
import urllib.parse
import urllib.robotparser
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

USER_AGENT = "Stanceline"
PORTS = {"http": 80, "https": 443}
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
MAX_URL = 4_096
ROBOTS_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB
_PIECE = 65_536
_BODY_START = 2_048
_BODY_START_SECONDS = 1.0
_CONNECT_SECONDS = 10.0
_ANSWER_BYTES = 1_000_000  # of an answer to a post
_HEAD_BYTES = 65_536
_SOME = 4_096
_LINE_RESTS = 4.0  # seconds after which a resting connection is given up; receivers keep one for 5
_LINE_LASTS = 60.0  # seconds after which the address is judged again
_LONGEST_RETRY_AFTER = 86_400.0

# code -> (sentence for people, is trying again of use?)
REASONS: Mapping[str, tuple[str, bool]] = {
    "url_characters": (
        "The address holds a space, a backslash, a control character or a letter outside ASCII; "
        "write it percent-encoded and in at most 4,096 characters.",
        False,
    ),
    "url_scheme": ("The address must begin with http:// or https:// and name a host.", False),
    "url_userinfo": ("An address with a user name or a password in it is refused.", False),
    "url_host": ("'{host}' is neither a host name nor a plainly written IP address.", False),
    "port": ("Only the ports 80 and 443 are allowed, not {port}.", False),
    "private_address": ("{host} leads to an address that is not on the public internet.", False),
    "no_address": ("The name {host} could not be resolved.", True),
    "connection": ("{host} could not be reached or broke the connection off ({detail}).", True),
    "tls": ("The secure connection to {host} failed ({detail}).", True),
    "timeout": ("{host} did not finish within the {seconds:g} seconds allowed.", True),
    "bad_answer": ("{host} did not answer in valid HTTP ({detail}).", True),
    "redirect": ("The address redirects more than {redirects} times.", False),
    "redirect_nowhere": ("{host} redirects without saying where to.", False),
    "http_status": ("{host} answered with status {status}.", False),
    "content_type": ("{host} sent '{content_type}', which is not a kind that can be read.", False),
    "content_encoding": (
        "{host} packed its answer as '{encoding}', which was not asked for.",
        False,
    ),
    "too_large": ("{host} sent more than the {limit:,} bytes allowed.", False),
    "not_whole": (
        "What {host} sent is not provably whole ({detail}); a cut text would look like a change.",
        True,
    ),
}
_RETRYABLE_STATUS = {408, 425, 429, 500, 502, 503, 504}


class FetchError(Exception):
    """A request that was refused or failed.

    `code` is a key of REASONS, `reason` its sentence for people; `retryable` says whether trying
    again later can help; `retry_after` is the wait in seconds that the server asked for.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        **values: object,
    ) -> None:
        sentence, by_nature = REASONS[code]
        self.code = code
        self.reason = sentence.format(status=status, **values)
        self.retryable = by_nature if retryable is None else retryable
        self.status = status
        self.retry_after = retry_after
        super().__init__(self.reason)


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
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Posted:
    """A receiver's answer, whatever its status; `body_start` is at most the first 2 KB."""

    status: int
    headers: Mapping[str, str]
    body_start: bytes
    retry_after: float | None


Judge = Callable[[str], None]  # where a redirect leads to; raises where it must not be followed
Resolver = Callable[[str], Sequence[str]]  # host name -> IP addresses; raises OSError


def system_resolver(host: str) -> Sequence[str]:
    """Return every address that the operating system knows for `host`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


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
    deadline = _Deadline(limits.seconds)
    door = _Door(_AllowList(allow), resolve, deadline, limits.wire_bytes)
    asked = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
    asked |= {"If-None-Match": etag} if etag else {}
    asked |= {"If-Modified-Since": last_modified} if last_modified else {}
    secret = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    for _ in range(limits.redirects + 1):
        target = _target(url)
        with door.exchange(target, _head("GET", target, asked | secret)) as response:
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


def is_allowed_address(ip: str) -> bool:
    """Tell whether `ip` is a public unicast address that anyone may be asked to connect to."""
    if not _is_ip(ip) or "%" in ip:  # a scope id names one of this machine's own links
        return False
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            return address in _IPV6_GLOBAL and not any(address in net for net in _IPV6_REFUSED)
        address = mapped
    return not any(address in net for net in _IPV4_REFUSED)


def is_listed(url: str, allow: Sequence[str]) -> bool:
    """Tell whether `allow` names the place of `url` itself, as `host:port`."""
    try:
        return _AllowList(allow).lists_place(_target(url))
    except FetchError:
        return False


def robots_allows(robots_body: bytes, status: int, url: str, agent: str) -> bool:
    """Tell whether robots.txt, answered with `status`, lets `agent` fetch `url` (RFC 9309).

    A missing file (4xx) allows all; an unreachable one (5xx, or anything else) allows nothing.
    """
    if status != http.client.OK:
        return http.client.BAD_REQUEST <= status < http.client.INTERNAL_SERVER_ERROR
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(robots_body[:ROBOTS_BYTES].decode("utf-8-sig", "replace").splitlines())
    return rules.can_fetch(agent, url)


# IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast and former class E, and the
# address at which a large cloud serves its virtual machines' metadata.
_IPV4_REFUSED = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",
        ),
    )
)
_IPV6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)

_PLAIN = re.compile(r"[!-\[\]-~]*")  # printable ASCII without the backslash
_URL = re.compile(r"(https?)://([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(\d{1,5}))?")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_LONGEST_NAME = 253
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)  # as resolvers read a last label
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: |$)")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class _Target:
    """One judged spelling of an address; `host` is without the brackets of IPv6."""

    url: str
    scheme: str
    authority: str
    host: str
    port: int
    path: str


def _target(url: str) -> _Target:
    _refuse_odd_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise FetchError("url_scheme")
    scheme, authority, path, query = match.groups(default="")
    if "@" in authority:
        raise FetchError("url_userinfo")
    host, port = _host_and_port(authority, scheme.lower())
    return _Target(url, scheme.lower(), authority.lower(), host, port, (path or "/") + query)


def _refuse_odd_characters(text: str) -> None:
    if len(text) > MAX_URL or not _PLAIN.fullmatch(text):
        raise FetchError("url_characters")


@lru_cache(maxsize=1024)
def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    match = _AUTHORITY.fullmatch(authority)
    host = match[1].lower() if match else ""
    if match is None or not _is_host(host):
        raise FetchError("url_host", host=authority)
    return host.strip("[]"), int(match[2] or PORTS[scheme])


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return "%" not in text and _is_ip(text.strip("[]"))
    if _is_ip(text):
        return True
    last = text.rpartition(".")[2]
    return (
        len(text) <= _LONGEST_NAME and bool(_NAME.fullmatch(text)) and not _NUMBER.fullmatch(last)
    )


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _place(entry: str) -> str:
    try:
        host, port = _host_and_port(entry, "http")
    except FetchError as error:
        raise ValueError(f"{entry!r} is neither host:port nor a network") from error
    return f"{host} {port}"


class _AllowList:
    """The places let through on purpose: `host:port` entries and networks."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._places: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in entries:
            try:
                self._networks.append(ipaddress.ip_network(entry))
            except ValueError:
                self._places.add(_place(entry))

    def lists_place(self, target: _Target) -> bool:
        return f"{target.host} {target.port}" in self._places

    def lists_address(self, ip: str) -> bool:
        if not _is_ip(ip) or "%" in ip:
            return False
        address = ipaddress.ip_address(ip)
        return any(address in net for net in self._networks if net.version == address.version)

    def judge(self, target: _Target, addresses: Sequence[str]) -> None:
        """Raise FetchError unless every address may be connected to on the target's port."""
        if self.lists_place(target):
            return
        strangers = [ip for ip in addresses if not self.lists_address(ip)]
        if strangers and target.port not in PORTS.values():
            raise FetchError("port", port=target.port)
        if not all(is_allowed_address(ip) for ip in strangers):
            raise FetchError("private_address", host=target.host)


class _Deadline:
    """The moment at which a request ends, whatever has arrived until then.

    Every single read, write, connect and handshake is given only the time that is left, so a
    server that drips one byte a second is cut at the deadline too.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        self._end = min(self._end, time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError where none is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Wire(io.RawIOBase):
    """A connected socket that keeps to a deadline and gives at most `limit` bytes."""

    def __init__(self, sock: socket.socket, host: str, deadline: _Deadline, limit: int) -> None:
        super().__init__()
        self.sock = sock
        self.deadline = deadline
        self._host = host
        self._limit = self._room = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed asks for any buffer
        self.sock.settimeout(self.deadline.left())
        count = self.sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise FetchError("too_large", host=self._host, limit=self._limit)
        return count

    def send(self, message: bytes) -> None:
        rest = memoryview(message)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest) :]

    def some(self) -> bytes:
        """Return some bytes, none at the end."""
        piece = bytearray(_SOME)
        return bytes(piece[: self.readinto(memoryview(piece))])

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        return io.BufferedReader(self)


@dataclass(slots=True)
class _Door:
    """What all exchanges of one request share."""

    allow: _AllowList
    resolve: Resolver
    deadline: _Deadline
    wire_bytes: int

    @contextlib.contextmanager
    def exchange(self, target: _Target, message: bytes) -> Iterator[http.client.HTTPResponse]:
        """Send `message` to a judged address of `target` and yield the answer's head."""
        with _as_fetch_errors(target, self.deadline.seconds), self.connected(target) as sock:
            wire = _Wire(sock, target.host, self.deadline, self.wire_bytes)
            wire.send(message)
            response = http.client.HTTPResponse(cast(socket.socket, wire))
            response.begin()
            yield response

    def connected(self, target: _Target) -> socket.socket:
        """Return a connection to a judged address of `target`."""
        return self._connected(target, self._judged_addresses(target))

    def _judged_addresses(self, target: _Target) -> Sequence[str]:
        addresses = [target.host] if _is_ip(target.host) else self._resolved(target.host)
        if not addresses:
            raise FetchError("no_address", host=target.host)
        self.allow.judge(target, addresses)
        return addresses

    def _resolved(self, host: str) -> Sequence[str]:
        answers: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()

        def ask() -> None:  # in a thread, because the system's resolver knows no deadline
            try:
                answers.put(self.resolve(host))
            except (OSError, UnicodeError):
                answers.put(())

        threading.Thread(target=ask, daemon=True).start()
        try:
            return answers.get(timeout=self.deadline.left())
        except queue.Empty:
            raise TimeoutError from None

    def _connected(self, target: _Target, addresses: Sequence[str]) -> socket.socket:
        for position, address in enumerate(addresses, start=1):
            try:
                return self._connected_to(address, target)
            except ssl.SSLError:
                raise
            except OSError:
                if position == len(addresses):
                    raise
        raise AssertionError("no address to connect to")

    def _connected_to(self, address: str, target: _Target) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            sock.settimeout(min(self.deadline.left(), _CONNECT_SECONDS))
            sock.connect((address, target.port))
            _confirm_peer(sock, address, target)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self.deadline.left())
            if target.scheme == "https":
                return _tls_context().wrap_socket(sock, server_hostname=target.host)
        except BaseException:
            sock.close()
            raise
        return sock


class _Line:
    """A connection that carries one post after the other."""

    def __init__(self, host: str, sock: socket.socket) -> None:
        self._host, self._sock = host, sock
        self._made = self._used = time.monotonic()

    def close(self) -> None:
        self._sock.close()

    def is_fresh(self) -> bool:
        """Say whether another post may go this way: it is young, and the other side is silent.

        A connection that has something to read was closed, or says what nobody asked for.
        """
        now = time.monotonic()
        if now - self._used > _LINE_RESTS or now - self._made > _LINE_LASTS:
            return False
        look = select.poll()
        look.register(self._sock, select.POLLIN)
        return not look.poll(0)

    def exchange(self, message: bytes, deadline: _Deadline) -> tuple[Posted, bool]:
        """Post; return the answer, and whether the connection can carry another post."""
        wire = _Wire(self._sock, self._host, deadline, _ANSWER_BYTES)
        wire.send(message)
        posted, stays = _Answer(wire).read()
        self._used = time.monotonic()
        return posted, stays


class _Answer:
    """An answer to a post as it comes in (RFC 9112): the head, and of the body the start.

    Only what is plainly framed and short leaves the connection in a state to be used again.
    """

    def __init__(self, wire: _Wire) -> None:
        self._wire, self._got = wire, b""

    def read(self) -> tuple[Posted, bool]:
        """Return the answer, and whether all of it was read and the connection stays open."""
        status, version, headers = self._final_head()
        length = _plain_length(status, headers)
        start, whole = self._body_start(length)
        stays = whole and version == b"1" and "close" not in headers.get("connection", "").lower()
        return Posted(status, headers, start, _retry_after(headers)), stays

    def _final_head(self) -> tuple[int, bytes, dict[str, str]]:
        while True:
            status, version, headers = self._head()
            if status >= http.client.OK:
                return status, version, headers

    def _head(self) -> tuple[int, bytes, dict[str, str]]:
        while (end := _HEAD_END.search(self._got)) is None:
            if len(self._got) > _HEAD_BYTES:
                raise http.client.LineTooLong("head")
            piece = self._wire.some()
            if not piece:
                if self._got:
                    raise http.client.BadStatusLine("broken off")
                raise http.client.RemoteDisconnected("no answer")
            self._got += piece
        head, self._got = self._got[: end.start()], self._got[end.end() :]
        first, *lines = head.decode("latin-1").splitlines()
        match = _STATUS_LINE.match(first)
        if match is None:
            raise http.client.BadStatusLine("no HTTP")
        return int(match[2]), match[1].encode(), _headers_of(lines)

    def _body_start(self, length: int | None) -> tuple[bytes, bool]:
        """Return what of the body comes at once, and whether that is exactly all of it.

        How a receiver words its answer is no result: one that hangs over it has answered.
        """
        self._wire.deadline.shorten(_BODY_START_SECONDS)
        wanted = _BODY_START if length is None else min(length, _BODY_START)
        try:
            while len(self._got) < wanted and (piece := self._wire.some()):
                self._got += piece
                if length is None:
                    break
        except (OSError, FetchError):
            return self._got[:_BODY_START], False
        return self._got[:_BODY_START], len(self._got) == length


def _plain_length(status: int, headers: Mapping[str, str]) -> int | None:
    """Return how long an answer's body is, None where that is not said in the plainest way."""
    if status in {http.client.NO_CONTENT, http.client.NOT_MODIFIED}:
        return 0
    said = headers.get("content-length", "")
    plain = "transfer-encoding" not in headers and re.fullmatch(r"\d{1,18}", said)
    return int(said) if plain else None


def _headers_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the headers of an answer, names in lower case; those given twice joined by commas."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class Lines:
    """Connections to receivers that stay open from one post to the next; threads may share them.

    An address is judged when a connection to it is made. Each connection carries one post at a
    time, and is given up when it rests for long or is old, so that a name that leads elsewhere
    meanwhile is judged again.
    """

    def __init__(self, resolve: Resolver = system_resolver) -> None:
        self._resolve = resolve
        self._idle: dict[tuple[object, ...], list[_Line]] = {}
        self._lock = threading.Lock()

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float = 20.0,
        allow: Sequence[str] = (),
    ) -> Posted:
        """POST exactly `body` and return the receiver's answer, as `post` does."""
        deadline, target = _Deadline(seconds), _target(url)
        whole = {"Connection": "keep-alive", **headers, "Content-Length": str(len(body))}
        message = _head("POST", target, whole) + body
        with _as_fetch_errors(target, seconds):
            place = (target.scheme, target.authority, *allow)
            line = self._open(place) or self._new(target, allow, deadline)
            try:
                posted, stays = line.exchange(message, deadline)
            except BaseException:
                line.close()
                raise
        if stays:
            self._keep(place, line)
        else:
            line.close()
        return posted

    def close(self) -> None:
        """Close the connections that carry no post at present."""
        with self._lock:
            resting = [line for lines in self._idle.values() for line in lines]
            self._idle.clear()
        for line in resting:
            line.close()

    def _open(self, place: tuple[object, ...]) -> _Line | None:
        while True:
            with self._lock:
                resting = self._idle.get(place)
                line = resting.pop() if resting else None
            if line is None or line.is_fresh():
                return line
            line.close()

    def _new(self, target: _Target, allow: Sequence[str], deadline: _Deadline) -> _Line:
        door = _Door(_AllowList(allow), self._resolve, deadline, _ANSWER_BYTES)
        return _Line(target.host, door.connected(target))

    def _keep(self, place: tuple[object, ...], line: _Line) -> None:
        with self._lock:
            self._idle.setdefault(place, []).append(line)


def _confirm_peer(sock: socket.socket, judged: str, target: _Target) -> None:
    """Raise FetchError unless the kernel connected to the address that was judged."""
    peer = str(sock.getpeername()[0])
    if ipaddress.ip_address(peer) != ipaddress.ip_address(judged):
        raise FetchError("private_address", host=target.host)


@cache
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextlib.contextmanager
def _as_fetch_errors(target: _Target, seconds: float) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise FetchError("timeout", host=target.host, seconds=seconds) from None
    except ssl.SSLError as error:
        detail = getattr(error, "verify_message", "") or error.reason or "broken off"
        raise FetchError("tls", host=target.host, detail=detail) from error
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise FetchError("connection", host=target.host, detail=detail) from error
    except http.client.IncompleteRead as error:
        raise FetchError(
            "not_whole", host=target.host, detail="the last chunk is missing"
        ) from error
    except zlib.error as error:
        raise FetchError(
            "not_whole", host=target.host, detail="its compression is broken"
        ) from error
    except http.client.HTTPException as error:
        raise FetchError("bad_answer", host=target.host, detail=type(error).__name__) from error


def _head(method: str, target: _Target, headers: Mapping[str, str]) -> bytes:
    given = {"Host": target.authority, "Connection": "close", "User-Agent": USER_AGENT, **headers}
    lines = [f"{name}: {value}" for name, value in given.items()]
    for line in lines:
        if not _HEADER.fullmatch(line):
            raise ValueError(f"{line!r} is no HTTP header")
    text = "\r\n".join([f"{method} {target.path} HTTP/1.1", *lines, "", ""])
    return text.encode("latin-1")


def _onward(target: _Target, response: http.client.HTTPResponse) -> str | None:
    """Return where a redirect leads, None where the answer is none; the caller judges it."""
    if response.status not in {301, 302, 303, 307, 308}:
        return None
    location = response.headers.get("Location", "").strip()
    if not location:
        raise FetchError("redirect_nowhere", host=target.host)
    _refuse_odd_characters(location)  # urljoin would silently remove tabs and line ends
    return urllib.parse.urljoin(target.url, location).partition("#")[0]


def _fetched(
    target: _Target,
    response: http.client.HTTPResponse,
    limits: Limits,
    deadline: _Deadline,
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
        body = _body(target, response, limits, deadline)
    headers = _plain(response)
    return Fetched(
        url=target.url,
        status=response.status,
        content_type=kind,
        charset=charset,
        body=body,
        etag=_sendable(headers.get("etag", "")),
        last_modified=_sendable(headers.get("last-modified", "")),
        headers=headers,
    )


def _refuse_status(
    target: _Target, response: http.client.HTTPResponse, *, conditional: bool
) -> None:
    unchanged = conditional and response.status == http.client.NOT_MODIFIED
    if response.status != http.client.OK and not unchanged:
        raise FetchError(
            "http_status",
            host=target.host,
            status=response.status,
            retryable=response.status in _RETRYABLE_STATUS,
            retry_after=_retry_after(_plain(response)),
        )


def _content_type(response: http.client.HTTPResponse) -> tuple[str, str | None]:
    kind, _, parameters = response.headers.get("Content-Type", "").partition(";")
    charset = re.search(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", parameters, re.IGNORECASE)
    return kind.strip().lower(), charset[1].lower() if charset else None


def _plain(response: http.client.HTTPResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _sendable(value: str) -> str:
    """Return `value` where it can be sent back as a condition, else nothing."""
    return value if _HEADER.fullmatch(f"x: {value}") else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, at most a day.

    A date counts from the answer's own Date, so that the two clocks need not agree.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
        since = email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(until - since, 0.0), _LONGEST_RETRY_AFTER)


def _body(
    target: _Target, response: http.client.HTTPResponse, limits: Limits, deadline: _Deadline
) -> bytes:
    """Return the unpacked body; raise FetchError unless its end was seen."""
    length = _announced_length(target, response)
    unpack = _unpacker(target, response, limits.decoded_bytes)
    pieces: list[bytes] = []
    received = 0
    while piece := response.read(_PIECE):
        deadline.left()
        received += len(piece)
        pieces.append(unpack.feed(piece))
    if length is not None and received != length:
        detail = f"{received:,} of {length:,} bytes came"
        raise FetchError("not_whole", host=target.host, detail=detail)
    if not unpack.ended(proved=length is not None or response.chunked):
        raise FetchError("not_whole", host=target.host, detail="it has no end mark")
    return b"".join(pieces)


def _announced_length(target: _Target, response: http.client.HTTPResponse) -> int | None:
    """Return Content-Length, None where the body is framed otherwise (RFC 9112, section 6.3)."""
    transfer = response.headers.get_all("Transfer-Encoding", [])
    if transfer:
        if [value.strip().lower() for value in transfer] != ["chunked"]:
            raise FetchError("bad_answer", host=target.host, detail="unknown transfer encoding")
        return None
    values = {value.strip() for value in response.headers.get_all("Content-Length", [])}
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(r"\d{1,18}", min(values)):
        raise FetchError("bad_answer", host=target.host, detail="contradictory Content-Length")
    return int(min(values))


class _Unpacker:
    """A body as it is, counted against the limit."""

    def __init__(self, host: str, limit: int) -> None:
        self._host = host
        self._limit = self._room = limit

    def feed(self, piece: bytes) -> bytes:
        self._count(piece)
        return piece

    def ended(self, *, proved: bool) -> bool:
        """Tell whether the end was seen; `proved` says that the message's framing showed it."""
        return proved

    def _count(self, piece: bytes) -> None:
        self._room -= len(piece)
        if self._room < 0:
            raise FetchError("too_large", host=self._host, limit=self._limit)


class _GzipUnpacker(_Unpacker):
    """A gzip body: one or more members, each with its end mark (RFC 1952)."""

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(host, limit)
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def feed(self, piece: bytes) -> bytes:
        unpacked: list[bytes] = []
        while piece:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpacked.append(self._member.decompress(piece, self._room + 1))
            self._count(unpacked[-1])
            piece = self._member.unconsumed_tail or self._member.unused_data
        return b"".join(unpacked)

    def ended(self, *, proved: bool) -> bool:
        return self._member.eof


def _unpacker(target: _Target, response: http.client.HTTPResponse, limit: int) -> _Unpacker:
    encoding = ", ".join(response.headers.get_all("Content-Encoding", [])).strip().lower()
    if encoding in {"", "identity"}:
        return _Unpacker(target.host, limit)
    if encoding in {"gzip", "x-gzip"}:
        return _GzipUnpacker(target.host, limit)
    raise FetchError("content_encoding", host=target.host, encoding=encoding[:40])
