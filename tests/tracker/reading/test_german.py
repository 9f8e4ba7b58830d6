"""A second language is a file of cues: invented German reports."""

import pytest

from tests.tracker.reading.sayings import PEOPLE, WEDNESDAY
from tracker.reading import Reading, read

HER = "ilva-marenko"


def german(text: str) -> Reading:
    return read(text, actors=PEOPLE, published=WEDNESDAY, language="de")


@pytest.mark.parametrize(
    "text",
    [
        "„Die Tür ist offen“, sagte Ilva Marenko am Mittwoch in Velgrad.",
        "Ilva Marenko sagte: „Die Tür ist offen.“",
        "Ilva Marenko betonte am Montag: „Die Tür ist offen.“ Danach fuhr sie ab.",
        "»Die Tür ist offen«, sagte Außenministerin Ilva Marenko.",
        "Ilva Marenko traf Tomas Brel. „Die Tür ist offen“, sagte die Außenministerin.",
        "Ilva Marenko traf die Presse. „Die Tür ist offen“, betonte sie und fuhr ab.",
    ],
)
def test_a_quotation_belongs_to_the_subject_of_its_verb(text: str) -> None:
    (passage,) = german(text).passages
    assert (passage.actor, passage.attribution) == (HER, "direct")
    assert text[passage.start : passage.end].rstrip(".") == "Die Tür ist offen"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ilva Marenko sagte, dass die Tür offen sei.", "die Tür offen sei"),
        ("Ilva Marenko sagte am Mittwoch, die Tür sei offen.", "die Tür sei offen"),
        ("Die Tür sei offen, sagte Ilva Marenko nach dem Treffen.", "Die Tür sei offen"),
        ("Ilva Marenko teilte mit, dass die Tür offen sei.", "die Tür offen sei"),
        ("Ilva Marenko forderte ein Ende der Gespräche.", "ein Ende der Gespräche"),
    ],
)
def test_indirect_speech_is_the_content_without_cue_and_speaker(text: str, words: str) -> None:
    (passage,) = german(text).passages
    assert (passage.actor, passage.attribution) == (HER, "indirect")
    assert text[passage.start : passage.end] == words


def test_the_language_is_told_by_the_text_itself() -> None:
    text = (
        "„Die Tür ist offen“, sagte Ilva Marenko am Mittwoch in der Stadt und fuhr ab. Der Winter "
        "ist lang, und es ist kalt auf dem Land. Nicht alle sind mit der Lage zufrieden."
    )
    reading = read(text, actors=PEOPLE, published=WEDNESDAY)
    assert reading.language == "de"
    assert [p.actor for p in reading.passages] == [HER]
    assert "unread" not in {region.kind for region in reading.regions}


def test_narration_belongs_to_nobody() -> None:
    assert german("Der Minister fuhr nach Velgrad, und es war kalt in der Stadt.").passages == ()


def test_a_machine_translation_says_so_in_german() -> None:
    text = "„Die Tür ist offen“, sagte Ilva Marenko.\n\nDieser Text wurde automatisch übersetzt."
    reading = german(text)
    assert "machine_translated" in {warning.code for warning in reading.warnings}
    assert [p.fidelity for p in reading.passages] == ["translated"]
