"""Feeds and pages asked again and again, what was found there, and how their hosts are spared."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from tracker.models.record import Document, Source
from tracker.models.states import State

HOST_LEASE = timedelta(minutes=5)  # longer than one request and the reading of its answer
HOST_PAUSE = timedelta(seconds=5)
ENTRY_TRIES = 6
FEWEST_MINUTES, MOST_MINUTES = 5, 43_200  # thirty days


class HostQuerySet(models.QuerySet["Host"]):
    """Hosts by whether they may be asked."""

    def free(self, now: datetime) -> "HostQuerySet":
        """Return the hosts that nobody is asking and that have had their pause."""
        unclaimed = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(unclaimed, next_allowed_at__lte=now)

    def with_work(self, now: datetime) -> "HostQuerySet":
        """Return the free hosts with something due, the one left alone for longest first."""
        here = OuterRef("pk")
        sources = WatchedSource.objects.due(now).order_by().filter(host=here)
        entries = WatchedEntry.objects.due(now).order_by().filter(host=here)
        return self.free(now).filter(Exists(sources) | Exists(entries)).order_by("next_allowed_at")

    def claim(self, host: "Host", now: datetime) -> bool:
        """Take a free host for one request; false where another was faster."""
        lease = now + HOST_LEASE
        taken = self.free(now).filter(pk=host.pk)
        if not taken.update(lease_until=lease, next_allowed_at=now + HOST_PAUSE):
            return False
        host.lease_until = lease
        return True

    def release(self, host: "Host", next_allowed_at: datetime) -> bool:
        """Give a claimed host back; false where the lease had run out and was another's."""
        mine = self.filter(pk=host.pk, lease_until=host.lease_until)
        return bool(mine.update(lease_until=None, next_allowed_at=next_allowed_at))

    def claimed(self, now: datetime) -> "HostQuerySet":
        """Return the hosts that somebody is asking."""
        return self.filter(lease_until__gt=now)


class Host(models.Model):
    """A host (`name`, or `name:port`) that is asked one thing at a time, with pauses between.

    `robots_status` is that of the answer to the last question for robots.txt, 0 where none came;
    `robots_problem` says then why.
    """

    name = models.CharField(max_length=260, primary_key=True)
    next_allowed_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    robots_body = models.BinaryField(default=bytes)
    robots_status = models.PositiveSmallIntegerField(null=True, blank=True)
    robots_problem = models.CharField(max_length=500, blank=True)
    robots_at = models.DateTimeField(null=True, blank=True)

    objects = HostQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(robots_at=None, robots_status=None)
                | Q(robots_at__isnull=False, robots_status__isnull=False),
                name="host_robots_answer_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.name


class WatchedSourceQuerySet(models.QuerySet["WatchedSource"]):
    """Watched sources by what they need."""

    def watched(self) -> "WatchedSourceQuerySet":
        """Return those that nobody has stopped."""
        return self.filter(stopped_at=None)

    def due(self, now: datetime) -> "WatchedSourceQuerySet":
        """Return those whose time has come, the most overdue first."""
        return self.watched().filter(next_poll_at__lte=now).order_by("next_poll_at", "id")

    def begin(self, watched: "WatchedSource") -> None:
        """Count the poll that begins now."""
        self.filter(pk=watched.pk).update(attempts=F("attempts") + 1)
        watched.attempts += 1

    def failing(self) -> "WatchedSourceQuerySet":
        """Return those whose last poll failed."""
        return self.watched().filter(failures__gt=0)


class WatchedSource(models.Model):
    """A feed or a page of a source that is polled every so many minutes.

    `state` is new (not polled yet), working, failing or stopped.
    `attempts` counts the polls begun since the last outcome (more than one: a worker died),
    `failures` those in a row that failed. A success leaves `last_error` standing with its time.
    """

    class Kind(models.TextChoices):
        """What stands at the address."""

        FEED = "feed", "an RSS or Atom feed"
        PAGES = "pages", "a page that links to documents"
        PAGE = "page", "a page that is itself the document"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="watched")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="watched")
    url = models.CharField(max_length=2000)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.FEED)
    prefix = models.CharField(
        max_length=2000, blank=True, help_text="how the links that are documents begin"
    )
    every = models.PositiveIntegerField(default=60, help_text="minutes between two polls")
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=200, blank=True)
    next_poll_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    state = State("new", stopped_at="stopped", failures="failing", last_success_at="working")
    objects = WatchedSourceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["feed", "pages", "page"]), name="watchedsource_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(every__gte=FEWEST_MINUTES), name="watchedsource_not_too_often"
            ),
            models.CheckConstraint(
                condition=~Q(kind="pages") | ~Q(prefix=""), name="watchedsource_pages_have_a_prefix"
            ),
            models.CheckConstraint(
                condition=Q(last_error="", last_error_at=None)
                | (~Q(last_error="") & Q(last_error_at__isnull=False)),
                name="watchedsource_error_has_a_time",
            ),
            models.UniqueConstraint(
                fields=["url"],
                condition=Q(stopped_at=None),
                name="watchedsource_an_address_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_poll_at"], condition=Q(stopped_at=None), name="watchedsource_next"
            )
        ]

    def __str__(self) -> str:
        return self.url


class WatchedEntryQuerySet(models.QuerySet["WatchedEntry"]):
    """Entries by what became of them."""

    def waiting(self) -> "WatchedEntryQuerySet":
        """Return those that are still to be captured."""
        return self.filter(done_at=None, watched__stopped_at=None)

    def due(self, now: datetime) -> "WatchedEntryQuerySet":
        """Return the waiting ones whose time has come."""
        return (
            self.waiting()
            .filter(next_try_at__lte=now, attempts__lt=ENTRY_TRIES)
            .order_by("next_try_at", "id")
        )

    def refused(self) -> "WatchedEntryQuerySet":
        """Return those that were given up, with the reason in `problem`."""
        return self.filter(done_at__isnull=False, document=None)

    def begin(self, entry: "WatchedEntry") -> None:
        """Count the attempt that begins now."""
        self.filter(pk=entry.pk).update(attempts=F("attempts") + 1)
        entry.attempts += 1


class WatchedEntry(models.Model):
    """One thing that was seen at a watched source, remembered so that it is captured once.

    `key` is the SHA-256 of what stays the same of it: a feed's identifier, a link, or for a page
    that is itself the document its text. `content` is the markup of an entry without a link of
    its own.
    """

    watched = models.ForeignKey(WatchedSource, on_delete=models.CASCADE, related_name="entries")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(max_length=64)
    url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(max_length=500, blank=True)
    published = models.CharField(max_length=64, blank=True)
    content = models.TextField(blank=True)
    found_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="watched_entries"
    )
    problem = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    state = State("waiting", document="captured", done_at="refused")
    objects = WatchedEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "watched entries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["watched", "key"], name="watchedentry_once_a_watched_source"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, document=None)
                | Q(done_at__isnull=False, document__isnull=False, problem="")
                | (Q(done_at__isnull=False, document=None) & ~Q(problem="")),
                name="watchedentry_captured_or_refused",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(done_at=None), name="watchedentry_waiting"
            ),
            models.Index(fields=["watched", "found_at"], name="watchedentry_latest"),
        ]

    def __str__(self) -> str:
        return self.title or self.url or f"entry {self.pk}"
