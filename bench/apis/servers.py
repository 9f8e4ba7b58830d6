"""Servers that answer over HTTP on loopback, and how long their processes ran."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from bench.apis import raw
from tests.servers.ports import free_port, wait_until

_START = 60  # seconds
_KEPT = 1.0  # seconds; servers close what is idle for longer
# Requests a sample: as many as take so long, within bounds. Some of a request's work is done
# after its answer, and the first after a pause find the processor's caches cold in each thread.
_SAMPLE, _FEWEST, _MOST = 0.02, 2, 20


class Server:
    """A process that serves, one client's connection to it, and the path of each question."""

    def __init__(
        self, name: str, port: int, process: int, paths: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.name, self.process, self.paths = name, process, paths
        self._asked = 0.0
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def get(self, *paths: str) -> bytes:
        """Return the bodies of the answers, each of which has to be a 200."""
        return b"".join(map(self._get, paths))

    def _get(self, path: str) -> bytes:
        if time.monotonic() - self._asked > _KEPT:
            self._connection.close()  # before the server does, which may cross with a request
        self._asked = time.monotonic()
        self._connection.request("GET", path, headers={"Accept": "application/json"})
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, (self.name, path, response.status, body[:500])
        return body


class Clock:
    """Processor time of a process and of PostgreSQL's, in seconds."""

    def __init__(self, process: int) -> None:
        from django.db import connection

        self._watched = [psutil.Process(process)]
        self._seen: dict[int, float] = {}  # also of those that are no more: time never goes back
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend = psutil.Process(cursor.fetchone()[0])
            self._watched.append(backend.parent())

    def __call__(self) -> float:
        server, *database = self._watched
        sessions = [process for one in database for process in one.children()]
        for process in [server, *sessions]:
            with suppress(OSError):  # one that has just ended
                self._seen[process.pid] = _ran(process.pid)
        return sum(self._seen.values())

    def of(self, work: Callable[[], Any]) -> float:
        """Return the seconds that one of `work` took, after a fifth as many not counted."""
        asked = time.monotonic()
        work()
        many = int(_SAMPLE / (time.monotonic() - asked))
        many = min(max(many, _FEWEST), _MOST)
        for _ in range(many // 5):
            work()
        started = self()
        for _ in range(many):
            work()
        return (self() - started) / many


def _ran(pid: int) -> float:
    """Return the seconds that all threads of a process ran, to the nanosecond."""
    if pid == os.getpid():
        return time.process_time()  # the system tells of a running thread only what it ran before
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


@contextmanager
def serving(database: str) -> Iterator[list[Server]]:
    """Serve the application, and beside it those peers that are installed."""
    with ExitStack() as running:
        found = [running.enter_context(_served("here", "config.settings", {}))]
        peers = "bench.apis.settings"
        found.append(running.enter_context(_served("DRF", peers, _paths("/drf"))))
        if _is_there("ninja", "django-ninja"):
            found.append(running.enter_context(_served("ninja", peers, _paths("/ninja"))))
        if database.startswith("sqlite") and _is_there("datasette", "Datasette"):
            found.append(running.enter_context(_datasette(database.removeprefix("sqlite:///"))))
        yield found


def _is_there(module: str, name: str) -> bool:
    if find_spec(module) is not None:
        return True
    print(
        f"{name} is left out: it is not installed"
        " (.venv/bin/pip install --require-hashes -r requirements-bench.txt)"
    )
    return False


def _paths(base: str) -> dict[str, tuple[str, ...]]:
    return {
        "history": (base + "/history/{actor}/{topic}",),
        "position": (base + "/position?actor={actor}&until={until}",),
        "shifts": (base + "/shifts",),
        "page": (base + "/statements?before={before}",),
    }


@contextmanager
def _served(name: str, settings: str, paths: Mapping[str, tuple[str, ...]]) -> Iterator[Server]:
    """Serve with these settings as `manage.py up` does, by one worker."""
    port = free_port()
    program = [sys.executable, "-m", "config.serving", "--port", str(port), "--workers", "1"]
    with _process(program, {"DJANGO_SETTINGS_MODULE": settings}) as master:
        wait_until(lambda: bool(psutil.Process(master).children()), seconds=_START, why=name)
        _answers(port, name)
        yield Server(name, port, psutil.Process(master).children()[0].pid, paths)


@contextmanager
def _datasette(file: str) -> Iterator[Server]:
    """Serve canned queries by Datasette: the rows of the raw SQL, those of a history flat."""
    port, stem = free_port(), Path(file).stem
    queries = {name: {"sql": sql} for name, sql in raw.canned().items()}
    described = Path(file).with_name("datasette.json")
    described.write_text(json.dumps({"databases": {stem: {"queries": queries}}}))
    options = ["--metadata", str(described), "--host", "127.0.0.1", "--port", str(port)]
    asked = {
        "history": "&stance={stance}&actor={number}",
        "position": "&actor={number}&until={until}",
        "shifts": "",
        "page": "&before={before}",
    }
    paths = {
        name: tuple(
            f"/{stem}/{query}.json?_shape=array{query_string}"
            for query in queries
            if query.partition("-")[0] == name
        )
        for name, query_string in asked.items()
    }
    with _process([sys.executable, "-m", "datasette", "serve", file, *options], {}) as process:
        _answers(port, "Datasette")
        yield Server("Datasette", port, process, paths)


@contextmanager
def _process(program: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        program,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int, name: str) -> None:
    def answers() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
            return False
        finally:
            connection.close()
        return True

    wait_until(answers, seconds=_START, why=f"{name} does not answer")
