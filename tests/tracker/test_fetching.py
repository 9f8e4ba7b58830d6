"""The guarded client, against real sockets on the loopback interface and a fake name server."""

import ast
import gzip
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.tracker.hostile import addresses
from tests.tracker.hostile.urls import ANSWERS
from tracker import fetching
from tracker.fetching import FetchError, Limits, answers, door, fetch, post, robots_allows
from tracker.fetching.addresses import target_of
from tracker.fetching.places import is_allowed_address

ROOT = Path(__file__).resolve().parents[2]
QUICK = Limits(seconds=0.5, wire_bytes=100_000, decoded_bytes=100_000)
REFUSED_BEFORE_CONNECTING = {
    "url_characters",
    "url_scheme",
    "url_userinfo",
    "url_host",
    "port",
    "private_address",
    "no_address",
}
Answer = Callable[[socket.socket, bytes], None]


class Listener:
    """A raw HTTP server on one loopback address; keeps what it was asked."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1") -> None:
        self.requests: list[bytes] = []
        listener = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                listener.requests.append(b"")
                try:
                    listener.requests[-1] = _request(self.request)
                    answer(self.request, listener.requests[-1])
                except OSError:
                    return  # the client hung up, as it should on a bad answer

        self._server = socketserver.ThreadingTCPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.place = f"{host}:{self.port}"
        self.url = f"http://{self.place}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _request(sock: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = sock.recv(65_536)
        if not piece:
            break
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
    )
    while len(body) < length:
        body += sock.recv(65_536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    listeners: list[Listener] = []

    def start(answer: Answer | bytes, host: str = "127.0.0.1") -> Listener:
        if isinstance(answer, bytes):
            return start(saying(answer), host)
        listeners.append(Listener(answer, host))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


@pytest.fixture
def canary(listen: Callable[..., Listener]) -> Listener:
    """A listener that nobody may reach."""
    return listen(whole(b"the secret of the house"))


def saying(message: bytes) -> Answer:
    return lambda sock, _: sock.sendall(message)


def whole(body: bytes = b"text", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    if not any(line.startswith("Content-Type") for line in headers):
        lines.append("Content-Type: text/plain; charset=utf-8")
    return "\r\n".join([*lines, "", ""]).encode() + body


def framed_otherwise(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/plain", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirecting(location: str) -> bytes:
    return whole(b"", f"Location: {location}", status="302 Found")


def failure(url: str, *, allow: Sequence[str] = (), limits: Limits = QUICK) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, allow=allow, limits=limits, resolve=hostile_resolver)
    return caught.value


def hostile_resolver(host: str) -> Sequence[str]:
    return ["127.0.0.1", "::1"] if host.startswith("localhost") else ANSWERS.get(host, [])


# Which addresses


@pytest.mark.parametrize(
    "ip",
    [
        *("0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1"),
        *("192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.19.0.1", "198.51.100.1"),
        *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("168.63.129.16", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::808:808"),
        *("100::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2002:808:808::", "3fff:fff::1"),
        *("4000::1", "5f00::1", "fc00::1", "fe80::1", "fe80::1%lo", "2600::1%lo", "ff02::1"),
        *("fd00:ec2::254", "localhost", "", "127.1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(ip: str) -> None:
    assert not is_allowed_address(ip)


@pytest.mark.parametrize(
    "ip", ["8.8.8.8", "193.0.6.139", "2600::1", "2001:4860:4860::8888", "::ffff:8.8.8.8"]
)
def test_a_public_address_is_allowed(ip: str) -> None:
    assert is_allowed_address(ip)


def test_no_hostile_spelling_reaches_the_canary(canary: Listener) -> None:
    spellings = list(addresses(canary.port))
    codes = {url: failure(url).code for url in spellings}
    assert len(spellings) >= 48
    assert {url: code for url, code in codes.items() if code not in REFUSED_BEFORE_CONNECTING} == {}
    assert canary.requests == []


def test_no_hostile_spelling_is_posted_to_the_canary(canary: Listener) -> None:
    for url in addresses(canary.port):
        with pytest.raises(FetchError):
            post(url, b"{}", {}, resolve=hostile_resolver)
    assert canary.requests == []


def test_every_address_of_a_name_must_be_public() -> None:
    assert failure("http://one-of-two.hostile.example/").code == "private_address"


def test_another_port_is_refused() -> None:
    assert failure("http://93.184.215.14:8080/").code == "port"


def test_a_name_is_resolved_once_for_each_exchange(listen: Callable[..., Listener]) -> None:
    asked = []

    def once(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    server = listen(whole())
    url = f"http://post.example:{server.port}/"
    assert fetch(url, allow=["127.0.0.0/8"], resolve=once).body == b"text"
    assert asked == ["post.example"]


def test_a_name_that_is_bound_anew_between_two_redirects_is_refused(
    listen: Callable[..., Listener], canary: Listener
) -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    front = listen(redirecting(f"http://rebinding.example:{canary.port}/"), "127.0.0.2")
    with pytest.raises(FetchError) as caught:
        fetch(
            f"http://rebinding.example:{front.port}/",
            allow=["127.0.0.2/32"],
            resolve=lambda _: next(answers),
        )
    assert (caught.value.code, len(front.requests), canary.requests) == ("port", 1, [])


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://desk.example:8443/", "port"),
        ("http://10.0.0.1/", "private_address"),
        ("http://[::ffff:127.0.0.1]/", "private_address"),
        ("https://desk.example\\@10.0.0.1/", "url_characters"),
    ],
)
def test_what_no_name_could_make_good_is_refused_before_it_is_resolved(url: str, code: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetching.judge(url, [])
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://desk.example/", []),
        ("https://desk.example:8443/", ["desk.example:8443"]),
        ("https://desk.example:8443/", ["10.1.0.0/16"]),
        ("http://10.1.2.3:8000/", ["10.1.0.0/16"]),
    ],
)
def test_what_may_turn_out_good_is_left_to_the_moment_of_sending(
    url: str, allow: list[str]
) -> None:
    fetching.judge(url, allow)


def test_a_place_on_the_allow_list_is_let_through(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"inside"))
    assert fetch(server.url, allow=[server.place]).body == b"inside"
    assert fetch(server.url, allow=["127.0.0.0/8", "::1/128"]).body == b"inside"


def test_the_allow_list_lets_no_other_port_of_the_host_through(canary: Listener) -> None:
    assert failure(canary.url, allow=["127.0.0.1:1"]).code == "port"
    assert canary.requests == []


@pytest.mark.parametrize("entry", ["", "http://127.0.0.1", "a b:80", "10.0.0.1/8", "host:port"])
def test_an_entry_of_the_allow_list_that_means_nothing_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="neither host:port nor a network"):
        fetch("http://post.example/", allow=[entry])


def test_the_proxy_of_the_environment_is_not_asked(
    listen: Callable[..., Listener], canary: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = listen(whole())
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    fetch(server.url, allow=[server.place])
    assert (len(server.requests), canary.requests) == (1, [])


def test_a_connection_to_another_address_than_the_judged_one_is_dropped(
    listen: Callable[..., Listener],
) -> None:
    server = listen(whole())
    target = target_of("http://93.184.215.14/")
    with (
        closing(socket.create_connection(("127.0.0.1", server.port))) as sock,
        pytest.raises(FetchError) as caught,
    ):
        door._confirm_peer(sock, "93.184.215.14", target)
    assert caught.value.code == "private_address"


# What is sent


def test_the_host_header_keeps_the_name(listen: Callable[..., Listener]) -> None:
    server = listen(whole())
    url = f"http://post.example:{server.port}/a?b=c#d"
    fetch(
        url, allow=["127.0.0.0/8"], resolve=lambda _: ["127.0.0.1"], user_agent="Us (us@us.example)"
    )
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert f"Host: post.example:{server.port}" in lines
    assert "User-Agent: Us (us@us.example)" in lines


def test_a_known_version_is_asked_for_conditionally(listen: Callable[..., Listener]) -> None:
    server = listen(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    moment = "Mon, 29 Jul 2024 10:00:00 GMT"
    fetched = fetch(server.url, allow=[server.place], etag='"v1"', last_modified=moment)
    assert (fetched.status, fetched.body, fetched.etag) == (304, b"", '"v1"')
    assert b'If-None-Match: "v1"' in server.requests[0]
    assert f"If-Modified-Since: {moment}".encode() in server.requests[0]


def test_not_modified_is_refused_where_nobody_asked(listen: Callable[..., Listener]) -> None:
    server = listen(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert failure(server.url, allow=[server.place]).code == "http_status"


def test_a_version_that_could_not_be_sent_back_is_not_kept(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"text", 'ETag: "a\x01b"'))
    assert fetch(server.url, allow=[server.place]).etag == ""


# Redirects


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://[::ffff:7f00:1]/", "private_address"),
        ("http://loopback.hostile.example/", "private_address"),
        ("https://metadata.hostile.example/", "private_address"),
        ("file:///etc/passwd", "url_scheme"),
        ("http://a@93.184.215.14/", "url_userinfo"),
        ("http://93.184.215.14:22/", "port"),
        ("http://127.0.0.1\t/", "url_characters"),
        ("http://\xe9.example/", "url_characters"),
        ("//127.0.0.1/", "private_address"),
        ("", "redirect_nowhere"),
    ],
)
def test_a_redirect_is_judged_like_a_first_address(
    listen: Callable[..., Listener], location: str, code: str
) -> None:
    server = listen(redirecting(location))
    assert failure(server.url, allow=[server.place]).code == code


def test_a_redirect_to_the_canary_is_not_followed(
    listen: Callable[..., Listener], canary: Listener
) -> None:
    for location in addresses(canary.port):
        if "\n" not in location:
            server = listen(redirecting(location).decode().encode("utf-8"))
            failure(server.url, allow=[server.place])
    assert canary.requests == []


def test_three_redirects_are_followed_and_a_fourth_is_not(listen: Callable[..., Listener]) -> None:
    def step(sock: socket.socket, request: bytes) -> None:
        number = int(request.split(b" ")[1][1:] or 0)
        sock.sendall(redirecting(f"/{number - 1}") if number else whole(b"arrived"))

    server = listen(step)
    fetched = fetch(f"{server.url}3", allow=[server.place])
    assert (fetched.body, fetched.url) == (b"arrived", f"{server.url}0")
    assert failure(f"{server.url}4", allow=[server.place]).code == "redirect"


# Time


def drip(beginning: bytes, drop: bytes) -> Answer:
    def answer(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(beginning)
        for _ in range(200):
            time.sleep(0.05)
            sock.sendall(drop)

    return answer


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\nx\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ],
)
def test_the_deadline_ends_an_answer_that_drips(
    listen: Callable[..., Listener], beginning: bytes, drop: bytes
) -> None:
    server = listen(drip(beginning, drop))
    error = failure(server.url, allow=[server.place])
    assert (error.code, error.retryable) == ("timeout", True)


def test_the_deadline_counts_over_all_redirects(listen: Callable[..., Listener]) -> None:
    def slow(sock: socket.socket, _request: bytes) -> None:
        time.sleep(0.2)
        sock.sendall(redirecting("/"))

    server = listen(slow)
    assert failure(server.url, allow=[server.place]).code == "timeout"


def test_the_deadline_ends_a_silent_handshake(listen: Callable[..., Listener]) -> None:
    server = listen(drip(b"", b""))
    error = failure(f"https://{server.place}/", allow=[server.place])
    assert error.code == "timeout"


def test_the_deadline_ends_a_silent_name_server() -> None:
    def silent(_host: str) -> Sequence[str]:
        time.sleep(2)
        return []

    with pytest.raises(FetchError) as caught:
        fetch("http://post.example/", limits=QUICK, resolve=silent)
    assert caught.value.code == "timeout"


# Size


def test_a_body_that_is_announced_too_large_is_refused(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"x" * 200_000))
    assert failure(server.url, allow=[server.place]).code == "too_large"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"9\r\nxxxxxxxxx\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"xxxxxxxxx"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_an_endless_answer_is_refused(
    listen: Callable[..., Listener], beginning: bytes, piece: bytes
) -> None:
    def endless(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(beginning)
        while True:
            sock.sendall(piece * 1_000)

    server = listen(endless)
    assert failure(server.url, allow=[server.place], limits=Limits(5, 100_000)).code == "too_large"


@pytest.mark.parametrize("header", [b"X: y\r\n", b"X: " + b"y" * 70_000 + b"\r\n"])
def test_endless_headers_are_refused(listen: Callable[..., Listener], header: bytes) -> None:
    server = listen(b"HTTP/1.1 200 OK\r\n" + header * 200 + b"\r\n")
    limits = Limits(5, 1_000_000)
    assert failure(server.url, allow=[server.place], limits=limits).code == "bad_answer"


def test_a_compressed_bomb_is_refused(listen: Callable[..., Listener]) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    server = listen(whole(bomb, "Content-Encoding: gzip"))
    assert failure(server.url, allow=[server.place]).code == "too_large"


# Wholeness

PACKED = gzip.compress(b"the whole text")
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "answer",
    [
        whole(PACKED, "Content-Encoding: gzip"),
        whole(PACKED, "Content-Encoding: x-gzip"),
        whole(gzip.compress(b"the whole ") + gzip.compress(b"text"), "Content-Encoding: gzip"),
        framed_otherwise(PACKED, "Content-Encoding: gzip"),
        framed_otherwise(b"4\r\nthe \r\na;x=y\r\nwhole text\r\n0\r\n\r\n", CHUNKED),
        whole(b"the whole text", "Content-Length: 14"),
        whole(b"the whole text", "Content-Encoding: identity"),
    ],
)
def test_a_whole_body_is_returned_unpacked(listen: Callable[..., Listener], answer: bytes) -> None:
    server = listen(answer)
    assert fetch(server.url, allow=[server.place]).body == b"the whole text"


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"the whole text")[:-1],
        framed_otherwise(b"the whole text"),
        framed_otherwise(b"4\r\nthe \r\na\r\nwhole", CHUNKED),
        framed_otherwise(b"4\r\nthe \r\n", CHUNKED),
        framed_otherwise(b"4\r\nthe \r\nfour\r\nwhole\r\n0\r\n\r\n", CHUNKED),
        whole(PACKED[:-1], "Content-Encoding: gzip"),
        whole(PACKED[:-9], "Content-Encoding: gzip"),
        whole(PACKED[:5], "Content-Encoding: gzip"),
        whole(b"", "Content-Encoding: gzip"),
        whole(PACKED[:-8] + b"\0" * 8, "Content-Encoding: gzip"),
        whole(PACKED + b"more", "Content-Encoding: gzip"),
        whole(b"the whole text", "Content-Encoding: gzip"),
        framed_otherwise(PACKED[:-4], "Content-Encoding: gzip"),
    ],
)
def test_a_body_that_is_not_provably_whole_is_refused(
    listen: Callable[..., Listener], answer: bytes
) -> None:
    server = listen(answer)
    error = failure(server.url, allow=[server.place])
    assert (error.code, error.retryable) == ("not_whole", True)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (whole(b"the whole text", "Content-Length: 3"), "bad_answer"),
        (framed_otherwise(b"text", "Content-Length: 0x4"), "bad_answer"),
        (framed_otherwise(b"text", "Content-Length: -4"), "bad_answer"),
        (framed_otherwise(PACKED, "Transfer-Encoding: gzip"), "bad_answer"),
        (whole(b"text", "Content-Encoding: br"), "content_encoding"),
        (whole(PACKED, "Content-Encoding: gzip, gzip"), "content_encoding"),
        (b"text", "bad_answer"),
        (b"HTTP/1.1 abc\r\n\r\n", "bad_answer"),
        (b"", "connection"),
    ],
)
def test_an_answer_that_is_no_plain_http_is_refused(
    listen: Callable[..., Listener], answer: bytes, code: str
) -> None:
    server = listen(answer)
    assert failure(server.url, allow=[server.place]).code == code


# Status and kind


@pytest.mark.parametrize(
    ("status", "retryable"),
    [("404 Not Found", False), ("206 Partial Content", False), ("204 No Content", False),
     ("410 Gone", False), ("429 Too Many Requests", True), ("503 Unavailable", True)],
)  # fmt: skip
def test_any_status_but_200_is_refused(
    listen: Callable[..., Listener], status: str, *, retryable: bool
) -> None:
    server = listen(whole(status=status))
    error = failure(server.url, allow=[server.place])
    assert (error.code, error.status, error.retryable) == (
        "http_status",
        int(status[:3]),
        retryable,
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: 99999999", 86_400),
        ("Retry-After: Mon, 29 Jul 2024 10:01:00 GMT", 60),
        ("Retry-After: Mon, 29 Jul 2024 09:00:00 GMT", 0),
        ("Retry-After: soon", None),
        ("X: y", None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_told(
    listen: Callable[..., Listener], header: str, seconds: float | None
) -> None:
    date = "Date: Mon, 29 Jul 2024 10:00:00 GMT"
    server = listen(whole(b"", date, header, status="503 Unavailable"))
    assert failure(server.url, allow=[server.place]).retry_after == seconds


def test_a_kind_that_cannot_be_read_is_refused_unread(listen: Callable[..., Listener]) -> None:
    server = listen(drip(whole(b"x" * 999, "Content-Type: video/mp4")[:-990], b"x"))
    assert failure(server.url, allow=[server.place]).code == "content_type"


def test_the_declared_type_and_charset_are_told(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"text", 'Content-Type: Text/HTML; a=b; charset="Windows-1251"'))
    fetched = fetch(server.url, allow=[server.place])
    assert (fetched.content_type, fetched.charset) == ("text/html", "windows-1251")


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A fresh certificate of post.example, signed by itself, with its key in the same file."""
    path = tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=post.example", "-addext", "subjectAltName=DNS:post.example"]
    subprocess.run(
        [*command.split(), *names, "-keyout", path, "-out", tmp_path / "own.pem"],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + (tmp_path / "own.pem").read_bytes())
    return path


