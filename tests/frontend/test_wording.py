"""What the pages say of slugs, dates and fidelity."""

from typing import Any

import pytest
from django.test import SimpleTestCase

from frontend import wording
from frontend.templatetags.words import shown
from tracker import dates
from tracker.models import Document, Shift, Source, Statement


@pytest.mark.parametrize(
    ("attribution", "fidelity", "words"),
    [
        ("direct", "verbatim", "quoted verbatim"),
        ("direct", "translated", "quoted in translation"),
        ("indirect", "translated", "reported, translated; not a quotation"),
        ("indirect", "reported", "reported; not a quotation"),
        ("direct", "paraphrased", "paraphrased; not a quotation"),
        (
            "mixed",
            "reported",
            "partly quoted, partly retold (reported); not a quotation as a whole",
        ),
    ],
)
def test_fidelity_is_said_in_words(attribution: str, fidelity: str, words: str) -> None:
    assert wording.rendering(attribution, fidelity) == words


@pytest.mark.parametrize("fidelity", Statement.Fidelity.values)
def test_what_is_not_direct_is_never_a_quotation(fidelity: str) -> None:
    assert not wording.is_quotation("indirect", fidelity)
    assert not wording.is_quotation("mixed", fidelity)


def test_a_paraphrase_is_never_a_quotation() -> None:
    assert not wording.is_quotation("direct", "paraphrased")


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2022-04-01", "1 April 2022"),
        ("2022-04", "April 2022"),
        ("2022", "2022"),
        ("2022-04~", "about April 2022"),
        ("2022-04-01?", "perhaps 1 April 2022"),
        ("2022-04-01/2022-04-03", "between 1 April 2022 and 3 April 2022"),
    ],
)
def test_a_date_is_said_as_exactly_as_it_is_known(edtf: str, words: str) -> None:
    date = dates.parse(edtf)
    assert wording.when(date.edtf, date.earliest, date.latest) == words


def test_not_stated_is_not_zero() -> None:
    assert wording.value(None) == "not stated"
    assert wording.value(0) == "0"


def test_a_value_carries_its_sign() -> None:
    assert (wording.value(4), wording.value(-4)) == ("+4", "−4")


def test_every_slug_of_the_record_has_words() -> None:
    assert set(wording.KIND) == set(Shift.Kind.values)
    assert set(wording.STATUS) == set(Shift.Status.values)
    assert set(wording.DIRECTION) == set(wording.ARROW) == set(Shift.Direction.values)
    assert set(wording.RELIABILITY) == set(Source.Reliability.values)


def test_markup_in_a_text_is_shown_as_text() -> None:
    SimpleTestCase().assertHTMLEqual(shown("<b>"), "&lt;b&gt;")


def test_controls_that_turn_the_order_of_words_are_made_visible() -> None:
    assert shown("no\u202eyes") == 'no<span class="control">U+202E</span>yes'


def test_line_ends_and_other_scripts_stay_as_they_are() -> None:
    assert shown("да\n是\tنعم") == "да\n是\tنعم"


def best(**fields: Any) -> dict[str, Any]:
    source = {"name": "Wire", "reliability": "B"}
    nothing = {"note": "", "warnings": [], "passed_on": []}
    return {"source": source, "attribution": "indirect", **nothing, **fields}


def test_a_grade_gives_a_reason_for_each_step() -> None:
    translated = {"code": "translated", "message": "the text says that it is a translation"}
    witness = best(note="Signs its reports.", warnings=[translated], passed_on=["an aide"])
    assert wording.grade_reasons({"grade": "B5", "sources": 1}, witness) == [
        "B: Wire is usually reliable. Signs its reports.",
        "5: a reporter's own words start at 3.",
        "Lowered: the text says that it is a translation.",
        "Lowered: hearsay, passed on by an aide.",
    ]


def test_other_witnesses_make_the_digit_one() -> None:
    reasons = wording.grade_reasons({"grade": "B1", "sources": 3}, best())
    assert reasons[1:] == ["1: 3 independent sources give these words."]


@pytest.mark.parametrize(
    ("title", "text", "called"),
    [
        ("No price", "We are ready.", "No price"),
        ("", "The bases stay,  says Marenko\n\nVELGRAD - We", "The bases stay, says Marenko"),
        ("", "VELGRAD -\n\tWe are   ready.", "VELGRAD - We are ready."),
        ("", "ready " * 40, "ready " * 15 + "…"),
        ("", "字" * 300, "字" * 91 + " …"),
        ("", " \n", "document 7 of Velgrad Wire"),
    ],
)
def test_a_document_is_called_by_its_title_or_its_first_words(
    title: str, text: str, called: str
) -> None:
    row = Document(pk=7, title=title, text=text, source=Source(name="Velgrad Wire"))
    assert wording.document(row) == called
