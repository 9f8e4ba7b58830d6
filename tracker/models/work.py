"""How the machine is doing."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from tracker.models.states import State


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Heartbeats by age."""

    def beat(self, name: str, now: datetime) -> None:
        """Note that the tick `name` ran at `now`."""
        self.update_or_create(name=name, defaults={"at": now})

    def late(self, now: datetime, limit: timedelta) -> "HeartbeatQuerySet":
        """Return the ticks that have not run within `limit`."""
        return self.filter(at__lt=now - limit)


class Heartbeat(models.Model):
    """When a tick last ran. Health is judged by these rows, not by living processes."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"


class SweepQuerySet(models.QuerySet["Sweep"]):
    """Sweeps by whether they are through."""

    def unfinished(self) -> "SweepQuerySet":
        """Return the sweeps that run or are stopped, oldest first."""
        return self.filter(finished_at=None).order_by("id")


class Sweep(models.Model):
    """A pass over the whole record in the background.

    `cursor` is the id up to which work was ordered, `last` the one to end with; `done` of
    `total` is its progress.
    """

    class Kind(models.TextChoices):
        """What is done again."""

        REREAD = "reread", "read every document again"
        REDETECT = "redetect", "detect every stance again"

    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    cursor = models.BigIntegerField(default=0)
    last = models.BigIntegerField()
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    state = State("running", finished_at="finished", stopped_at="stopped")
    objects = SweepQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(cursor__lte=F("last")), name="sweep_within_its_end"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(finished_at=None), name="sweep_one_of_a_kind_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.done} of {self.total}"
