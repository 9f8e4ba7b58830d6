"""Keys, how often their owners asked, and what was answered to a request that may come again."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, models
from django.db.models import F, Q

from tracker.prepared import Question, instance

MARK = "sl"  # the start of each key: secret scanners recognise keys by it
_PREFIX_BYTES = 4
_SECRET_BYTES = 32
_USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, found by their secrets."""

    def opened_by(self, secret: str, now: datetime) -> "ApiKey | None":
        """Return the key that this secret is for, with its owner, if it still opens anything."""
        for row in _KEYS.rows(_hash(secret)):
            own, owners = row[: len(_KEY)], row[len(_KEY) :]
            key = instance(ApiKey, _KEY, [_read(*pair) for pair in zip(_KEY, own, strict=True)])
            key.owner = instance(get_user_model(), _OWNER, owners)
            if key.owner.is_active and key.state(now) in ("usable", "ending"):
                return key
        return None

    def issue(
        self,
        *,
        owner: AbstractBaseUser,
        name: str,
        scopes: Sequence[str],
        now: datetime,
        expires_at: datetime | None = None,
    ) -> tuple["ApiKey", str]:
        """Return a new key and its secret. The secret is not stored: nobody can show it again."""
        prefix = f"{MARK}_{secrets.token_hex(_PREFIX_BYTES)}"
        secret = f"{prefix}_{secrets.token_hex(_SECRET_BYTES)}"
        key = self.create(
            owner_id=owner.pk,
            name=name,
            prefix=prefix,
            sha256=_hash(secret),
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        return key, secret


class ApiKey(models.Model):
    """A key of one user. Only the SHA-256 of its 256 random bits is stored.

    `prefix` is the visible part that names the key in lists and logs. A `revoked_at` that
    lies ahead is the end of a rotation's overlap.
    """

    class Scope(models.TextChoices):
        """What a key opens, beyond what everybody may see."""

        READ = "read"
        WRITE = "write"
        EDIT = "edit"
        SUBSCRIBE = "subscribe"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100, help_text="what uses this key")
    prefix = models.CharField(max_length=16, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="apikey_opens_something"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")),
                name="apikey_expires_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.name})"

    def note_use(self, now: datetime) -> None:
        """Note that the key was used, at most once a minute: a read must stay a read."""
        if self.last_used_at is not None and self.last_used_at > now - _USE_NOTED_EVERY:
            return
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY), pk=self.pk
        ).update(last_used_at=now)

    def revoke(self, at: datetime) -> None:
        """End this key at `at`; an earlier end stays."""
        ApiKey.objects.filter(Q(revoked_at=None) | Q(revoked_at__gt=at), pk=self.pk).update(
            revoked_at=at
        )

    def state(self, now: datetime) -> str:
        """One of `usable`, `ending` (an overlap runs), `revoked`, `expired`."""
        if self.revoked_at is not None:
            return "revoked" if self.revoked_at <= now else "ending"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "usable"


# Each request of a program asks this first: the ORM would take longer than most reads. The columns
# stand in the order of the models, which `instance` needs.
_KEY = (
    *("id", "owner_id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at"),
    "last_used_at",
)
_OWNER = ("id", "is_superuser", "username", "email", "is_staff", "is_active")
_KEYS = Question(
    lambda sha256: (
        ApiKey.objects.filter(sha256=sha256)
        .order_by()
        .values_list(*_KEY, *(f"owner__{column}" for column in _OWNER))
    )
)


def _read(column: str, value: Any) -> Any:
    """Return a column's value from the driver's: JSON is text, SQLite's moments have no zone."""
    if column == "scopes":
        return json.loads(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


KEPT_FOR = timedelta(hours=24)  # how long an answer can be asked for again
_ANSWER_LEASE = timedelta(minutes=2)  # longer than any request takes


class KeptAnswerQuerySet(models.QuerySet["KeptAnswer"]):
    """Kept answers by whether they still count."""

    def claim(
        self, *, owner: AbstractBaseUser, key: str, fingerprint: str, now: datetime
    ) -> tuple["KeptAnswer", bool]:
        """Return the row of this key, and whether the caller is the one to answer now."""
        self.filter(created_at__lt=now - KEPT_FOR).delete()
        claim, until = secrets.token_hex(8), now + _ANSWER_LEASE
        given = {"fingerprint": fingerprint, "claim": claim, "claimed_until": until}
        row = None
        while row is None:  # not `get_or_create`, which fails where the row goes meanwhile
            wished = self.model(owner_id=owner.pk, key=key, created_at=now, **given)
            self.bulk_create([wished], ignore_conflicts=True)
            row = self.filter(owner_id=owner.pk, key=key).first()
        if row.claim == claim or row.status is not None or row.fingerprint != fingerprint:
            return row, row.claim == claim
        # Whoever claimed it died before answering, and nothing it did was kept.
        abandoned = self.filter(pk=row.pk, claim=row.claim, status=None, claimed_until__lte=now)
        taken = abandoned.update(claim=claim, claimed_until=until)
        row.claim = claim
        return row, bool(taken)


class KeptAnswer(models.Model):
    """What was answered to a request with an Idempotency-Key; no `status`: it still runs.

    The answer is written in the transaction that makes the change: either both are there or
    neither. `claim` is of the one attempt that may write it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    claim = models.CharField(max_length=16)
    claimed_until = models.DateTimeField()
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key"], name="keptanswer_once_an_owner_and_key"
            )
        ]

    def __str__(self) -> str:
        return self.key

    def keep(self, *, status: int, headers: dict[str, str], body: str) -> bool:
        """Write the answer; false where another attempt has taken over meanwhile."""
        mine = KeptAnswer.objects.filter(pk=self.pk, claim=self.claim, status=None)
        return bool(mine.update(status=status, headers=headers, body=body))

    def give_back(self) -> None:
        """Forget an attempt that changed nothing, so that the same key can be tried again."""
        KeptAnswer.objects.filter(pk=self.pk, claim=self.claim, status=None).delete()


class TallyQuerySet(models.QuerySet["Tally"]):
    """Tallies that still count."""

    def add(self, name: str, *, ends_at: datetime, now: datetime) -> int:
        """Count one more under `name`; return the new count. One statement: nobody slips by."""
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [name, ends_at])
            count: int = cursor.fetchone()[0]
        if count == 1:
            self.filter(ends_at__lte=now).delete()
        return count


class Tally(models.Model):
    """How often somebody asked within one period. Used while no Redis answers."""

    name = models.CharField(max_length=120, unique=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"


_ADD = """
    INSERT INTO api_tally (name, count, ends_at) VALUES (%s, 1, %s)
    ON CONFLICT (name) DO UPDATE SET count = api_tally.count + 1 RETURNING count
"""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
