"""Processes started, watched and stopped, with small programs in place of the service's own."""

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from tracker.running import place, supervisor
from tracker.running.place import PlaceError
from tracker.running.processes import Process
from tracker.running.supervisor import Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _signals_of_the_test_run() -> Iterator[None]:
    """The supervisor takes the signals of its process: give them back."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def program(name: str, code: str, at: Path, *, patience: float = 5.0) -> Process:
    return Process(name, [sys.executable, "-c", code], at / f"{name}.log", patience)


def end() -> Collection[str]:
    """Ask the supervisor in this process to stop, as a terminal would."""
    os.kill(os.getpid(), signal.SIGTERM)
    return ()


def supervised(processes: list[Process], look: Callable[[], Collection[str]]) -> list[str]:
    """Run a supervisor until `look` ends it; return what it said."""
    said: list[str] = []
    Supervisor(processes, say=said.append, look=look).run()
    return said


SLEEP = "import time; time.sleep(600)"


def test_processes_stop_in_the_opposite_order_of_their_start(tmp_path: Path) -> None:
    said = supervised([program(name, SLEEP, tmp_path) for name in ("first", "second")], end)
    assert said[-2:] == ["second stopped", "first stopped"]


def test_a_process_that_lives_but_does_no_work_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER", 0.0)
    idle, seen = program("idle", SLEEP, tmp_path), set[int]()

    def look() -> Collection[str]:
        assert idle.handle is not None
        seen.add(idle.handle.pid)
        return end() if len(seen) == 2 else {"idle"}

    said = supervised([idle], look)
    assert said[:2] == [
        "idle does no work",
        "idle ended (killed by SIGTERM), starting it again now",
    ]


def test_a_process_that_dies_again_and_again_waits_longer_and_shows_its_last_words(
    tmp_path: Path,
) -> None:
    broken = program("broken", "import sys; sys.exit('no database')", tmp_path)
    said: list[str] = []

    def look() -> Collection[str]:
        return end() if sum("starting it again" in line for line in said) == 3 else ()

    Supervisor([broken], say=said.append, look=look).run()
    starts = [line for line in said if "starting it again" in line]
    assert [line.rpartition("again ")[2] for line in starts] == ["now", "in 1 s", "in 3 s"]
    assert any("no database" in line for line in said)


def test_a_process_that_ignores_the_request_to_end_is_ended(tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    deaf = program("deaf", f"{code}; {SLEEP}", tmp_path, patience=0.3)
    supervised([deaf], lambda: end() if "deaf" in deaf.last_words() else ())
    assert deaf.handle is not None
    assert deaf.handle.returncode == -signal.SIGKILL


def test_a_directory_is_claimed_by_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "up.lock"
    with place.claim(lock), pytest.raises(PlaceError, match=f"process {os.getpid()}"):
        place.claim(lock)
    place.claim(lock).close()


def test_a_busy_port_is_refused_with_its_number() -> None:
    with place.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PlaceError, match=f"port {port} of 127.0.0.1 is busy"):
            place.listen("127.0.0.1", port)


def test_a_host_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(PlaceError, match="'no such host' is no address"):
        place.listen("no such host", 0)


def test_a_socket_directory_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlaceError, match="belongs to somebody else"):
        place.private_directory(tmp_path / "run")


def test_a_socket_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    place.private_directory(tmp_path / "run")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
