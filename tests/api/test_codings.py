"""Pairs coded by two analysts, each blind to the other."""

import pytest

from tests.api import records
from tests.api.calling import Caller
from tracker.models import Shift
from tracker.roles import AccountRole


@pytest.fixture
def coders(db: None) -> list[Caller]:
    """Two analysts' programs."""
    owners = [records.user(name, role=AccountRole.ANALYST) for name in ("anna", "boris")]
    return [Caller(records.key("read", "write", owner=owner)) for owner in owners]


def _answer(shift: Shift, direction: str = "hardened", degree: int | None = 2) -> dict[str, object]:
    return {
        "older": shift.older_id,
        "newer": shift.newer_id,
        "direction": direction,
        "degree": degree,
    }


def test_a_pair_is_shown_without_the_machines_verdict(coders: list[Caller]) -> None:
    shift = records.shift()
    pair = coders[0].get("codings/next?topic=talks")["pair"]
    assert pair["older"]["utterance"] == shift.older_id
    assert pair["newer"]["text"] == shift.newer_statement.exact
    assert pair.keys() == {"actor", "topic", "older", "newer"}


def test_two_code_one_pair_blindly_and_their_answers_then_show(coders: list[Caller]) -> None:
    shift = records.shift()
    for coder, direction in zip(coders, ("hardened", "softened"), strict=True):
        assert coder.get("codings")["results"] == []
        made = coder.post("codings", _answer(shift, direction))
        assert coder.get(f"codings/{made['id']}") == made
        assert coder.get("codings/next")["pair"] is None
    (agreement,) = coders[0].get("agreement")["results"]
    assert (agreement["once"], agreement["twice"]) == (0, 1)
    (differing,) = agreement["disagreements"]
    answers = [answer["direction"] for answer in differing["answers"]]
    assert answers == ["hardened", "softened"]


def test_a_coding_is_anothers_business_to_nobody(coders: list[Caller]) -> None:
    made = coders[0].post("codings", _answer(records.shift()))
    coders[1].get(f"codings/{made['id']}", status=404)
    coders[1].post(f"codings/{made['id']}/withdraw", {}, status=404)


def test_a_coding_is_taken_back_while_it_is_the_only_one(coders: list[Caller]) -> None:
    shift = records.shift()
    made = coders[0].post("codings", _answer(shift))
    coders[0].post("codings", _answer(shift), status=422)
    back = coders[0].post(f"codings/{made['id']}/withdraw", {}, status=200)
    assert back["withdrawn_at"] is not None
    again = coders[0].post("codings", _answer(shift, "none", None))
    assert again["degree"] == 0
    coders[1].post("codings", _answer(shift))
    problem = coders[0].post(f"codings/{again['id']}/withdraw", {}, status=422)
    assert problem["type"] == "urn:stanceline:problem:cannot-code"


def test_a_coding_that_makes_no_sense_is_refused_by_field(coders: list[Caller]) -> None:
    shift = records.shift()
    same = _answer(shift) | {"newer": shift.older_id}
    for body, name in ((same, "newer"), (_answer(shift, degree=None), "degree")):
        problem = coders[0].post("codings", body, status=422)
        assert [field["name"] for field in problem["fields"]] == [name]
