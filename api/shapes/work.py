"""What is done in the background over the whole record."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice, SweepState
from api.shapes.parts import Row, Shape, only
from tracker.models import Sweep


class SweepShape(Shape):
    """A pass over the whole record. `state` is `running`, `stopped` or `finished`."""

    columns = (
        *("id", "kind", "reason", "done", "total"),
        *("started_at", "stopped_at", "finished_at"),
    )
    id = serializers.IntegerField()
    kind = Choice(Sweep.Kind)
    reason = serializers.CharField(help_text="what it was started for; may be empty")
    state = Choice(SweepState)
    done = serializers.IntegerField(help_text="rows whose work was ordered")
    total = serializers.IntegerField(help_text="rows that there were when it started")
    started_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a sweep."""
        times = only(row, "stopped_at", "finished_at")
        return {
            **only(row, "id", "kind", "reason"),
            "state": Sweep(**times).state,
            **only(row, "done", "total", "started_at"),
            **times,
        }
