"""A web site on loopback whose pages a test can change while it runs."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.servers.listeners import CrowdedServer


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands at a path. `cut` announces more bytes than come; `seconds` is its slowness."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path, its headers (names in lower case), when it came (monotonic)."""

    path: str
    headers: dict[str, str]
    at: float


class Site:
    """Answers GET from `pages` (404 for any other path) and keeps every request in `asked`.

    An answer with an ETag is a 304 for whoever sends that tag back.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._server = CrowdedServer(("127.0.0.1", 0), self._handler())
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.place}{path}"

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [one.path for one in self.asked]

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append(Asked(self.path, headers, time.monotonic()))
                answer = site.pages.get(self.path, Answer(status=404))
                time.sleep(answer.seconds)
                self._answer(answer, headers.get("if-none-match", ""))

            def _answer(self, answer: Answer, condition: str) -> None:
                known = condition != "" and condition == answer.headers.get("ETag")
                body = b"" if known else answer.body
                self.send_response(304 if known else answer.status)
                for name, value in {"Content-Type": "text/html", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) + answer.cut))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
                pass

        return Handler
