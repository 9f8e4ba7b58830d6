"""`manage.py tick`: the work of the ticks without a broker, once or every second."""

import signal
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Runs the functions that beat asks Celery's worker for, one after the other."""

    help = "Do all the work that waits: once (for cron), or each second with --forever."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--forever", action="store_true", help="go on until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the ticks; after a signal, end when the tick at work is done."""
        self._stopping = not options["forever"]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._tick()
        while not self._stopping:
            time.sleep(1)
            close_old_connections()
            self._tick()

    def _tick(self) -> None:
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            import_string(str(entry["task"]))()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
