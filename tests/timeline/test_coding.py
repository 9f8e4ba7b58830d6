"""What a passage is coded as."""

import json

import pytest

from timeline.coding import code
from timeline.positions import SHOWN
from timeline.words import forget


def test_readiness_for_talks_is_agreement_with_a_positive_value() -> None:
    position = code("We are ready to hold talks with Karsk.")

    assert (position.act, position.polarity) == ("agree", 1)
    assert position.value is not None
    assert position.value > 0


def test_denied_readiness_turns_the_value() -> None:
    position = code("We are not ready to hold talks with Karsk.")

    assert position.polarity == -1
    assert position.value is not None
    assert position.value < 0


def test_a_passage_without_an_act_states_no_value() -> None:
    assert code("The harbour of Velgrad lies in the north.").value is None


def test_a_question_is_no_position() -> None:
    assert code("Are you ready for talks with Karsk?").act is None


@pytest.mark.parametrize(
    "said",
    [
        "Not only talks but a treaty is possible.",
        "No one doubts that we want peace.",
        "We cannot but accept the plan.",
    ],
)
def test_a_fixed_phrase_with_a_negator_does_not_deny(said: str) -> None:
    assert code(said).polarity == 1


@pytest.mark.parametrize(
    "said",
    [
        "We will not sign the treaty.",
        "We won't sign the treaty.",
        "We will never sign the treaty.",
        "Under no circumstances will we sign the treaty.",
        "We have yet to sign the treaty.",
        "Ostravia refuses to sign the treaty.",
    ],
)
def test_a_negator_denies_its_clause(said: str) -> None:
    position = code(said)

    assert position.scopes
    assert any(scope.text.endswith("treaty") for scope in position.scopes)


@pytest.mark.parametrize(
    "said",
    [
        "Neither Karsk nor Ostravia will sign the treaty.",
        "We do not support nor accept the treaty.",
        "We do not sign the treaty, nor will we accept it.",
    ],
)
def test_nor_goes_on_with_what_is_denied(said: str) -> None:
    assert code(said).polarity == -1


def test_a_modal_weakens_what_is_promised() -> None:
    sure, open_ = code("We will accept the plan."), code("We may accept the plan.")

    assert (sure.modality, open_.modality) == ("will", "may")
    assert sure.value is not None
    assert open_.value is not None
    assert open_.value < sure.value


def test_a_condition_is_kept_with_its_clause() -> None:
    (condition,) = code("We accept the plan, unless Karsk attacks again.").conditions

    assert (condition.kind, condition.text) == ("unless", "unless Karsk attacks again")


def test_what_another_party_must_do_is_a_demand() -> None:
    position = code("The Northern Pact must withdraw from the valley.")

    assert position.act == "demand"
    assert position.demands[0].text.startswith("must withdraw")


def test_boosters_and_hedges_move_the_strength() -> None:
    plain = code("We reject the plan.").strength

    assert code("We categorically reject the plan.").strength > plain
    assert code("In principle we reject the plan.").strength < plain


def test_every_coded_element_carries_the_span_of_its_words() -> None:
    said = (
        "Ostravia will not return the five villages to Karsk by 15 March 2024 unless at least "
        "$200 million is paid. The Northern Pact must certainly agree."
    )
    payload = code(said).as_dict()

    for name in ("conditions", "demands", "quantities", "names", "cues", "scopes"):
        assert payload[name], name
        for element in payload[name]:
            assert said[element["start"] : element["end"]] == element["text"]


def test_a_position_is_plain_json() -> None:
    payload = code("More than 40 ships may enter if Karsk agrees.").as_dict()

    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_every_cue_says_why_it_fired() -> None:
    assert all(cue.why for cue in code("We will never accept that unless Karsk agrees.").cues)


def test_negators_without_a_pause_do_not_each_keep_the_whole_passage() -> None:
    position = code("We will not " * 2000 + "leave.")

    assert len(position.scopes) == 2000
    assert max(len(scope.text) for scope in position.scopes) <= SHOWN
    assert max(scope.last - scope.first for scope in position.scopes) < 250


def test_what_is_kept_of_a_passage_is_let_go_when_it_is_forgotten() -> None:
    text = "We may sign the treaty with Velgrad."
    kept = code(text)
    assert code(text) is kept

    forget()

    assert code(text) is not kept
    assert code(text) == kept
