"""Where the messages of an owner go, and how it does there."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from tracker.models.states import State


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Endpoints by how they do."""

    def usable(self) -> "EndpointQuerySet":
        """Return the endpoints to which messages go."""
        return self.filter(disabled_at=None)

    def failing(self) -> "EndpointQuerySet":
        """Return the endpoints whose last try failed."""
        return self.usable().filter(failures__gt=0)

    def disable(self, pks: Collection[int], *, because: str, now: datetime) -> int:
        """End all messages to these endpoints; return how many were not ended before."""
        usable = self.usable().filter(pk__in=pks)
        return usable.update(disabled_at=now, disabled_because=because[:300])


class Endpoint(models.Model):
    """A place to which one owner's messages go: a mailbox, a webhook, another service.

    What all subscriptions of the owner to this address have in common: the order of messages,
    the secret that signs them, and how the receiver does: its `state` is new (nothing sent yet),
    working, failing or disabled. `failures` counts the tries in a row that failed, the first of
    them at `failing_since`. While `previous_secret_until` lies ahead, messages carry the
    signatures of both secrets.
    """

    class Channel(models.TextChoices):
        """How a message leaves."""

        EMAIL = "email"
        WEBHOOK = "webhook"
        APPRISE = "apprise"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="endpoints",
    )
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=2000)
    secret = models.CharField(max_length=120, blank=True)
    previous_secret = models.CharField(max_length=120, blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=500, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=300, blank=True)

    state = State("new", disabled_at="disabled", failures="failing", last_success_at="working")
    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "channel", "address"], name="endpoint_once_an_owner"
            ),
            models.UniqueConstraint(
                fields=["channel", "address"],
                condition=Q(owner=None),
                name="endpoint_once_without_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "webhook", "apprise"]),
                name="endpoint_channel_known",
            ),
            models.CheckConstraint(
                condition=~Q(channel="webhook") | ~Q(secret=""),
                name="endpoint_webhook_has_a_secret",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_secret_until=None)
                | (~Q(previous_secret="") & Q(previous_secret_until__isnull=False)),
                name="endpoint_previous_secret_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="endpoint_failing_since_its_first_failure",
            ),
        ]

    def __str__(self) -> str:
        if self.channel == Endpoint.Channel.APPRISE:  # its address holds the service's token
            return f"{self.address.partition(':')[0]} by apprise"
        return f"{self.channel} to {self.address}"

    def secrets(self, now: datetime) -> list[str]:
        """Return the secrets that sign a message at `now`, the newest first."""
        return valid_secrets(self.secret, self.previous_secret, self.previous_secret_until, now)


def valid_secrets(
    secret: str, previous: str, previous_until: datetime | None, now: datetime
) -> list[str]:
    """Return which of an endpoint's secrets sign a message at `now`, the newest first."""
    overlap = [previous] if previous_until is not None and previous_until > now else []
    return [secret, *overlap]
