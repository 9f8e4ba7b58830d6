"""Verdicts on two utterances."""

import json
from datetime import date
from pathlib import Path

import pytest

from timeline.frames import frame
from timeline.guidance import horizons
from timeline.positions import Position
from timeline.shifts import KINDS, Utterance, Verdict, compare

READY = "We are ready to hold talks with Karsk."
RATE = "The Board decided today to {} its target for the base rate at {} percent."


def said(text: str, *, fidelity: str = "verbatim") -> Utterance:
    """Return an utterance of some day."""
    return Utterance(
        key=1, text=text, earliest=date(2024, 5, 3), latest=date(2024, 5, 3), fidelity=fidelity
    )


@pytest.mark.parametrize(
    ("older", "newer", "kind", "direction"),
    [
        (READY, "We are not ready to hold talks with Karsk.", "reversal", "reversed"),
        ("We accept the plan.", "We reject the plan.", "reversal", "reversed"),
        ("We reject the plan.", "We do not reject the plan.", "reversal", "reversed"),
        ("We rule out a truce.", "We do not rule out a truce.", "reversal", "reversed"),
        ("Talks can start in March.", "Talks can start in May.", "scope_changed", "changed"),
        ("We claim four regions.", "We claim five regions.", "scope_changed", "hardened"),
        ("We claim five regions.", "We claim four regions.", "scope_changed", "softened"),
        (
            "We will hold talks with Karsk.",
            "We will hold talks with Karsk if its army withdraws.",
            "condition_added",
            "hardened",
        ),
        (
            "We will hold talks with Karsk if its army withdraws.",
            "We will hold talks with Karsk.",
            "condition_dropped",
            "softened",
        ),
        (
            "We will hold talks with Karsk if its army withdraws.",
            "We will hold talks with Karsk if sanctions end.",
            "condition_changed",
            "changed",
        ),
        (
            "We will hold talks with Karsk.",
            "We may hold talks with Karsk.",
            "commitment_weakened",
            "hardened",
        ),
        (
            "The Pact defends Ostravia against Karsk.",
            "The Pact defends Karsk against Ostravia.",
            "reframing",
            "changed",
        ),
    ],
)
def test_a_shift_has_its_kind_and_direction(
    older: str, newer: str, kind: str, direction: str
) -> None:
    verdict = compare(older, newer)

    assert (verdict.verdict, verdict.direction) == ("shift", direction)
    assert kind in verdict.kinds


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (READY, "We are willing to hold negotiations with Karsk."),
        ("We recognise the treaty.", "We recognize the treaty."),
        ("We won't sign the treaty.", "We will not sign the treaty."),
        ("We do not doubt the plan.", "We don't doubt the plan."),
    ],
)
def test_a_rewording_is_no_shift(older: str, newer: str) -> None:
    assert compare(older, newer).verdict == "no_shift"


def test_what_shares_nothing_is_undecided() -> None:
    verdict = compare(READY, "The harbour of Velgrad was built in stone.")

    assert verdict.verdict == "undecided"
    assert verdict.direction == "none"


@pytest.mark.parametrize("text", ["Karsk must withdraw.", "We agree if they sign."])
def test_a_blank_passage_is_compared_with_any_other(text: str) -> None:
    assert compare("", text).verdict == compare(text, " ").verdict == "undecided"


def test_every_shift_shows_its_reason_its_spans_and_what_would_undo_it() -> None:
    newer = "We are not ready to hold talks with Karsk."
    verdict = compare(READY, newer)

    assert verdict.reasons == ("negation: 'ready' -> 'not ready'",)
    assert READY[slice(*verdict.older_span)] == "ready"
    assert verdict.counterfactual == "Without the denial 'not ready' no shift would be called."


@pytest.mark.parametrize(
    ("newer", "told"),
    [
        (
            "We are not ready to hold talks with Karsk if they withdraw from five regions.",
            "Without the denial 'not ready' and the change from 'four' to 'five' no shift",
        ),
        (
            "We are ready to hold talks with Karsk.",
            "Without the dropped condition 'if they withdraw from four regions' no shift",
        ),
        ("The harvest was good.", "A shift would be called if "),
    ],
)
def test_what_would_have_changed_the_verdict_is_a_sentence(newer: str, told: str) -> None:
    older = "We are ready to hold talks with Karsk if they withdraw from four regions."
    assert compare(older, newer).counterfactual.startswith(told)


