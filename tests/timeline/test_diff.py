"""Two wordings drawn for a reader."""

import pytest

from timeline.diff import WORD_LIMIT, TooLongError, as_html, diff

READY = "We are ready to hold talks with Karsk about the valley."


def kinds(older: str, newer: str) -> list[tuple[str, str]]:
    """Return kind and text of the runs."""
    return [(run.kind, run.text) for run in diff(older, newer).runs]


def test_one_word_put_in_is_one_run() -> None:
    newer = READY.replace("are", "are not")

    assert [run for run in kinds(READY, newer) if run[0] != "kept"] == [("added", "not ")]


def test_a_word_between_two_changes_joins_them() -> None:
    runs = kinds("They keep the old northern harbour open.", "They keep a new northern port open.")

    assert [kind for kind, _ in runs] == ["kept", "dropped", "added", "kept"]


def test_words_that_stand_together_are_kept_rather_than_one_that_stands_alone() -> None:
    older = "The kettle is still warm. Ostravia is ready for talks with Karsk, and soon."
    found = diff(older, "Ostravia is not ready for talks with Karsk, and soon.").runs
    assert [(run.kind, run.text) for run in found] == [
        ("dropped", "The kettle is still warm. "),
        ("kept", "Ostravia is "),
        ("added", "not "),
        ("kept", "ready for talks with Karsk, and soon."),
    ]


def test_a_sentence_elsewhere_is_moved_and_not_changed() -> None:
    first, second = "The harbour stays open to all.", "We want talks with Karsk this year."
    runs = diff(f"{first} {second}", f"{second} {first}").runs

    assert any(run.kind == "moved" and run.text in (first, second) for run in runs)
    assert not any(run.text.strip() for run in runs if run.kind in ("dropped", "added"))


def test_texts_with_little_in_common_are_shown_as_restated() -> None:
    drawn = diff(READY, "Peace needs guarantees that both neighbours can trust.")

    assert drawn.restated
    assert [run.kind for run in drawn.runs] == ["dropped", "added"]


def test_texts_beyond_the_limit_are_refused() -> None:
    with pytest.raises(TooLongError):
        diff("peace " * (WORD_LIMIT + 1), "peace")


def test_html_is_escaped_and_marked_without_colour() -> None:
    older, newer = as_html(diff("We want <b>four</b> regions.", "We want <b>five</b> regions."))

    assert "<b>" not in older + newer
    assert "<del>" in older
    assert "<ins>" in newer


def test_typed_differences_name_what_differs_and_where() -> None:
    older = "We accept the plan and four regions if Karsk withdraws its troops."
    newer = "We accept the plan and five regions of Velgrad."
    found = {item.kind: item for item in diff(older, newer).differences}

    assert (found["quantity"].older, found["quantity"].newer) == ("four", "five")
    assert found["condition_dropped"].older == "if Karsk withdraws its troops"
    assert found["name_added"].newer == "Velgrad"
    for item in found.values():
        assert older[item.older_start : item.older_end] == item.older
        assert newer[item.newer_start : item.newer_end] == item.newer


def test_data_of_a_diff_holds_runs_with_offsets() -> None:
    payload = diff(READY, READY.replace("ready", "willing")).as_dict()

    assert set(payload) == {"restated", "runs", "differences"}
