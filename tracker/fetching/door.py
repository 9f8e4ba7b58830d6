"""The way out: a name is resolved, judged and connected to; https proves whom it reached."""

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from tracker.fetching.addresses import Target, is_ip
from tracker.fetching.places import AllowList
from tracker.fetching.reasons import FetchError
from tracker.fetching.wire import Deadline, Wire

_CONNECT_SECONDS = 10.0
FAILURES = (OSError, http.client.HTTPException, zlib.error)

Resolver = Callable[[str], Sequence[str]]  # host name -> IP addresses; raises OSError


def system_resolver(host: str) -> Sequence[str]:
    """Return every address that the operating system knows for `host`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(slots=True)
class Door:
    """What all exchanges of one request share."""

    allow: AllowList
    resolve: Resolver
    deadline: Deadline
    wire_bytes: int

    @contextlib.contextmanager
    def exchange(self, target: Target, message: bytes) -> Iterator[http.client.HTTPResponse]:
        """Send `message` to a judged address of `target` and yield the answer's head."""
        with as_fetch_errors(target, self.deadline.seconds), self.connected(target) as sock:
            wire = Wire(sock, target.host, self.deadline, self.wire_bytes)
            wire.send(message)
            response = http.client.HTTPResponse(cast(socket.socket, wire))
            response.begin()
            yield response

    def connected(self, target: Target) -> socket.socket:
        """Return a connection to a judged address of `target`."""
        return self._connected(target, self._judged_addresses(target))

    def _judged_addresses(self, target: Target) -> Sequence[str]:
        addresses = [target.host] if is_ip(target.host) else self._resolved(target.host)
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

    def _connected(self, target: Target, addresses: Sequence[str]) -> socket.socket:
        for position, address in enumerate(addresses, start=1):
            try:
                return self._connected_to(address, target)
            except ssl.SSLError:
                raise
            except OSError:
                if position == len(addresses):
                    raise
        raise AssertionError("no address to connect to")

    def _connected_to(self, address: str, target: Target) -> socket.socket:
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


def _confirm_peer(sock: socket.socket, judged: str, target: Target) -> None:
    """Raise FetchError unless the kernel connected to the address that was judged."""
    peer = str(sock.getpeername()[0])
    if ipaddress.ip_address(peer) != ipaddress.ip_address(judged):
        raise FetchError("private_address", host=target.host)


@cache
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextlib.contextmanager
def as_fetch_errors(target: Target, seconds: float) -> Iterator[None]:
    """Turn every way in which an exchange with `target` can fail into a FetchError."""
    try:
        yield
    except FAILURES as error:
        raise fetch_error(error, target, seconds) from error


def fetch_error(error: Exception, target: Target, seconds: float) -> FetchError:
    """Return why an exchange with `target` failed, of one of the FAILURES."""
    host = target.host
    match error:
        case TimeoutError():
            return FetchError("timeout", host=host, seconds=seconds)
        case ssl.SSLError():
            detail = getattr(error, "verify_message", "") or error.reason or "broken off"
            return FetchError("tls", host=host, detail=detail)
        case OSError():
            detail = error.strerror or type(error).__name__
            return FetchError("connection", host=host, detail=detail)
        case http.client.IncompleteRead():
            return FetchError("not_whole", host=host, detail="the last chunk is missing")
        case zlib.error():
            return FetchError("not_whole", host=host, detail="its compression is broken")
        case _:
            return FetchError("bad_answer", host=host, detail=type(error).__name__)
