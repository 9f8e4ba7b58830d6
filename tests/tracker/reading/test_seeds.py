"""The five real documents beside the project: what must be read, without a word of theirs.

Assertions are structural: counts, dates, attribution, offsets of marks that any reader can
see. The texts themselves stay where they are.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from tracker.dates import EdtfDate, parse
from tracker.management.commands.read import actors_in, topics_in
from tracker.reading import Passage, Reading, read

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
HIM = "sergey-lavrov"
pytestmark = pytest.mark.corpus


def seed(corpus: Path, number: str, published: EdtfDate | None = None) -> tuple[str, Reading]:
    (path,) = (corpus / "seeds").glob(f"{number}_*.txt")
    text = path.read_text(encoding="utf-8")
    actors, topics = actors_in(FIXTURES / "actors.json"), topics_in(FIXTURES / "topics.json")
    return text, read(text, actors=actors, topics=topics, published=published)


def his(reading: Reading) -> list[Passage]:
    return [passage for passage in reading.passages if passage.actor == HIM]


def topics_of(reading: Reading) -> Counter[str]:
    return Counter(match.topic for passage in his(reading) for match in passage.topics)


def codes(reading: Reading) -> set[str]:
    return {warning.code for warning in reading.warnings}


def test_the_translated_report_is_dated_by_its_head_and_warned_of(corpus: Path) -> None:
    _, reading = seed(corpus, "000")
    assert reading.published is not None
    assert reading.published.edtf == "2024-07-27"
    assert codes(reading) == {"machine_translated", "no_byline"}
    assert reading.translated
    assert reading.venue == "Vientiane"


def test_the_translated_report_gives_him_his_passages_within_its_date(corpus: Path) -> None:
    text, reading = seed(corpus, "000")
    assert len(his(reading)) >= 9
    assert {p.said.edtf for p in his(reading) if p.said} == {"2024-07-26/2024-07-27"}
    direct = [p for p in his(reading) if p.attribution == "direct"]
    assert len(direct) == text.count('"') // 2 == 2
    assert {p.fidelity for p in direct} == {"translated"}
    assert set(topics_of(reading)) == {"negotiations", "nato", "pivot-to-asia"}


def test_the_translated_report_resolves_every_title_to_him(corpus: Path) -> None:
    _, reading = seed(corpus, "000")
    titles = {"the chief diplomat", "the russian minister", "the kremlin politician", "he"}
    assert titles <= {(p.speaker or "").lower() for p in his(reading)}


def test_what_his_neighbour_declared_is_not_his(corpus: Path) -> None:
    _, reading = seed(corpus, "000")
    assert sum(p.actor == "dmytro-kuleba" for p in reading.passages) == 2


def test_the_undated_report_waits_in_triage(corpus: Path) -> None:
    _, reading = seed(corpus, "001")
    assert (reading.said, reading.published) == (None, None)
    assert "on Wednesday" in reading.problem
    assert all(p.said is None for p in reading.passages)
    assert reading.genre == "wire"


def test_the_undated_report_gives_him_his_topics_and_others_their_own(corpus: Path) -> None:
    text, reading = seed(corpus, "001")
    assert set(topics_of(reading)) == {"negotiations", "nato", "pivot-to-asia"}
    # The four regions are what the reporter guesses that he meant.
    gloss = text.index("four Ukrainian regions")
    assert not [p for p in his(reading) if p.start <= gloss < p.end]
    assert {"vladimir-putin", "emmanuel-macron"} <= {p.actor for p in reading.passages}
    assert Counter(p.attribution for p in his(reading))["direct"] == 2
    assert all("agerpres" not in " ".join(p.chain).lower() for p in his(reading))


def test_a_report_given_its_published_day_dates_what_was_said_on_wednesday(corpus: Path) -> None:
    published = parse("2022-12-08")
    for number, day, least in (("001", "2022-12-07", 10), ("004", "2022-12-07", 15)):
        _, reading = seed(corpus, number, published)
        assert {p.said.edtf for p in his(reading) if p.said} == {day}
        assert len(his(reading)) >= least


def test_the_garbled_report_given_its_published_day_was_said_then_or_the_day_before(
    corpus: Path,
) -> None:
    _, reading = seed(corpus, "003", parse("2022-04-02"))
    assert {p.said.edtf for p in his(reading) if p.said} == {"2022-04-01/2022-04-02"}


def test_the_transcript_is_said_on_one_day_and_published_on_another(corpus: Path) -> None:
    _, reading = seed(corpus, "002")
    assert reading.genre == "transcript"
    assert reading.said is not None
    assert reading.published is not None
    assert (reading.said.edtf, reading.published.edtf) == ("2024-07-27", "2024-07-29")
    assert reading.venue == "Vientiane"
    assert reading.warnings == ()


def test_the_transcript_gives_him_each_paragraph_and_nobody_a_question(corpus: Path) -> None:
    text, reading = seed(corpus, "002")
    assert {p.actor for p in reading.passages} == {HIM}
    assert len(reading.passages) == 61
    assert sum(r.kind == "question" for r in reading.regions) == text.count("\nQuestion:")
    assert all(not text[p.start : p.end].startswith("Question") for p in reading.passages)
    assert {p.fidelity for p in reading.passages} == {"verbatim"}


def test_the_transcripts_heading_and_channel_line_belong_to_nobody(corpus: Path) -> None:
    text, reading = seed(corpus, "002")
    assert min(p.start for p in reading.passages) > text.index("•")
    assert max(p.end for p in reading.passages) < text.rindex("read more")


def test_the_garbled_report_is_warned_of_and_waits(corpus: Path) -> None:
    _, reading = seed(corpus, "003")
    assert codes(reading) == {"no_date", "no_byline", "broken_quotation", "broken_sentences"}
    assert reading.problem
    assert len(his(reading)) >= 11
    assert not [p for p in reading.passages if (p.speaker or "").endswith("Lavrov") and not p.known]


def test_a_mark_left_open_swallows_no_paragraph_of_the_garbled_report(corpus: Path) -> None:
    text, reading = seed(corpus, "003")
    assert all("\n" not in text[p.start : p.end] for p in reading.passages)


def test_the_rewritten_report_says_so_and_is_never_verbatim(corpus: Path) -> None:
    text, reading = seed(corpus, "004")
    (warning,) = [w for w in reading.warnings if w.code == "rewritten"]
    assert warning.start is not None
    assert warning.start > text.index("Key details")
    assert {p.fidelity for p in reading.passages} <= {"reported", "paraphrased"}
    assert "negotiations" in topics_of(reading)
    assert "nato" in topics_of(reading)


def test_what_the_denier_denies_is_not_his(corpus: Path) -> None:
    _, reading = seed(corpus, "004")
    assert {p.cue for p in reading.passages if p.actor == "boris-johnson"} == {"denied"}


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_every_character_of_a_seed_is_in_one_region(corpus: Path, number: str) -> None:
    text, reading = seed(corpus, number)
    assert "".join(text[r.start : r.end] for r in reading.regions) == text
    assert re.search(r"\w", "".join(text[r.start : r.end] for r in reading.regions))
