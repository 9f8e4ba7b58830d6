"""The cue lists: data with a reason for every entry."""

import tomllib

import pytest

from timeline.lexicon import CUES, PHRASE_LISTS, languages, lexicon

WORD_KEYS = ("words", "forms", "pairs")


@pytest.mark.parametrize("code", languages())
def test_every_entry_of_a_cue_file_has_a_reason(code: str) -> None:
    table = tomllib.loads((CUES / f"{code}.toml").read_text(encoding="utf-8"))
    for name, groups in table.items():
        for group in groups if isinstance(groups, list) else [groups]:
            assert group["why"].strip(), name


@pytest.mark.parametrize("code", languages())
def test_every_list_of_a_cue_file_is_one_that_is_read(code: str) -> None:
    table = tomllib.loads((CUES / f"{code}.toml").read_text(encoding="utf-8"))
    known = {*PHRASE_LISTS, "language", "stop", "irregular", "spelling", "synonym", "kindof"}
    known |= {"antonym", "exclusive", "apart", "single", "measure", "voice", "life"}

    assert set(table) <= known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("raised", "raising"),
        ("agreed", "agrees"),
        ("cities", "city"),
        ("organise", "organized"),
        ("favourite", "favorite"),
        ("travelled", "traveled"),
        ("Kiev".lower(), "kyiv"),
        ("withdrew", "withdraw"),
    ],
)
def test_inflections_and_spellings_of_a_word_are_one(one: str, other: str) -> None:
    lists = lexicon("en")

    assert lists.stem(one) == lists.stem(other)
