"""The sentences around a passage, and the question that it answers."""

import pytest

from tracker import context


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One day it rained. The minister came. ", "The minister came. "),
        ("It rained. The minister came. She said: “", "The minister came. She said: “"),
        ("It rained. The minister came. “", "The minister came. “"),
        ("A heading\n\nShe said: “", "A heading\n\nShe said: “"),
        ("no sentence at all", "no sentence at all"),
        ("", ""),
    ],
)
def test_before_a_passage_stands_the_last_whole_sentence(text: str, shown: str) -> None:
    assert context.before(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" She left. Then it rained. ", " She left. "),
        ("” she said. Then it rained. And so on. ", "” she said. "),
        (".” Then it rained. And so on. ", ".” Then it rained. "),
        ("", ""),
    ],
)
def test_after_a_passage_stands_the_rest_of_its_sentence_or_the_next(text: str, shown: str) -> None:
    assert context.after(text) == shown


def regions(text: str, *kinds: tuple[str, str]) -> list[dict[str, object]]:
    return [
        {"kind": kind, "start": text.index(words), "end": text.index(words) + len(words)}
        for kind, words in kinds
    ]


def test_the_question_before_a_passage_is_what_it_answers() -> None:
    text = "Will you talk? Yes. We are ready. And the river? No."
    marked = regions(
        text,
        ("question", "Will you talk?"),
        ("statement", "Yes."),
        ("statement", "We are ready."),
        ("question", "And the river?"),
        ("statement", "No."),
    )
    assert context.question(text, marked, text.index("We are")) == "Will you talk?"
    assert context.question(text, marked, text.index("No.")) == "And the river?"


def test_what_another_speaker_said_comes_between_question_and_answer() -> None:
    text = "Will you talk? Never! We are ready."
    marked = regions(text, ("question", "Will you talk?"), ("other_speaker", "Never!"))
    assert context.question(text, marked, text.index("We are")) == ""


def test_a_question_of_two_parts_is_shown_whole() -> None:
    text = "Good morning. Will you talk? Yes."
    marked = regions(text, ("question", "Good morning."), ("question", "Will you talk?"))
    assert context.question(text, marked, text.index("Yes")) == "Good morning. Will you talk?"


def test_a_speech_before_the_question_is_cut_at_its_front() -> None:
    text = "x" * 2000 + " Will you talk? Yes."
    end = text.index("Yes")
    shown = context.question(text, [{"kind": "question", "start": 0, "end": end}], end)
    assert shown.startswith("… ")
    assert shown.endswith("Will you talk?")
    assert len(shown) <= context.LONGEST + 2
