"""Reported speech in prose: who is given which words."""

import pytest

from tests.tracker.reading.sayings import passages_of, reading_of, said_by, the_passage

HER = "ilva-marenko"


@pytest.mark.parametrize(
    "text",
    [
        "“The door is open,” Ilva Marenko said.",
        "“The door is open,” said Ilva Marenko.",
        "“The door is open,” Ilva Marenko told reporters in Velgrad on Monday.",
        "Ilva Marenko said: “The door is open.”",
        "Ilva Marenko said, “The door is open.”",
        "Said Ilva Marenko: “The door is open.”",
        "According to Ilva Marenko, “The door is open.”",
        '"The door is open," Ilva Marenko said.',
        "''The door is open,'' Ilva Marenko said.",
        "‘The door is open,’ Ilva Marenko said.",
        "«The door is open», Ilva Marenko said.",
    ],
)
def test_a_quotation_belongs_to_the_subject_of_its_cue(text: str) -> None:
    passage = the_passage(text)
    assert passage.actor == HER
    assert passage.attribution == "direct"
    assert text[passage.start : passage.end].rstrip(".") == "The door is open"


@pytest.mark.parametrize(
    "text",
    [
        "Ilva Marenko said that the door was open.",
        "Ilva Marenko said the door was open.",
        "Ilva Marenko, the foreign minister of Ostravia, said that the door was open.",
        "Ilva Marenko said on Monday in an interview with a newspaper that the door was open.",
        "Ilva Marenko told reporters in Velgrad that the door was open.",
        "According to Ilva Marenko, the door was open.",
        "As Ilva Marenko said on Monday, the door was open.",
        "On Monday Ilva Marenko announced that the door was open.",
    ],
)
def test_indirect_speech_is_the_content_without_cue_and_speaker(text: str) -> None:
    passage = the_passage(text)
    assert passage.actor == HER
    assert passage.attribution == "indirect"
    assert text[passage.start : passage.end] == "the door was open"


def test_a_cue_may_stand_after_indirect_speech() -> None:
    text = "The door was open, Ilva Marenko said."
    assert passages_of(text) == [(HER, "The door was open")]


def test_a_cue_may_stand_inside_indirect_speech() -> None:
    text = "The door, Ilva Marenko said, would stay open."
    assert said_by(HER, text) == ["The door", "would stay open"]


def test_a_quotation_around_its_cue_gives_two_passages() -> None:
    text = "“The door is open,” Ilva Marenko said. “Nobody has come through it.”"
    assert said_by(HER, text) == ["The door is open", "Nobody has come through it."]


def test_words_partly_quoted_are_mixed() -> None:
    passage = the_passage("Ilva Marenko said that the offer was “a door without a house”.")
    assert passage.attribution == "mixed"
    assert passage.fidelity == "reported"


def test_a_second_verb_of_the_same_speaker_begins_a_new_passage() -> None:
    text = "Ilva Marenko rejected the paper and called for new talks."
    assert said_by(HER, text) == ["the paper", "new talks"]


def test_a_participle_goes_on_with_the_same_speaker() -> None:
    text = "Ilva Marenko said the door was open, adding that nobody had come."
    assert said_by(HER, text) == ["the door was open", "nobody had come"]


def test_a_quotation_in_the_next_paragraph_belongs_to_the_last_speaker() -> None:
    text = "“The door is open,” Ilva Marenko said.\n\n“Nobody has come through it.”"
    assert said_by(HER, text)[-1] == "Nobody has come through it."


def test_narration_belongs_to_nobody() -> None:
    text = "The fighting in the valley went on for a third week. Snow fell on Velgrad."
    assert passages_of(text) == []


def test_a_term_in_quotation_marks_is_no_quotation() -> None:
    text = "The “grey zone” along the river was shelled again in the night."
    assert passages_of(text) == []


