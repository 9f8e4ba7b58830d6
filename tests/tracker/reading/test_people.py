"""Whom a printed source means."""

import pytest

from tests.tracker.reading.sayings import PEOPLE, passages_of, reading_of
from tracker.reading import KnownActor, read
from tracker.reading.people import skeleton

OPENING = "Ilva Marenko opened the session. Tomas Brel came later and spoke to nobody. "


@pytest.mark.parametrize(
    ("source", "slug"),
    [
        ("Marenko", "ilva-marenko"),
        ("Ilwa Marenko", "ilva-marenko"),
        ("Foreign Minister Ilva Marenko", "ilva-marenko"),
        ("Foreign Minister Marenko", "ilva-marenko"),
        ("The foreign minister of Ostravia", "ilva-marenko"),
        ("Ostravia’s foreign minister", "ilva-marenko"),
        ("The Ostravian minister", "ilva-marenko"),
        ("The chief diplomat of Ostravia", "ilva-marenko"),
        ("The head of Ostravian diplomacy", "ilva-marenko"),
        ("The president", "tomas-brel"),
        ("The Ostravian president", "tomas-brel"),
        ("She", "ilva-marenko"),
        ("He", "tomas-brel"),
    ],
)
def test_a_source_means_the_last_actor_that_fits(source: str, slug: str) -> None:
    text = f"{OPENING}{source} said that the door was open."
    assert passages_of(text)[-1] == (slug, "the door was open")


@pytest.mark.parametrize(
    "source",
    [
        "Marenko’s deputy",
        "A spokesman for Marenko",
        "The deputy foreign minister of Ostravia",
        "A foreign minister",
        "Boris Marenko",
        "The ambassador",
        "The minister from Tanvor",
    ],
)
def test_a_source_that_fits_nobody_known_is_not_given_to_the_minister(source: str) -> None:
    text = f"{OPENING}{source} said that the door was open."
    assert passages_of(text)[-1][0] not in {"ilva-marenko", "tomas-brel"}


def test_the_minister_of_the_other_country_is_meant_by_the_country() -> None:
    text = (
        "Ilva Marenko met Oren Tavik. The Ostravian minister said the door was open. "
        "The minister of Karsk said it was a wall."
    )
    assert [actor for actor, _ in passages_of(text)] == ["ilva-marenko", "oren-tavik"]


def test_a_pronoun_passes_over_people_of_the_other_gender() -> None:
    text = "Ilva Marenko said the door was open. Tomas Brel nodded. “Nobody has come,” she said."
    assert [actor for actor, _ in passages_of(text)] == ["ilva-marenko", "ilva-marenko"]


def test_confidence_falls_from_name_to_title_to_pronoun() -> None:
    text = (
        "Ilva Marenko said the door was open. The Ostravian minister said it was cold. "
        "She said that nobody had come."
    )
    named, titled, pronoun = (p.confidence for p in reading_of(text).passages)
    assert named > titled > pronoun > 0


def test_an_unknown_speaker_is_shown_under_the_fullest_name_of_the_text() -> None:
    text = "Anders Holmvik came by train. Holmvik said that both sides were tired."
    assert passages_of(text) == [("Anders Holmvik", "both sides were tired")]


def test_a_role_that_had_ended_is_not_resolved() -> None:
    text = "Velgrad, 3 May 2015\n\nThe foreign minister of Ostravia said that the door was open."
    assert [p.actor for p in read(text, actors=PEOPLE).passages] == [None]


def test_a_surname_shared_by_two_known_actors_stands_for_neither() -> None:
    twins = (KnownActor("ada-lorn", "Ada Lorn"), KnownActor("bo-lorn", "Bo Lorn"))
    (passage,) = read("Lorn said that the door was open.", actors=twins).passages
    assert not passage.known


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sergey", "Sergei"), ("Zelensky", "Zelenskyy"), ("Marenko", "Маренко"), ("Tavik", "Tawik")],
)
def test_transliterations_of_one_name_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_different_names_have_different_skeletons() -> None:
    assert skeleton("Marenko") != skeleton("Marinko")


def test_a_lone_word_at_the_head_of_a_sentence_takes_no_pronoun() -> None:
    text = "Ilva Marenko said that the door was open. Snow fell on Velgrad. She said it was cold."
    assert [actor for actor, _ in passages_of(text)] == ["ilva-marenko", "ilva-marenko"]
