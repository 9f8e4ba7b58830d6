"""What a model says of the state of a row, in Python and in SQL."""

from datetime import UTC, datetime
from itertools import product

import pytest

from tracker.models import Sweep, WatchedSource

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)


def test_the_first_column_that_holds_something_names_the_state() -> None:
    told = [
        WatchedSource(stopped_at=stopped, failures=failures, last_success_at=success).state
        for stopped, failures, success in product((None, NOW), (0, 2), (None, NOW))
    ]
    assert told == ["new", "working", "failing", "failing", *["stopped"] * 4]


@pytest.mark.django_db
def test_a_row_is_found_by_the_state_that_it_has_and_by_no_other() -> None:
    for stopped, finished in product((None, NOW), (None, NOW)):
        kind = "reread" if stopped else "redetect"  # one of a kind at a time
        Sweep.objects.create(
            kind=kind, last=1, total=1, started_at=NOW, stopped_at=stopped, finished_at=finished
        )
    found = {
        name: [row.state for row in Sweep.objects.filter(Sweep.state.condition(name))]
        for name in Sweep.state.names
    }
    assert found == {
        "running": ["running"],
        "finished": ["finished", "finished"],
        "stopped": ["stopped"],
    }
    assert Sweep.objects.filter(Sweep.state.condition(None)).count() == 4


def test_a_state_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="asleep"):
        Sweep.state.condition("asleep")