def test_a_modal_between_translations_does_not_count() -> None:
    older, newer = "We will hold talks with Karsk.", "We may hold talks with Karsk."

    assert compare(said(older), said(newer)).verdict == "shift"
    assert compare(said(older), said(newer, fidelity="translated")).verdict != "shift"


def test_a_number_between_translations_counts() -> None:
    older, newer = "We claim four regions.", "We claim five regions."

    assert compare(said(older), said(newer, fidelity="translated")).verdict == "shift"


def test_the_number_that_belongs_to_the_topic_decides() -> None:
    older = RATE.format("keep", "5-1/4") + " Inflation was 2 percent."
    newer = RATE.format("keep", "5-1/4") + " Inflation was 4 percent."

    assert compare(older, newer, topic="base rate target").verdict == "no_shift"


def test_a_raised_rate_is_harder() -> None:
    verdict = compare(
        RATE.format("keep", "5"), RATE.format("raise", "5-1/4"), topic="base rate target"
    )

    assert (verdict.verdict, verdict.direction) == ("shift", "hardened")
    assert verdict.quantities[0].as_dict() == {
        "measures": "rate",
        "from": "5 percent",
        "to": "5-1/4 percent",
        "change": "raised",
    }


def test_a_judge_is_asked_only_where_the_rules_leave_it_open() -> None:
    asked: list[tuple[Position, Position]] = []

    def judge(older: Position, newer: Position) -> Verdict:
        asked.append((older, newer))
        return Verdict("shift", 0.7, reasons=("the judge said so",))

    assert compare(READY, "Velgrad is built in stone.", judge=judge).verdict == "shift"
    compare(READY, READY, judge=judge)
    assert len(asked) == 1


SLUGS = (
    "reversal hardening softening condition_added condition_dropped condition_changed "
    "demand_added demand_dropped scope_changed commitment_strengthened commitment_weakened "
    "reframing"
)


def test_every_kind_of_contrast_has_a_slug_that_the_product_names() -> None:
    assert {kind.slug for kind in KINDS.values()} <= set(SLUGS.split(" "))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The unit S6 guards the gate.", "The unit S36 guards the gate."),
        ("We only want peace.", "We not only want peace."),
        ("Routes 2 and 2 stay open.", "Routes 2 and 3 stay open."),
    ],
)
def test_what_differs_in_a_number_or_negator_is_never_silently_the_same(
    older: str, newer: str
) -> None:
    assert compare(older, newer).verdict != "no_shift"


@pytest.mark.corpus
def test_laws_hold_on_real_sentences(corpus: Path) -> None:
    lines = (corpus / "msrp.dev.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines[:300]):
        there = compare(row["older"], row["newer"])
        back = compare(row["newer"], row["older"])
        assert compare(row["older"], row["older"]).verdict == "no_shift"
        assert (there.verdict, there.score) == (back.verdict, back.score)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Ostravia will close the border.", "Marenko said that Ostravia would close the border."),
        ("We may close the border.", "Marenko said that they might close the border."),
        ("Ostravia is ready to sign.", "Marenko said that Ostravia was ready to sign."),
        ("There will be no vote on the treaty.", "There would be no vote on the treaty."),
    ],
)
def test_a_report_that_shifts_the_tense_back_weakens_nothing(older: str, newer: str) -> None:
    assert compare(older, newer).verdict == "no_shift"


def test_would_in_the_speakers_own_words_is_weaker_than_will() -> None:
    verdict = compare("We will close the border.", "We would close the border.")
    assert verdict.kinds == ("commitment_weakened",)


