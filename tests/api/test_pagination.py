"""Pages by keyset."""

from typing import Any

import pytest
from django.core import signing

from tests.api import records
from tests.api.calling import Caller


def _pages(caller: Caller, path: str, **query: Any) -> list[list[int]]:
    page = caller.get(path, query)
    pages = [[row["id"] for row in page["results"]]]
    while page["next"]:
        page = caller.get(page["next"])
        pages.append([row["id"] for row in page["results"]])
    return pages


def test_following_next_gives_every_row_once(anyone: Caller) -> None:
    ids = [records.statement().pk for _ in range(5)]
    assert _pages(anyone, "statements", limit=2) == [
        [ids[4], ids[3]],
        [ids[2], ids[1]],
        [ids[0]],
    ]


def test_a_full_last_page_has_no_next(anyone: Caller) -> None:
    records.statement()
    records.statement()
    assert anyone.get("statements", {"limit": 2})["next"] is None


def test_rows_that_come_in_between_move_nothing(anyone: Caller) -> None:
    ids = [records.statement().pk for _ in range(4)]
    first = anyone.get("statements", {"limit": 2})
    records.statement()
    second = anyone.get(first["next"])
    assert [row["id"] for row in second["results"]] == [ids[1], ids[0]]


def test_oldest_first_goes_on_to_rows_that_came_in_between(anyone: Caller) -> None:
    for slug in ("a", "b", "c"):
        records.topic(slug)
    first = anyone.get("topics", {"limit": 2})
    records.topic("d")
    assert [row["slug"] for row in anyone.get(first["next"])["results"]] == ["c", "d"]


def test_next_keeps_the_filters(anyone: Caller) -> None:
    for _ in range(3):
        records.statement()
        records.statement(fidelity="translated")
    pages = _pages(anyone, "statements", limit=2, fidelity=["translated"], actor="ilva-marenko")
    assert [len(page) for page in pages] == [2, 1]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "9" * 30, "1e3", "ten", ""])
def test_a_page_has_one_to_two_hundred_rows(anyone: Caller, limit: str) -> None:
    problem = anyone.get("statements", {"limit": limit}, status=400)
    assert problem["fields"][0]["name"] == "limit"


def test_a_cursor_of_other_filters_is_refused(anyone: Caller) -> None:
    records.statement()
    records.statement()
    following = anyone.get("statements", {"limit": 1})["next"]
    problem = anyone.get(f"{following}&fidelity=verbatim", status=400)
    assert problem["fields"][0]["name"] == "cursor"


@pytest.mark.parametrize(
    "cursor",
    ["1", "x" * 400, "WzEsMV0:1:x", signing.dumps(["x", 1])],
)
def test_a_made_up_cursor_is_refused(anyone: Caller, cursor: str) -> None:
    problem = anyone.get("statements", {"cursor": cursor}, status=400)
    assert problem["fields"][0]["name"] == "cursor"


def test_a_page_that_goes_on_has_the_same_tag_whenever_it_is_asked(
    anyone: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        records.statement()
    address = "/api/v1/statements?limit=2"
    tag = anyone.client.get(address).headers["ETag"]
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert anyone.client.get(address).headers["ETag"] == tag
