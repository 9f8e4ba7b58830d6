"""`manage.py watch`: feeds and pages that are polled; add, list, stop and resume them."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker import watchlist
from tracker.models import Source, WatchedSource


class Command(BaseCommand):
    """Adds, shows, stops and resumes watched sources; the workers poll them."""

    help = (
        "Watch a feed or a page; --list shows what is watched, --stop ID has one rest, "
        "--resume ID has it polled again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("url", nargs="?", metavar="URL")
        what.add_argument("--list", action="store_true", help="show every watched source")
        what.add_argument("--stop", type=int, metavar="ID", help="poll this one no more")
        what.add_argument("--resume", type=int, metavar="ID", help="poll a stopped one again")
        parser.add_argument("--source", help="slug of the outlet (with URL)")
        parser.add_argument(
            "--kind", choices=WatchedSource.Kind.values, default=WatchedSource.Kind.FEED
        )
        parser.add_argument(
            "--prefix", default="", help="with --kind pages: how links to documents begin"
        )
        parser.add_argument("--every", type=int, default=60, help="minutes between two polls")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked and show the watched sources that it concerns."""
        try:
            for watched in self._asked(options):
                self._show(watched)
        except watchlist.CannotWatchError as error:
            raise CommandError(str(error), returncode=1) from error

    def _asked(self, options: dict[str, Any]) -> list[WatchedSource]:
        if options["list"]:
            return list(WatchedSource.objects.select_related("source"))
        for name, do in (("stop", watchlist.stop), ("resume", watchlist.resume)):
            if options[name] is not None:
                return [self._done(do, options[name])]
        return [
            watchlist.add(
                options["url"],
                source=self._source(options["source"]),
                now=timezone.now(),
                kind=WatchedSource.Kind(options["kind"]),
                every=options["every"],
                prefix=options["prefix"],
            )
        ]

    def _done(self, do: Callable[..., None], number: int) -> WatchedSource:
        watched = WatchedSource.objects.filter(pk=number).first()
        if watched is None:
            raise CommandError(f"there is no watched source {number}", returncode=1)
        do(watched, now=timezone.now())
        watched.refresh_from_db()
        return watched

    def _source(self, slug: str | None) -> Source:
        named = Source.objects.filter(slug=slug or "").first()
        if named is None:
            known = ", ".join(Source.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"--source must name a known source (known: {known})", returncode=1)
        return named

    def _show(self, watched: WatchedSource) -> None:
        entries = watched.entries
        counts = (
            f"{entries.exclude(document=None).count()} captured, "
            f"{entries.waiting().count()} waiting, {entries.refused().count()} refused"
        )
        self.stdout.write(
            f"{watched.pk}  {watched.state:8} {watched.kind} every {watched.every} min  "
            f"{watched.url}  ({watched.source})"
        )
        self.stdout.write(f"   {counts}; last success: {watched.last_success_at or 'none'}")
        if watched.last_error:
            self.stdout.write(f"   last error: {watched.last_error} ({watched.last_error_at})")
