"""The documents of the invented minister: what was written down by hand must be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from tracker import dates
from tracker.dates import EdtfDate
from tracker.management.commands.read import actors_in, topics_in
from tracker.reading import Passage, Reading, read

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
DOCUMENTS = {
    row["file"]: row
    for row in json.loads((FIXTURES / "documents.json").read_text(encoding="utf-8"))
}
EXPECTED = {
    expected["document"]: expected
    for path in sorted((FIXTURES / "expected").glob("*.json"))
    if "document" in (expected := json.loads(path.read_text(encoding="utf-8")))
}
ENOUGH = 0.9  # of the words written down must lie in the passage


def text_of(name: str) -> str:
    return (FIXTURES / "documents" / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=EXPECTED, ids=str)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def reading(name: str) -> Reading:
    given = DOCUMENTS[name]
    published, said = (
        dates.parse(given[key]) if given.get(key) else None for key in ("published", "said")
    )
    actors, topics = (actors_in(FIXTURES / "actors.json"), topics_in(FIXTURES / "topics.json"))
    return read(text_of(name), actors=actors, topics=topics, published=published, said=said)


def edtf(value: EdtfDate | None) -> str | None:
    return value.edtf if value else None


def overlapping(reading: Reading, actor: str, start: int, end: int) -> list[Passage]:
    """Return the actor's passages that meet the stretch, the one that covers most first."""
    found = [p for p in reading.passages if p.actor == actor and p.start < end and start < p.end]
    return sorted(found, key=lambda p: max(start, p.start) - min(end, p.end))


def test_the_document_as_a_whole_is_read_as_expected(name: str, reading: Reading) -> None:
    expected = EXPECTED[name]
    codes = {warning.code for warning in reading.warnings}
    assert reading.genre in expected["genre"]
    assert edtf(reading.published) in expected["published"]
    assert edtf(reading.said) in expected["said"]
    assert set(expected["warnings"]) - {"near_duplicate"} <= codes
    assert not codes & set(expected["no_warnings"])
    assert bool(reading.problem) == bool(expected["problem"])


def test_each_passage_of_the_actor_is_found_as_expected(name: str, reading: Reading) -> None:
    for wanted in EXPECTED[name]["passages"]:
        check(wanted, name, reading)


def check(wanted: dict[str, Any], name: str, reading: Reading) -> None:
    start = text_of(name).index(wanted["text"])
    end = start + len(wanted["text"])
    passage = overlapping(reading, EXPECTED[name]["actor"], start, end)[0]
    covered = min(end, passage.end) - max(start, passage.start)
    assert covered >= ENOUGH * (end - start), wanted["id"]
    assert passage.speaker in wanted["speaker"], wanted["id"]
    assert passage.attribution in wanted["attribution"], wanted["id"]
    assert passage.fidelity in wanted["fidelity"], wanted["id"]
    assert edtf(passage.said) in wanted["said"], wanted["id"]
    assert set(wanted["topics"]) <= {match.topic for match in passage.topics}, wanted["id"]


def test_nothing_of_anyone_else_is_the_actors(name: str, reading: Reading) -> None:
    for other in EXPECTED[name]["not_hers"]:
        start = text_of(name).index(other["text"])
        end = start + len(other["text"])
        assert not overlapping(reading, EXPECTED[name]["actor"], start, end), other["text"]
