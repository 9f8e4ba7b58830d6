"""Fields with a fixed set of values, each set under one name of its own in the schema."""

from collections.abc import Iterable
from typing import Any

from django.db.models import TextChoices
from rest_framework import serializers


class Choice(serializers.ChoiceField):
    """One of the values of a `TextChoices`; in the schema `Shift.Kind` becomes `ShiftKind`."""

    def __init__(
        self, values: type[TextChoices], *, among: Iterable[str] = (), **options: Any
    ) -> None:
        """Take all `values`, or only those `among` them."""
        allowed = list(among) or values.values
        self.component = values.__qualname__.replace(".", "") + ("Chosen" if among else "")
        reason = f'"{{input}}" is none of these: {", ".join(allowed)}.'
        choices = [(str(value), str(value)) for value in allowed]
        super().__init__(choices=choices, error_messages={"invalid_choice": reason}, **options)


class DocumentState(TextChoices):
    """How far a document is on its way."""

    WAITING = "waiting"
    TRIAGE = "triage"
    READ = "read"


class FetchState(TextChoices):
    """How far a document that was given by its address is on its way."""

    WAITING = "waiting"
    STORED = "stored"
    REFUSED = "refused"


class SweepState(TextChoices):
    """How far a pass over the record is."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class WatchState(TextChoices):
    """How a watched source does."""

    NEW = "new"
    WORKING = "working"
    FAILING = "failing"
    STOPPED = "stopped"


class EntryState(TextChoices):
    """What became of something that was found at a watched source."""

    WAITING = "waiting"
    CAPTURED = "captured"
    REFUSED = "refused"


class DeliveryState(TextChoices):
    """How far a message is on its way."""

    OWED = "owed"
    SENT = "sent"
    DEAD = "dead"


class Precision(TextChoices):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    INTERVAL = "interval"


class NumberOrder(TextChoices):
    """By number: the oldest first, or the newest."""

    OLDEST = "id"
    NEWEST = "-id"


class SaidOrder(TextChoices):
    """By number, or by the first day on which it may have been said."""

    OLDEST = "id"
    NEWEST = "-id"
    EARLIEST = "said"
    LATEST = "-said"


class PublishedOrder(TextChoices):
    """By number, or by the first day on which it may have been published."""

    OLDEST = "id"
    NEWEST = "-id"
    EARLIEST = "published"
    LATEST = "-published"


class SchemaFormat(TextChoices):
    """The forms of the schema."""

    JSON = "json"
    YAML = "yaml"


class Compared(TextChoices):
    """What two sides of a difference are."""

    UTTERANCE = "utterance"
    DOCUMENT = "document"
    DAY = "day"


class VerdictWord(TextChoices):
    """What comparing two utterances yields."""

    SHIFT = "shift"
    NO_SHIFT = "no_shift"
    UNDECIDED = "undecided"