@pytest.mark.parametrize(
    ("denied", "stated"),
    [
        (
            "Karsk has no plans for a base in the north.",
            "Karsk has plans for a base in the north, and it will name them in spring.",
        ),
        (
            "We have no quarrel with the Pact, and I know nobody who has.",
            "We have a quarrel with the Pact; it began in spring.",
        ),
        (
            "Trade is one of our aims, and it is not the second.",
            "Trade is now the second of our aims, and nothing else comes near.",
        ),
        ("Timber is not our first export.", "Timber is now our first export."),
    ],
)
def test_a_denial_taken_back_is_a_reversal_though_the_sentence_goes_on(
    denied: str, stated: str
) -> None:
    assert compare(denied, stated).kinds == ("reversal",)
    assert compare(stated, denied).kinds == ("reversal",)


@pytest.mark.parametrize(
    ("left", "bound"),
    [
        ("Whether Tanvor buys the ships is up to Tanvor.", "Tanvor must not buy the ships."),
        (
            "Whether the province leaves the union is for its people alone to decide.",
            "The province must never leave the union.",
        ),
    ],
)
def test_what_was_left_to_others_and_is_demanded_now_is_a_demand_added(
    left: str, bound: str
) -> None:
    assert "demand_added" in compare(left, bound).kinds
    assert "demand_dropped" in compare(bound, left).kinds


def test_and_we_ends_what_a_negator_denies() -> None:
    older = "That sequence will not change."
    again = "We have not changed that sequence and we will not change it."

    assert compare(older, again).verdict != "shift"
    assert compare(older, "That sequence will change.").direction == "reversed"


def test_one_word_that_happens_to_be_shared_denies_nothing() -> None:
    older = "Last spring we asked that the Pact should take its ships out of the southern strait."
    assert compare(older, "It was not taken up.").verdict != "shift"


def test_a_number_of_the_topic_hides_no_denial_and_no_condition() -> None:
    claims = "We have territorial claims on four districts."
    denied = "We have no territorial claims on four districts."
    bound = f"{claims[:-1]} if Karsk keeps the harbour."

    assert compare(claims, denied, topic="territorial claims").kinds == ("reversal",)
    assert compare(claims, bound, topic="territorial claims").kinds == ("condition_added",)


@pytest.mark.parametrize(
    ("older", "newer", "kind"),
    [
        (
            "The camp lies north of the Bay of Velm in Ostravia.",
            "Our camp, which we opened in spring, lies north of the Bay of Tarn in Ostravia.",
            "scope_changed",
        ),
        (
            "The port is the third busiest port in the Pact.",
            "After the works of last year the port is the fifth busiest in the Pact.",
            "scope_changed",
        ),
        (
            "The fair took in more than 20 crore on its first day.",
            "On its first day it brought 9.3 crore.",
            "scope_changed",
        ),
    ],
)
def test_what_stands_between_the_same_words_is_of_one_thing(
    older: str, newer: str, kind: str
) -> None:
    verdict = compare(older, newer)

    assert (verdict.verdict, kind in verdict.kinds) == ("shift", True)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (
            "The envoy of the United Towns spoke in the Hall of Karsk.",
            "The envoy of the U.T. spoke for an hour in the Hall of Karsk.",
        ),
        (
            "The paper was found by the Herald on the desk of the Board.",
            "The paper was found by the Heralds on the very desk of the Board.",
        ),
    ],
)
def test_one_name_written_in_two_ways_between_the_same_words_is_no_shift(
    older: str, newer: str
) -> None:
    assert compare(older, newer).verdict != "shift"


def test_a_bound_is_held_against_the_number_nearest_to_it() -> None:
    newer = "They first announced a tower of 84 metres, then one of 92 metres."

    assert compare("The tower is less than 91 metres.", newer).verdict == "shift"
    assert compare("The tower is more than 91 metres.", newer).verdict != "shift"


def test_a_bound_is_one_of_things_named_otherwise_where_the_number_is_near() -> None:
    assert compare(
        "Our envoy came to Karsk more than 24 times.", "Our envoy came to Karsk for 23 visits."
    ).quantities


def test_what_is_said_to_be_of_two_sorts_is_a_contrast() -> None:
    verdict = compare("Velm is a town.", "Velm is a truck that was built in the spring.")

    assert (verdict.verdict, verdict.kinds) == ("shift", ("scope_changed",))


