"""Passes over the whole record, for whoever started one by a change and wants to follow it."""

from django.db.models import QuerySet

from api import parameters
from api.access import Need
from api.resource import Detail, Listing
from api.shapes.work import SweepShape
from tracker.models import Sweep


class SweepList(Listing):
    """Passes over the whole record in the background."""

    needs = {"GET": Need.EDIT}
    parameters = parameters.SweepParameters
    shape = SweepShape

    def rows(self) -> QuerySet[Sweep]:
        """Return the sweeps that the filters let through."""
        state = Sweep.state.condition(self.asked.get("state"))
        return Sweep.objects.filter(state, **self.lookups({"kind": "kind"}))


class SweepDetail(Detail):
    """One pass: how far it is."""

    needs = {"GET": Need.EDIT}
    shape, model = SweepShape, Sweep
