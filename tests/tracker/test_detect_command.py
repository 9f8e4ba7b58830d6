"""`manage.py detect`: what a new detector changes, shown before anything is announced."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.tracker.records import NOT_READY, READY, dump, known_people, record, row
from timeline import shifts
from tracker.models import Event, Shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def _record() -> None:
    known_people()
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))


@pytest.fixture
def _stricter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new detector, to which nothing is sure enough."""
    monkeypatch.setattr(shifts, "SHIFT_FROM", 0.999)
    monkeypatch.setattr(shifts, "DETECTOR_VERSION", "next")


def detect(*options: str) -> str:
    out = StringIO()
    call_command("detect", *options, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("_record")
def test_detection_again_with_the_same_detector_would_change_nothing() -> None:
    assert detect("--dry-run") == (f"detector {shifts.DETECTOR_VERSION}: 0 verdicts would change\n")


@pytest.mark.usefixtures("_record", "_stricter")
def test_a_dry_run_shows_the_verdicts_that_would_change_and_keeps_nothing() -> None:
    before = dump()

    shown = detect("--dry-run").splitlines()

    assert dump() == before
    (shift,) = Shift.objects.all()
    assert shown[:3] == [
        f"{shift.stance}, utterances {shift.older_id} and {shift.newer_id}:",
        "  - reversed: reversal (provisional)",
        "  + none:  (undecided)",
    ]
    assert shown[-1].endswith("1 verdicts would change")


@pytest.mark.usefixtures("_record", "_stricter")
def test_without_it_the_verdicts_change_and_what_was_announced_is_withdrawn() -> None:
    shown = detect("--actor", "ilva-marenko", "--topic", "talks")

    assert shown.endswith("1 verdicts changed\n")
    assert sorted(Shift.objects.values_list("status", flat=True)) == ["undecided", "withdrawn"]
    assert Event.objects.filter(kind=Event.Kind.WITHDRAWN).count() == 1


@pytest.mark.usefixtures("_record")
def test_a_stance_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(CommandError, match="no such stance"):
        detect("--actor", "nobody")
