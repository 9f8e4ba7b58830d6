"""What grouping is not sure of."""

from django.db.models import Q, QuerySet

from api import parameters
from api.resource import Detail, Listing, Resource
from api.shapes.stances import MergeShape
from tracker.models import MergeProposal


class _Merges(Resource):
    shape = MergeShape


class MergeList(_Merges, Listing):
    """Pairs of statements that a person should join or keep apart, by `POST decisions`."""

    parameters = parameters.MergeParameters

    _FILTERS = {"actor": "stance__actor", "topic": "stance__topic", "joined": "joined"}

    def rows(self) -> QuerySet[MergeProposal]:
        """Return the doubts that are held and, unless asked for, that nobody has settled."""
        known_at, proposals = self.asked.get("known_at"), MergeProposal.objects
        held = proposals.held(known_at) if self.asked["decided"] else proposals.open(known_at)
        found = held.filter(**self.lookups(self._FILTERS))
        if "statement" not in self.asked:
            return found
        number = self.asked["statement"]
        return found.filter(Q(one=number) | Q(other=number))


class MergeDetail(_Merges, Detail):
    """One doubt, also one that somebody has settled."""

    parameters = parameters.KnownParameters

    def rows(self, pk: int) -> QuerySet[MergeProposal]:
        """Return the held doubt with this number."""
        return MergeProposal.objects.held(self.asked.get("known_at")).filter(pk=pk)
