"""The receiver of a crash run: refuses some messages, and drops some connections."""

import json
import random
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from tests.servers.listeners import CrowdedServer

REFUSED = 0.10  # answered 503
DROPPED = 0.02  # taken, and the connection closed without an answer


@dataclass(frozen=True, slots=True)
class Message:
    """One message that was taken."""

    path: str
    id: str
    kind: str
    actor: str
    shift: int
    older: str
    newer: str


class Receiver:
    """Keeps every message that it took, in order."""

    def __init__(self, seed: int) -> None:
        self.messages: list[Message] = []
        self._chance = random.Random(seed)
        self._open = threading.Event()
        self._open.set()
        self.held = threading.Event()  # set once a message came to the shut door
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def shut(self) -> None:
        """Let every message wait at the door from now on; none of them will be taken."""
        self._open.clear()

    def reopen(self) -> None:
        """Take messages again; those at the door are refused."""
        self._open.set()

    def _take(self, path: str, message_id: str, body: bytes) -> int:
        """Return the status of the answer, 0 for none."""
        if not self._open.is_set():
            self.held.set()
            self._open.wait()
            return 503
        with self._lock:
            lot = self._chance.random()
            if lot < REFUSED:
                return 503
            self.messages.append(_message(path, message_id, json.loads(body)))
            return 0 if lot < REFUSED + DROPPED else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = take(self.path, self.headers["webhook-id"], body)
                if status:
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()
                else:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
                pass

        return Handler


class _Server(CrowdedServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: senders are killed in the middle of their messages here."""


def _message(path: str, message_id: str, content: dict[str, dict[str, dict[str, str]]]) -> Message:
    data = content["data"]
    return Message(
        path,
        message_id,
        str(content["type"]),
        str(data["actor"]),
        int(data["shift"]["id"]),
        data["older"]["said"],
        data["newer"]["said"],
    )
