"""`manage.py api_key create|list|revoke|rotate`: keys for programs."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.models import ApiKey


class Command(BaseCommand):
    """Make, list, end and replace API keys. A secret is printed once, when it is made."""

    help = "Make, list, end and replace API keys. A secret is printed once, when it is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        create = actions.add_parser("create", help="make a key for a user")
        create.add_argument("user", help="whose key it is: a user name")
        create.add_argument("--name", required=True, help="what uses it")
        create.add_argument(
            "--scope",
            action="append",
            choices=ApiKey.Scope.values,
            help="what it opens; may be given several times (default: read)",
        )
        create.add_argument("--days", type=int, help="how long it lasts (default: until revoked)")
        actions.add_parser("list", help="show all keys, without their secrets")
        revoke = actions.add_parser("revoke", help="end a key at once")
        revoke.add_argument("prefix", help="the key's visible part, such as sl_0a1b2c3d")
        rotate = actions.add_parser("rotate", help="replace a key; the old one goes on for a while")
        rotate.add_argument("prefix", help="the key's visible part")
        rotate.add_argument("--overlap-hours", type=int, default=24, help="default: 24")

    def handle(self, *, action: str, **options: Any) -> None:
        """Do one of the four."""
        now = timezone.now()
        match action:
            case "create":
                self._create(options, now)
            case "list":
                self._list(now)
            case "revoke":
                key = _key(options["prefix"])
                key.revoke(now)
                self.stdout.write(f"{key.prefix} opens nothing any more.")
            case "rotate":
                self._rotate(options, now)

    def _create(self, options: dict[str, Any], now: datetime) -> None:
        owner = get_user_model().objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"there is no user named '{options['user']}'")
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be at least 1")
        _, secret = ApiKey.objects.issue(
            owner=owner,
            name=options["name"],
            scopes=options["scope"] or [ApiKey.Scope.READ],
            now=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        self._show(secret)

    def _rotate(self, options: dict[str, Any], now: datetime) -> None:
        hours = options["overlap_hours"]
        if hours < 0:
            raise CommandError("--overlap-hours must not be negative")
        old = _key(options["prefix"])
        if old.state(now) != "usable":
            raise CommandError(f"{old.prefix} is {old.state(now)}: make a new key instead")
        _, secret = ApiKey.objects.issue(
            owner=old.owner,
            name=old.name,
            scopes=old.scopes,
            now=now,
            expires_at=old.expires_at,
        )
        old.revoke(now + timedelta(hours=hours))
        self._show(secret)
        self.stdout.write(f"{old.prefix} goes on for {hours} hours.")

    def _list(self, now: datetime) -> None:
        for key in ApiKey.objects.select_related("owner"):
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            self.stdout.write(
                f"{key.prefix}  {key.state(now):8}  {key.owner.get_username()}  {key.name}  "
                f"{','.join(key.scopes)}  last used: {used}"
            )

    def _show(self, secret: str) -> None:
        self.stdout.write(secret)
        self.stderr.write("This is the only time that the key is shown. Keep it safe.")


def _key(prefix: str) -> ApiKey:
    """Return the key with this visible part. Raises CommandError."""
    key = ApiKey.objects.select_related("owner").filter(prefix=prefix).first()
    if key is None:
        raise CommandError(f"there is no key '{prefix}'; `api_key list` shows them all")
    return key
