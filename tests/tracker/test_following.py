"""How a copy begins, goes on and is refused; that it becomes exact is tested over HTTP."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.api import records
from tracker import following
from tracker.copying import end_of_log
from tracker.models import Following

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "https://desk.example/api/v1"
NEW = "https://new.example/api/v1"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From where the other one was asked; it answers that nothing changed."""
    places: list[str] = []

    def ask(row: Following, *given: Any) -> bool:
        places.append(f"{row.url} {row.cursor}")
        return False

    monkeypatch.setattr(following, "_ask", ask)
    return places


def _copy() -> Following:
    records.topic()
    return Following.objects.create(
        url=HOME, cursor="7.9", applied_at=timezone.now(), own_log=end_of_log()
    )


def test_a_copy_goes_on_from_where_it_was(asked: list[str]) -> None:
    _copy()
    call_command("sync-from", f"{HOME}/")
    assert asked == [f"{HOME} 7.9"]


def test_a_copy_with_rows_of_its_own_is_refused(asked: list[str]) -> None:
    _copy()
    own = records.topic("own")
    with pytest.raises(CommandError, match=rf"topics of its own \(number {own.pk}\)"):
        call_command("sync-from", HOME)
    assert asked == []


def test_what_was_only_changed_here_does_not_matter(asked: list[str]) -> None:
    _copy()
    row = records.topic()
    row.name = "Another name"
    row.save()
    call_command("sync-from", HOME)
    assert len(asked) == 1


def test_a_copy_follows_one_other_which_may_move(asked: list[str]) -> None:
    _copy()
    with pytest.raises(CommandError, match=f"--moved-from {HOME}"):
        call_command("sync-from", NEW)
    with pytest.raises(CommandError, match="does not follow"):
        call_command("sync-from", NEW, moved_from="https://else.example/api/v1")
    call_command("sync-from", NEW, moved_from=HOME)
    assert asked == [f"{NEW} 7.9"]


def test_a_loaded_export_goes_on_from_a_place_in_the_log(asked: list[str]) -> None:
    records.topic()
    with pytest.raises(CommandError, match="of its own"):
        call_command("sync-from", HOME)
    call_command("sync-from", HOME, since="7.3")
    assert asked == [f"{HOME} 7.3"]
    with pytest.raises(CommandError, match="from a place already"):
        call_command("sync-from", HOME, since="8.1")
