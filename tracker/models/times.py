"""The four times: said and published (dates with a precision), captured and recorded (instants).

A row that states a fact is never changed. It is *held* from `recorded_at` until
`retracted_at`, so that "what did we hold on day X" is a plain filter.
"""

from datetime import date, datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

from tracker.dates import EdtfDate

_EDTF_LENGTH = 64

Row = TypeVar("Row", bound=models.Model)


class HeldQuerySet(models.QuerySet[Row]):
    """Rows with `recorded_at` and `retracted_at`."""

    def held(self, known_at: datetime | None = None) -> Self:
        """Return the rows that the record held at `known_at`, or holds now."""
        if known_at is None:
            return self.filter(retracted_at=None)
        return self.filter(
            Q(retracted_at=None) | Q(retracted_at__gt=known_at), recorded_at__lte=known_at
        )


class SaidQuerySet(HeldQuerySet[Row]):
    """Held rows that also have a said date."""

    def said_until(self, day: date | None) -> Self:
        """Return what had certainly been said by the end of `day`."""
        return self if day is None else self.filter(said_latest__lte=day)


class Said(models.Model):
    """When the words were spoken, as far as it is known; all empty where it is not."""

    said_edtf = models.CharField(max_length=_EDTF_LENGTH, blank=True)
    said_earliest = models.DateField(null=True, blank=True)
    said_latest = models.DateField(null=True, blank=True)
    said_basis = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def said(self) -> EdtfDate | None:
        """The said date, or None where it is not known."""
        if self.said_earliest is None or self.said_latest is None:
            return None
        return EdtfDate(self.said_edtf, self.said_earliest, self.said_latest, self.said_basis)

    def set_said(self, value: EdtfDate | None) -> None:
        """Put a said date, or its absence, on this row (not saved)."""
        self.said_edtf = value.edtf if value else ""
        self.said_earliest = value.earliest if value else None
        self.said_latest = value.latest if value else None
        self.said_basis = value.basis[:300] if value else ""


class Published(models.Model):
    """When the text came out, as far as it is known; all empty where it is not."""

    published_edtf = models.CharField(max_length=_EDTF_LENGTH, blank=True)
    published_earliest = models.DateField(null=True, blank=True)
    published_latest = models.DateField(null=True, blank=True)
    published_basis = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def published(self) -> EdtfDate | None:
        """The published date, or None where it is not known."""
        if self.published_earliest is None or self.published_latest is None:
            return None
        return EdtfDate(
            self.published_edtf,
            self.published_earliest,
            self.published_latest,
            self.published_basis,
        )

    def set_published(self, value: EdtfDate | None) -> None:
        """Put a published date, or its absence, on this row (not saved)."""
        self.published_edtf = value.edtf if value else ""
        self.published_earliest = value.earliest if value else None
        self.published_latest = value.latest if value else None
        self.published_basis = value.basis[:300] if value else ""


def said_constraint(table: str) -> models.CheckConstraint:
    """Return the rule that a said date is whole and in order, or absent."""
    return _whole_date(table, "said")


def published_constraint(table: str) -> models.CheckConstraint:
    """Return the rule that a published date is whole and in order, or absent."""
    return _whole_date(table, "published")


def _whole_date(table: str, which: str) -> models.CheckConstraint:
    earliest, latest = f"{which}_earliest", f"{which}_latest"
    absent = Q(**{f"{which}_edtf": "", earliest: None, latest: None})
    whole = ~Q(**{f"{which}_edtf": ""}) & Q(**{f"{earliest}__lte": F(latest)})
    return models.CheckConstraint(condition=absent | whole, name=f"{table}_{which}_whole_or_absent")
