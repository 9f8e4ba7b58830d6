"""When and where: dates that the text gives, and dates that it does not."""

from datetime import date

import pytest

from tests.tracker.reading.sayings import PEOPLE, reading_of
from tracker.dates import EdtfDate, between, day
from tracker.reading import dates, read

THURSDAY = day(date(2023, 5, 25))


@pytest.mark.parametrize(
    ("words", "edtf"),
    [
        ("date 2024-07-27 Something", "2024-07-27"),
        ("17:58 29.07.2024 •", "2024-07-29"),
        ("Velgrad, July 27, 2024", "2024-07-27"),
        ("27 July 2024", "2024-07-27"),
        ("27th of July 2024", "2024-07-27"),
        ("July 2024", "2024-07"),
        ("1. Juli 2024", "2024-07-01"),
        ("27 июля 2024", "2024-07-27"),
        ("25/04/2024", "2024-04-25"),
        ("04/25/2024", "2024-04-25"),
    ],
)
def test_a_written_date_has_its_precision_and_its_words(words: str, edtf: str) -> None:
    (found,) = dates.explicit(words, 0, len(words))
    assert found.value.edtf == edtf
    assert found.value.basis in words


@pytest.mark.parametrize("words", ["31.02.2024", "version 1.2.2024.5", "2024-13-01", "no date"])
def test_what_is_no_date_is_none(words: str) -> None:
    assert dates.explicit(words, 0, len(words)) == []


def test_a_slashed_date_that_could_be_two_days_is_an_interval() -> None:
    (found,) = dates.explicit("03/04/2024", 0, 10)
    assert found.value.edtf == "2024-03-04/2024-04-03"


def test_another_date_of_the_document_decides_the_order() -> None:
    text = "03/04/2024 and 25/04/2024"
    first, _ = dates.explicit(text, 0, len(text), order=dates.day_first(text))
    assert first.value.edtf == "2024-04-03"


@pytest.mark.parametrize(
    ("words", "edtf"),
    [
        ("on Wednesday", "2023-05-24"),
        ("on Thursday", "2023-05-25"),
        ("on Friday", "2023-05-19"),
        ("yesterday", "2023-05-24"),
        ("today", "2023-05-25"),
        ("last week", "2023-05-15/2023-05-21"),
        ("last month", "2023-04"),
        ("last year", "2022"),
        ("last December", "2022-12"),
        ("last May", "2022-05"),
        ("in March", "2023-03"),
        ("in June", "2022-06"),
        ("on May 3", "2023-05-03"),
        ("on 3 June", "2022-06-03"),
    ],
)
def test_relative_words_count_back_from_the_published_date(words: str, edtf: str) -> None:
    value = dates.spoken_of(words, 0, len(words), published=THURSDAY)
    assert value is not None
    assert (value.edtf, value.basis) == (edtf, words)


def test_relative_words_without_a_published_date_mean_nothing() -> None:
    assert dates.spoken_of("on Wednesday", 0, 12, published=None) is None


def test_a_weekday_before_an_uncertain_date_is_an_interval() -> None:
    published = between(date(2023, 5, 25), date(2023, 6, 1))
    value = dates.spoken_of("on Wednesday", 0, 12, published=published)
    assert value is not None
    assert value.edtf == "2023-05-24/2023-05-31"


def test_an_undated_text_waits_and_says_which_words_cannot_be_placed() -> None:
    text = "Ilva Marenko said on Wednesday that the door was open."
    reading = reading_of(text, published=None)
    assert reading.said is None
    assert "on Wednesday" in reading.problem
    assert "no_date" in {warning.code for warning in reading.warnings}
    assert [p.said for p in reading.passages] == [None]


def test_a_footer_dates_nothing() -> None:
    text = (
        "Ilva Marenko said that the door was open. It was cold in Velgrad.\n\n"
        "Copyright 2019 Harbour Review. Updated site design 3 May 2019."
    )
    assert reading_of(text, published=None).published is None


def test_a_year_in_the_story_is_not_the_date_of_the_story() -> None:
    text = (
        "Ilva Marenko said that the treaty of 3 May 1997 between the two countries on fishing in "
        "the lower river was still in force and would be kept."
    )
    assert reading_of(text, published=None).published is None


def test_given_dates_win_over_the_text() -> None:
    text = "Velgrad, 3 May 2024\n\nIlva Marenko said on Friday that the door was open."
    reading = read(text, actors=PEOPLE, said=day(date(2024, 4, 1)), published=THURSDAY)
    assert reading.published == THURSDAY
    assert {p.said.edtf for p in reading.passages if p.said} == {"2024-04-01"}


def test_words_recalled_from_long_ago_keep_their_own_date() -> None:
    text = (
        "Ilva Marenko said on Wednesday that the door was open.\n\n"
        "In February 2022 Marenko had said that Ostravia wanted no talks.\n\n"
        "Marenko said that it was cold."
    )
    edtfs = [p.said.edtf for p in reading_of(text, published=THURSDAY).passages if p.said]
    assert edtfs[0] == edtfs[-1] == "2023-05-24"
    assert "2022-02" in edtfs


def test_a_report_without_time_words_tells_of_its_day_or_the_day_before() -> None:
    reading = reading_of("Ilva Marenko said that the door was open.", published=THURSDAY)
    assert reading.passages[0].said == EdtfDate(
        "2023-05-24/2023-05-25", date(2023, 5, 24), date(2023, 5, 25)
    )


def test_the_opening_line_of_a_transcript_gives_day_and_place() -> None:
    text = (
        "10:00 26.05.2023\n\nForeign Minister Ilva Marenko’s remarks after the session, "
        "Port Lisem, May 24, 2023:\n\nGood evening.\n\nQuestion: Is the door open?\n\n"
        "Ilva Marenko: It is."
    )
    reading = read(text, actors=PEOPLE)
    assert reading.said is not None
    assert reading.published is not None
    assert (reading.said.edtf, reading.published.edtf) == ("2023-05-24", "2023-05-26")
    assert reading.venue == "Port Lisem"
