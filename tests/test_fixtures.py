"""The demo data is whole: every file parses, every name it uses exists, nothing is copied."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tracker.dates import parse

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DOCUMENTS = FIXTURES / "documents"
EXPECTED = FIXTURES / "expected"
STORY = EXPECTED / "story.json"

GENRES = {"transcript", "wire", "article", "interview", "statement"}
ATTRIBUTIONS = {"direct", "indirect", "mixed"}
FIDELITIES = {"verbatim", "translated", "reported", "paraphrased"}
DIRECTIONS = {"hardened", "softened", "reversed", "changed"}
WARNINGS = {
    *("translated", "machine_translated", "rewritten", "no_date", "no_byline"),
    *("broken_quotation", "broken_sentences"),
}
KINDS = {
    *("reversal", "hardening", "softening", "condition_added", "condition_dropped"),
    *("condition_changed", "demand_added", "demand_dropped", "scope_changed"),
    *("commitment_strengthened", "commitment_weakened", "reframing"),
}
INVENTED = {
    *("ilva-marenko", "tomas-brel", "karel-dobrin", "oren-tavik", "mira-hadek", "petra-sollen"),
    *("rani-seluka", "anders-holmvik", "northern-pact", "ostravian-foreign-ministry"),
    "forum-of-southern-seas",
}
QUOTATION_MARKS = re.compile("[\"“”„«»‘‹›]|(?<![a-z])['’]|['’](?![a-z])")
COPIED = 60  # characters in a row that two authors do not write alike by chance


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _slugs(name: str) -> set[str]:
    return {row["slug"] for row in _load(FIXTURES / name)}


def _documents() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _load(FIXTURES / "documents.json")
    return rows


def _chronology() -> list[dict[str, Any]]:
    return _lines(FIXTURES / "chronology.jsonl")


def _topics_of(row: dict[str, Any]) -> list[str]:
    return [row["topic"]] if isinstance(row["topic"], str) else row["topic"]


EXPECTATIONS = sorted(path for path in EXPECTED.glob("*.json") if path != STORY)
each_expectation = pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.stem)
each_stance = pytest.mark.parametrize("topic", sorted(_slugs("topics.json")))


def _stance(topic: str) -> dict[str, Any]:
    stance: dict[str, Any] = _load(STORY)["stances"][topic]
    return stance


def _moves(stance: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return chain(stance["shifts"], stance["may_be_shifts"], stance["no_shifts"])


# --- Topics, actors, sources ---------------------------------------------------------------


def test_the_four_topics_of_the_mission_are_there() -> None:
    assert _slugs("topics.json") == {"negotiations", "nato", "territorial-claims", "pivot-to-asia"}


@pytest.mark.parametrize("name", ["topics.json", "actors.json", "sources.json"])
def test_slugs_are_unique_and_plain(name: str) -> None:
    slugs = [row["slug"] for row in _load(FIXTURES / name)]
    assert len(slugs) == len(set(slugs))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def test_each_term_is_weighed_once_between_a_fifth_and_one() -> None:
    for topic in _load(FIXTURES / "topics.json"):
        words = [term["text"].casefold() for term in topic["terms"]]
        assert len(words) == len(set(words)), topic["slug"]
        assert all(0.2 <= term["weight"] <= 1.0 for term in topic["terms"]), topic["slug"]


def test_no_topic_excludes_one_of_its_own_terms() -> None:
    for topic in _load(FIXTURES / "topics.json"):
        terms = {term["text"].casefold() for term in topic["terms"]}
        assert not terms & {text.casefold() for text in topic["exclusions"]}, topic["slug"]


def test_no_name_stands_for_two_actors() -> None:
    names = [
        name
        for actor in _load(FIXTURES / "actors.json")
        for name in {actor["name"].casefold(), *(alias.casefold() for alias in actor["aliases"])}
    ]
    assert sorted(names) == sorted(set(names))


def test_roles_begin_before_they_end() -> None:
    for actor in _load(FIXTURES / "actors.json"):
        for role in actor["roles"]:
            if role["since"] and role["until"]:
                assert parse(role["since"]).latest < parse(role["until"]).earliest, actor["slug"]


def test_a_person_has_a_pronoun_and_an_organisation_none() -> None:
    for actor in _load(FIXTURES / "actors.json"):
        allowed = {"he", "she", "they"} if actor["kind"] == "person" else {""}
        assert actor["pronoun"] in allowed, actor["slug"]


def test_each_source_has_an_admiralty_grade_and_a_reason() -> None:
    for source in _load(FIXTURES / "sources.json"):
        assert source["reliability"] in set("ABCDEF"), source["slug"]
        assert source["reason"], source["slug"]


# --- The chronology of the real minister ---------------------------------------------------


def test_the_chronology_names_only_known_actors_topics_and_sources() -> None:
    actors, topics = _slugs("actors.json"), _slugs("topics.json")
    sources = _slugs("sources.json")
    for row in _chronology():
        assert row["actor"] in actors, row
        assert topics.issuperset(_topics_of(row)), row
        assert row["source"] in sources, row


def test_the_chronology_covers_each_topic() -> None:
    assert {topic for row in _chronology() for topic in _topics_of(row)} == _slugs("topics.json")


def test_the_chronology_is_in_order_of_time() -> None:
    days = [parse(row["said"]).earliest for row in _chronology()]
    assert days == sorted(days)


def test_nothing_in_the_chronology_was_published_before_it_was_said() -> None:
    for row in _chronology():
        assert parse(row["said"]).earliest <= parse(row["published"]).latest, row


def test_the_chronology_puts_no_quotation_in_a_real_mouth() -> None:
    for row in _chronology():
        assert not QUOTATION_MARKS.search(row["text"]), row["text"]
        assert (row["attribution"], row["fidelity"]) == ("indirect", "paraphrased"), row["text"]


# --- The documents of the invented minister ------------------------------------------------


def test_every_document_is_listed_once() -> None:
    listed = [row["file"] for row in _documents()]
    assert sorted(listed) == sorted(path.name for path in DOCUMENTS.iterdir())


def test_every_document_comes_from_a_known_source() -> None:
    assert _slugs("sources.json").issuperset(row["source"] for row in _documents())


def test_dates_given_with_a_document_are_edtf() -> None:
    for row in _documents():
        for field in {"published", "said"} & row.keys():
            assert parse(row[field]).edtf == row[field]


def test_no_real_person_is_named_in_an_invented_document() -> None:
    names = {
        name
        for actor in _load(FIXTURES / "actors.json")
        if actor["kind"] == "person" and actor["slug"] not in INVENTED
        for name in (actor["name"], *actor["aliases"])
    }
    real = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(names))) + r")\b")
    for path in DOCUMENTS.iterdir():
        assert not real.search(path.read_text(encoding="utf-8")), path.name


# --- What must be read from them -----------------------------------------------------------


def test_every_document_has_its_expectation() -> None:
    assert {path.stem for path in EXPECTATIONS} == {path.stem for path in DOCUMENTS.iterdir()}


@each_expectation
def test_every_snippet_occurs_exactly_once(path: Path) -> None:
    expected = _load(path)
    text = (DOCUMENTS / expected["document"]).read_text(encoding="utf-8")
    named = chain(expected["passages"], expected["not_hers"], expected["others_inside"])
    for snippet in [*(entry["text"] for entry in named), *expected["irony"]]:
        assert text.count(snippet) == 1, snippet


@each_expectation
def test_no_passage_of_hers_touches_one_that_is_not(path: Path) -> None:
    expected = _load(path)
    text = (DOCUMENTS / expected["document"]).read_text(encoding="utf-8")
    spans = [
        [
            (text.index(entry["text"]), text.index(entry["text"]) + len(entry["text"]))
            for entry in side
        ]
        for side in (expected["passages"], expected["not_hers"])
    ]
    for start, end in spans[0]:
        assert all(end <= other_start or other_end <= start for other_start, other_end in spans[1])


@each_expectation
def test_an_expectation_uses_only_known_words(path: Path) -> None:
    expected = _load(path)
    assert expected["actor"] in _slugs("actors.json")
    assert GENRES.issuperset(expected["genre"])
    assert WARNINGS.issuperset(expected["warnings"] + expected["no_warnings"])
    assert not set(expected["warnings"]) & set(expected["no_warnings"])
    assert {"", "no_date"}.issuperset((expected["problem"], expected["problem_without_metadata"]))
    for passage in expected["passages"]:
        assert ATTRIBUTIONS.issuperset(passage["attribution"]), passage["id"]
        assert FIDELITIES.issuperset(passage["fidelity"]), passage["id"]
        assert _slugs("topics.json").issuperset(passage["topics"]), passage["id"]


@each_expectation
def test_expected_dates_are_edtf_or_nothing(path: Path) -> None:
    expected = _load(path)
    fields = [expected["published"], expected["said"], *(p["said"] for p in expected["passages"])]
    for value in chain.from_iterable(fields):
        assert value is None or parse(value).edtf == value


@each_expectation
def test_a_document_waits_exactly_when_nothing_dates_it(path: Path) -> None:
    expected = _load(path)
    undated = all(passage["said"] == [None] for passage in expected["passages"])
    assert undated == (expected["problem"] == "no_date")


@each_expectation
def test_a_printed_speaker_occurs_in_the_document(path: Path) -> None:
    expected = _load(path)
    text = (DOCUMENTS / expected["document"]).read_text(encoding="utf-8")
    for passage in expected["passages"]:
        assert any(name in text for name in passage["speaker"] if name), passage["id"]


# --- The story they tell -------------------------------------------------------------------


def test_the_story_is_told_on_every_topic() -> None:
    assert set(_load(STORY)["stances"]) == _slugs("topics.json")


@each_stance
def test_every_attestation_of_the_story_is_a_passage_on_its_topic(topic: str) -> None:
    for utterance in _stance(topic)["utterances"]:
        for attestation in utterance["attested_by"]:
            stem = attestation["document"].removesuffix(".txt")
            passages = {p["id"]: p for p in _load(EXPECTED / f"{stem}.json")["passages"]}
            assert topic in passages[attestation["passage"]]["topics"], attestation


@each_stance
def test_an_utterance_was_said_when_its_passages_were(topic: str) -> None:
    for utterance in _stance(topic)["utterances"]:
        for attestation in utterance["attested_by"]:
            stem = attestation["document"].removesuffix(".txt")
            passages = {p["id"]: p for p in _load(EXPECTED / f"{stem}.json")["passages"]}
            assert utterance["said"] in passages[attestation["passage"]]["said"], attestation


@each_stance
def test_no_passage_attests_two_utterances_of_a_stance(topic: str) -> None:
    attested = [
        (attestation["document"], attestation["passage"])
        for utterance in _stance(topic)["utterances"]
        for attestation in utterance["attested_by"]
    ]
    assert len(attested) == len(set(attested))


@each_stance
def test_the_moves_of_the_story_join_its_utterances_forwards_in_time(topic: str) -> None:
    stance = _stance(topic)
    order = {row["utterance"]: number for number, row in enumerate(stance["utterances"])}
    for move in _moves(stance):
        assert order[move["older"]] < order[move["newer"]], move


@each_stance
def test_no_pair_is_both_a_shift_and_none(topic: str) -> None:
    pairs = [(move["older"], move["newer"]) for move in _moves(_stance(topic))]
    assert len(pairs) == len(set(pairs))


@each_stance
def test_each_shift_has_a_known_kind_a_direction_and_a_reason(topic: str) -> None:
    for shift in _stance(topic)["shifts"]:
        assert shift["kinds"], shift
        assert KINDS.issuperset(shift["kinds"]), shift
        assert shift["direction"], shift
        assert DIRECTIONS.issuperset(shift["direction"]), shift
        assert shift["because"], shift


def test_the_reversal_on_talks_is_one_word() -> None:
    older, newer = (
        _words("2023-10-12-wire-velgrad-sollen", "ready-this-winter"),
        _words("2024-02-08-wire-velgrad-no-meeting", "not-ready-this-winter"),
    )
    assert [word for word in newer if word != "not"] == older


def _words(stem: str, passage: str) -> list[str]:
    passages = {p["id"]: p["text"] for p in _load(EXPECTED / f"{stem}.json")["passages"]}
    return re.findall(r"\w+", passages[passage])


# --- Nothing is copied ---------------------------------------------------------------------


def _runs(text: str) -> set[str]:
    """Return every run of COPIED characters, in lower case and with single spaces."""
    plain = " ".join(text.casefold().split())
    return {plain[start : start + COPIED] for start in range(len(plain) - COPIED + 1)}


@pytest.mark.corpus
def test_no_sentence_of_the_real_texts_is_in_the_demo_data(corpus: Path) -> None:
    seeds = set().union(*(_runs(p.read_text("utf-8")) for p in (corpus / "seeds").glob("*.txt")))
    assert seeds
    for path in FIXTURES.rglob("*.*"):
        copied = seeds & _runs(path.read_text(encoding="utf-8"))
        assert not copied, (path.name, sorted(copied)[:1])
