"""The pages: what they show, to whom, in how many queries, and that texts stay texts."""

import gzip
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from frontend.templatetags.words import when
from tests.frontend.record import CLOSED, NOW, OPEN, Record, analyst
from tracker import dates
from tracker.models import Preferences

HOSTILE = '<script>alert(1)</script> a\u202eb & "c"'
STANCE = "/stances/ilva-marenko/negotiations/"


def text_of(client: Client, url: str, **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def every_page(record: Record) -> list[str]:
    """Return the address of every page that anybody may read, over a small story."""
    older, newer, shift = record.story()
    return [
        *("/", STANCE, "/shifts/", "/documents/", "/documents/?state=triage", "/login/"),
        *("/actors/ilva-marenko/", "/topics/negotiations/", "/compare/"),
        *("/search/", "/search/?q=ready"),
        *(f"{STANCE}?open=u{older.pk}", f"{STANCE}?open=s{shift.pk}", f"/utterances/{newer.pk}/"),
        f"/shifts/{shift.pk}/",
        f"/compare/?older={older.pk}&newer={newer.pk}",
        f"/documents/{older.canonical.document_id}/",
    ]


def test_every_page_opens_under_the_strict_policy(client: Client, record: Record) -> None:
    for url in every_page(record):
        response = client.get(url)
        assert response.status_code == 200, url
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy


def test_no_page_has_style_or_script_inside(client: Client, record: Record) -> None:
    for url in every_page(record):
        html = text_of(client, url)
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick" not in html
        scripts = [part.split(">")[0] for part in html.split("<script")[1:]]
        assert all('src="' in part or 'type="application/json"' in part for part in scripts), url


@pytest.mark.django_db
def test_an_empty_record_says_so_and_how_to_begin(client: Client) -> None:
    assert "The record is empty" in text_of(client, "/")


def test_the_overview_shows_the_latest_shift_and_what_waits(client: Client, record: Record) -> None:
    record.story()
    record.document("No day in here.", problem="no date found in the text")
    html = text_of(client, "/")
    assert "Reversal, scope changed" in html
    assert "no date found in the text" in html


def test_the_timeline_has_its_table_without_any_script(client: Client, record: Record) -> None:
    record.story()
    html = text_of(client, STANCE)
    assert OPEN in html
    assert CLOSED in html
    assert "between 1 March 2025 and 20 March 2025" in html
    assert "1 shift (1 provisional)." in html


def test_the_page_of_a_long_stance_is_light(client: Client, record: Record) -> None:
    chance = random.Random(6)

    def words(place: int) -> str:
        return " ".join(f"{chance.choice(OPEN.split())}{chance.randrange(500)}" for _ in range(150))

    record.many(1200, words)
    packed = gzip.compress(text_of(client, STANCE).encode())
    assert len(packed) < 100_000


def test_filters_narrow_the_table_and_are_kept_in_its_links(client: Client, record: Record) -> None:
    record.story()
    record.utterance("She would talk to Karsk.", "2024-05-01", fidelity="reported", grade="D3")
    html = text_of(client, STANCE, grade="C", fidelity=["verbatim", "paraphrased"])
    table = html.split('id="rows"')[1].split("</section>")[0]
    assert "2 of 3 utterances" in table
    assert "She would talk" not in table
    assert "10 months without a record" in table
    assert "?grade=C&amp;fidelity=verbatim&amp;fidelity=paraphrased&amp;open=u" in table
    assert "No utterance is left" in text_of(client, STANCE, grade="A")
    assert "is not one of the available choices" in text_of(client, STANCE, grade="Z")


def test_a_year_without_a_word_is_a_row_of_the_table(client: Client, record: Record) -> None:
    record.story()
    assert "12 months without a record" in text_of(client, STANCE)


def test_what_was_said_later_is_not_shown_as_of_an_earlier_day(
    client: Client, record: Record
) -> None:
    record.story()
    html = text_of(client, STANCE, said_until="2024-12-31")
    assert OPEN in html
    assert CLOSED not in html
    assert "2024-12-31" in html


def test_what_was_recorded_later_is_not_shown_as_of_an_earlier_instant(
    client: Client, record: Record
) -> None:
    record.story()
    html = text_of(client, STANCE, known_at=(NOW - timedelta(days=1)).isoformat())
    assert OPEN not in html
    assert "That is not a position" in html


@pytest.mark.parametrize("bad", ["2024-13-45", "soon", "2024-01-01T99:00"])
def test_a_bad_as_of_date_is_named_beside_its_field(
    client: Client, record: Record, bad: str
) -> None:
    record.story()
    assert "errorlist" in text_of(client, STANCE, known_at=bad, said_until=bad)


def test_the_panel_of_an_utterance_gives_context_and_manner(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    html = text_of(client, STANCE, open=f"u{older.pk}")
    assert "The minister spoke to the press." in html
    assert "quoted verbatim" in html
    assert "Foreign Minister, Ostravia" in html
    assert f"/documents/{older.canonical.document_id}/#c{older.canonical.start}" in html


def test_the_panel_gives_the_question_and_the_reasons_of_the_grade(
    client: Client, record: Record
) -> None:
    words = "Will you talk? We are ready for talks with Karsk."
    regions = [
        {"start": 0, "end": 14, "kind": "question"},
        {"start": 15, "end": len(words), "kind": "statement"},
    ]
    document = record.document(words, regions=regions)
    place = {"document": document, "start": 15, "end": len(words)}
    spoken = record.utterance(words[15:], "2024-03-01", **place)
    html = text_of(client, f"/utterances/{spoken.pk}/")
    assert "<b>Asked:</b> Will you talk?" in html
    assert "B: Velgrad Wire is usually reliable." in html
    assert "words in quotation marks start at 2" in html


def test_a_paraphrase_stands_without_quotation_marks(client: Client, record: Record) -> None:
    told = record.utterance(OPEN, "2024-03-01", fidelity="paraphrased", attribution="indirect")
    html = text_of(client, f"/utterances/{told.pk}/")
    assert "paraphrased; not a quotation" in html
    assert '<figure class="passage report">' in html
    assert '<figure class="passage quotation">' not in html


def test_the_panel_of_a_shift_gives_reasons_and_what_would_change_it(
    client: Client, record: Record
) -> None:
    _, _, shift = record.story()
    html = text_of(client, STANCE, open=f"s{shift.pk}")
    assert "one side is negated" in html
    assert "without the negation there is no shift" in html
    assert "<ins>" in html


@pytest.mark.parametrize("key", ["u999999", "s999999", "x1", "u", "u-1", "u" + "9" * 40, "u٣"])
def test_an_item_that_is_not_there_leaves_the_timeline_readable(
    client: Client, record: Record, key: str
) -> None:
    record.story()
    assert 'id="panel"' not in text_of(client, STANCE, open=key)


def test_a_retracted_utterance_keeps_its_page(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    later = NOW + timedelta(days=2)
    older.attestations.update(retracted_at=later)
    older.retracted_at = later
    older.save()
    html = text_of(client, f"/utterances/{older.pk}/")
    assert "7 January 2026" in html.split("retracted")[1]
    assert "ready for talks" in html


def test_instants_are_given_in_the_readers_time_zone_and_days_said_never_shift(
    desk: Client, record: Record, ada: User
) -> None:
    older, _, shift = record.story()
    Preferences.objects.create(user=ada, time_zone="Pacific/Kiritimati")
    html = text_of(desk, f"/shifts/{shift.pk}/")
    recorded = f"{NOW + timedelta(hours=14):%-d January 2026 %H:%M} UTC+14"
    assert f'<time datetime="{NOW:%Y-%m-%dT%H:%M:%SZ}">{recorded}</time>' in html
    assert f"between {when(older.said)} and" in html
    assert "Pacific/Kiritimati" in html
    assert str(timezone.get_current_timezone()) == "UTC"


def test_who_is_not_logged_in_reads_utc(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    html = text_of(client, f"/shifts/{shift.pk}/")
    assert f"{NOW:%-d January 2026 %H:%M} UTC</time>" in html


def test_the_reader_labels_every_status_in_words(client: Client, record: Record) -> None:
    older, _, _ = record.story()
    html = text_of(client, f"/documents/{older.canonical.document_id}/")
    assert '<span class="tag narration">narration</span>' in html
    assert '<span class="tag statement">statement</span>' in html
    assert f'id="c{older.canonical.start}"' in html


def test_the_reader_explains_warnings(client: Client, record: Record) -> None:
    words = "Translated by a machine. All is well."
    warning = {"code": "machine_translated", "message": "says so", "start": 0, "end": 24}
    document = record.document(words, warnings=[warning])
    html = text_of(client, f"/documents/{document.pk}/")
    assert "A machine chose the words" in html
    assert "warned" in html


def test_hostile_text_is_only_text_on_every_page(client: Client, record: Record) -> None:
    older = record.utterance(HOSTILE, "2024-03-01", variance=[{"note": HOSTILE}])
    newer = record.utterance(HOSTILE + " not", "2024-04-01")
    document = older.canonical.document
    document.title, document.problem = HOSTILE, HOSTILE
    document.save()
    shift = record.shift(older, newer, "reversal", reasons=[HOSTILE])
    pages = [
        *("/", STANCE, "/shifts/", "/documents/", f"/documents/{document.pk}/"),
        *(f"{STANCE}?open=u{older.pk}", f"{STANCE}?open=s{shift.pk}", f"/shifts/{shift.pk}/"),
        f"/compare/?older={older.pk}&newer={newer.pk}",
        f"/compare/?document={document.pk}&other_document={newer.canonical.document_id}",
        *(f"/brief/?shift={shift.pk}", "/search/?q=script", "/topics/negotiations/"),
    ]
    for url in pages:
        html = text_of(client, url)
        assert "<script>alert" not in html, url
        assert "\u202e" not in html.split('<script id="chart-data"')[0], url


def test_hostile_text_is_only_text_on_the_desk(desk: Client, record: Record, ada: User) -> None:
    older = record.utterance(HOSTILE, "2024-03-01")
    newer = record.utterance(HOSTILE + " not", "2024-04-01")
    shift = record.shift(older, newer, "reversal", reasons=[HOSTILE])
    guess = record.statement(HOSTILE, "2024-05-01", confidence=0.5, attributed_as=HOSTILE)
    record.proposal(older.canonical, guess)
    waiting = record.document(HOSTILE, title=HOSTILE, problem=HOSTILE)
    text = {"text": HOSTILE + " x" * 9, "title": HOSTILE, "source": record.source.pk}
    coded = {"older": older.pk, "newer": newer.pk, "degree": 1, "note": HOSTILE}
    for coder, direction in ((ada, "hardened"), (analyst("bo"), "softened")):
        desk.force_login(coder)
        desk.post("/review/coding/", {**coded, "direction": direction})
    desk.post(f"/shifts/{shift.pk}/confirm/", {"note": HOSTILE})
    desk.post(f"/documents/{waiting.pk}/date/", {"said": "2024-03", "note": HOSTILE})
    pages = [
        *("/review/", f"/review/?edit={shift.pk}", "/review/coding/", "/review/agreement/"),
        f"/documents/{guess.document_id}/?statement={guess.pk}",
        *(f"/documents/{waiting.pk}/", f"/shifts/{shift.pk}/", f"/utterances/{older.pk}/"),
    ]
    answers = {url: text_of(desk, url) for url in pages}
    answers["preview"] = desk.post("/add/", {**text, "preview": "1"}).content.decode()
    for url, html in answers.items():
        assert "<script>alert" not in html, url
        typed = html.split('id="add"')[-1].split('id="preview"')[-1]  # a field gives back its text
        assert "\u202e" not in typed, url


def test_a_very_long_word_is_served_whole(client: Client, record: Record) -> None:
    word = "a" * 100_000
    document = record.document(word)
    assert word in text_of(client, f"/documents/{document.pk}/")


def test_a_document_without_a_title_is_known_by_its_words_source_and_day(
    client: Client, desk: Client, record: Record
) -> None:
    statement = record.statement(OPEN, "2024-03-01", confidence=0.5)
    document = statement.document
    document.title, document.problem = "", "no date found in the text"
    document.set_said(dates.parse("2024-03-01"))
    document.save()
    for url in ("/documents/", f"/documents/{document.pk}/", "/"):
        assert "The minister spoke to the press." in text_of(client, url)
    assert "The minister spoke to the press." in text_of(desk, "/review/?kind=date")
    called = f"document {document.pk} of Velgrad Wire, 1 March 2024"
    assert called in text_of(desk, "/review/?kind=speaker")


@pytest.mark.parametrize(
    "url",
    [
        *("/stances/nobody/nothing/", "/actors/nobody/", "/topics/nothing/", "/utterances/9/"),
        *("/shifts/9/", "/documents/9/", "/documents/9/state.json", "/nowhere/"),
        *("/compare/?older=9&newer=8", f"/documents/{10**30}/"),
    ],
)
@pytest.mark.django_db
def test_what_is_not_there_gets_the_page_for_that(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404
    assert "Nothing is kept at this address" in response.content.decode()


def test_shifts_are_filtered_by_what_the_address_asks_for(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    link = f'href="/shifts/{shift.pk}/"'
    assert link in text_of(client, "/shifts/", kind="reversal", actor="ilva-marenko")
    assert link not in text_of(client, "/shifts/", kind="softening")
    assert link not in text_of(client, "/shifts/", status="confirmed")


def test_a_withdrawn_shift_is_listed_only_when_asked_for(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    shift.status, shift.withdrawn_at = "withdrawn", NOW
    shift.save()
    link = f'href="/shifts/{shift.pk}/"'
    assert link not in text_of(client, "/shifts/")
    assert link in text_of(client, "/shifts/", status="withdrawn")


def test_undecided_pairs_are_counted_apart(client: Client, record: Record) -> None:
    older, newer, _ = record.story()
    assert "1 shift, the latest" in text_of(client, "/shifts/")
    record.shift(newer, older, status="undecided", direction="none")
    assert "1 shift and 1 undecided pair, the latest" in text_of(client, "/shifts/")
    assert "1 undecided pair, the latest" in text_of(client, "/shifts/", status="undecided")
    assert "0 shifts, the latest" in text_of(client, "/shifts/", kind="softening")


def test_a_timeline_leads_to_a_brief_of_the_shifts_that_it_shows(
    client: Client, record: Record
) -> None:
    older, newer, shift = record.story()
    pair = record.shift(newer, older, status="undecided", direction="none")
    link = re.search(r'href="(/brief/[^"]*)"', text_of(client, STANCE))
    assert link is not None
    html = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert '<h1 dir="auto">Ilva Marenko on Negotiations</h1>' in html
    assert f'id="shift-{shift.pk}"' in html
    assert f'id="shift-{pair.pk}"' not in html
    assert "/brief/" not in text_of(client, STANCE, grade="A")


def test_what_names_no_icon_finds_the_mark(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith(".svg")


def test_a_withdrawn_shift_leads_to_the_one_that_stands_in_its_place(
    client: Client, record: Record
) -> None:
    older, newer, shift = record.story()
    shift.status, shift.withdrawn_at = "withdrawn", NOW
    shift.save()
    page = f"/shifts/{shift.pk}/"
    assert "Between the same two" not in text_of(client, page)
    other = record.shift(older, newer, "reversal")
    assert f'stands <a href="/shifts/{other.pk}/">' in text_of(client, page)


def test_a_filter_that_is_none_is_named(client: Client, record: Record) -> None:
    assert "Select a valid choice" in text_of(client, "/shifts/", kind="nonsense")


def test_without_public_reading_strangers_are_sent_to_the_login(
    client: Client, record: Record, settings: Any
) -> None:
    settings.PUBLIC_READING = False
    for url in ("/", STANCE, "/shifts/", "/documents/", "/documents/1/state.json", "/compare/"):
        response = client.get(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith(reverse("login"))


def test_a_reader_sees_no_button_that_decides(client: Client, record: Record) -> None:
    _, _, shift = record.story()
    assert "Confirm" not in text_of(client, f"/shifts/{shift.pk}/")
    assert "Set the date" not in text_of(client, f"/documents/{shift.older_statement.document_id}/")


def test_the_login_does_not_lead_to_other_sites(client: Client, record: Record, ada: Any) -> None:
    words = {"username": "ada", "password": "a long password", "next": "https://elsewhere.example/"}
    assert client.post("/login/", words)["Location"] == "/"
