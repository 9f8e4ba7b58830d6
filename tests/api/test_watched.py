"""Watched sources: listed by analysts, added, changed, stopped and removed by editors."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api import records
from tests.api.calling import Caller
from tracker.models import WatchedEntry, WatchedSource

FEED = {"source": "velgrad-wire", "url": "https://wire.example/feed"}


@pytest.fixture
def editor(db: None) -> Caller:
    """A program of an editor, who has an outlet to watch."""
    records.source()
    return Caller(records.key("write", "edit"))


def test_what_is_added_is_polled_from_now_on(editor: Caller) -> None:
    made = editor.post("watched", FEED | {"every": 30})
    assert (made["state"], made["kind"], made["every"]) == ("new", "feed", 30)
    assert editor.get(f"watched/{made['id']}") == made
    assert WatchedSource.objects.due(timezone.now()).get().pk == made["id"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"url": "ftp://wire.example/feed"}, 400, "url"),
        ({"url": "https://anna:secret@wire.example/feed"}, 400, "url"),
        ({"every": 4}, 400, "every"),
        ({"source": "nobody"}, 400, "source"),
        ({"kind": "pages"}, 422, "prefix"),
        ({"prefix": "/news/"}, 422, "prefix"),
        ({"kind": "pages", "prefix": "/" + "é" * 1500}, 422, "prefix"),
    ],
)
def test_what_cannot_be_watched_is_refused_by_field(
    editor: Caller, change: dict[str, Any], status: int, field: str
) -> None:
    problem = editor.post("watched", FEED | change, status=status)
    assert [one["name"] for one in problem["fields"]] == [field]


def test_an_address_is_watched_once(editor: Caller) -> None:
    editor.post("watched", FEED)
    assert editor.post("watched", FEED, status=409)["fields"][0]["name"] == "url"


def test_the_entries_tell_what_was_found(editor: Caller) -> None:
    row = records.watched()
    document = records.document()
    for key, about in (("b", {"document": document}), ("c", {"problem": "no text"})):
        WatchedEntry.objects.create(
            watched=row,
            host=row.host,
            key=key,
            found_at=records.NOW,
            next_try_at=records.NOW,
            done_at=records.NOW,
            **about,
        )
    shown = editor.get(f"watched/{row.pk}")
    assert [shown[name] for name in ("waiting", "captured", "refused")] == [1, 1, 1]
    for state, expected in (("waiting", None), ("captured", document.pk), ("refused", None)):
        (entry,) = editor.get(f"watched/{row.pk}/entries", {"state": state})["results"]
        assert (entry["state"], entry["document"]) == (state, expected)
    editor.get("watched/999999/entries", status=404)


def test_one_is_stopped_taken_up_and_looked_at_out_of_turn(editor: Caller) -> None:
    pk = records.watched(next_poll_at=timezone.now() + timedelta(hours=1)).pk
    stopped = editor.post(f"watched/{pk}/stop", {}, status=200)
    assert (stopped["state"], stopped["next_poll_at"]) == ("stopped", None)
    editor.post(f"watched/{pk}/check", {}, status=422)
    assert editor.post(f"watched/{pk}/resume", {}, status=200)["state"] == "new"
    editor.post(f"watched/{pk}/resume", {}, status=409)
    editor.patch(f"watched/{pk}", {"every": 120})
    editor.post(f"watched/{pk}/check", {}, status=200)
    assert WatchedSource.objects.due(timezone.now()).get().every == 120


@pytest.mark.parametrize("state", ["new", "working", "failing", "stopped"])
def test_they_are_listed_by_how_they_do(editor: Caller, state: str) -> None:
    now = records.NOW
    records.watched("https://wire.example/new")
    records.watched("https://wire.example/working", last_success_at=now)
    records.watched(
        "https://wire.example/failing", failures=1, last_error="no answer", last_error_at=now
    )
    records.watched("https://wire.example/stopped", stopped_at=now)
    (shown,) = editor.get("watched", {"state": state, "source": "velgrad-wire"})["results"]
    assert (shown["state"], shown["url"]) == (state, f"https://wire.example/{state}")


def test_what_is_removed_leaves_its_documents(editor: Caller) -> None:
    row, document = records.watched(), records.document()
    row.entries.update(document=document, done_at=records.NOW)
    editor.delete(f"watched/{row.pk}")
    editor.get(f"watched/{row.pk}", status=404)
    editor.get(f"documents/{document.pk}")
