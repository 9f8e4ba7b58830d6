"""`manage.py alerts status|retry|replay`: what is owed, and sending it again."""

import uuid
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tracker import alerts, health
from tracker.models import Delivery, Endpoint
from tracker.models.alerts import DeliveryQuerySet

_SHOWN = 20


class Command(BaseCommand):
    """Show what is owed and what failed; owe dead letters or a range of messages once more."""

    help = "Show what is owed and what failed; send dead letters, or messages of a time, again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("status", help="counts, failing endpoints and the latest dead letters")
        retry = actions.add_parser("retry", help="owe dead letters again, under their old ids")
        replay = actions.add_parser("replay", help="owe messages again, sent or dead")
        for action in (retry, replay):
            action.add_argument("--message", type=uuid.UUID, help="only the message with this id")
            action.add_argument("--endpoint", type=int, help="only those to this endpoint")
            action.add_argument("--since", type=_moment, help="only those made then or later")
            action.add_argument("--until", type=_moment, help="only those made before then")
        retry.add_argument(
            "--enable", action="store_true", help="switch a disabled --endpoint on again first"
        )

    def handle(self, *, action: str, **options: Any) -> None:
        """Do one of the three."""
        now = timezone.now()
        if action == "status":
            self._status(now)
        elif action == "retry":
            self._retry(options, now)
        else:
            if not any(options[name] for name in ("message", "endpoint", "since")):
                raise CommandError("replay needs --message, --endpoint or --since")
            owed = _chosen(options).replay(now)
            self.stdout.write(f"{owed} messages are owed again, under their old ids")

    def _retry(self, options: dict[str, Any], now: datetime) -> None:
        if options["enable"]:
            endpoint = Endpoint.objects.filter(pk=options["endpoint"]).first()
            if endpoint is None:
                raise CommandError("--enable needs the --endpoint that is to be switched on")
            alerts.enable(endpoint, now=now)
            self.stdout.write(f"{endpoint} gets messages again")
        owed = _chosen(options).retry(now)
        self.stdout.write(f"{owed} dead letters are owed again, under their old ids")

    def _status(self, now: datetime) -> None:
        found = health.measures(now)
        self.stdout.write(
            f"owed {found.deliveries_owed} ({found.deliveries_failing} after a failed try), "
            f"sent {found.deliveries_sent}, dead {found.deliveries_dead}; "
            f"the oldest has been due for {found.oldest_unsent_seconds:.0f} s"
        )
        troubled = Endpoint.objects.filter(Q(failures__gt=0) | Q(disabled_at__isnull=False))
        for endpoint in troubled[:_SHOWN]:
            owed = endpoint.deliveries.filter(sent_at=None, dead_at=None).count()
            why = endpoint.disabled_because or endpoint.last_problem
            self.stdout.write(
                f"endpoint {endpoint.pk}  {endpoint.state:8}  {endpoint}  owed {owed}  {why}"
            )
        for letter in Delivery.objects.dead().order_by("-dead_at")[:_SHOWN]:
            self.stdout.write(
                f"dead {letter.message_id}  endpoint {letter.endpoint_id}  {letter.problem}"
            )


def _chosen(options: dict[str, Any]) -> DeliveryQuerySet:
    lookups = {
        "message": "message_id",
        "endpoint": "endpoint",
        "since": "created_at__gte",
        "until": "created_at__lt",
    }
    given = {lookup: options[name] for name, lookup in lookups.items() if options[name] is not None}
    return Delivery.objects.filter(**given)


def _moment(text: str) -> datetime:
    """Return a moment in ISO 8601, UTC where it has no offset. Raises ValueError."""
    found = parse_datetime(text if "T" in text or " " in text else f"{text}T00:00:00")
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo else timezone.make_aware(found, timezone.get_default_timezone())
