"""Verdicts on two utterances."""

import json
from datetime import date
from pathlib import Path

import pytest

from timeline.coding import Position
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


def test_every_shift_shows_its_reason_its_spans_and_what_would_undo_it() -> None:
    newer = "We are not ready to hold talks with Karsk."
    verdict = compare(READY, newer)

    assert verdict.reasons == ("negation: 'ready' -> 'not ready'",)
    assert READY[slice(*verdict.older_span)] == "ready"
    assert "negation" in verdict.counterfactual


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