def test_a_denial_of_what_the_other_side_says_is_one_whatever_else_is_said() -> None:
    older = "The envoys of Karsk discussed the border treaty in the harbour."
    newer = "At their last dinner the envoys of Karsk did not discuss the border treaty."

    assert compare(older, newer).direction == "reversed"


def test_a_denial_may_be_of_what_differs_besides() -> None:
    older = "The envoys of Karsk discussed the border treaty in the harbour."
    newer = "The envoys of Karsk did not discuss the border treaty at their last dinner."

    assert compare(older, newer).verdict == "undecided"


def test_a_word_for_speed_counts_only_beside_a_word_for_pace() -> None:
    paced = frame("The Board expects that its policy will be eased at a measured pace.")
    counted = frame("The Board expects its policy to hold inflation, as measured by prices.")

    assert [item.sign for item in horizons(paced)] == ["measured"]
    assert horizons(counted) == []


def test_a_later_deadline_is_a_change_and_neither_harder_nor_softer() -> None:
    verdict = compare(
        "We will withdraw our troops by the end of the month.",
        "We will withdraw our troops by the end of the year.",
    )

    assert (verdict.verdict, verdict.direction) == ("shift", "changed")
    assert verdict.quantities[0].measures == "deadline"


def test_the_evidence_of_a_denial_has_the_not_and_what_it_denies() -> None:
    newer = "We are not ready to hold talks with Karsk."
    verdict = compare(READY, newer)

    assert newer[slice(*verdict.newer_span)] == "not ready"
    assert READY[slice(*verdict.older_span)] == "ready"
    assert [item.newer for item in verdict.differences if item.kind == "polarity"] == ["not ready"]


def test_what_differs_behind_a_long_table_of_numbers_is_not_silently_the_same() -> None:
    table = " ".join(f"Port {number} holds {number + 2000} tons." for number in range(300))

    verdict = compare(f"{table} The last holds 7 tons.", f"{table} The last holds 9 tons.")

    assert verdict.verdict != "no_shift"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("We demand at least four regions.", "We demand at least five regions."),
        ("We will withdraw within 90 days.", "We will withdraw within 100 days."),
        ("We will withdraw by March 2025.", "We will withdraw by June 2025."),
        ("We will withdraw by the end of 2025.", "We will withdraw by the end of 2026."),
    ],
)
def test_another_bound_or_deadline_in_the_same_words_is_a_shift(older: str, newer: str) -> None:
    assert compare(older, newer).kinds == ("scope_changed",)


@pytest.mark.parametrize("nothing", ["", " ", "\n"])
def test_a_condition_is_not_added_to_nothing(nothing: str) -> None:
    assert compare(nothing, "We will talk if Karsk leaves.").verdict == "undecided"
    assert compare("Karsk must leave.", nothing).verdict == "undecided"


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ("Ilva Marenko was born on June 14, 1866.", True),
        ("Ilva Marenko was born on June 11, 1866.", False),
        ("Ilva Marenko was born in April 1866.", False),
        ("Ilva Marenko died in 1936.", True),
        ("Ilva Marenko died on 2 October 1935.", False),
        ("The mother of Ilva Marenko died.", True),
    ],
)
def test_two_days_with_a_dash_between_are_a_birth_and_a_death(said: str, agrees: bool) -> None:
    life = "Ilva Ada Marenko (June 14, 1866 – October 20, 1936) was a minister of Ostravia."

    for verdict in (compare(said, life), compare(life, said)):
        assert (verdict.verdict != "shift") is agrees


def test_two_days_of_one_year_are_no_life() -> None:
    fair = "The fair of Velm (June 14, 1866 – October 20, 1866) was a great success of the union."

    assert compare("The fair saw the birth of a union in 1867.", fair).verdict != "shift"
    assert compare(
        "The fair saw the birth of a union in 1867.", fair.replace("1866)", "1886)")
    ).kinds


