"""Addresses that somebody gave, each to be fetched once and stored as a document."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tracker.models.record import Document, Source
from tracker.models.states import State

FETCH_TRIES = 4
FETCH_LEASE = timedelta(seconds=90)  # longer than a fetch and the unpacking of its answer
PREVIEW_KEPT = timedelta(hours=1)
PREVIEWS_OF_ONE = 3  # fetched pages that are kept for one account to look at
PREVIEWS_IN_ALL = 20


class FetchQuerySet(models.QuerySet["Fetch"]):
    """Fetches by what became of them."""

    def waiting(self) -> "FetchQuerySet":
        """Return those that are neither stored nor refused."""
        return self.filter(done_at=None)

    def due(self, now: datetime) -> "FetchQuerySet":
        """Return the waiting ones whose time has come and that nobody is at work on."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return (
            self.waiting()
            .filter(free, next_try_at__lte=now, attempts__lt=FETCH_TRIES)
            .order_by("next_try_at", "id")
        )

    def claim(self, fetch: "Fetch", now: datetime) -> bool:
        """Take a due fetch, its attempt counted; false where another was faster."""
        lease = now + FETCH_LEASE
        due = self.due(now).order_by().filter(pk=fetch.pk)
        if not due.update(lease_until=lease, attempts=F("attempts") + 1):
            return False
        fetch.lease_until, fetch.attempts = lease, fetch.attempts + 1
        return True

    def claimed(self, now: datetime) -> "FetchQuerySet":
        """Return those that somebody is at work on."""
        return self.waiting().filter(lease_until__gt=now)

    def mine(self, fetch: "Fetch") -> "FetchQuerySet":
        """Return this fetch, as long as the claim on it stands."""
        return self.waiting().filter(pk=fetch.pk, lease_until=fetch.lease_until)

    def give_up(self, now: datetime) -> None:
        """End those whose worker died at the last try."""
        dead = self.waiting().filter(attempts__gte=FETCH_TRIES, lease_until__lte=now)
        dead.update(
            done_at=now,
            lease_until=None,
            code="gave_up",
            problem="the worker died at the last try; see its log",
        )


class Fetch(models.Model):
    """The address of a document that somebody gave, with what they know of it.

    It ends with a `document`, or refused with a `problem` and its `code`. Before that, `problem`
    says why the last try failed. One whose page is to be looked at first (`preview`) ends with a
    FetchedPage and becomes like any other once that is stored.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="fetches")
    url = models.CharField(max_length=2000)
    title = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=12, blank=True)
    said = models.CharField(max_length=64, blank=True)
    published = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="fetches"
    )
    preview = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="fetches"
    )
    code = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    outcome = State("waiting", document="stored", done_at="refused")
    objects = FetchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "fetches"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, document=None)
                | Q(done_at__isnull=False, document__isnull=False, problem="")
                | (Q(done_at__isnull=False, document=None) & ~Q(problem=""))
                | Q(done_at__isnull=False, document=None, preview=True),
                name="fetch_stored_or_refused",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(done_at=None), name="fetch_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def state(self) -> str:
        """Its `outcome`, or `fetched` for a page that is to be looked at."""
        looked_at = self.outcome == "refused" and self.preview and not self.problem
        return "fetched" if looked_at else self.outcome


class FetchedPageQuerySet(models.QuerySet["FetchedPage"]):
    """Fetched pages that somebody looks at, few and not for long."""

    def forget_old(self, now: datetime) -> None:
        """Give up those whose time is over."""
        self.filter(kept_until__lte=now).give_up("It was kept for an hour to be looked at.")

    def make_room(self, by: int | None) -> None:
        """Give up the oldest of this account, and of all, so that there is room for one more."""
        newest = self.order_by("-pk").values_list("pk", flat=True)
        over = {
            *newest.filter(fetch__by=by)[PREVIEWS_OF_ONE - 1 :],
            *newest[PREVIEWS_IN_ALL - 1 :],
        }
        self.filter(pk__in=over).give_up("Newer pages were fetched to be looked at since.")

    def give_up(self, because: str) -> None:
        """Forget the bytes; each fetch says why."""
        fetches = list(self.values_list("pk", flat=True))
        Fetch.objects.filter(pk__in=fetches, document=None).update(
            problem=f"Nothing was stored. {because}", code="preview_gone"
        )
        FetchedPage.objects.filter(pk__in=fetches).delete()


class FetchedPage(models.Model):
    """What a preview fetched: the very bytes that are stored if the reader wants them."""

    fetch = models.OneToOneField(
        Fetch, on_delete=models.CASCADE, primary_key=True, related_name="page"
    )
    url = models.CharField(max_length=2000, help_text="where the redirects ended")
    content_type = models.CharField(max_length=200)
    charset = models.CharField(max_length=100, null=True)
    body = models.BinaryField()
    kept_until = models.DateTimeField()

    objects = FetchedPageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url
