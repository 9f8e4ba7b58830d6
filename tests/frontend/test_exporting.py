"""What a page shows as a file, the citation of a statement, and the printable brief."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend import exporting
from tests.frontend.record import CLOSED, NOW, OPEN, Record
from tracker import search

STANCE = "/stances/ilva-marenko/negotiations/"


def rows_of(client: Client, url: str, **query: Any) -> list[dict[str, str]]:
    response = client.get(url, {"format": "csv", **query})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined] # streams
    return list(csv.DictReader(io.StringIO(text)))


def lines_of(client: Client, url: str, **query: Any) -> list[dict[str, Any]]:
    response = client.get(url, {"format": "jsonl", **query})
    assert response["Content-Type"] == "application/x-ndjson"
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined] # streams
    return [json.loads(line) for line in text.splitlines()]


def test_a_timeline_exports_its_utterances_with_the_shifts_before_them(
    client: Client, record: Record
) -> None:
    record.story()
    first, second = rows_of(client, STANCE)
    assert first["text"] == OPEN
    assert first["rendering"] == "quoted verbatim"
    assert first["shifts"] == ""
    assert second["value"] == "-4"
    assert second["shifts"] == "reversal, scope changed (provisional)"
    assert [row["value"] for row in lines_of(client, STANCE)] == [4, -4]


def test_an_export_holds_what_the_address_shows(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    record.shift(older, record.utterance(OPEN, "2024-05-01"), status="undecided")
    shown = rows_of(client, STANCE, **{"from": "2024-02-01", "until": "2024-12-31"})
    assert [row["said"] for row in shown] == ["2024-03-01", "2024-05-01"]
    assert shown[1]["shifts"] == "pair (undecided)"
    assert rows_of(client, STANCE, undecided="no")[1]["shifts"] == ""
    assert rows_of(client, STANCE, said_until="2024-04-01")[0]["text"] == OPEN
    assert rows_of(client, STANCE, known_at="2020-01-01") == []


def test_an_export_holds_only_what_the_filters_let_through(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    told = record.utterance("She would talk.", "2024-05-01", fidelity="reported", grade="D3")
    record.shift(older, told, "softening")
    ids = [str(row.pk) for row in (older, told, newer)]
    shown = {
        (): ids,
        (("fidelity", "verbatim"),): [ids[0], ids[2]],
        (("fidelity", "reported"),): [ids[1]],
        (("fidelity", ("verbatim", "reported")),): ids,
        (("grade", "C"),): [ids[0], ids[2]],
        (("grade", "A"),): [],
        (("grade", "Z"),): ids,
    }
    for asked, expected in shown.items():
        rows = rows_of(client, STANCE, **dict(asked))
        assert [row["utterance"] for row in rows] == expected, asked


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|x", "%x"]
)
def test_no_cell_is_a_formula(client: Client, record: Record, start: str) -> None:
    spoken = record.utterance(f"{start} river", "2024-03-01")
    spoken.canonical.document.title = start
    spoken.canonical.document.save()
    cells = [
        rows_of(client, STANCE)[0]["text"],
        rows_of(client, "/documents/")[0]["title"],
        rows_of(client, "/search/", q="river")[0]["text"],
    ]
    assert all(cell.startswith("'") for cell in cells), cells
    assert lines_of(client, STANCE)[0]["text"] == f"{start} river"


def test_every_list_can_be_saved(client: Client, record: Record) -> None:
    older, newer, shift = record.story()
    pair = {"older": older.pk, "newer": newer.pk}
    both = {
        "document": older.canonical.document_id,
        "other_document": newer.canonical.document_id,
    }
    assert rows_of(client, "/")[0]["utterances"] == "2"
    assert rows_of(client, "/actors/ilva-marenko/")[0]["topic"] == "Negotiations"
    assert rows_of(client, "/topics/negotiations/")[0]["actor"] == "Ilva Marenko"
    assert rows_of(client, "/shifts/", kind="reversal")[0]["newer_text"] == CLOSED
    assert rows_of(client, "/shifts/", kind="softening") == []
    assert rows_of(client, f"/shifts/{shift.pk}/")[0]["kinds"] == "reversal; scope_changed"
    assert [row["utterance"] for row in rows_of(client, f"/utterances/{older.pk}/")] == [
        str(older.pk)
    ]
    assert rows_of(client, "/compare/", **pair)[0]["verdict"] == "shift"
    assert rows_of(client, "/compare/", **both)[0]["other_text"] == CLOSED
    assert len(rows_of(client, "/documents/")) == 2
    assert rows_of(client, "/search/", q="recognises")[0]["text"] == OPEN


def test_the_desk_exports_what_waits_with_the_words_to_be_judged(
    desk: Client, record: Record
) -> None:
    older, _, shift = record.story()
    unsure = record.statement("It was never ours.", "2024-05-02", confidence=0.5)
    record.proposal(older.canonical, unsure)
    record.document("No day in here.", problem="no date found in the text")
    rows = {row["kind"]: row for row in rows_of(desk, "/review/")}
    assert list(rows) == ["shift", "merge", "date", "speaker"]
    assert (rows["shift"]["text"], rows["shift"]["other_text"]) == (OPEN, CLOSED)
    assert rows["shift"]["page"].endswith(f"/shifts/{shift.pk}/")
    assert rows["merge"]["other_text"] == "It was never ours."
    assert rows["date"]["why"] == "no date found in the text"
    assert rows["speaker"]["why"] == "confidence 50%"
    assert [row["number"] for row in lines_of(desk, "/review/", kind="shift")] == [shift.pk]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_search_that_is_given_up_midway_says_so_at_the_end_of_its_file(
    client: Client, record: Record, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    for day in ("2024-03-01", "2024-05-01"):
        record.utterance("We are ready to talk.", day)
    monkeypatch.setattr(exporting, "_AT_A_TIME", 1)
    response = client.get("/search/", {"q": "talk", "format": form})
    _give_up(monkeypatch)
    *_, last = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined] # streams
    assert "This file is not whole. Too much to look through." in last


def test_a_search_that_is_given_up_at_once_is_no_file(
    client: Client, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    _give_up(monkeypatch)
    response = client.get("/search/", {"q": "talk", "format": "csv"})
    assert response.status_code == 400
    assert "Too much to look through." in response.content.decode()


def _give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def places(*args: Any, **options: Any) -> Any:
        raise search.TooSlowError("Too much to look through.")

    monkeypatch.setattr(search, "places", places)


def test_a_format_that_is_none_shows_the_page(client: Client, record: Record) -> None:
    assert "<h1>" in client.get("/", {"format": "xlsx"}).content.decode()


def test_without_public_reading_strangers_get_no_file(
    client: Client, record: Record, settings: Any
) -> None:
    settings.PUBLIC_READING = False
    spoken = record.utterance(OPEN, "2024-03-01")
    for url in (
        f"{STANCE}?format=csv",
        "/brief/",
        f"/statements/{spoken.canonical_id}/citation.txt",
    ):
        assert client.get(url).status_code == 302, url


# --- Citations ----------------------------------------------------------------------------------


def cited(client: Client, record: Record, form: str, **fields: Any) -> str:
    document = record.document(OPEN, title="Talks & more_", url="https://wire.example/a?b=1")
    spoken = record.statement(OPEN, "2024-03-01", document=document, **fields)
    response = client.get(f"/statements/{spoken.pk}/citation.{form}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_citation_names_who_when_where_and_the_archive(client: Client, record: Record) -> None:
    text = cited(client, record, "txt")
    assert text.startswith(f"Ilva Marenko, said 1 March 2024: “{OPEN}” (quoted verbatim). In: ")
    assert "“Talks & more_”, Velgrad Wire, undated." in text
    assert "https://web.archive.org/web/20260105/https://wire.example/a?b=1" in text


def test_a_paraphrase_is_cited_without_quotation_marks(client: Client, record: Record) -> None:
    text = cited(client, record, "txt", fidelity="paraphrased", attribution="indirect")
    assert f"said 1 March 2024: {OPEN} (paraphrased; not a quotation)" in text


def test_bibtex_escapes_what_tex_would_read(client: Client, record: Record) -> None:
    text = cited(client, record, "bib")
    assert text.startswith("@online{stanceline-")
    assert r"title = {Talks \& more\_}" in text


def test_csl_json_is_a_list_of_one_item(client: Client, record: Record) -> None:
    (item,) = json.loads(cited(client, record, "json"))
    assert item["container-title"] == "Velgrad Wire"
    assert item["accessed"] == {"date-parts": [[NOW.year, NOW.month, NOW.day]]}


def test_a_citation_has_no_control_characters(client: Client, record: Record) -> None:
    spoken = record.statement("a\u202eb\x01c } \\", "2024-03-01")
    for form in ("txt", "bib"):
        text = client.get(f"/statements/{spoken.pk}/citation.{form}").content.decode()
        assert "\u202e" not in text
        assert "\x01" not in text


# --- The brief ----------------------------------------------------------------------------------


def test_a_brief_sets_out_the_chosen_shifts_with_their_sources(
    client: Client, record: Record
) -> None:
    older, newer, shift = record.story()
    other = record.shift(newer, record.utterance(OPEN, "2025-09-01"), "softening")
    left_out = record.shift(older, other.newer, "hardening")
    html = client.get(
        f"/brief/?shift={other.pk}&shift={shift.pk}&title=For+Monday"
    ).content.decode()
    assert ">For Monday</h1>" in html
    assert html.index(f'id="shift-{shift.pk}"') < html.index(f'id="shift-{other.pk}"')
    assert f'id="shift-{left_out.pk}"' not in html
    assert "Older passage: source [2]. Newer passage: source [3]." in html
    assert html.count("Velgrad Wire (reliability B)") == 3


def test_a_brief_sets_out_compared_pairs_after_the_shifts(client: Client, record: Record) -> None:
    older, _, shift = record.story()
    later = record.utterance(OPEN, "2025-09-01")
    page = client.get("/compare/", {"older": older.pk, "newer": later.pk}).content.decode()
    pair = f"pair={older.pk}-{later.pk}"
    assert f'href="/brief/?{pair}"' in page
    html = client.get(f"/brief/?shift={shift.pk}&{pair}").content.decode()
    assert "1 shift and 1 compared pair from 3 documents" in html
    assert html.index(f'id="shift-{shift.pk}"') < html.index(f'id="pair-{older.pk}-{later.pk}"')
    assert "Older passage: source [1]. Newer passage: source [3]." in html
    assert f'name="pair" value="{older.pk}-{later.pk}"' in html


@pytest.mark.parametrize(
    "asked",
    [
        *("", "?shift=x", "?shift=999999", f"?shift={'9' * 40}", "?shift=٣"),
        *("?pair=1", "?pair=1-x", "?pair=999998-999999", f"?pair={'9' * 40}-1"),
    ],
)
def test_a_brief_of_nothing_says_how_to_choose(client: Client, record: Record, asked: str) -> None:
    html = client.get(f"/brief/{asked}").content.decode()
    assert "No shift is chosen" in html


def test_a_title_is_only_text(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    query = {"shift": str(shift.pk), "title": "<script>alert(1)</script>\u202e"}
    html = client.get("/brief/", query).content.decode()
    assert "<script>alert" not in html


def test_the_queries_of_a_brief_and_of_an_export_do_not_grow(
    client: Client, record: Record
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
            assert response.status_code == 200
            if response.streaming:
                b"".join(response.streaming_content)  # type: ignore[attr-defined] # it streams
        return len(captured)

    _, _, shift = record.story()
    urls = [f"{STANCE}?format=csv", "/shifts/?format=csv", "/documents/?format=csv"]
    before = [queries(url) for url in [*urls, f"/brief/?shift={shift.pk}"]]
    chosen, pairs = [shift.pk], []
    for number in range(1, 9):
        older = record.utterance(f"{OPEN} {number}", f"2024-{number:02}-02")
        newer = record.utterance(f"{CLOSED} {number}", f"2025-{number:02}-02")
        chosen.append(record.shift(older, newer, "reversal").pk)
        pairs.append(f"pair={older.pk}-{shift.newer_id}")
    brief = "/brief/?" + "&".join(f"shift={pk}" for pk in chosen)
    assert [queries(url) for url in [*urls, brief]] == before
    assert queries(f"/brief/?{pairs[0]}") == queries("/brief/?" + "&".join(pairs))


def test_a_brief_holds_fifty_shifts(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    url = "/brief/?" + "&".join(f"shift={number}" for number in range(shift.pk, shift.pk + 60))
    assert "A brief holds 50 shifts and pairs" in client.get(url).content.decode()


def test_a_retracted_utterance_is_exported_as_it_was(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    later = NOW + timedelta(days=2)
    older.attestations.update(retracted_at=later)
    older.retracted_at = later
    older.save()
    assert rows_of(client, f"/utterances/{older.pk}/")[0]["text"] == OPEN
