"""The forms of an answer."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from typing import Any

import feedparser
import pytest
from django.contrib.auth.models import User

from api.formats import linked
from tests.api import records
from tests.api.calling import BASE, Caller
from tests.tracker.records import NOT_READY, READY, known_people, later, record, row, settle
from timeline.lexicon import languages, lexicon
from tracker import review
from tracker.models import Actor, Shift

ATOM = "{http://www.w3.org/2005/Atom}"


def _answer(caller: Caller, path: str, form: str = "", **head: str) -> Any:
    query = {"format": form} if form else {}
    return caller.client.get(f"{BASE}/{path}", query, headers=head)


def _table(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


@pytest.mark.parametrize(
    ("form", "accept"),
    [("ndjson", "application/x-ndjson"), ("csv", "text/csv"), ("json", "application/json")],
)
def test_a_form_is_chosen_by_name_or_by_accept(anyone: Caller, form: str, accept: str) -> None:
    records.statement()
    named = _answer(anyone, "statements", form)
    accepted = _answer(anyone, "statements", Accept=accept)
    assert named.content == accepted.content
    assert named.headers["Content-Type"].partition(";")[0] == accept
    assert "Accept" in accepted.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "form"), [("statements", "xml"), ("actors", "atom"), ("shifts", ""), ("shifts", "\0")]
)
def test_a_form_that_is_not_there_is_a_problem(anyone: Caller, path: str, form: str) -> None:
    response = anyone.client.get(f"{BASE}/{path}", {"format": form})
    assert response.status_code == 406
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "ndjson" in response.json()["detail"]


def test_an_accept_that_cannot_be_met_is_a_problem(anyone: Caller) -> None:
    response = _answer(anyone, "statements", Accept="image/png")
    assert response.status_code == 406
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_form_given_twice_or_where_there_is_one_only_is_refused(anyone: Caller) -> None:
    assert anyone.client.get(f"{BASE}/statements?format=csv&format=json").status_code == 400
    assert anyone.client.get(f"{BASE}/position?format=csv").status_code == 400


def test_lines_hold_the_rows_of_the_page(anyone: Caller) -> None:
    for _ in range(3):
        records.statement()
    page = anyone.get("statements", {"limit": 2})
    response = anyone.client.get(f"{BASE}/statements?limit=2&format=ndjson")
    assert [json.loads(line) for line in response.content.splitlines()] == page["results"]
    following = response.headers["Link"].partition(">")[0].removeprefix("<")
    assert len(anyone.client.get(following).content.splitlines()) == 1


def test_a_table_has_a_head_and_nested_names(anyone: Caller) -> None:
    kept = records.shift()
    (row,) = _table(_answer(anyone, "shifts", "csv"))
    assert row["actor.slug"] == "ilva-marenko"
    assert row["newer.said.edtf"] == "2024-06-01"
    assert json.loads(row["kinds"]) == ["reversal", "hardening"]
    assert (row["id"], row["withdrawn_at"]) == (str(kept.pk), "")
    assert row["recorded_at"] == "2026-05-04T12:00:00Z"


def test_an_empty_table_still_has_its_head(anyone: Caller) -> None:
    head = _answer(anyone, "topics", "csv").content.decode().strip()
    assert head == "slug,name,description,parent,orientation,terms,exclusions"


@pytest.mark.parametrize("path", ["shifts", "subscriptions"])
def test_no_lines_still_have_their_type(owner: User, path: str) -> None:
    caller = Caller(records.key("read", "subscribe", owner=owner))
    response = _answer(caller, path, "ndjson", **caller.headers)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    gone = caller.client.delete(
        f"{BASE}/subscriptions/{records.subscription(owner).pk}", headers=caller.headers
    )
    assert (gone.status_code, gone.headers.get("Content-Type")) == (204, None)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(anyone: Caller, text: str) -> None:
    records.statement(text=text, cue=text, topic=None)
    (row,) = _table(_answer(anyone, "statements", "csv"))
    assert row["exact"] == row["cue"] == f"'{text}"
    assert row["credibility"] == "2"


def test_a_negative_number_stays_a_number(anyone: Caller) -> None:
    records.utterance(value=-4)
    (row,) = _table(_answer(anyone, "utterances", "csv"))
    assert row["value"] == "-4"


def test_a_statement_is_an_annotation_of_its_document(anyone: Caller) -> None:
    kept = records.statement()
    note = _answer(anyone, f"statements/{kept.pk}", "jsonld").json()
    assert note["@context"] == "http://www.w3.org/ns/anno.jsonld"
    quote, place = note["target"]["selector"]
    text = _text(anyone, note["target"])
    assert text[place["start"] : place["end"]] == quote["exact"] == records.TEXT
    page = _answer(anyone, "statements", "jsonld").json()
    assert page["type"] == "AnnotationPage"
    assert page["items"][0] == {key: value for key, value in note.items() if key != "@context"}


def test_a_statement_on_no_topic_is_an_annotation_without_tags(anyone: Caller) -> None:
    records.statement(topic=None)
    (note,) = _answer(anyone, "statements", "jsonld").json()["items"]
    assert [body["purpose"] for body in note["body"]] == ["identifying"]


def test_a_shift_annotates_the_words_that_show_it(anyone: Caller) -> None:
    text = f"𝒜 “Well,” she said. {records.TEXT}"
    document = records.document(text)
    start = text.index(records.TEXT)
    older = records.statement(document=document, start=start, end=len(text))
    shift = records.shift(older=records.utterance(older))
    note = _answer(anyone, f"shifts/{shift.pk}", "jsonld").json()
    for target, exact in zip(note["target"], ["We ar", "We are no"], strict=True):
        quote, place = target["selector"]
        words = _text(anyone, target)
        assert words[place["start"] : place["end"]] == quote["exact"] == exact
        assert words[place["end"] :].startswith(quote["suffix"])
    assert note["target"][0]["source"].endswith(f"/documents/{document.pk}/text")
    assert {"reversal", "hardening", "hardened", "a negation was added", "Talks with Karsk"} == {
        body["value"] for body in note["body"] if "value" in body
    }


def _text(caller: Caller, target: Any) -> str:
    response = caller.client.get(target["source"])
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return str(response.content.decode())


def test_actors_and_speeches_are_popolo(anyone: Caller) -> None:
    records.utterance()
    records.utterance(records.statement("2024-05~"))
    found = _answer(anyone, "actors", "popolo").json()
    assert found["persons"][0]["memberships"][0]["role"] == "Foreign Minister"
    speeches = _answer(anyone, "utterances", "popolo").json()["speeches"]
    assert [speech["date"] for speech in speeches] == [None, "2024-03-01"]
    assert speeches[0]["creator_id"] == "ilva-marenko"


def test_what_is_known_of_a_person_stands_where_popolo_has_it(anyone: Caller) -> None:
    Actor.objects.create(slug="ada", name="Ada Rell", pronoun="she", description="An envoy.")
    found = _answer(anyone, "actors/ada", "popolo").json()
    assert (found["pronouns"], found["biography"]) == (["she"], "An envoy.")


def test_an_organisation_is_nobodys_member_and_what_is_empty_says_so(anyone: Caller) -> None:
    assert _answer(anyone, "actors", "popolo").json() == {"persons": [], "organizations": []}
    assert _answer(anyone, "utterances", "popolo").json() == {"speeches": []}
    Actor.objects.create(slug="ministry", name="Ministry", kind=Actor.Kind.ORGANISATION)
    (found,) = _answer(anyone, "actors", "popolo").json()["organizations"]
    assert "memberships" not in found


def test_positions_are_events_by_the_names_of_plover(anyone: Caller) -> None:
    kept = records.utterance(value=3)
    (event,) = _answer(anyone, "utterances", "plover").json()["events"]
    required = ("id", "date", "source", "event")  # "JSON Data Fields" of the codebook
    assert [event[name] for name in required] == [
        str(kept.pk),
        "2024-03-01",
        [{"identifier_id": "ilva-marenko", "identifier_text": "Ilva Marenko"}],
        ["AGREE"],
    ]
    assert (event["quad_code"], event["event_scale"]) == (1, 3)
    assert (event["context"], event["recipient"]) == (["hypothetical"], [])
    assert event == _answer(anyone, f"utterances/{kept.pk}", "plover").json()


@pytest.mark.parametrize(
    ("text", "event", "contexts"),
    [
        ("We will not attack Karsk.", ["ASSAULT"], {"negation", "future"}),
        ("The coffee is warm.", [], set()),
    ],
)
def test_an_event_tells_what_is_denied_and_is_none_without_an_act(
    anyone: Caller, text: str, event: list[str], contexts: set[str]
) -> None:
    records.utterance(records.statement(text=text))
    (shown,) = _answer(anyone, "utterances", "plover").json()["events"]
    assert (shown["event"], set(shown["context"])) == (event, contexts)


def test_every_act_that_is_read_has_its_category_and_its_quad() -> None:
    cues = [cue for code in languages() for some in lexicon(code).by_first.values() for cue in some]
    acts = {cue.kind for cue in cues if cue.list == "act"}
    assert acts - linked._PLOVER.keys() == {"request"}
    assert set(linked._PLOVER.values()) == linked._QUADS.keys()


def test_shifts_are_an_atom_feed_with_the_filters_of_the_list(anyone: Caller) -> None:
    shift = records.shift(reasons=["a <b> & a \x08bell"])
    feed = ET.fromstring(_answer(anyone, "shifts", "atom").content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"http://127.0.0.1:8000/shifts/{shift.pk}/"
    assert "Ilva Marenko on Talks with Karsk: hardened" in str(entry.findtext(f"{ATOM}title"))
    assert "a <b> & a bell" in str(entry.findtext(f"{ATOM}content"))
    assert feed.findtext(f"{ATOM}updated") == "2026-05-04T12:00:00Z"
    other = anyone.client.get(f"{BASE}/shifts?format=atom&kind=softening")
    assert ET.fromstring(other.content).findall(f"{ATOM}entry") == []


@pytest.mark.parametrize(
    "about",
    [
        {"actor": "ilva-marenko", "topic": "talks"},
        {"actor": "ilva-marenko"},
        {"topic": "talks"},
        {"search": "harbour talk"},
    ],
    ids=["stance", "actor", "topic", "saved search"],
)
def test_each_feed_is_read_by_a_feed_reader(
    anyone: Caller, owner: User, about: dict[str, str]
) -> None:
    gone: dict[str, Any] = {
        "status": Shift.Status.WITHDRAWN,
        "withdrawn_at": records.NOW + timedelta(days=1),
    }
    kept, withdrawn = records.shift(), records.shift(**gone)
    if "search" in about:
        about = {"search": records.saved_search(owner, name=about["search"]).mark}
    asked = {**about, "status": ["provisional", "confirmed", "withdrawn"]}
    answer = anyone.client.get(f"{BASE}/shifts", {**asked, "format": "atom"})
    feed = feedparser.parse(answer.content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    addresses = [f"http://127.0.0.1:8000/shifts/{one.pk}/" for one in (withdrawn, kept)]
    assert [entry.id for entry in feed.entries] == addresses
    assert feed.entries[0].title.startswith("Withdrawn: Ilva Marenko on Talks with Karsk")
    assert feed.entries[0].updated == feed.feed.updated == "2026-05-05T12:00:00Z"
    assert ("harbour talk" in feed.feed.title) == ("search" in about)
    answer = anyone.client.get(f"{BASE}/shifts", {**asked, "format": "jsonfeed"})
    # https://www.jsonfeed.org/version/1.1/: what is required of a feed and of each item
    assert answer.headers["Content-Type"].startswith("application/feed+json")
    other = answer.json()
    assert {"version", "title", "items"} <= set(other)
    assert [item["id"] for item in other["items"]] == addresses
    assert all(isinstance(item["content_text"], str) for item in other["items"])


def test_a_feed_says_when_the_status_of_a_shift_changed(anyone: Caller) -> None:
    """Each entry and the feed move on with a verdict and with a withdrawal (RFC 4287, 4.2.15)."""
    known_people()
    record(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"))
    seen = [_told(anyone)]
    for hours, judge in ((1, review.confirm), (2, review.reject)):
        judge(Shift.objects.get(), by=None, now=later(hours=hours))
        settle(later(hours=hours))
        seen.append(_told(anyone))
    assert seen == [
        ("provisional", "2026-01-05T12:00:00Z"),
        ("confirmed", "2026-01-05T13:00:00Z"),
        ("withdrawn", "2026-01-05T14:00:00Z"),
    ]
    then = {"known_at": "2026-01-05T13:30:00Z"}
    assert anyone.get("shifts", then)["results"][0]["changed_at"] == seen[1][1]


def _told(caller: Caller) -> tuple[str, str]:
    """Return the status of the one shift, and since when: the same in each form."""
    asked = {"status": ["provisional", "confirmed", "withdrawn"]}
    atom, items, ics = (
        caller.client.get(f"{BASE}/shifts", {**asked, "format": form})
        for form in ("atom", "jsonfeed", "ics")
    )
    feed = feedparser.parse(atom.content)
    (entry,) = feed.entries
    assert not feed.bozo
    assert _lacks(ET.fromstring(atom.content)) == []
    (item,) = items.json()["items"]
    stamp = re.search("DTSTAMP:(.*)\r", ics.content.decode())
    assert stamp
    moment = datetime.fromisoformat(stamp[1]).isoformat().replace("+00:00", "Z")
    assert {feed.feed.updated, entry.updated, item["date_modified"]} == {moment}
    assert entry.published == "2026-01-05T12:00:00Z"
    return item["tags"][0], moment


def _lacks(feed: ET.Element) -> list[str]:
    """Return what RFC 4287 (4.1.1, 4.1.2) wants once in a feed and in each entry, and is not."""
    places = (feed, *feed.findall(f"{ATOM}entry"))
    wanted = [(place, name) for place in places for name in ("id", "title", "updated")]
    wanted.append((feed, "author"))
    return [name for place, name in wanted if len(place.findall(ATOM + name)) != 1]


def test_a_json_feed_names_its_next_page(anyone: Caller) -> None:
    records.shift()
    records.shift()
    feed = anyone.client.get(f"{BASE}/shifts?format=jsonfeed&limit=1").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == 1
    assert len(anyone.client.get(feed["next_url"]).json()["items"]) == 1


def test_a_calendar_has_each_shift_on_its_days(anyone: Caller) -> None:
    shift = records.shift(
        newer=records.utterance(records.statement("2024-06", "No, never; not “now”. " * 9)),
        status=Shift.Status.WITHDRAWN,
        withdrawn_at=records.NOW,
    )
    response = anyone.client.get(f"{BASE}/shifts?format=ics&status=withdrawn")
    text = response.content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")
    assert "DTSTART;VALUE=DATE:20240601" in lines
    assert "DTEND;VALUE=DATE:20240701" in lines
    assert "STATUS:CANCELLED" in lines
    assert f"UID:shift-{shift.pk}@127.0.0.1" in lines
    names = [re.split("[:;]", line)[0] for line in lines]
    wanted = ("VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART")  # RFC 5545, 3.6 and 3.6.1
    assert [names.count(name) for name in wanted] == [1] * 5
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert any(line.startswith("DESCRIPTION:") and "No\\, never\\; not" in line for line in lines)


def test_a_bad_query_is_a_problem_in_every_form(anyone: Caller) -> None:
    response = anyone.client.get(f"{BASE}/shifts?format=atom&limit=0")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
