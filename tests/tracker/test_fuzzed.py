"""A sample of the fuzzed inputs; `python -m bench.fuzz` judges ten thousand, and their time."""

import contextlib
from dataclasses import replace

import pytest

from bench.fuzz import PARSERS, judged
from tests.tracker.fuzzed import ACTORS, FAMILIES, PROSE, TOPICS, Case, case, flaws
from tracker.parsing import Refused, extract, kind_of
from tracker.reading import Reading, read

SEED = 7
CASES = [case(SEED, number) for number in range(20 * len(FAMILIES))]
FILES = ("docx", "feed", "page", "pdf")
TEXT = "".join(PROSE)


def _is_text(one: Case) -> bool:
    try:
        return kind_of(one.body, content_type=one.content_type) not in PARSERS
    except Refused:
        return True


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(FILES)))
def test_any_text_is_refused_or_read_with_offsets_that_hold(family: str) -> None:
    texts = [one for one in CASES if one.family == family and _is_text(one)]

    assert {one.number: judged(one).violations for one in texts} == {
        one.number: [] for one in texts
    }


@pytest.mark.parametrize("family", FILES)
def test_any_file_is_refused_or_read_by_the_sandbox(family: str) -> None:
    for one in [one for one in CASES if one.family == family][:3]:
        with contextlib.suppress(Refused):
            text = extract(one.body, content_type=one.content_type).text
            assert flaws(text, read(text, actors=ACTORS, topics=TOPICS)) == []


def test_an_input_is_the_same_every_time_and_another_with_another_seed() -> None:
    assert case(SEED, 3) == CASES[3]
    assert case(SEED + 1, 3) != CASES[3]


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(TEXT, actors=ACTORS, topics=TOPICS)


def test_a_good_reading_has_passages_and_no_flaw(reading: Reading) -> None:
    assert reading.passages
    assert flaws(TEXT, reading) == []


def test_a_passage_beyond_the_end_is_a_flaw(reading: Reading) -> None:
    astray = replace(reading.passages[0], end=len(TEXT) + 1)

    assert flaws(TEXT, replace(reading, passages=(astray,)))


def test_a_speaker_who_stands_elsewhere_is_a_flaw(reading: Reading) -> None:
    named = next(p for p in reading.passages if p.speaker_start is not None)
    astray = replace(named, speaker_start=(named.speaker_start or 0) + 1)

    assert flaws(TEXT, replace(reading, passages=(astray,)))


def test_a_gap_between_the_regions_is_a_flaw(reading: Reading) -> None:
    assert flaws(TEXT, replace(reading, regions=reading.regions[1:]))
