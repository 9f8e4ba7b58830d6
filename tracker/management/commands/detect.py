"""`manage.py detect`: detection of whole stances again, or a look at what it would change."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from timeline.shifts import DETECTOR_VERSION
from tracker import alerts, detection
from tracker.models import Shift, Stance

Verdict = tuple[tuple[str, ...], str, str]


class Command(BaseCommand):
    """Re-detects in chunks of one stance, each a transaction: stop it and start it as you like."""

    help = (
        "Bring every stance (or those of --actor/--topic) in step anew, e.g. after a new detector "
        "version. --dry-run shows the verdicts that would change and keeps none of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--actor", help="slug")
        parser.add_argument("--topic", help="slug")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Detect stance after stance and say what changed."""
        stances = Stance.objects.order_by("id")
        if options["actor"]:
            stances = stances.filter(actor__slug=options["actor"])
        if options["topic"]:
            stances = stances.filter(topic__slug=options["topic"])
        if not stances:
            raise CommandError("no such stance", returncode=1)
        changed = 0
        for stance in tqdm(stances, desc="detect", unit="stance", disable=not self.stderr.isatty()):
            changed += self._detect(stance, dry_run=options["dry_run"])
        would = "would change" if options["dry_run"] else "changed"
        self.stdout.write(f"detector {DETECTOR_VERSION}: {changed} verdicts {would}")

    def _detect(self, stance: Stance, *, dry_run: bool) -> int:
        now = timezone.now()
        with transaction.atomic():
            before = _verdicts(stance)
            detection.mark_all(now=now, stances=[stance.pk])
            alerts.owe(detection.detect(stance.pk, now=now), now=now)
            after = _verdicts(stance)
            if dry_run:
                transaction.set_rollback(True)
        return self._show(stance, before, after)

    def _show(
        self,
        stance: Stance,
        before: dict[tuple[int, int], Verdict],
        after: dict[tuple[int, int], Verdict],
    ) -> int:
        pairs = sorted(
            pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)
        )
        for pair in pairs:
            self.stdout.write(f"{stance}, utterances {pair[0]} and {pair[1]}:")
            for sign, side in (("-", before), ("+", after)):
                if pair in side:
                    kinds, direction, status = side[pair]
                    self.stdout.write(f"  {sign} {direction}: {', '.join(kinds)} ({status})")
        return len(pairs)


def _verdicts(stance: Stance) -> dict[tuple[int, int], Verdict]:
    rows = Shift.objects.filter(stance=stance, withdrawn_at=None).prefetch_related("kind_rows")
    return {
        (row.older_id, row.newer_id): (tuple(row.kinds), row.direction, row.status) for row in rows
    }
