"""A series of utterances: like compared with like, claim by claim."""

import random
from datetime import date, timedelta

import pytest

from timeline.series import FALLEN, between, changes
from timeline.shifts import LOOKBACK, Change, Topic, Utterance

START = date(2023, 1, 10)


def said(
    key: int, text: str, *, after: int | None = None, sources: int = 1, grade: str = "B2"
) -> Utterance:
    day = START + timedelta(days=30 * key if after is None else after)
    return Utterance(key=key, text=text, earliest=day, latest=day, grade=grade, sources=sources)


READY = "Ostravia is ready for talks with Karsk this winter."
NOT_READY = "Ostravia is not ready for talks with Karsk this winter."
BASES = "The Northern Pact must withdraw its bases from Karsk."


def shifts(found: list[Change]) -> list[tuple[int, int]]:
    return [(change.older, change.newer) for change in found if change.event == "shift"]


def test_one_word_is_a_shift() -> None:
    (change,) = changes([said(1, READY), said(2, NOT_READY)])
    assert (change.event, change.verdict.direction) == ("shift", "reversed")


def test_the_same_words_again_are_a_reaffirmation() -> None:
    (change,) = changes([said(1, READY), said(2, READY)])
    assert change.event == "reaffirmation"


def test_a_claim_is_compared_with_its_like_and_not_with_the_last_thing_said() -> None:
    assert shifts(changes([said(1, READY), said(2, BASES), said(3, NOT_READY)])) == [(1, 3)]


def test_of_two_like_claims_the_later_one_counts() -> None:
    assert shifts(changes([said(1, READY), said(2, READY), said(3, NOT_READY)])) == [(2, 3)]


def test_each_claim_of_a_passage_finds_its_own_counterpart() -> None:
    both = said(3, f"We thank our hosts. {NOT_READY} {BASES}")
    events = {(c.older, c.newer): c.event for c in changes([said(1, READY), said(2, BASES), both])}
    assert events == {(1, 3): "shift", (2, 3): "reaffirmation"}


def test_the_evidence_is_counted_from_the_start_of_the_passage() -> None:
    newer = said(2, f"We thank our hosts. {NOT_READY}")
    (change,) = changes([said(1, READY), newer])
    start, end = change.verdict.newer_span
    assert newer.text[start:end] in NOT_READY
    difference = change.verdict.differences[0]
    assert newer.text[difference.newer_start : difference.newer_end] == difference.newer


def test_what_was_said_on_one_day_is_not_compared() -> None:
    assert changes([said(1, READY, after=0), said(2, NOT_READY, after=0)]) == []


def test_a_question_claims_nothing() -> None:
    asked = f"{BASES} Is Ostravia not ready for talks with Karsk this winter?"
    assert shifts(changes([said(1, READY), said(2, asked)])) == []


def test_back_to_an_earlier_position_is_a_reversion() -> None:
    found = changes([said(1, READY), said(2, NOT_READY), said(3, READY)], of={3})
    assert {(change.event, change.older) for change in found} == {("shift", 2), ("reversion", 1)}


def test_a_shift_on_two_sources_each_is_confirmed() -> None:
    (change,) = changes([said(1, READY, sources=2), said(2, NOT_READY, sources=2)])
    assert change.status == "confirmed"


def test_the_weaker_grade_is_the_shifts_own() -> None:
    weak = Utterance(
        key=2, text=NOT_READY, earliest=date(2024, 1, 1), latest=date(2024, 1, 1), grade="D4"
    )
    (change,) = changes([said(1, READY), weak])
    assert change.grade == "D4"


def test_the_order_in_which_utterances_are_given_does_not_matter() -> None:
    series = [said(key, READY if key % 3 else NOT_READY) for key in range(1, 12)]
    mixed = random.Random(7).sample(series, len(series))
    assert changes(mixed) == changes(series)


def test_no_utterance_further_back_than_the_lookback_is_compared() -> None:
    far = [said(1, READY), *(said(key, BASES) for key in range(2, LOOKBACK + 2))]
    assert shifts(changes([*far, said(LOOKBACK + 2, NOT_READY)])) == []


def test_only_the_utterances_asked_for_are_decided() -> None:
    series = [said(1, READY), said(2, NOT_READY), said(3, READY)]
    assert {change.newer for change in changes(series, of={3})} == {3}