def test_a_title_of_a_work_is_no_quotation() -> None:
    text = "The book “Seven Winters Under Grey Roofs” was sold out."
    assert passages_of(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "Ilva Marenko: Without recognition no talks",
        "Read more: Ilva Marenko said that the door was open",
        "Photo: Ilva Marenko says the door is open",
        "By Jana Petrel",
    ],
)
def test_headlines_captions_bylines_and_read_more_belong_to_nobody(line: str) -> None:
    text = f"A quiet week in Velgrad\n\n{line}\n\nSnow fell on the capital for the third day."
    assert passages_of(text) == []


def test_a_statement_below_a_heading_without_a_full_stop_is_read() -> None:
    text = (
        "Ostravia and the bases\n\n"
        "Ilva Marenko said that peace talks could begin in the winter "
        "without any new conditions\n\n"
        "The winter is long in Ostravia."
    )
    assert len(said_by(HER, text)) == 1


def test_a_nested_report_belongs_to_the_innermost_speaker() -> None:
    text = "Oren Tavik said that Ilva Marenko had told him that Ostravia would accept a ceasefire."
    inner = [p for p in reading_of(text).passages if p.actor == HER]
    assert [text[p.start : p.end] for p in inner] == ["Ostravia would accept a ceasefire"]
    assert inner[0].chain == ("Oren Tavik",)


def test_the_outer_speaker_keeps_only_his_own_words() -> None:
    text = "Oren Tavik said that Ilva Marenko had told him that Ostravia would accept a ceasefire."
    assert all("ceasefire" not in words for words in said_by("oren-tavik", text))


def test_what_somebody_denies_having_been_told_stays_his_own() -> None:
    text = "Oren Tavik said that Ilva Marenko had not said that the door was open."
    assert "Ilva Marenko had not said that the door was open" in said_by("oren-tavik", text)


def test_a_credit_of_an_agency_is_no_speaker() -> None:
    text = "Ilva Marenko said that the door was open, Reuters reports."
    assert [p.chain for p in reading_of(text).passages] == [()]


def test_a_dateline_is_no_part_of_the_content() -> None:
    text = "VELGRAD (Reuters) - The door was open, Ilva Marenko said."
    assert said_by(HER, text) == ["The door was open"]


def test_a_noun_that_looks_like_a_cue_is_none() -> None:
    text = "Several river states could be decisive. Both plans of the ministry have failed."
    assert passages_of(text) == []


def test_a_narrators_comment_after_the_content_is_left_out() -> None:
    text = "Ilva Marenko said that the door was open, a step that surprised the markets."
    assert said_by(HER, text) == ["the door was open"]


def test_a_backshifted_sentence_after_a_report_goes_on_with_it() -> None:
    text = "The door is open, Ilva Marenko said. All aims would be reached. Snow fell on Velgrad."
    assert said_by(HER, text) == ["The door is open", "All aims would be reached"]


def test_a_sentence_without_a_cue_is_less_sure() -> None:
    text = "The door is open, Ilva Marenko said. All aims would be reached."
    sure, free = reading_of(text).passages
    assert free.confidence < sure.confidence
    assert (free.attribution, free.fidelity) == ("indirect", "paraphrased")


def test_a_backshifted_sentence_after_two_speakers_is_narration() -> None:
    text = (
        "Ilva Marenko said the door was open, and Oren Tavik said it was shut. "
        "All aims would be reached."
    )
    assert "All aims would be reached" not in [words for _, words in passages_of(text)]


def test_a_backshifted_sentence_of_another_paragraph_is_narration() -> None:
    text = "The door is open, Ilva Marenko said.\n\nAll aims would be reached by Monday in Velgrad."
    assert said_by(HER, text) == ["The door is open"]


def test_those_complained_to_are_no_part_of_the_content() -> None:
    text = "Ilva Marenko complained to journalists that the door was shut."
    assert said_by(HER, text) == ["the door was shut"]