@pytest.fixture
def secure_port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)

    def serve() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            with sock, suppress(OSError):
                while _request(sock).strip():
                    sock.sendall(whole(b"secure"))

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    door._tls_context.cache_clear()
    yield
    door._tls_context.cache_clear()


@pytest.mark.usefixtures("trusted")
def test_posts_share_a_secure_connection(secure_port: int) -> None:
    url, large = f"https://post.example:{secure_port}/", b"x" * 3_000_000
    with closing(fetching.Lines(lambda _: ["127.0.0.1"])) as lines:
        for body in (b"{}", large, b"{}"):  # one that does not fit into what the kernel keeps
            posted = lines.post(url, body, {}, allow=["127.0.0.0/8"])
            assert posted.body_start == b"secure"  # a second one would not be taken meanwhile


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("name", "works"), [("post.example", True), ("other.example", False)])
def test_the_certificate_must_be_of_the_name_asked_for(
    secure_port: int, name: str, *, works: bool
) -> None:
    def attempt() -> bytes:
        url = f"https://{name}:{secure_port}/"
        return fetch(url, allow=["127.0.0.0/8"], resolve=lambda _: ["127.0.0.1"]).body

    if works:
        assert attempt() == b"secure"
    else:
        with pytest.raises(FetchError, match="secure connection"):
            attempt()


