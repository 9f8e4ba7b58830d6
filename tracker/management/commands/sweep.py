"""`manage.py sweep`: read or detect everything again in the background, with progress."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker import sweeps
from tracker.models import Sweep


class Command(BaseCommand):
    """Starts, shows, stops and resumes sweeps; the workers do the work."""

    help = "A pass over the whole record: 'reread', 'redetect'; or 'status', 'stop', 'resume'."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", choices=["reread", "redetect", "status", "stop", "resume"])
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked and show every unfinished sweep."""
        now = timezone.now()
        if options["what"] in Sweep.Kind.values:
            sweeps.start(Sweep.Kind(options["what"]), now=now, reason=options["reason"])
        try:
            for sweep in Sweep.objects.unfinished():
                if options["what"] == "stop":
                    sweeps.stop(sweep, now=now)
                elif options["what"] == "resume":
                    sweeps.resume(sweep)
        except sweeps.CannotSweepError as error:
            raise CommandError(str(error), returncode=1) from error
        for sweep in Sweep.objects.all()[:5]:
            self.stdout.write(f"{sweep.state:8}  {sweep}  {sweep.reason}")
