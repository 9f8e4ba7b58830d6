"""The starting texts beside the project, by the same way in that every user takes.

Only structure is asserted (counts, offsets, ids): no sentence of these texts may stand here.
"""

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tracker.models import (
    Attestation,
    Document,
    Shift,
    Statement,
    Utterance,
)

pytestmark = [pytest.mark.corpus, pytest.mark.django_db]

MINISTER = "sergey-lavrov"


@pytest.fixture
def seeds(corpus: Path) -> dict[str, Document]:
    """The five documents, read and detected, by the first three characters of their names."""
    call_command("load_demo", only_people=True, verbosity=0)
    paths = sorted((corpus / "seeds").glob("*.txt"))
    with pytest.raises(CommandError, match="some documents wait in triage"):
        call_command("ingest", *map(str, paths), stdout=io.StringIO(), stderr=io.StringIO())
    return {path.name[:3]: Document.objects.get(capture__filename=path.name) for path in paths}


def utterances(document: Document) -> set[int]:
    held = Attestation.objects.held().filter(statement__document=document)
    return set(held.values_list("utterance", flat=True))


def codes(document: Document) -> set[str]:
    return {warning["code"] for warning in document.warnings}


def test_five_files_are_five_documents(seeds: dict[str, Document]) -> None:
    assert sorted(seeds) == ["000", "001", "002", "003", "004"]
    assert Document.objects.count() == 5


def test_every_statement_points_at_its_words(seeds: dict[str, Document]) -> None:
    statements = list(Statement.objects.select_related("document"))
    assert statements
    for statement in statements:
        text = statement.document.text
        assert text[statement.start : statement.end] == statement.exact


def test_only_the_ministers_turns_in_the_transcript_are_his(seeds: dict[str, Document]) -> None:
    transcript = seeds["002"]
    assert transcript.genre == Document.Genre.TRANSCRIPT
    turns = [
        (match.start(), match[1])
        for match in re.finditer(r"^(?:(Question)|[A-Z][\w ]+): ", transcript.text, re.MULTILINE)
    ]
    held = transcript.statements.held()
    assert {statement.actor.slug for statement in held.select_related("actor")} == {MINISTER}
    for statement in held:
        last = max((turn for turn in turns if turn[0] <= statement.start), default=(0, None))
        assert last[1] is None, f"statement at {statement.start} stands in a question"


def test_what_says_that_it_is_translated_or_rewritten_is_marked(
    seeds: dict[str, Document],
) -> None:
    assert codes(seeds["000"]) & {"translated", "machine_translated"}
    assert "rewritten" in codes(seeds["004"])
    assert "no_date" in codes(seeds["003"])


def test_a_text_without_a_date_waits_in_triage(seeds: dict[str, Document]) -> None:
    assert seeds["003"].state == "triage"
    assert not seeds["003"].statements.exists()


def test_the_wire_report_and_the_transcript_are_one_occasion(seeds: dict[str, Document]) -> None:
    assert utterances(seeds["000"]) & utterances(seeds["002"])


def test_no_shift_lies_between_the_wire_report_and_the_transcript(
    seeds: dict[str, Document],
) -> None:
    two = {seeds["000"].pk, seeds["002"].pk}
    for shift in Shift.objects.standing().select_related("older_statement", "newer_statement"):
        sides = {shift.older_statement.document_id, shift.newer_statement.document_id}
        assert sides != two


def test_no_statement_has_a_date_that_the_text_does_not_give(seeds: dict[str, Document]) -> None:
    for statement in Statement.objects.held().select_related("document"):
        said = statement.said
        assert said is not None
        assert said.basis
        years = set(re.findall(r"(?:19|20)\d\d", statement.document.text))
        assert {str(said.earliest.year), str(said.latest.year)} <= years


def test_ingesting_them_again_changes_nothing(seeds: dict[str, Document], corpus: Path) -> None:
    def rows() -> str:
        return json.dumps(
            [
                list(model.objects.order_by("pk").values())
                for model in (Statement, Utterance, Shift)
            ],
            default=str,
        )

    before = rows()
    paths = [str(path) for path in sorted((corpus / "seeds").glob("*.txt"))]
    with pytest.raises(CommandError) as waiting:
        call_command("ingest", *paths, stdout=io.StringIO(), stderr=io.StringIO())
    assert waiting.value.returncode == 2
    assert rows() == before


def test_a_date_given_on_the_command_line_resolves_what_waits(
    seeds: dict[str, Document], corpus: Path
) -> None:
    (path,) = (corpus / "seeds").glob("003*.txt")
    call_command("ingest", str(path), "--said", "2022-04-01", stdout=io.StringIO())
    seeds["003"].refresh_from_db()
    assert seeds["003"].state == "read"
    assert {statement.said_edtf for statement in seeds["003"].statements.held()} <= {"2022-04-01"}


def test_the_texts_stay_out_of_the_repository(corpus: Path) -> None:
    assert not corpus.resolve().is_relative_to(settings.BASE_DIR)
