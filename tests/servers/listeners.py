"""Receivers of what the service sends: a webhook endpoint and an SMTP server, both on loopback."""

import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.ports import free_port


class CrowdedServer(ThreadingHTTPServer):
    """An HTTP server that takes many connections at once.

    With the library's queue of five the kernel drops what comes beside them, and a sender may
    wait for twenty seconds and more until its connection is taken.
    """

    daemon_threads = True
    request_queue_size = 512


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came: header names in lower case, the body byte for byte."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class WebhookListener:
    """Records every request, in order; answers 200, or what `answer` was told.

    `url` is its address. After `answer(503, 410)` the next two requests get these statuses
    and those after them 200. Status 0 closes the connection without an answer, after the
    request was recorded.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._statuses: list[int] = []
        self._lock = threading.Lock()
        self._server = CrowdedServer(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, *statuses: int) -> None:
        """Set the statuses of the next answers."""
        with self._lock:
            self._statuses = list(statuses)

    def forget(self) -> None:
        """Drop the recorded requests and the statuses that were set."""
        with self._lock:
            self.requests.clear()
            self._statuses.clear()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _record(self, received: Received) -> int:
        with self._lock:
            self.requests.append(received)
            return self._statuses.pop(0) if self._statuses else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        record = self._record

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                status = record(Received(self.command, self.path, headers, body))
                if status:
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()
                self.close_connection = True

            do_GET = do_POST  # noqa: N815 - the name is http.server's

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
                pass

        return Handler


class SmtpSink:
    """Accepts every message. `url` is an EMAIL_URL; `messages` what came, in order.

    Where `refusal` is set, every recipient gets that answer.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refusal = ""
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse it (called by aiosmtpd)."""
        if not self.refusal:
            envelope.rcpt_tos.append(address)
        return self.refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Keep one message (called by aiosmtpd)."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        self.messages.append(message)
        self.recipients.append([str(address) for address in envelope.rcpt_tos])
        return "250 OK"

    def forget(self) -> None:
        """Drop the recorded messages."""
        self.messages.clear()
        self.recipients.clear()
        self.refusal = ""

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()
