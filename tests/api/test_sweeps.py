"""The readings of the whole record that a change sets going, and how a client follows one."""

from typing import Any

import pytest
from django.utils import timezone

from tests.api import records
from tests.api.calling import BASE, Caller
from tracker import sweeps
from tracker.models import Sweep


@pytest.fixture
def editor(db: None) -> Caller:
    """A program with a key that may edit and nothing else."""
    return Caller(records.key("edit"))


def _address(response: Any) -> str:
    address, _, relation = response.headers["Link"].partition("; ")
    assert relation == 'rel="status"'
    return str(address.strip("<>"))


GRAIN = {"slug": "grain", "name": "Grain", "terms": [{"text": "grain"}]}


def test_who_adds_a_topic_follows_the_reading_to_its_end(editor: Caller) -> None:
    for _ in range(3):
        records.document()
    address = _address(editor.posted("topics", GRAIN))
    begun = editor.get(address)
    assert (begun["kind"], begun["reason"]) == ("reread", "topic grain added")
    assert (begun["state"], begun["done"], begun["total"]) == ("running", 0, 3)
    assert sweeps.advance(now=timezone.now()) == 3
    assert editor.get(address)["done"] == 3
    assert len(editor.get("documents", {"state": "waiting"})["results"]) == 3
    sweeps.advance(now=timezone.now())
    ended = editor.get(address)
    assert (ended["state"], ended["done"]) == ("finished", 3)
    assert ended["finished_at"] >= begun["started_at"]


@pytest.mark.parametrize(
    ("path", "change"),
    [("topics/talks", {"name": "Talks"}), ("actors/ilva-marenko", {"pronoun": "she"})],
)
def test_a_change_names_its_reading(editor: Caller, path: str, change: dict[str, str]) -> None:
    records.statement()
    response = editor.client.patch(
        f"{BASE}/{path}",
        change,
        content_type="application/json",
        headers=editor.headers | {"If-Match": "*"},
    )
    assert response.status_code == 200
    assert editor.get(_address(response))["reason"].endswith(" changed")


@pytest.mark.parametrize(
    ("path", "names"),
    [("topics/talks", ["name", "terms"]), ("actors/ilva-marenko", ["name", "aliases"])],
)
def test_what_is_sent_as_it_is_already_has_nothing_read_again(
    editor: Caller, path: str, names: list[str]
) -> None:
    records.statement()
    there = editor.get(path)
    editor.patch(path, {name: there[name] for name in names})
    editor.patch(path, {})
    assert not Sweep.objects.exists()


def test_what_is_not_read_again_names_nothing(editor: Caller) -> None:
    outlet = {"slug": "harbour-post", "name": "Harbour Post"}
    assert "Link" not in editor.posted("sources", outlet).headers
    assert editor.posted("topics", GRAIN).status_code == 201
    refused = editor.posted("topics", GRAIN)
    assert (refused.status_code, "Link" in refused.headers) == (409, False)
    assert Sweep.objects.count() == 1


def test_a_repeated_request_names_the_same_reading(editor: Caller) -> None:
    editor.headers["Idempotency-Key"] = "one"
    first, second = (editor.posted("topics", GRAIN) for _ in range(2))
    assert second.headers["Idempotency-Replayed"] == "true"
    assert _address(first) == _address(second)


def test_sweeps_are_listed_by_kind_and_state(editor: Caller) -> None:
    ended = records.sweep(finished_at=records.NOW)
    stopped = records.sweep(stopped_at=records.NOW)
    runs = records.sweep(kind="redetect")
    for query, found in (
        ({}, [runs, stopped, ended]),
        ({"state": "running"}, [runs]),
        ({"state": "stopped"}, [stopped]),
        ({"state": "finished"}, [ended]),
        ({"kind": "reread"}, [stopped, ended]),
    ):
        rows = editor.get("sweeps", query)["results"]
        assert [row["id"] for row in rows] == [row.pk for row in found]
    editor.get("sweeps/999999", status=404)
