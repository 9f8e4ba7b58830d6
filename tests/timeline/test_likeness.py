"""Attestations grouped to utterances."""

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.likeness import (
    DOUBT,
    SAME_UTTERANCE,
    Attestation,
    Doubt,
    canonical,
    group,
    group_and_doubt,
    likeness,
    variance,
)

DAY = date(2024, 5, 3)
READY = "We are ready for talks with Karsk about the valley, said Foreign Minister Ilva Marenko."
REPORTED = (
    "Foreign Minister Ilva Marenko said Ostravia was ready for talks with Karsk on the valley."
)
OTHER = "The harbour of Velgrad stays open to every ship, said Marenko."


def attested(
    key: int,
    text: str,
    *,
    days: int = 0,
    document: int | None = None,
    fidelity: str = "reported",
    venue: str = "",
) -> Attestation:
    """Return an attestation of a document of its own unless one is named."""
    said = DAY + timedelta(days=days)
    home = key if document is None else document
    return Attestation(key, text, said, said, None, home, home, fidelity, venue)


def test_two_reports_of_one_statement_are_one_utterance() -> None:
    assert group([attested(1, READY), attested(2, REPORTED)]) == [(1, 2)]


def test_the_same_words_a_year_later_are_another_utterance() -> None:
    assert group([attested(1, READY), attested(2, READY, days=365)]) == [(1,), (2,)]


def test_the_same_words_at_another_venue_are_another_utterance() -> None:
    one, other = attested(1, READY, venue="Velgrad"), attested(2, READY, venue="Karsk City")

    assert group([one, other]) == [(1,), (2,)]


def test_two_passages_of_one_document_stay_two() -> None:
    said = [attested(1, READY, document=9), attested(2, OTHER, document=9)]

    assert group(said) == [(1,), (2,)]


def test_one_sentence_quoted_twice_in_one_document_is_one_utterance() -> None:
    again = READY.replace("are ready for", "stand ready for")
    said = [attested(1, READY, document=9), attested(2, again, document=9)]

    assert group(said) == [(1, 2)]


def test_an_analyst_splits_what_the_machine_joined() -> None:
    said = [attested(1, READY), attested(2, REPORTED)]

    assert group(said, apart=[frozenset((1, 2))]) == [(1,), (2,)]


def test_an_analyst_joins_what_the_machine_missed() -> None:
    said = [attested(1, READY), attested(2, OTHER)]

    assert group(said, together=[frozenset((1, 2))]) == [(1, 2)]


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(rng: random.Random) -> None:
    said = [
        attested(1, READY),
        attested(2, REPORTED, days=1),
        attested(3, OTHER, document=1),
        attested(4, OTHER, days=2),
        attested(5, READY, days=40),
    ]
    shuffled = rng.sample(said, len(said))

    assert group(shuffled) == group(said)


def test_likeness_is_the_same_from_both_sides_and_one_for_one_text() -> None:
    assert likeness(READY, REPORTED) == likeness(REPORTED, READY)
    assert likeness(READY, READY) == 1.0


def test_two_sources_halve_the_likeness() -> None:
    one = "The bridge was hit twice, said the police."
    other = "The bridge was hit twice, said the lawyer."

    assert likeness(one, other) < likeness(one, one) / 1.5


def test_the_most_faithful_then_the_longest_rendering_is_canonical() -> None:
    verbatim = attested(3, "We are ready.", fidelity="verbatim")

    assert canonical([attested(1, READY), attested(2, REPORTED), verbatim]) == verbatim
    assert canonical([attested(1, READY), attested(2, READY + " Now.")]).key == 2


def test_where_renderings_differ_is_listed() -> None:
    said = [
        attested(1, "We hold four regions.", fidelity="verbatim"),
        attested(2, "We hold five regions."),
    ]

    assert [item.kind for item in variance(said)] == ["quantity"]


# --- What a person should look at -----------------------------------------------------------


def _doubts(*texts: tuple[str, int], **decided: list[frozenset[int]]) -> list[Doubt]:
    day = date(2024, 3, 1)
    attestations = [
        Attestation(key, text, day, day, None, document, document, "verbatim")
        for key, (text, document) in enumerate(texts)
    ]
    return group_and_doubt(attestations, **decided)[1]


NEARLY = (
    (
        "We shall talk with Karsk on fisheries when the winter is over, "
        "and not one day before the ice has gone.",
        1,
    ),
    ("Fisheries before all: they feed the north.", 2),
)


def test_two_that_are_nearly_alike_enough_are_doubtful() -> None:
    (doubt,) = _doubts(*NEARLY)
    assert (doubt.one, doubt.other, doubt.joined) == (0, 1, False)
    assert SAME_UTTERANCE * DOUBT <= doubt.likeness < SAME_UTTERANCE


def test_what_an_analyst_decided_is_in_no_doubt() -> None:
    pair = [frozenset((0, 1))]
    assert _doubts(*NEARLY, together=pair) == _doubts(*NEARLY, apart=pair) == []


def test_the_same_words_are_in_no_doubt_and_neither_are_other_matters() -> None:
    words = NEARLY[0][0]
    assert _doubts((words, 1), (words, 2)) == []
    assert _doubts((words, 1), ("The Pact has no bases here.", 2)) == []
