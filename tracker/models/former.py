"""What documents showed before they were read again or a person said otherwise."""

from django.db import models

from tracker.models.record import Document
from tracker.models.stances import Former
from tracker.models.times import HeldQuerySet


class FormerDocumentQuerySet(HeldQuerySet["FormerDocument"]):
    """Former contents as the record held them."""


class FormerDocument(Former):
    """What a document showed before a reading or a decision changed it; its text never changes."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="former")

    objects = FormerDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["retracted_at"], name="formerdocument_until")]