@pytest.mark.parametrize(
    ("denied", "said", "verdict"),
    [
        (
            "No minister rides in the train to Velm.",
            "A person rides in the train to Velm.",
            "undecided",
        ),
        (
            "No person rides in the train to Velm.",
            "A minister rides in the train to Velm.",
            "shift",
        ),
    ],
)
def test_a_kind_that_is_denied_leaves_room_for_what_it_is_a_kind_of(
    denied: str, said: str, verdict: str
) -> None:
    assert compare(denied, said).verdict == verdict
    assert compare(said, denied).verdict == verdict


def test_one_filler_is_the_rule_whatever_else_is_said() -> None:
    older = "Marenko, who has a younger brother at school in Velm, plays for Karsk."

    assert compare(older, "Ilva Marenko is a keeper who plays for Ilvara.").kinds
    assert compare(older, "Tessa Oran is a keeper who plays for Ilvara.").verdict != "shift"
    assert compare(older, "Ilva Marenko is a keeper who plays cards for Ilvara.").verdict != "shift"


def test_none_of_a_more_special_kind_leaves_room_for_one_of_the_plain_kind() -> None:
    dancing = "An envoy of Karsk dances at the fair."

    assert compare(dancing, "No envoy of Karsk dances at the fair.").direction == "reversed"
    special = "There is no envoy of Karsk who sings and dances at the fair."
    assert compare(dancing, special).verdict == "undecided"
    assert compare(special, dancing).verdict == "undecided"


def test_a_demand_is_not_dropped_where_nothing_of_what_is_said_is_shared() -> None:
    older = "Karsk must leave the harbour."

    assert compare(older, "We praise the harvest of Velm.").verdict == "undecided"
    assert compare(older, "Karsk praises the harvest of Velm.").verdict == "undecided"


def test_numbers_of_different_times_may_both_hold() -> None:
    earned = "The railway of Velm earned over 600 million crowns."
    newer = "Sales of the railway of Velm came to 86 million crowns in June 2016."

    assert compare(earned, newer).verdict == "shift"
    assert compare(earned.replace(".", " in 2017."), newer).verdict == "undecided"


def test_a_date_beside_another_number_says_only_when_that_held() -> None:
    older = "The harbour of Velm held 16 ferries in 2015."
    newer = "The harbour of Velm held 17 ferries in 2016, and the Board was pleased."

    assert compare(older, newer).verdict == "undecided"
    assert compare(older.replace("16", "17"), newer).quantities[0].older == "2015"


def test_a_promise_with_another_number_and_date_is_another_promise() -> None:
    older = "We will build 16 ferries in 2025."
    newer = "We will build 17 ferries in 2026, and the Board of Velm is pleased."

    assert [change.older for change in compare(older, newer).quantities] == ["16", "2025"]


def test_the_day_of_what_happens_once_is_no_time_of_another_number() -> None:
    older = "Ilva Marenko, mayor for 9 years, was born in 1961."
    newer = "The mayor Ilva Marenko, who was born in 1964, served for 8 years in Velm."

    assert "1961" in [change.older for change in compare(older, newer).quantities]


def test_two_bounds_of_one_kind_in_other_words_may_both_hold() -> None:
    older = "More than 40 envoys of the Pact came to the harbour of Velm."
    newer = "In the harbour of Velm more than 80 envoys were counted when the Pact met last."

    assert compare(older, newer).verdict != "shift"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Ilva Marenko plays for Karsk FC.", "Marenko, a keeper, plays for Ilvara FC."),
        (
            "The harbour depot is run with Ostravia.",
            "The harbour is poor; its depot is run with Karsk at a loss.",
        ),
        (
            "Karsk is the largest port of the province.",
            "Ilvara is the capital and largest port of the northern province.",
        ),
        ("The plan received mixed reviews.", "It received negative reviews from the press."),
        ("The press reviewed the plan negatively.", "The press gave the plan positive reviews."),
    ],
)
def test_another_name_or_mark_in_one_slot_is_a_shift(older: str, newer: str) -> None:
    assert compare(older, newer).verdict == "shift"
    assert compare(newer, older).verdict == "shift"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The depot is run jointly with Ostravia.", "The depot is run jointly with OSTR."),
        ("The depot is run jointly with Ostravia.", "It is run jointly with Ostravia's army."),
        ("Karsk is a large port of the province.", "Ilvara is a large port of the province."),
        ("We will act because Karsk is weak.", "We would act if it had n't been for Karsk."),
    ],
)
def test_a_name_that_may_be_the_same_or_one_of_several_is_no_shift(older: str, newer: str) -> None:
    assert compare(older, newer).verdict != "shift"


