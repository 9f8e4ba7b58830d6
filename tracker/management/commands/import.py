"""Reads what `export` wrote into an empty record."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from tracker import copying
from tracker.rows import BadRowError


class Command(BaseCommand):
    """Import an export into an empty record; all of it or nothing."""

    help = "store an export (NDJSON) in an empty record"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="what export wrote; - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        file = options["file"]
        try:
            if str(file) == "-":
                loaded = copying.load(sys.stdin.buffer)
            else:
                with file.open("rb") as lines:
                    loaded = copying.load(lines)
        except (copying.NotEmptyError, BadRowError, DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{loaded:,} rows stored")
