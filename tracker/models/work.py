"""How the machine is doing."""

from datetime import datetime, timedelta

from django.db import models


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
