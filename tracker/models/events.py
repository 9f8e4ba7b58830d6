"""What happened that somebody may want to hear of: the rows that alerts are made of."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from tracker.models.record import Document, Source
from tracker.models.stances import Shift, StanceEvent

_SUBJECTS = ("shift", "stance_event", "document", "source")
_LONGEST_REASON = 500
_OF_A_SHIFT = ["shift.detected", "shift.confirmed", "shift.withdrawn", "shift.strengthened"]


class EventQuerySet(models.QuerySet["Event"]):
    """Events by whether what they owe has been written."""

    def unowed(self) -> "EventQuerySet":
        """Return the events for which nobody has looked yet who is to be told, oldest first."""
        return self.filter(owed_at=None).order_by("id")

    def failed(self, document: Document, *, at: datetime) -> None:
        """Record that a document could not be read, for its `problem`; once for each problem."""
        self.get_or_create(
            kind=Event.Kind.FAILED,
            document=document,
            reason=document.problem[:_LONGEST_REASON],
            defaults={"at": at},
        )

    def silent(self, source: Source, *, reason: str, at: datetime) -> bool:
        """Record that a source gives nothing any more; true where this is news."""
        _, created = self.get_or_create(
            kind=Event.Kind.SILENT,
            source=source,
            reason=reason[:_LONGEST_REASON],
            defaults={"at": at},
        )
        return created


def _about(subject: str, kinds: list[str]) -> Q:
    """Return the rule that events of these kinds are about this subject and no other."""
    rest: dict[str, Any] = {f"{name}__isnull": name != subject for name in _SUBJECTS}
    return Q(kind__in=kinds, **rest)


class Event(models.Model):
    """Something that happened to a shift, a position, a document or a source.

    An empty `owed_at` is the work order to look who asked to hear of it. A `correction` is an
    event that follows from better evidence about the past, not from something newly said.
    `flapping` is set where the stance goes back and forth so often that this is the news.
    `before` is what a shift that became stronger had shown: materiality, confidence, grade.
    """

    class Kind(models.TextChoices):
        """What happened."""

        DETECTED = "shift.detected"
        CONFIRMED = "shift.confirmed"
        STRENGTHENED = "shift.strengthened"
        WITHDRAWN = "shift.withdrawn"
        REAFFIRMED = "position.reaffirmed"
        UNSAID = "position.withdrawn"
        FAILED = "document.failed"
        SILENT = "source.silent"

    OF_SHIFTS = (Kind.DETECTED, Kind.CONFIRMED, Kind.WITHDRAWN)

    kind = models.CharField(max_length=20, choices=Kind)
    shift = models.ForeignKey(
        Shift, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    stance_event = models.ForeignKey(
        StanceEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    reason = models.CharField(max_length=_LONGEST_REASON, blank=True)
    correction = models.BooleanField(default=False)
    flapping = models.BooleanField(default=False)
    before = models.JSONField(null=True, blank=True)
    at = models.DateTimeField()
    owed_at = models.DateTimeField(null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "kind"],
                condition=~Q(kind="shift.strengthened"),
                name="event_once_a_shift_and_kind",
            ),
            models.UniqueConstraint(
                fields=["stance_event", "kind"], name="event_once_a_stance_event_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="shift.strengthened", before__isnull=False)
                | (~Q(kind="shift.strengthened") & Q(before=None)),
                name="event_says_what_was_before_it_strengthened",
            ),
            models.UniqueConstraint(
                fields=["document", "reason"], name="event_once_a_document_and_reason"
            ),
            models.UniqueConstraint(
                fields=["source", "reason"], name="event_once_a_source_and_reason"
            ),
            models.CheckConstraint(
                condition=_about("shift", _OF_A_SHIFT)
                | _about("stance_event", ["position.reaffirmed", "position.withdrawn"])
                | _about("document", ["document.failed"])
                | _about("source", ["source.silent"]),
                name="event_is_about_what_its_kind_says",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(owed_at=None), name="event_unowed")]

    def __str__(self) -> str:
        subject = self.shift_id or self.stance_event_id or self.document_id or self.source_id
        return f"{self.kind} {subject}"
