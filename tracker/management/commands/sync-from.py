"""Brings this record in step with another Stanceline."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracker import following
from tracker.copying import NotEmptyError
from tracker.rows import BadRowError

_REFUSALS = (
    *(NotEmptyError, BadRowError),
    *(following.NotAnsweredError, following.NotWholeError, following.NotFollowedError),
)


class Command(BaseCommand):
    """Follow another Stanceline: run it again (from cron) to stay in step."""

    help = "copy another Stanceline into an empty record, and keep the copy in step"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("url", help="of its API, such as https://desk.example/api/v1")
        parser.add_argument(
            "--since",
            default="",
            help="`next` of its changes?since=latest, from before the export imported here",
        )
        parser.add_argument(
            "--moved-from", default="", help="the address under which it was followed before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run. A key for a server that is not public comes from SYNC_KEY."""
        try:
            applied = following.follow(
                options["url"],
                now=timezone.now(),
                key=os.environ.get("SYNC_KEY", ""),
                allow=settings.FETCH_ALLOW,
                since=options["since"],
                moved_from=options["moved_from"],
                said=self.stderr.write,
            )
        except _REFUSALS as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{applied:,} rows applied")
