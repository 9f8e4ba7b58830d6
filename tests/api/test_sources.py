"""GET sources."""

from tests.api import records
from tests.api.calling import Caller


def test_a_source_comes_with_its_reliability(anyone: Caller) -> None:
    records.source("velgrad-wire", "C")
    (row,) = anyone.get("sources")["results"]
    assert (row["slug"], row["reliability"]) == ("velgrad-wire", "C")


def test_one_source_is_found_by_slug(anyone: Caller) -> None:
    records.source()
    assert anyone.get("sources/velgrad-wire")["name"] == "Velgrad-Wire"


def test_an_unknown_source_is_not_found(anyone: Caller) -> None:
    anyone.get("sources/nothing", status=404)
