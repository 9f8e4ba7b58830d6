"""GET actors."""

from tests.api import records
from tests.api.calling import Caller


def test_an_actor_comes_with_aliases_and_dated_roles(anyone: Caller) -> None:
    records.actor()
    (row,) = anyone.get("actors")["results"]
    assert row["slug"] == "ilva-marenko"
    assert row["aliases"] == ["Minister Ilva Marenko"]
    (kept,) = anyone.get("roles")["results"]
    assert row["roles"] == [
        {
            "id": kept["id"],
            "title": "Foreign Minister",
            "organisation": "Ostravia",
            "since": "2021-03-01",
            "until": None,
        }
    ]


def test_one_actor_is_found_by_slug(anyone: Caller) -> None:
    records.actor()
    assert anyone.get("actors/ilva-marenko")["name"] == "Ilva Marenko"


def test_an_unknown_actor_is_not_found(anyone: Caller) -> None:
    anyone.get("actors/nobody", status=404)
