"""Keeps processes running until it is told to stop, then stops them in order."""

import signal
import time
from collections.abc import Callable, Collection, Sequence
from types import FrameType

from tracker.running.processes import Guardian, Process

PAUSE = 0.2  # seconds between two looks at the processes
LONGEST_BACKOFF = 30.0
HEALTHY_AFTER = 60.0  # seconds of running after which earlier deaths are forgotten


class Supervisor:
    """Starts `processes` in their order and stops them in the opposite one.

    `say` gets every message. `look` is called between two looks at the processes and names
    those that live but do no work: they are started anew.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        *,
        say: Callable[[str], None],
        look: Callable[[], Collection[str]],
    ) -> None:
        self._processes = processes
        self._say = say
        self._look = look
        self._stopping = False  # a plain flag: a lock in a signal handler could wait for itself
        self._deaths = dict.fromkeys((process.name for process in processes), 0)
        self._due: dict[str, float] = {}  # when a dead process may start again
        # From here on a signal sets the flag. Until then it raises KeyboardInterrupt, which is
        # lost where it strikes inside a finaliser: the program would then never stop.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._guardian = Guardian()

    def run(self) -> None:
        """Start everything and keep it running. Return when all of it has stopped."""
        try:
            for process in self._processes:
                if not self._stopping:
                    self._start(process)
            while not self._stopping:
                self._attend()
                time.sleep(PAUSE)
        finally:
            self._stop()

    def _attend(self) -> None:
        for process in self._processes:
            if not process.runs:
                self._revive(process)
        idle = self._look()
        for process in self._processes:
            if process.name in idle and self._healthy(process):
                self._say(f"{process.name} does no work")
                process.stop()

    def _start(self, process: Process) -> None:
        self._guardian.watch(process.start())

    def _revive(self, process: Process) -> None:
        now = time.monotonic()
        if process.name not in self._due:
            self._due[process.name] = now + self._bury(process)
        elif now >= self._due[process.name]:
            del self._due[process.name]
            self._start(process)

    def _bury(self, process: Process) -> float:
        """Clear up after a process that died, say so, and return how long to wait."""
        deaths = 0 if self._healthy(process) else self._deaths[process.name]
        self._deaths[process.name] = deaths + 1
        process.kill()  # what it started may live on
        self._forget(process)
        seconds = min(LONGEST_BACKOFF, 2.0**deaths - 1)
        again = "now" if seconds == 0 else f"in {seconds:g} s"
        self._say(f"{process.name} ended ({process.ending}), starting it again {again}")
        if deaths:
            self._say(f"the end of {process.log}:\n{process.last_words()}")
        return seconds

    def _healthy(self, process: Process) -> bool:
        return time.monotonic() - process.started_at > HEALTHY_AFTER

    def _stop(self) -> None:
        self._say("stopping (Ctrl-C once more ends everything at once)")
        for process in reversed(self._processes):
            if process.handle is not None:
                process.stop()
                self._forget(process)
                self._say(f"{process.name} stopped")
        self._guardian.dismiss()

    def _forget(self, process: Process) -> None:
        if process.handle is not None:
            self._guardian.forget(process.handle.pid)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            for process in self._processes:
                process.kill()
        self._stopping = True
