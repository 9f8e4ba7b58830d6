"""What grouping is not sure of: statements that a person should join or keep apart."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from tracker.models.record import Decision, Statement
from tracker.models.stances import Stance
from tracker.models.times import HeldQuerySet


class MergeProposalQuerySet(HeldQuerySet["MergeProposal"]):
    """Proposals by whether somebody decided on them."""

    def open(self, known_at: datetime | None = None) -> "MergeProposalQuerySet":
        """Return the held ones on whose two statements no decision to join or split stands.

        With `known_at`, as of then.
        """
        standing = Decision.objects.standing(known_at).order_by()
        one_way = standing.filter(statement=OuterRef("one"), other_statement=OuterRef("other"))
        other_way = standing.filter(statement=OuterRef("other"), other_statement=OuterRef("one"))
        return self.held(known_at).filter(~Exists(one_way), ~Exists(other_way))


class MergeProposal(models.Model):
    """Two statements of one stance that are hardly, or nearly, alike enough to be one utterance.

    `joined` says how grouping left them. A person's word on them is a Decision to join or split;
    grouping then has no doubt any more.
    """

    stance = models.ForeignKey(Stance, on_delete=models.CASCADE, related_name="merge_proposals")
    one = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="+")
    joined = models.BooleanField()
    likeness = models.FloatField()
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = MergeProposalQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other"],
                condition=Q(retracted_at=None),
                name="mergeproposal_once_a_pair",
            ),
            models.CheckConstraint(
                condition=Q(one__lt=F("other")), name="mergeproposal_pair_in_order"
            ),
            models.CheckConstraint(
                condition=Q(likeness__gte=0, likeness__lte=1), name="mergeproposal_likeness_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}, {self.likeness:.0%} alike"
