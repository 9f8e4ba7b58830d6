"""The web server that users have: requests that are no plain ones, and clients that go away."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.api import records
from tests.servers.ports import wait_until
from tests.servers.web import WebServer
from tracker.models import Document

GET = b"GET /api/v1/topics HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LAST = b"GET /api/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
EMPTY, PROBLEM = "", "application/problem+json"
# Each with the status and the type of its answer: the server's own refusals have no body.
ODD: list[tuple[bytes, int, str]] = [
    (b"GET /api/v1/topics\r\n\r\n", 400, EMPTY),
    (b"GET /api/v1/topics HTTP/3.7\r\n\r\n", 400, EMPTY),
    (b"GET /api/v1/topics HTTP/1.0\r\nHost: localhost\r\n\r\n", 200, "application/json"),
    (b"GET /api/v1/topics HTTP/1.1\r\n\r\n", 400, PROBLEM),
    (GET + b"Host: elsewhere.example\r\n\r\n", 400, PROBLEM),
    (GET + b"X-A: a\0b\r\n\r\n", 400, EMPTY),
    (GET + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n", 431, EMPTY),
    (GET + b"Content-Length: 3\r\n\r\nabc", 200, "application/json"),
    (GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "application/json"),
    (GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 200, "application/json"),
    (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, EMPTY),
    (b"GET /api/v1/topics/%F0%9D%95%8F HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, PROBLEM),
    (b"GET /api/v1/topics/%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, PROBLEM),
    (b"GET /api/v1/../v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, PROBLEM),
    (b"GET http://elsewhere.example/api/v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, ""),
    (b"OPTIONS /api/v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, PROBLEM),
    (b"TRACE /api/v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, PROBLEM),
    (b"FROB /api/v1/topics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, PROBLEM),
    (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, "text/html"),
    (b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 403, "text/html"),
    (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 401, PROBLEM),
    (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, EMPTY),
    (POST + b"Content-Length: -2\r\n\r\n{}", 400, EMPTY),
    (POST + b"Content-Length: 99999999999999999999\r\n\r\n{}", 400, EMPTY),
    (POST + b"Content-Length: 30000000\r\n\r\n{}", 413, PROBLEM),
    (POST + b"Content-Length: 2\r\nExpect: 200-ok\r\n\r\n{}", 401, PROBLEM),
    (POST + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b", 415, PROBLEM),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 411, PROBLEM),
    (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 411, PROBLEM),
    (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400, EMPTY),
]


@contextmanager
def _connection(server: WebServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        yield connection


def _head(server: WebServer, sent: bytes) -> bytes:
    """Return the head of the answer to what is sent."""
    with _connection(server) as connection:
        connection.sendall(sent)
        said = b""
        while b"\r\n\r\n" not in said:
            said += connection.recv(65536) or b"(closed)\r\n\r\n"
        return said


def _all(server: WebServer, sent: bytes, *, ends: bool = False) -> bytes:
    """Return what the server says until it closes; `ends`: as soon as nothing more is sent."""
    with _connection(server) as connection:
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts)


def _statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", said)]


@pytest.fixture
def authorized(transactional_db: None) -> bytes:
    """The head of a request of somebody who may write."""
    return POST + f"Authorization: Bearer {records.key('read', 'write')}\r\n".encode()


def test_what_is_odd_has_an_answer_and_the_connection_goes_on_or_ends(
    web_server: WebServer, authorized: bytes
) -> None:
    for sent, status, kind in ODD:
        said = _head(web_server, sent)
        assert _statuses(said) == [status], (sent[:200], said[:300])
        assert kind.encode() in said, (sent[:200], said[:300])
    # What a refused request brings along is its body, never another request.
    within = GET + b"\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(within)
    put = POST.replace(b"POST", b"PUT")
    refused = [(POST, 401), (put, 405), (GET, 200), (POST.replace(b"documents", b"none"), 404)]
    for head, status in refused:
        said = _all(web_server, head + length + within + LAST)
        assert _statuses(said) == [status, 200], head
    said = _all(web_server, (GET + b"\r\n") * 3 + LAST)
    assert _statuses(said) == [200] * 4
    asking = authorized + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert _statuses(_all(web_server, asking + LAST)) == [100, 400, 200]


def test_who_goes_away_in_the_middle_leaves_nothing_behind(
    web_server: WebServer, authorized: bytes
) -> None:
    records.document(text="We are ready. " * 200_000)
    whole = b'{"source": "velgrad-wire", "text": "We are ready."}'
    upload = authorized + b"Content-Length: 100\r\n\r\n" + whole
    assert _statuses(_all(web_server, upload, ends=True)) == [400]
    export = GET.replace(b"topics", b"export") + b"\r\n"
    open_before = _open(web_server)
    for _ in range(80):
        _come_and_go(web_server, export, upload)
    # Each of eight threads keeps a connection to the database, which is a few files of SQLite's.
    limit = open_before + 40
    wait_until(lambda: _open(web_server) < limit, seconds=60, why="connections stay open")
    assert _statuses(_all(web_server, LAST)) == [200]
    assert Document.objects.count() == 1
    assert "Traceback" not in web_server.log.read_text()


def _come_and_go(server: WebServer, download: bytes, upload: bytes) -> None:
    with _connection(server) as connection:
        connection.sendall(download)
        assert connection.recv(100)
    with _connection(server) as connection:
        connection.sendall(upload)


def _open(server: WebServer) -> int:
    """Return how many files and connections the workers have open."""
    return sum(worker.num_fds() for worker in server.workers())
