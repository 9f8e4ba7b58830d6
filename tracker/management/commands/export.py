"""Writes the whole record as lines of JSON."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracker import copying


class Command(BaseCommand):
    """Export every row of the record, the bytes of documents too; accounts and keys stay here."""

    help = "write the whole record as lines of JSON (NDJSON)"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's name."""
        parser.add_argument(
            "--output", type=Path, help="file to write; without it, standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        if options["output"] is None:
            out: Any = self.stdout.buffer  # the wrapper passes on what it does not have
            for block in copying.export():
                out.write(block)
            return
        with options["output"].open("wb") as file:
            file.writelines(copying.export())
