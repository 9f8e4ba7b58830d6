"""Conditions as a set: one of several dropped or added, none at all, and in whatever words."""

import pytest

from timeline.coding import code
from timeline.shifts import compare


def texts(text: str) -> list[str]:
    return [condition.text for condition in code(text).conditions]


def test_each_condition_ends_before_the_next_one() -> None:
    said = "We will sign if the fleet leaves and if the blockade ends."
    assert texts(said) == ["if the fleet leaves", "if the blockade ends"]


def test_once_opens_a_condition_where_a_subject_follows_it() -> None:
    assert texts("We will send grain once the railway is open.") == ["once the railway is open"]
    assert not texts("We will say it once more, and we were once the poorer side.")


def test_without_in_a_denied_sentence_names_a_condition() -> None:
    assert texts("There can be no trade without a treaty.") == ["without a treaty"]
    assert texts("Without a treaty there can be no trade.") == ["Without a treaty"]
    assert not texts("We live without a treaty.")


@pytest.mark.parametrize(
    ("both", "one"),
    [
        (
            "We will open the harbour if the fleet leaves and if the blockade ends.",
            "We will open the harbour if the blockade ends.",
        ),
        (
            "We will open the harbour if the fleet leaves and the blockade ends.",
            "We will open the harbour if the blockade ends.",
        ),
        (
            "Our army will stay at home provided that Karsk disarms and that the treaty is signed.",
            "Our army will stay at home provided that the treaty is signed.",
        ),
        (
            "We will send grain once the railway is repaired and the customs house reopens.",
            "We will send grain once the railway is repaired.",
        ),
        (
            "We will not sign unless the islands are returned and unless the prisoners come home.",
            "We will not sign unless the prisoners come home.",
        ),
    ],
)
def test_one_of_two_conditions_dropped_is_softer_and_added_is_harder(both: str, one: str) -> None:
    there, back = compare(both, one), compare(one, both)

    assert (there.kinds, there.direction) == (("condition_dropped",), "softened")
    assert (back.kinds, back.direction) == (("condition_added",), "hardened")


@pytest.mark.parametrize(
    ("free", "bound"),
    [
        (
            "Velgrad is willing to negotiate without preconditions.",
            "Velgrad is willing to negotiate provided that Karsk first leaves the valley.",
        ),
        (
            "We are prepared to meet President Brel, and we make no conditions.",
            "We are prepared to meet President Brel if he stops the exercises.",
        ),
        (
            "President Brel will attend the summit, and he sets no condition for it.",
            "President Brel will attend the summit only if Karsk is absent.",
        ),
        (
            "We are willing to trade with Karsk without any preconditions.",
            "Tanvor is willing to trade with Karsk if it opens the strait.",
        ),
    ],
)
def test_what_was_free_of_conditions_and_has_one_is_a_condition_added(
    free: str, bound: str
) -> None:
    assert compare(free, bound).kinds == ("condition_added",)
    assert compare(bound, free).kinds == ("condition_dropped",)


def test_a_clause_that_follows_does_not_hide_a_condition_dropped() -> None:
    older = "We will talk with Karsk if it withdraws, and our soldiers stay where they are."
    assert compare(older, "We will talk with Karsk.").kinds == ("condition_dropped",)


def test_a_condition_said_in_another_clause_is_not_dropped() -> None:
    older = "We are ready for talks if Karsk withdraws its ships."
    newer = "We are ready for talks, and they can begin tomorrow if Karsk withdraws its ships."
    assert compare(older, newer).verdict == "no_shift"


def test_another_number_in_a_condition_changes_the_condition_too() -> None:
    older = "We will sign if Karsk returns three islands."
    verdict = compare(older, older.replace("three", "four"))

    assert verdict.kinds == ("scope_changed", "condition_changed")
    assert verdict.direction == "hardened"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("There can be no trade without a treaty.", "Without a treaty there can be no trade."),
        (
            "There can be no truce without guarantees of security.",
            "There can be no truce unless security is guaranteed.",
        ),
        ("Nobody will be punished without a trial.", "Without a trial nobody will be punished,"),
        (
            "We will never give up the harbour of Sarn.",
            "The harbour of Sarn will never be given up by us.",
        ),
        ("We will send grain once the war is over.", "We will send grain when the war is over."),
    ],
)
def test_the_same_words_in_another_order_or_voice_are_no_shift(older: str, newer: str) -> None:
    assert compare(older, newer).verdict == "no_shift"
    assert compare(newer, older).verdict == "no_shift"


def test_a_condition_is_not_dropped_where_all_is_refused() -> None:
    bound = "We are ready for talks with Karsk if it leaves the valley."
    refused = "We are not ready for talks with Karsk."

    assert compare(bound, refused).kinds == ("reversal",)
    assert compare(refused, bound).kinds == ("reversal",)


def test_a_condition_in_a_refusal_is_one_added() -> None:
    older = "We will talk with Karsk."
    verdict = compare(older, "We will not talk with Karsk unless it leaves the valley.")
    assert verdict.kinds == ("reversal", "condition_added")


REOPEN = "We will reopen the railway if Karsk repairs the bridge"


@pytest.mark.parametrize(
    ("ways", "joined"),
    [
        ("or the Pact lifts its embargo", "one if"),
        ("or if the Pact lifts its embargo", "two ifs"),
    ],
)
def test_fewer_ways_to_meet_a_condition_are_harder_and_more_are_softer(
    ways: str, joined: str
) -> None:
    harder = compare(f"{REOPEN} {ways}.", f"{REOPEN}.")
    softer = compare(f"{REOPEN}.", f"{REOPEN} {ways}.")

    assert (harder.kinds, harder.direction) == (("condition_changed",), "hardened"), joined
    assert (softer.kinds, softer.direction) == (("condition_changed",), "softened"), joined


def test_two_conditions_that_both_have_to_hold_are_no_alternatives() -> None:
    verdict = compare(f"{REOPEN} and if the Pact lifts its embargo.", f"{REOPEN}.")

    assert verdict.kinds == ("condition_dropped",)


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("Should Karsk withdraw, we will talk.", "Should Karsk withdraw"),
        ("Had they asked, we would have agreed.", "Had they asked"),
        ("Only after Karsk withdraws will we talk.", "Only after Karsk withdraws"),
        ("Not until Karsk withdraws will we talk.", "Not until Karsk withdraws"),
    ],
)
def test_a_condition_before_its_clause_without_if_is_one(said: str, condition: str) -> None:
    position = code(said)

    assert [item.text for item in position.conditions] == [condition]
    assert position.modality in ("will", "would")


@pytest.mark.parametrize(
    "said",
    ["Should Karsk, of all, withdraw?", "We should, in short, talk.", "Were we ready?"],
)
def test_a_question_or_a_plain_should_names_no_condition(said: str) -> None:
    assert not code(said).conditions
