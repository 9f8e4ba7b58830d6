"""The web server's own part: connections that end, bodies that arrive whole and in time."""

import io
import socket
import threading
from typing import Any

import pytest
from django.core.exceptions import BadRequest

from config import arriving, serving


def _read(stream: Any, length: str) -> bytes:
    """Return what an application reads of a body of this Content-Length."""
    read: list[bytes] = []

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        read.append(environ["wsgi.input"].read())
        return []

    environ = {"CONTENT_LENGTH": length, "wsgi.input": stream}
    arriving.whole_bodies(application)(environ, lambda status, head: None)
    return read[0]


class _Stuck(io.BytesIO):
    """The body of a client that sends nothing more after the first bytes, and does not go."""

    def __init__(self) -> None:
        super().__init__(b"beginning")
        self.gone = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        given = super().read(size)
        if not given:
            self.gone.wait()
        return given


@pytest.mark.parametrize("size", [1, 1_000, 300_000])
def test_a_body_is_read_as_it_was_sent(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    assert _read(io.BytesIO(body + b"the next request"), str(size)) == body


@pytest.mark.parametrize("length", ["", "0", "-1", "x"])
def test_without_a_length_there_is_nothing_to_wait_for(length: str) -> None:
    assert _read(io.BytesIO(b"as it is"), length) == b"as it is"


def test_a_body_that_ends_early_is_refused() -> None:
    with pytest.raises(BadRequest, match="ended before"):
        _read(io.BytesIO(b"x" * 99), "100")


def test_a_body_that_stays_away_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "PATIENCE", 0.05)
    stuck = _Stuck()
    with pytest.raises(BadRequest, match="in time"):
        _read(stuck, "1000")
    stuck.gone.set()


def test_a_body_that_keeps_coming_has_more_time() -> None:
    body = arriving._Body(io.BytesIO(b"x" * 100_000), 100_000)
    body._ends = 1e9
    read = body.readinto(bytearray(50_000))
    assert body._ends - 1e9 == pytest.approx(read / arriving.SLOWEST)


def test_a_connection_whose_client_is_gone_ends() -> None:
    with serving.listening("127.0.0.1", 0) as listener:
        client = socket.create_connection(listener.getsockname())
        taken, _ = listener.accept()
        with client, taken:
            assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            for name, value in serving._ATTENTIVE.items():
                if hasattr(socket, name):
                    assert taken.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value


def test_a_port_has_one_server() -> None:
    with serving.listening("127.0.0.1", 0) as listener, pytest.raises(OSError, match="in use"):
        serving.listening("127.0.0.1", listener.getsockname()[1])
