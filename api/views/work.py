"""Passes over the whole record, for whoever started one by a change and wants to follow it."""

from django.db.models import Q, QuerySet

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

    _STATES = {
        "running": Q(finished_at=None, stopped_at=None),
        "stopped": Q(finished_at=None, stopped_at__isnull=False),
        "finished": Q(finished_at__isnull=False),
    }

    def rows(self) -> QuerySet[Sweep]:
        """Return the sweeps that the filters let through."""
        state = self._STATES.get(self.asked.get("state", ""), Q())
        return Sweep.objects.filter(state, **self.lookups({"kind": "kind"}))


class SweepDetail(Detail):
    """One pass: how far it is."""

    needs = {"GET": Need.EDIT}
    shape, model = SweepShape, Sweep
