"""`manage.py bounce`: mailboxes that do not exist get no more messages."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker import alerts, bounces


class Command(BaseCommand):
    """Disable the mailboxes that a bounce (RFC 3464) names, or that are named here."""

    help = (
        "Disable mailboxes that do not exist: given by name, or read from delivery status "
        "notifications (on standard input, from files, or from a maildir)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the sources of bounces."""
        parser.add_argument("address", nargs="*", help="an address that does not exist")
        parser.add_argument(
            "--message",
            action="append",
            default=[],
            metavar="PATH",
            help="a notification, a maildir of them, or - for standard input",
        )

    def handle(self, *, address: list[str], message: list[str], **options: Any) -> None:
        """Disable each mailbox and say how many endpoints that were."""
        if not address and not message:
            raise CommandError("give an address, or --message with a notification")
        found = dict.fromkeys(address, "reported as undeliverable")
        for path in message:
            for raw in _messages(path):
                found |= bounces.permanent_failures(raw)
        for mailbox, why in found.items():
            ended = alerts.bounce(mailbox, because=why, now=timezone.now())
            self.stdout.write(f"{mailbox}: {ended} endpoints disabled ({why})")


def _messages(path: str) -> list[bytes]:
    """Return the messages at a path, each as bytes. Raises CommandError."""
    if path == "-":
        return [sys.stdin.buffer.read()]
    place = Path(path)
    if place.is_dir():
        files = [*sorted((place / "new").glob("*")), *sorted((place / "cur").glob("*"))]
        return [file.read_bytes() for file in files if file.is_file()]
    try:
        return [place.read_bytes()]
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