def test_a_participle_before_the_main_clause_has_its_subject() -> None:
    text = "Citing the shut door, Ilva Marenko left the hall in Velgrad."
    assert said_by(HER, text) == ["the shut door"]


def test_who_is_brought_to_speak_is_the_speaker() -> None:
    text = "The shelling prompted Ilva Marenko to call for an open door."
    assert said_by(HER, text) == ["an open door"]


def test_who_makes_a_claim_is_its_source() -> None:
    text = "Oren Tavik made the claim that the door was shut."
    assert said_by("oren-tavik", text) == ["the door was shut"]


def test_who_has_withdrawn_an_offer_does_not_make_it() -> None:
    text = "Oren Tavik has withdrawn the offer of an open door."
    assert said_by("oren-tavik", text) == []


def test_a_question_that_somebody_was_asked_is_not_theirs() -> None:
    text = "In the interview Ilva Marenko was asked, “Is the door really open?”"
    assert said_by(HER, text) == []


def test_words_after_a_colon_belong_to_whom_the_sentence_before_names() -> None:
    text = "Oren Tavik waited. Ilva Marenko made the following offer:\n\n“The door is open to all.”"
    assert said_by(HER, text) == ["The door is open to all."]


def test_unnamed_people_inside_a_report_leave_the_words_to_who_reports_them() -> None:
    text = "Ilva Marenko said that analysts said that the door was shut."
    assert "analysts said that the door was shut" in said_by(HER, text)


def test_a_party_in_brackets_is_no_end_of_the_subject() -> None:
    text = "Ilva Marenko (Green), chair of the council, said that the door was open."
    assert said_by(HER, text) == ["the door was open"]


def test_a_clause_joined_to_a_view_is_no_part_of_it() -> None:
    text = "Ilva Marenko praised the open door on Sunday, and she left the hall in Velgrad."
    assert said_by(HER, text) == ["the open door on Sunday"]


def test_a_statement_that_opens_with_its_occasion_belongs_to_who_says_it_at_the_end() -> None:
    text = "In the valley, the door will be opened soon, Ilva Marenko announced on Monday."
    assert said_by(HER, text) == ["In the valley, the door will be opened soon"]


def test_what_somebody_says_of_their_own_wishes_is_stored_once() -> None:
    text = "Ilva Marenko said that Marenko hopes to see the door opened."
    assert said_by(HER, text) == ["Marenko hopes to see the door opened"]


def test_a_wish_of_the_other_person_inside_a_report_is_given_besides() -> None:
    text = (
        "President Tomas Brel left on Monday. "
        "Ilva Marenko said that he hopes to see the door opened."
    )
    assert "to see the door opened" in said_by("tomas-brel", text)
    assert said_by(HER, text) == ["he hopes to see the door opened"]


@pytest.mark.parametrize(
    "before",
    [
        "<script>alert('x')</script> ",
        '<script src="a.js">',
        '<p class="lead">',
        "<b>",
        'The script is shown. <script>if (a < b) { say("yes") }</script> ',
    ],
)
def test_tags_that_stand_in_the_text_are_nobodys_words(before: str) -> None:
    text = f"{before}“The door is open for talks,” Foreign Minister Ilva Marenko said on Tuesday."
    assert passages_of(text) == [("ilva-marenko", "The door is open for talks")]
    assert the_passage(text).attribution == "direct"


def test_tags_inside_a_report_do_not_end_it() -> None:
    text = 'Ilva Marenko said that the <a href="/door">door</a> is <em>not</em> open.'
    words = 'the <a href="/door">door</a> is <em>not</em> open'
    assert passages_of(text) == [("ilva-marenko", words)]


def test_a_comparison_is_no_tag() -> None:
    assert passages_of("Ilva Marenko said that 3 < 4 and 5 > 4, as in talks.") == [
        ("ilva-marenko", "3 < 4 and 5 > 4, as in talks")
    ]