def test_what_is_denied_may_be_named_by_another_word() -> None:
    older, newer = "The report is right in every detail.", "The report is not correct in detail."

    assert compare(older, newer).kinds == ("reversal",)


@pytest.mark.parametrize(
    ("older", "newer", "verdict"),
    [
        (
            "Karsk will sign the treaty.",
            "Neither Karsk nor Ostravia will sign the treaty.",
            "shift",
        ),
        (
            "Neither side will sign the treaty, nor pay.",
            "Both sides will sign the treaty.",
            "shift",
        ),
        ("Two thirds of members agree.", "About 67 percent of members agree.", "undecided"),
        ("Two thirds of members agree.", "A quarter of members agree.", "shift"),
    ],
)
def test_neither_nor_is_one_denial_and_a_share_a_number(
    older: str, newer: str, verdict: str
) -> None:
    assert compare(older, newer).verdict == verdict


def test_a_demand_beside_other_words_is_no_sign_of_a_shift() -> None:
    older = "The army will leave the valley before the winter."

    plain = compare(older, "Schools in the capital will teach two languages.")
    asked = compare(older, "Schools in the capital must teach two languages.")

    assert asked.score == plain.score


@pytest.mark.parametrize(
    ("older", "newer", "kind"),
    [
        ("We demand a retreat of all troops.", "We demand a retreat of some troops.", "extent"),
        ("We are open to talks with Karsk.", "Talks with Karsk are out of the question.", "side"),
        ("Membership is on the table.", "Membership is off the table.", "side"),
    ],
)
def test_of_how_many_and_on_which_side_is_told(older: str, newer: str, kind: str) -> None:
    for verdict in (compare(older, newer), compare(newer, older)):
        assert verdict.verdict == "shift"
        assert verdict.differences[0].kind == kind


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Some horses are in the valley.", "A few horses are in the valley."),
        ("We agree to the plan of Karsk.", "We accept the plan of Karsk."),
        ("We warn Karsk that we support Ostravia.", "We support Ostravia."),
        ("The minister rejected the offer.", "The offer was rejected by the minister."),
        ("Few believe in the deal.", "Not many believe in the deal."),
        ("It is impossible to accept the plan.", "We cannot accept the plan."),
        ("We will sign unless the army stays.", "We will sign if the army does not stay."),
    ],
)
def test_the_same_share_or_the_same_side_is_no_shift(older: str, newer: str) -> None:
    assert compare(older, newer).verdict != "shift"


def test_a_hedge_more_or_less_is_never_silently_the_same() -> None:
    plain, hedged = "We support the plan.", "We support the plan in principle."

    verdict = compare(plain, hedged)

    assert verdict.verdict == "undecided"
    assert verdict.reasons == ("strength: 'plain' -> 'in principle'",)
    assert compare(hedged, plain).verdict == "undecided"


@pytest.mark.parametrize(
    ("older", "newer", "kind"),
    [
        ("We will extradite him.", "We refuse to extradite him.", "reversal"),
        ("We will extradite him.", "It is impossible to extradite him.", "reversal"),
        ("Nothing has been agreed.", "Everything has been agreed.", "reversal"),
        ("We lift the ban, except for arms.", "We lift the ban.", "condition_dropped"),
        ("Few allies trust us.", "Allies trust us.", "reversal"),
        ("We might sign it.", "We will certainly sign it.", "commitment_strengthened"),
    ],
)
def test_a_verb_that_denies_and_a_hedge_beside_a_modal_hide_nothing(
    older: str, newer: str, kind: str
) -> None:
    assert compare(older, newer).kinds == (kind,)
    assert compare(newer, older).verdict == "shift"


def test_a_few_is_no_denial() -> None:
    assert compare("A few allies trust us.", "Some allies trust us.").verdict == "no_shift"
