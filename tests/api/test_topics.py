"""GET topics."""

from tests.api import records
from tests.api.calling import Caller


def test_a_topic_comes_with_the_terms_that_find_it(anyone: Caller) -> None:
    records.topic()
    (row,) = anyone.get("topics")["results"]
    assert row["terms"] == [{"text": "talk", "weight": 1.0}]
    assert row["parent"] is None


def test_a_topic_names_its_parent(anyone: Caller) -> None:
    child = records.topic("ceasefire", "Ceasefire")
    child.parent = records.topic()
    child.save()
    assert anyone.get("topics/ceasefire")["parent"] == "talks"


def test_an_unknown_topic_is_not_found(anyone: Caller) -> None:
    anyone.get("topics/nothing", status=404)
