"""What analysts say of pairs of utterances when they code them independently of each other."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tracker.models.stances import Utterance


class PairCodingQuerySet(models.QuerySet["PairCoding"]):
    """Codings that stand."""

    def standing(self) -> "PairCodingQuerySet":
        """Return the codings that their coders have not taken back."""
        return self.filter(withdrawn_at=None)


class PairCoding(models.Model):
    """One analyst's answer to: what changed from the older utterance to the newer one?

    `degree` is empty where the analyst could not tell. A coding is never overwritten: its coder
    may take it back while nobody else has coded the pair, and then code it anew.
    """

    class Direction(models.TextChoices):
        """Which way the position moved."""

        HARDENED = "hardened", "harder"
        SOFTENED = "softened", "softer"
        REVERSED = "reversed", "turned into its opposite"
        CHANGED = "changed", "changed, neither harder nor softer"
        NONE = "none", "not changed"
        UNCLEAR = "unclear", "cannot tell"

    class Degree(models.IntegerChoices):
        """How much of the position moved."""

        NOT = 0, "not at all"
        SLIGHTLY = 1, "slightly"
        CLEARLY = 2, "clearly"
        WHOLLY = 3, "wholly"

    older = models.ForeignKey(Utterance, on_delete=models.PROTECT, related_name="+")
    newer = models.ForeignKey(Utterance, on_delete=models.PROTECT, related_name="codings")
    coder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="codings"
    )
    direction = models.CharField(max_length=8, choices=Direction)
    degree = models.PositiveSmallIntegerField(null=True, blank=True, choices=Degree)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PairCodingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["older", "newer", "coder"],
                condition=Q(withdrawn_at=None),
                name="paircoding_once_a_coder",
            ),
            models.CheckConstraint(
                condition=~Q(older=F("newer")), name="paircoding_of_two_utterances"
            ),
            models.CheckConstraint(
                condition=Q(direction="unclear", degree=None)
                | Q(direction="none", degree=0)
                | Q(
                    direction__in=["hardened", "softened", "reversed", "changed"],
                    degree__isnull=False,
                    degree__gte=1,
                    degree__lte=3,
                ),
                name="paircoding_degree_fits_its_direction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} by {self.coder_id}"
