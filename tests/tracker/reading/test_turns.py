"""Transcripts: turns, questions, and the one who answers."""

from tests.tracker.reading.sayings import PEOPLE, TALKS, passages_of, reading_of
from tracker.reading import read

TRANSCRIPT = (
    "Question: Karsk says that Ostravia wants no ceasefire and no peace talks. Is that so?\n\n"
    "Ilva Marenko: No. It is not.\n\n"
    "We have said so before.\n\n"
    "Question: And the winter?\n\n"
    "Ilva Marenko: The winter is long."
)


def test_each_paragraph_of_a_turn_is_one_passage_of_its_speaker() -> None:
    assert passages_of(TRANSCRIPT) == [
        ("ilva-marenko", "No. It is not."),
        ("ilva-marenko", "We have said so before."),
        ("ilva-marenko", "The winter is long."),
    ]


def test_a_question_belongs_to_nobody() -> None:
    reading = reading_of(TRANSCRIPT)
    questions = [r for r in reading.regions if r.kind == "question"]
    assert len(questions) == 2
    assert all(p.end <= q.start or q.end <= p.start for p in reading.passages for q in questions)


def test_a_question_gives_its_topic_to_the_answer_alone() -> None:
    answer, later, _ = read(TRANSCRIPT, actors=PEOPLE, topics=(TALKS,)).passages
    assert [match.topic for match in answer.topics] == ["talks"]
    assert later.topics == ()


def test_letters_name_question_and_answer() -> None:
    text = (
        "Ilva Marenko: Good evening.\n\nQ: Is it cold?\n\nA: It is.\n\nQ: Will it stay?\n\nA: Yes."
    )
    assert [words for _, words in passages_of(text)] == ["Good evening.", "It is.", "Yes."]
    assert {actor for actor, _ in passages_of(text)} == {"ilva-marenko"}


def test_a_host_who_asks_is_told_by_his_question_marks() -> None:
    text = (
        "“It is cold”\n\nHarbour Review, 9 April 2025\n\nHarbour Review: Is it cold?\n\n"
        "Ilva Marenko: It is.\n\nHarbour Review: Will it stay so?\n\nIlva Marenko: Yes."
    )
    reading = reading_of(text)
    assert reading.genre == "interview"
    assert {p.actor for p in reading.passages} == {"ilva-marenko"}


def test_a_whole_speech_inside_one_pair_of_quotation_marks_loses_only_the_marks() -> None:
    text = (
        "Foreign Minister Ilva Marenko’s opening remarks in Velgrad, May 8, 2024:\n\n"
        "“Good evening.\n\nWe spoke of “grey zones” today.\n\nThank you.”\n\n"
        "Question: Is it cold?\n\nIlva Marenko: It is."
    )
    assert [words for _, words in passages_of(text)] == [
        "Good evening.",
        "We spoke of “grey zones” today.",
        "Thank you.",
        "It is.",
    ]
    assert reading_of(text).warnings == ()


def test_another_speaker_of_the_transcript_keeps_his_turns() -> None:
    text = (
        "Ilva Marenko: Good evening.\n\nOren Tavik: Good evening to you.\n\n"
        "Ilva Marenko: We shall be brief.\n\nOren Tavik: So shall we."
    )
    assert [actor for actor, _ in passages_of(text)] == ["ilva-marenko", "oren-tavik"] * 2


def test_a_speech_belongs_to_the_one_in_its_heading() -> None:
    text = (
        "Statement by the Minister of Foreign Affairs of Ostravia, Ilva Marenko\n\n"
        "Velgrad, 9 March 2022\n\nWe have said what we want. I repeat it here.\n\n"
        "Our door is open to all who come to us."
    )
    reading = reading_of(text, published=None)
    assert reading.genre == "statement"
    assert [p.actor for p in reading.passages] == ["ilva-marenko"] * 2
    assert reading.said is not None
    assert reading.said.edtf == "2022-03-09"


def test_an_article_with_a_colon_is_no_transcript() -> None:
    text = "Velgrad: snow.\n\nNote: the roads are closed.\n\nThe minister stayed at home."
    assert reading_of(text).genre == "article"
