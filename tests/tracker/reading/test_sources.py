"""Who is the source where sentences are long: appositions, relative clauses, shared subjects."""

import pytest

from tests.tracker.reading.sayings import passages_of, reading_of, said_by, the_passage

HER, HIM = "ilva-marenko", "tomas-brel"


@pytest.mark.parametrize(
    "text",
    [
        "Ilva Marenko, who lost a post in Velgrad, Karsk, in July 2012, said talks would go on.",
        "Ilva Marenko, meanwhile, who was in Velgrad, said talks would go on.",
        "Ilva Marenko — who was in Velgrad on Friday — said talks would go on.",
        "Ilva Marenko, whose home, Velgrad, is small, said talks would go on.",
        "Ilva Marenko, backed by her party, said talks would go on.",
        "Talks would go on, said Ilva Marenko, a minister who was there.",
        "Talks would go on, Ilva Marenko (R-O.P.) told The Courier on Friday.",
        "Talks would go on, a minister, Ilva Marenko, said on Friday.",
        "And, as Ilva Marenko said, talks would go on.",
    ],
)
def test_appositions_part_no_subject_from_its_verb(text: str) -> None:
    (words,) = said_by(HER, text)
    assert words.lower() == "talks would go on"


def test_who_backs_somebody_does_not_speak_for_them() -> None:
    text = "Voters who backed Brel said they hoped for talks."
    assert "they hoped for talks" not in said_by(HIM, text)
    speakers = [p.speaker for p in reading_of(text).passages if p.cue == "said"]
    assert speakers == ["Voters who backed Brel"]


@pytest.mark.parametrize(
    "text",
    [
        "Ilva Marenko made a strong attack on Karsk's last plan and pledged to leave the pact.",
        "Ilva Marenko sent a letter saying Brel's words are false, and vowed to leave the pact.",
        "Ilva Marenko rejected the plan and vowed to leave the pact.",
        "In a letter announcing the vote, Ilva Marenko praised it, vowing to leave the pact.",
    ],
)
def test_verbs_share_the_subject_of_their_sentence(text: str) -> None:
    last = reading_of(text).passages[-1]
    assert last.actor == HER
    assert text[last.start : last.end] == "to leave the pact"


def test_a_letter_posted_somewhere_posts_nothing() -> None:
    text = "In a letter posted on Friday, Ilva Marenko said she had doubts about the pact."
    assert [(p.cue, p.actor) for p in reading_of(text).passages] == [("said", HER)]


def test_the_verb_of_a_subordinate_clause_shares_its_own_subject() -> None:
    text = "Tomas Brel was angry after Ilva Marenko attacked the pact and blamed the allies."
    assert said_by(HER, text) == ["the pact", "the allies"]


def test_what_was_asked_is_not_what_was_answered() -> None:
    text = "Asked whether the pact, which is old, would end, Ilva Marenko said: “I hope not.”"
    assert said_by(HER, text) == ["I hope not."]


def test_content_stops_where_the_sentence_goes_on_with_its_own_verb() -> None:
    text = "Ilva Marenko supports a strong pact and left for Velgrad."
    assert said_by(HER, text) == ["a strong pact"]


def test_content_goes_on_after_a_relative_clause_inside_it() -> None:
    text = "Ilva Marenko argued the pact, which has held for years, is in danger."
    assert said_by(HER, text)[0] == "the pact, which has held for years, is in danger"


def test_content_goes_on_with_that_after_the_cue() -> None:
    text = "There is a risk, Ilva Marenko said, that the pact would end."
    assert said_by(HER, text) == ["There is a risk", "the pact would end"]


def test_the_author_of_a_claim_may_follow_it() -> None:
    text = "There were complaints by the minister, Ilva Marenko, that the pact was dead."
    assert "the pact was dead" in said_by(HER, text)


@pytest.mark.parametrize(
    "text",
    [
        "The tour of the states after the vote was long.",
        "He is a ranking member of the council.",
        "Votes from five states after contests in June were counted.",
    ],
)
def test_nouns_that_look_like_verbs_report_nothing(text: str) -> None:
    assert not [p for p in reading_of(text).passages if p.speaker]


def test_a_paragraph_announced_without_marks_is_direct_speech() -> None:
    text = (
        "Ilva Marenko is angry.\n\nMarenko added:\n\n"
        "It is typical of them. They know nothing of the pact and never did.\n\nIt rained."
    )
    (passage,) = reading_of(text).passages
    assert (passage.actor, passage.attribution) == (HER, "direct")
    assert text[passage.start : passage.end].startswith("It is typical")
    assert text[passage.start : passage.end].endswith("never did.")


def test_an_agency_that_states_something_itself_is_the_speaker() -> None:
    assert the_passage("Reuters says the pact has 12 members.").speaker == "Reuters"
    assert said_by(HER, "Reuters reports that Ilva Marenko said the pact would end.") == [
        "the pact would end"
    ]


def test_a_closing_mark_that_opens_a_paragraph_was_typed_the_wrong_way_round() -> None:
    text = "”The pact is dead and nobody mourns it,” Ilva Marenko said."
    assert passages_of(text) == [(HER, "The pact is dead and nobody mourns it")]


def test_family_is_no_adverb() -> None:
    text = "The pact would end, lawyers for the family said."
    assert the_passage(text).speaker == "lawyers for the family"


def test_a_closing_cue_of_speech_takes_all_before_it() -> None:
    text = "In addition to the pact, bonds with Karsk remain a priority, Ilva Marenko emphasized."
    assert said_by(HER, text) == [
        "In addition to the pact, bonds with Karsk remain a priority",
    ]


def test_what_the_reporter_adds_about_what_was_left_unsaid_is_not_content() -> None:
    text = "Ilva Marenko said that talks would go on, without specifying whether in Karsk."
    assert said_by(HER, text) == ["talks would go on"]


def test_regarding_is_no_verb_of_regarding() -> None:
    text = "Regarding the pact, Ilva Marenko said it would end."
    assert said_by(HER, text) == ["it would end"]


def test_a_name_glued_to_the_sentence_before_is_found() -> None:
    text = "It was a fight of ideas.Marenko claims that the pact would end. Ilva Marenko left."
    assert said_by(HER, text) == ["the pact would end"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Restructuring experts say the pact would end.", "Restructuring experts"),
        ('The ad, titled "Unity?", concludes that the pact would end.', 'The ad, titled "Unity?"'),
        (
            "Unions push for trade, but Brel has rallied thousands by promising to leave the pact.",
            "Brel",
        ),
        ("About three in 10 said the pact would end.", "About three in 10"),
        ("The pact would end, reported Reuters.", "Reuters"),
    ],
)
def test_a_source_is_the_whole_subject(text: str, speaker: str) -> None:
    assert (reading_of(text).passages[-1].speaker or "").rstrip(",") == speaker
