"""`manage.py up`: the whole service in one terminal, from an empty directory to a served page."""

import hashlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import time
from argparse import ArgumentParser
from collections.abc import Collection
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from tracker import roles
from tracker.models import Document, Heartbeat
from tracker.running import place, processes
from tracker.running.place import PlaceError
from tracker.running.processes import Process
from tracker.running.supervisor import Supervisor

TICKS_LATE = timedelta(seconds=60)
LOCALHOST = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - names for links


class Command(BaseCommand):
    """Prepares the database and the static files, then supervises broker, worker, beat, web."""

    help = "Start everything: database, demo, broker, worker, beat, web. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
        parser.add_argument("--workers", type=int, default=2, help="processes of the worker")
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo")
        parser.add_argument(
            "--no-broker", action="store_true", help="run the ticks without broker and worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes; every reason not to start is one clear message."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with (
                place.claim(settings.VAR_DIR / "run" / "up.lock") as lock,
                place.listen(options["host"], options["port"]) as listener,
            ):
                address = _address(options["host"], listener)
                lock.write(f" at {address}")
                lock.flush()
                self._run(address, listener, options)
        except PlaceError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("stopped before everything was up; the next start goes on from here")

    def _run(self, address: str, listener: socket.socket, options: dict[str, Any]) -> None:
        os.environ.setdefault("PUBLIC_URL", address)
        children = _children(listener, options)
        self._prepare_database()
        self._collect_static()
        self._create_analyst()
        if not options["no_demo"]:
            self._say("storing the demo")
            call_command("load_demo", stdout=self.stdout, stderr=self.stderr)
        names = [child.name for child in children]
        if "broker" in names and _elsewhere(settings.BROKER_SOCKET):
            self._say(f"the broker listens in {settings.BROKER_SOCKET.parent}: VAR_DIR is too long")
        progress = _Progress(address, say=self._say)
        supervisor = Supervisor(children, say=self._say, look=progress.look)
        self._say("starting " + ", ".join(names))
        connection.close()
        try:
            supervisor.run()
        finally:
            if _elsewhere(settings.BROKER_SOCKET):
                shutil.rmtree(settings.BROKER_SOCKET.parent, ignore_errors=True)

    def _prepare_database(self) -> None:
        self._say(f"preparing the database ({connection.vendor})")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except DatabaseError as error:
            raise PlaceError(f"the database cannot be used: {error}") from error

    def _collect_static(self) -> None:
        mark = settings.STATIC_ROOT / "collected.txt"
        wanted = _fingerprint()
        if mark.is_file() and mark.read_text() == wanted:
            return
        self._say("collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(wanted)

    def _create_analyst(self) -> None:
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        analyst = User.objects.create_superuser(username="analyst", password=password)
        roles.give(analyst, roles.AccountRole.ADMINISTRATOR)
        self._say(f"sign in as analyst with the password {password} (shown only now)")

    def _say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()


def _children(listener: socket.socket, options: dict[str, Any]) -> list[Process]:
    """Return what to start, in this order; it is stopped in the opposite one."""
    log: Path = settings.VAR_DIR / "log"
    web = processes.web(listener=listener.fileno(), log=log / "web.log")
    if options["no_broker"]:
        os.environ["HINTS"] = "0"
        manage = settings.BASE_DIR / "manage.py"
        return [processes.ticks(manage=manage, log=log / "ticks.log"), web]
    worker = processes.worker(concurrency=options["workers"], log=log / "worker.log")
    beat = processes.beat(log=log / "beat.log")
    if "REDIS_URL" in os.environ:
        return [worker, beat, web]
    program, at = processes.bundled_broker(), settings.BROKER_SOCKET
    place.private_directory(at.parent)
    return [processes.broker(program, socket=at, log=log / "broker.log"), worker, beat, web]


def _address(host: str, listener: socket.socket) -> str:
    return f"http://{LOCALHOST.get(host, host)}:{listener.getsockname()[1]}"


def _elsewhere(socket_path: Path) -> bool:
    return not socket_path.is_relative_to(settings.VAR_DIR)


def _fingerprint() -> str:
    """Return a hash over the names, sizes and times of all static files."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))  # noqa: PTH116 - Django gives a plain string
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class _Progress:
    """Tells a person what happens: the address once, then how many documents are read."""

    def __init__(self, address: str, *, say: Any) -> None:
        self._address = address
        self._say = say
        self._next_look = 0.0
        self._served = False
        self._last = (0, 0)

    def look(self) -> Collection[str]:
        """Say what changed since the last look; return the processes that do no work."""
        if time.monotonic() < self._next_look:
            return ()
        self._next_look = time.monotonic() + 1
        self._look_at_web()
        try:
            self._look_at_documents()
            late = Heartbeat.objects.late(timezone.now(), TICKS_LATE).exists()
        except DatabaseError as error:
            self._say(f"the database does not answer: {error}")
            connection.close()
            return ()
        return ("worker", "beat", "ticks") if late else ()

    def _look_at_web(self) -> None:
        if not self._served and _answers(self._address):
            self._served = True
            self._say(f"Stanceline is at {self._address} (Ctrl-C stops it)")

    def _look_at_documents(self) -> None:
        total = Document.objects.count()
        waiting = Document.objects.waiting(timezone.now()).count()
        if (waiting or self._last[1]) and (total, waiting) != self._last:
            self._say(f"{total - waiting} of {total} documents read")
        self._last = (total, waiting)


def _answers(address: str) -> bool:
    host = address.removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=1)) as web:
        try:
            web.request("GET", "/")
            return web.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
