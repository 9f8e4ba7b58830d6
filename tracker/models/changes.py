"""What changed in the record, in an order that a follower can trust; and what is being followed."""

from django.db import models


class Change(models.Model):
    """One change of one row. Written by the database itself (tracker/triggers.py), never altered.

    `transaction` is the number of the PostgreSQL transaction that wrote it, 0 on SQLite. The
    order is by transaction and id: see tracker/changes.py for why ids alone would lose some.
    """

    class Kind(models.TextChoices):
        """What happened to the row."""

        RECORDED = "recorded"
        CHANGED = "changed"
        RETRACTED = "retracted"
        WITHDRAWN = "withdrawn"
        UNDONE = "undone"
        REMOVED = "removed"

    transaction = models.BigIntegerField(default=0)
    resource = models.CharField(max_length=20)
    row = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    at = models.DateTimeField()

    class Meta:
        ordering = ["transaction", "id"]
        indexes = [models.Index(fields=["transaction", "id"], name="change_in_order")]

    def __str__(self) -> str:
        return f"{self.resource} {self.row} {self.kind}"


class FollowingQuerySet(models.QuerySet["Following"]):
    """Others by what came from them."""

    def copied(self) -> "FollowingQuerySet":
        """Return the one that this record is a copy of, if it is one.

        A copy captures and notes nothing by itself: that comes from there, with its number.
        """
        return self.filter(applied_at__isnull=False)


class Following(models.Model):
    """Another Stanceline that this one follows, and how far what came from it reaches.

    `own_log` is where this record's own log of changes ended when rows were last applied: what
    was recorded here after that did not come from there.
    """

    url = models.CharField(max_length=2000, unique=True)
    cursor = models.CharField(max_length=60, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    own_log = models.BigIntegerField(null=True, blank=True)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url


class FollowedRow(models.Model):
    """A row that came from where we follow and waits to be applied with those that it needs.

    An empty `content` means that the row is no more. The order of first arrival is kept.
    """

    following = models.ForeignKey(Following, on_delete=models.CASCADE, related_name="rows")
    resource = models.CharField(max_length=20)
    row = models.BigIntegerField()
    content = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["following", "resource", "row"], name="followedrow_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.row}"