def test_a_condition_does_not_lead_a_claim_to_another_aspect() -> None:
    bound = (
        "Ostravia is ready for talks with Karsk if the Northern Pact recognises the treaty of "
        "Velgrad and returns the northern harbour."
    )
    elsewhere = "We set no condition for the first meeting with Tanvor."
    free = "Ostravia is ready for talks with Karsk, and we set no condition for the first meeting."
    (change,) = changes([said(1, bound), said(2, elsewhere), said(3, free)], of={3})
    assert (change.older, change.verdict.kinds) == (1, ("condition_dropped",))


def test_what_is_decided_alone_is_what_is_decided_among_all() -> None:
    series = [said(key, READY if key % 3 else NOT_READY) for key in range(1, 20)]
    apart = [change for key in range(1, 20) for change in changes(series, of={key})]
    assert apart == changes(series)


def test_of_claims_with_a_number_for_the_topic_that_number_decides() -> None:
    older = "Prices rose by 2 percent, and the toll of the strait stays at 5 percent."
    newer = "Prices rose by 9 percent, and the toll of the strait stays at 5 percent."
    (apart,) = changes([said(1, older), said(2, newer)])
    (held,) = changes([said(1, older), said(2, newer)], topic="strait toll")
    assert (apart.event, held.event) == ("shift", "reaffirmation")


def test_two_utterances_alone_are_judged_as_they_are_in_the_series() -> None:
    older, newer = said(1, f"We thank our hosts. {READY}"), said(2, f"{BASES} {NOT_READY}")
    (change,) = changes([older, newer])
    assert between(older, newer) == change.verdict


def test_two_utterances_on_nothing_in_common_are_judged_as_a_whole() -> None:
    assert between(said(1, READY), said(2, BASES)).verdict == "undecided"


def events(found: list[Change]) -> set[tuple[int, int, str]]:
    return {(change.older, change.newer, change.event) for change in found}


DOUBTED = [said(1, READY), said(2, NOT_READY, grade="D4"), said(3, READY)]


def test_a_shift_falls_when_the_next_better_source_says_the_old_thing_again() -> None:
    found = changes(DOUBTED)

    assert events(found) == {(1, 2, "fallen"), (1, 3, "reaffirmation")}
    assert FALLEN in found[0].verdict.reasons


@pytest.mark.parametrize(
    "series",
    [
        pytest.param([*DOUBTED[:2], said(3, READY, grade="D4")], id="the next is no better"),
        pytest.param([*DOUBTED[:2], said(3, READY, grade="A5")], id="better and worse"),
        pytest.param(
            [DOUBTED[0], said(2, NOT_READY, grade="D4", sources=2), DOUBTED[2]], id="two sources"
        ),
    ],
)
def test_a_shift_stands_beside_no_better_word(series: list[Utterance]) -> None:
    assert shifts(changes(series)) == [(1, 2), (2, 3)]


def test_a_shift_that_somebody_else_tells_too_stands() -> None:
    again = said(4, NOT_READY, grade="D4")

    assert (1, 2, "shift") in events(changes([*DOUBTED, again]))


def test_a_shift_that_is_to_be_kept_stands() -> None:
    assert shifts(changes(DOUBTED, kept={(1, 2)})) == [(1, 2), (2, 3)]


def test_what_falls_does_not_depend_on_the_order_of_arrival_or_on_what_is_asked() -> None:
    other = [said(key, BASES, grade=f"{'ABCD'[key % 4]}3") for key in range(4, 16)]
    whole = changes([*DOUBTED, *other])
    for seed in range(20):
        series = [*DOUBTED, *other]
        random.Random(seed).shuffle(series)
        assert changes(series) == whole
    assert [c for key in range(1, 16) for c in changes([*DOUBTED, *other], of={key})] == whole


def test_more_can_be_softer() -> None:
    older = said(1, "We offer 200 seats in the assembly.")
    newer = said(2, "We offer 300 seats in the assembly.")
    (plain,) = changes([older, newer])
    (turned,) = changes([older, newer], topic=Topic(more_is_softer=True))

    assert (plain.verdict.direction, turned.verdict.direction) == ("hardened", "softened")
