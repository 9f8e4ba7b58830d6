"""Any text gives a reading whose offsets are valid and whose regions tile the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.reading.sayings import PACT, PEOPLE, TALKS
from tracker.reading import read

SIGNS = list('“”"‘’«»()[],.…:;—\n\t\r\u200b\u202e\x00\ufeff\ud800𝔘 ')
PHRASES = (
    "''", "\n\n", " - ", "'s", "n't", "Ilva Marenko", "Marenko", "she", "He", "the minister", "who",
    "said", "says", "told", "told reporters", "adding", "that", "to", "according to", "Question:",
    "Ilva Marenko:", "talks", "on Wednesday", "3 May 2024", "03/04/2024", "By", "would", "not",
    "the door was open", "and", "but", "Ministerpräsidentin", "в четверг", "مرحبا",
)  # fmt: skip
PIECES = st.sampled_from([*SIGNS, *PHRASES])
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=80).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_any_text_gives_valid_offsets(text: str) -> None:
    reading = read(text, actors=PEOPLE, topics=(TALKS, PACT))
    position = 0
    for region in reading.regions:
        assert region.start == position < region.end
        position = region.end
    assert position == len(text)
    for passage in reading.passages:
        assert 0 <= passage.start < passage.end <= len(text)
        if passage.speaker is not None:
            assert text[passage.speaker_start : passage.speaker_end] == passage.speaker
    for warning in reading.warnings:
        if warning.start is not None:
            assert 0 <= warning.start < (warning.end or 0) <= len(text)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_reading_is_deterministic(text: str) -> None:
    assert read(text, actors=PEOPLE) == read(text, actors=PEOPLE)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "\u200b", "“", '"', ":", "Question:", "said", "“”", "—", "Ilva Marenko said"],
)
def test_nearly_empty_texts_are_read(text: str) -> None:
    assert read(text, actors=PEOPLE).passages == ()


def test_one_huge_sentence_of_a_repeated_report_is_read() -> None:
    piece = "VELGRAD, 3 March 2025 (Herald) — The spokesman denied it, she added. that» “a b c” "
    text = piece * 300
    reading = read(text, actors=PEOPLE)
    assert "".join(text[region.start : region.end] for region in reading.regions) == text
    assert reading.passages