def test_a_certificate_that_nobody_vouches_for_is_refused(secure_port: int) -> None:
    url = f"https://post.example:{secure_port}/"
    with pytest.raises(FetchError) as caught:
        fetch(url, allow=["127.0.0.0/8"], resolve=lambda _: ["127.0.0.1"])
    assert (caught.value.code, caught.value.retryable) == ("tls", True)


# Webhooks


def test_exactly_the_given_bytes_are_posted(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"thanks", status="202 Accepted"))
    body = b'{"a": "\xc3\xa9"}'
    posted = post(server.url, body, {"webhook-id": "msg_1"}, allow=[server.place])
    head, _, received = server.requests[0].partition(b"\r\n\r\n")
    assert (posted.status, posted.body_start, received) == (202, b"thanks", body)
    assert b"webhook-id: msg_1" in head


def test_a_webhook_follows_no_redirect(listen: Callable[..., Listener], canary: Listener) -> None:
    server = listen(redirecting(canary.url))
    posted = post(server.url, b"{}", {}, allow=[server.place, canary.place])
    assert (posted.status, posted.headers["location"], canary.requests) == (302, canary.url, [])


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "410 Gone", "500 Error"])
def test_a_webhook_returns_any_status(listen: Callable[..., Listener], status: str) -> None:
    server = listen(whole(status=status))
    assert post(server.url, b"{}", {}, allow=[server.place]).status == int(status[:3])


