"""The whole service as real processes, and the blows that are dealt to it.

What dies is started again by this harness, at once, as a process manager would.
"""

import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import RedisError

from tests.servers.broker import Broker
from tests.servers.postgres import PostgresServer
from tests.servers.watching import guardian
from tracker.running import processes
from tracker.running.processes import Process

FROZEN = 5.0  # seconds that Redis stands still


class Place:
    """PostgreSQL, Valkey, web, two workers, two beats; `application` is the workers'."""

    def __init__(self, home: Path, *, application: str) -> None:
        self._home = home
        self.postgres = PostgresServer(durable=True)
        self.broker = Broker(home / "b.sock")
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.application = application
        self._thaw: threading.Timer | None = None
        self.workers = [self._worker(number) for number in (1, 2)]
        self.beats = [self._celery(f"beat{number}", "beat", "--pidfile=") for number in (1, 2)]
        self.web = processes.web(listener=self._listener.fileno(), log=home / "web.log")

    @property
    def _all(self) -> tuple[Process, ...]:
        return (*self.workers, *self.beats, self.web)

    def prepare(self) -> None:
        """Start the two servers, migrate, and set the environment of all that comes."""
        url = self.postgres.start()
        self.broker.start()
        os.environ.update(
            DATABASE_URL=url, REDIS_URL=self.broker.url, VAR_DIR=str(self._home / "var")
        )
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, check=True)

    def start(self) -> None:
        """Start the service's own processes but for the workers."""
        for process in (*self.beats, self.web):
            guardian().watch(process.start())

    def start_workers(self) -> None:
        """Start both workers."""
        for worker in self.workers:
            guardian().watch(worker.start())

    def kill_workers(self) -> None:
        """Kill both workers with all their children, and empty Redis before others come."""
        for worker in self.workers:
            assert worker.handle is not None
            worker.kill()
            worker.handle.wait()
            guardian().forget(worker.handle.pid)
        self._empty_redis()

    def stop(self) -> None:
        """End everything."""
        if self._thaw is not None:
            self._thaw.cancel()
        self.broker.thaw()
        for process in self._all:
            process.kill()
        self.broker.kill()
        self.postgres.stop()
        self._listener.close()

    def _worker(self, number: int) -> Process:
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
        return self._celery(f"worker{number}", "worker", "-n", f"{number}@%h", *options)

    def _celery(self, name: str, *options: str) -> Process:
        program = [sys.executable, "-m", "celery", "-A", self.application]
        command = [*program, options[0], "--loglevel", "WARNING", *options[1:]]
        return Process(name, command, self._home / f"{name}.log", patience=9)

    # --- The blows ---------------------------------------------------------------------------

    def blows(self) -> dict[str, Callable[[random.Random], None]]:
        """Return what can be done to the service, by name."""
        return {
            "worker killed": lambda chance: self._kill(chance.choice(self.workers)),
            "two children killed": self._kill_children,
            "worker ended": self._end_worker,
            "Redis killed": lambda _: self._kill_redis(),
            "Redis emptied": lambda _: self._empty_redis(),
            "Redis frozen": lambda _: self._freeze_redis(),
            "PostgreSQL stopped": lambda _: self.postgres.restart_at_once(),
            "beat killed": lambda chance: self._kill(chance.choice(self.beats)),
            "web killed": lambda _: self._kill(self.web),
        }

    def _kill(self, process: Process) -> None:
        """Kill a process and its children with one blow, and start it again."""
        assert process.handle is not None
        process.kill()
        process.handle.wait()
        guardian().forget(process.handle.pid)
        guardian().watch(process.start())

    def _kill_children(self, chance: random.Random) -> None:
        handle = chance.choice(self.workers).handle
        assert handle is not None
        children = psutil.Process(handle.pid).children()
        for child in chance.sample(children, min(2, len(children))):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()

    def _end_worker(self, chance: random.Random) -> None:
        """Send SIGTERM to a worker, and start a new one beside it at once."""
        place = chance.randrange(len(self.workers))
        old = self.workers[place]
        self.workers[place] = self._worker(place + 1)
        guardian().watch(self.workers[place].start())
        threading.Thread(target=old.stop, daemon=True).start()

    def _kill_redis(self) -> None:
        self.broker.kill()
        self.broker.start()

    def _empty_redis(self) -> None:
        with (
            contextlib.suppress(RedisError),  # it may stand still
            Redis.from_url(self.broker.url, socket_timeout=0.5) as client,
        ):
            client.flushall()

    def _freeze_redis(self) -> None:
        self.broker.freeze()
        self._thaw = threading.Timer(FROZEN, self.broker.thaw)
        self._thaw.start()

    def revive(self) -> None:
        """Start again what has ended by itself."""
        for process in self._all:
            if not process.runs:
                self._kill(process)

    def mend(self) -> float:
        """See to it that everything runs; return when that was so (monotonic)."""
        if self._thaw is not None:
            self._thaw.join()
        self.revive()
        return time.monotonic()