def test_of_a_large_answer_only_the_start_is_read(listen: Callable[..., Listener]) -> None:
    server = listen(whole(b"x" * 100_000_000))
    posted = post(server.url, b"{}", {}, allow=[server.place])
    assert posted.status == 200
    assert 0 < len(posted.body_start) <= 2_048


def test_a_receiver_that_answers_and_then_hangs_has_answered(
    listen: Callable[..., Listener],
) -> None:
    server = listen(drip(b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", b""))
    assert post(server.url, b"{}", {}, allow=[server.place]).status == 204


@pytest.mark.parametrize("answer", [b"", b"\r\n\r\n", b"HTTP/1.1 2", drip(b"", b"")])
def test_a_receiver_that_does_not_answer_is_tried_again(
    listen: Callable[..., Listener], answer: Answer | bytes
) -> None:
    server = listen(answer)
    with pytest.raises(FetchError) as caught:
        post(server.url, b"{}", {}, allow=[server.place], seconds=0.3)
    assert caught.value.retryable


def test_a_closed_port_is_tried_again() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(FetchError) as caught:
        post(f"http://{place}/", b"{}", {}, allow=[place])
    assert (caught.value.code, caught.value.retryable) == ("connection", True)


@pytest.mark.parametrize("headers", [{"a\r\nb": "c"}, {"a": "b\r\nc: d"}, {"a": "\u2713"}])
def test_a_header_that_would_break_the_request_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no HTTP header"):
        post("http://127.0.0.1/", b"", headers)


# Connections that stay open


KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def keeping(*answers: bytes) -> Answer:
    """Answer one post after the other on each connection."""

    def answer(sock: socket.socket, _request: bytes) -> None:
        for place, said in enumerate(answers):
            if place and not _request_on(sock):
                return
            sock.sendall(said)
        sock.settimeout(5)
        with suppress(OSError):
            sock.recv(1)

    return answer


def _request_on(sock: socket.socket) -> bytes:
    try:
        return _request(sock)
    except OSError:
        return b""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy no connection grows old between two posts."""
    monkeypatch.setattr("tracker.fetching.lines._LINE_RESTS", 600.0)


@pytest.fixture
def lines() -> Iterator[fetching.Lines]:
    lines = fetching.Lines()
    yield lines
    lines.close()


def test_posts_to_one_place_share_a_connection(
    listen: Callable[..., Listener], lines: fetching.Lines
) -> None:
    server = listen(keeping(KEPT, KEPT, KEPT))
    for number in range(3):
        posted = lines.post(f"{server.url}{number}", b"{}", {}, allow=[server.place])
        assert (posted.status, posted.body_start) == (200, b"ok")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        KEPT + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",  # an answer to what was not asked
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + b"x" * 30_000,
    ],
)
def test_only_a_plain_short_answer_leaves_a_connection_to_the_next_post(
    listen: Callable[..., Listener], lines: fetching.Lines, answer: bytes
) -> None:
    server = listen(keeping(answer, KEPT))
    for _ in range(2):
        assert lines.post(server.url, b"{}", {}, allow=[server.place]).status == 200
    assert len(server.requests) == 2


def test_a_connection_that_was_closed_meanwhile_is_made_anew(
    listen: Callable[..., Listener], lines: fetching.Lines
) -> None:
    closed = threading.Semaphore(0)

    def closing_behind_it(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(KEPT)
        sock.shutdown(socket.SHUT_RDWR)
        closed.release()

    server = listen(closing_behind_it)
    for _ in range(3):
        assert lines.post(server.url, b"{}", {}, allow=[server.place]).status == 200
        assert closed.acquire(timeout=60)
    assert len(server.requests) == 3


def test_an_old_connection_is_given_up_and_its_name_judged_again(
    listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = listen(keeping(KEPT, KEPT))
    url, allow = f"http://receiver.example:{server.port}/", ["127.0.0.0/8"]
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with closing(fetching.Lines(lambda host: answers.pop(0))) as lines:
        for _ in range(2):
            assert lines.post(url, b"{}", {}, allow=allow).status == 200
        assert len(server.requests) == 1
        monkeypatch.setattr("tracker.fetching.lines._LINE_LASTS", 0.0)
        with pytest.raises(FetchError) as caught:
            lines.post(url, b"{}", {}, allow=allow)
    assert caught.value.code == "port"


def test_a_connection_is_not_shared_with_another_list_of_places_let_through(
    listen: Callable[..., Listener], lines: fetching.Lines
) -> None:
    server = listen(keeping(KEPT, KEPT))
    lines.post(server.url, b"{}", {}, allow=[server.place])
    with pytest.raises(FetchError):
        lines.post(server.url, b"{}", {}, allow=[])


def test_an_interim_answer_is_passed_over(
    listen: Callable[..., Listener], lines: fetching.Lines
) -> None:
    server = listen(keeping(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + KEPT))
    assert lines.post(server.url, b"{}", {}, allow=[server.place]).status == 200


def test_one_that_hangs_holds_up_none_of_the_posts_that_the_same_thread_carries(
    listen: Callable[..., Listener], lines: fetching.Lines
) -> None:
    over = threading.Event()
    servers = [listen(lambda *_: over.wait(60)), *(listen(keeping(KEPT)) for _ in range(5))]
    told: list[tuple[int, object]] = []
    for number, server in enumerate(servers):
        tell = partial(_note, told, number)
        lines.begin(server.url, b"{}", {}, tell=tell, allow=[server.place], seconds=60)
    while len(told) < len(servers) - 1:
        lines.carry(60)
    assert {number for number, _ in told} == {1, 2, 3, 4, 5}
    assert all(isinstance(said, fetching.Posted) for _, said in told)
    over.set()


def test_a_fault_of_ours_over_one_answer_ends_that_post_alone(
    listen: Callable[..., Listener], lines: fetching.Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, take = RuntimeError("ours"), answers.Answer.take

    def faulty(self: answers.Answer, piece: bytes) -> bool:
        if b"broken" in piece:
            raise fault
        return take(self, piece)

    monkeypatch.setattr(answers.Answer, "take", faulty)
    told: list[tuple[int, object]] = []
    for number, server in enumerate([listen(b"broken"), listen(keeping(KEPT))]):
        tell = partial(_note, told, number)
        lines.begin(server.url, b"{}", {}, tell=tell, allow=[server.place], seconds=60)
    while len(told) < 2:
        lines.carry(60)
    assert dict(told)[0] is fault
    assert isinstance(dict(told)[1], fetching.Posted)


def test_a_call_that_raises_holds_up_none_of_the_calls_behind_it(lines: fetching.Lines) -> None:
    done = list[str]()

    def fails() -> None:
        raise RuntimeError("ours")

    for do in (partial(done.append, "before"), fails, partial(done.append, "behind")):
        lines.call(do)
    with pytest.raises(RuntimeError, match="ours"):
        lines.carry(0)
    assert done == ["before"]
    lines.carry(0)
    assert done == ["before", "behind"]


def _note(told: list[tuple[int, object]], number: int, said: object) -> None:
    told.append((number, said))


def test_a_connection_that_takes_long_is_made_in_a_thread(
    listen: Callable[..., Listener],
) -> None:
    over = threading.Event()

    def slow_for_one(host: str) -> Sequence[str]:
        assert host != "slow.example" or over.wait(60)
        return ["127.0.0.1"]

    server, told = listen(keeping(KEPT)), list[tuple[int, object]]()
    with ThreadPoolExecutor(2) as pool, closing(fetching.Lines(slow_for_one, pool)) as lines:
        for number, name in enumerate(["slow.example", "quick.example"]):
            url, tell = f"http://{name}:{server.port}/", partial(_note, told, number)
            lines.begin(url, b"{}", {}, tell=tell, allow=["127.0.0.0/8"], seconds=60)
        while not told:
            lines.carry(60)
        assert [number for number, _ in told] == [1]
        over.set()
        while len(told) < 2:
            lines.carry(60)


def test_a_receiver_that_does_not_take_the_post_is_given_up_at_the_deadline(
    lines: fetching.Lines,
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as full:  # nobody reads from it
        place = f"127.0.0.1:{full.getsockname()[1]}"
        with pytest.raises(FetchError) as caught:
            lines.post(f"http://{place}/", b"x" * 9_000_000, {}, allow=[place], seconds=0.3)
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)


# robots.txt


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (302, False)]
)
def test_a_robots_file_that_is_missing_allows_and_one_out_of_reach_forbids(
    status: int, *, allowed: bool
) -> None:
    assert robots_allows(b"", status, "https://post.example/a", "Stanceline") is allowed


@pytest.mark.parametrize(
    ("path", "agent", "allowed"),
    [
        ("/news", "Stanceline/1.0 (us@us.example)", True),
        ("/private/a", "Stanceline/1.0 (us@us.example)", False),
        ("/news", "Other", False),
    ],
)
def test_a_robots_file_is_obeyed(path: str, agent: str, *, allowed: bool) -> None:
    rules = (
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n\nUser-agent: stanceline\nDisallow: /private\n"
    )
    assert robots_allows(rules, 200, f"https://post.example{path}", agent) is allowed


def test_noise_in_place_of_a_robots_file_allows() -> None:
    assert robots_allows(bytes(range(256)) * 99, 200, "https://post.example/", "Stanceline")


# No other door

CLIENTS = {
    "aiohttp", "ftplib", "http.client", "httpx", "pycurl", "requests", "urllib.request",
    "urllib3", "xmlrpc.client",
}  # fmt: skip
THE_CLIENT = {
    ROOT / "tracker" / "fetching" / f"{part}.py" for part in ("answers", "bodies", "client", "door")
}
OWN_PROCESSES = {"up.py"}  # asks the web process that it started itself whether it is up
FETCHERS = {"fetch_url", "fetch_response", "urlopen", "urlretrieve"}


def _modules() -> Iterator[Path]:
    for package in ("tracker", "api", "frontend", "config", "timeline"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path not in THE_CLIENT and path.name not in OWN_PROCESSES:
                yield path


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _doors(source: str) -> set[str]:
    """Return the names in `source` that would reach the network past tracker.fetching."""
    tree = ast.parse(source)
    imports = {
        name
        for name in _imported(tree)
        for client in CLIENTS
        if f"{name}.".startswith(f"{client}.")
    }
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    return imports | (called & FETCHERS)


def test_no_module_reaches_the_network_past_the_guarded_client() -> None:
    found = {str(path.relative_to(ROOT)): _doors(path.read_text()) for path in _modules()}
    assert {path: doors for path, doors in found.items() if doors} == {}


@pytest.mark.parametrize(
    "source",
    ["import requests", "from urllib import request", "from http.client import HTTPConnection",
     "import httpx as h", "trafilatura.fetch_url(u)", "import urllib.request"],
)  # fmt: skip
def test_the_search_for_other_doors_finds_them(source: str) -> None:
    assert _doors(source)


def test_feeds_and_markup_are_parsed_from_bytes_only() -> None:
    """feedparser.parse, lxml's parse and robots' read would fetch or open what they are given."""
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                call = ast.unparse(node.func)
                assert call not in {"etree.parse", "lxml.html.parse", "html.parse", "rules.read"}, (
                    path
                )
                if call == "feedparser.parse":
                    assert ast.unparse(node.args[0]).startswith("io.BytesIO("), path


def test_every_refusal_is_described() -> None:
    text = (ROOT / "docs" / "inputs.md").read_text()
    for code, (sentence, _) in fetching.REASONS.items():
        assert f"| `{code}` | {sentence} |" in text
