"""What we send in other people's forms is read by their rules, and by programs not written here."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from pyld import jsonld  # type: ignore[import-untyped]  # it ships no types

from tests.api import records
from tests.api.calling import BASE, Caller
from tracker.models import Actor, Shift

ANNO = "http://www.w3.org/ns/anno.jsonld"
OA = "http://www.w3.org/ns/oa#"
_LINK = {"@type": "@id"}
# Of the published context, the terms that we send, each as the vocabulary defines it:
# https://www.w3.org/TR/annotation-vocab/
TERMS: dict[str, Any] = {
    "oa": OA,
    "as": "http://www.w3.org/ns/activitystreams#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "@id",
    "type": "@type",
    **{
        name: f"oa:{name}"
        for name in (
            *("Annotation", "SpecificResource", "TextualBody", "TextQuoteSelector"),
            *("TextPositionSelector", "classifying", "describing", "identifying", "tagging"),
            *("exact", "prefix", "suffix"),
        )
    },
    "Software": "as:Application",
    "AnnotationPage": "as:OrderedCollectionPage",
    "body": {"@id": "oa:hasBody", **_LINK},
    "target": {"@id": "oa:hasTarget", **_LINK},
    "source": {"@id": "oa:hasSource", **_LINK},
    "selector": {"@id": "oa:hasSelector", **_LINK},
    "generator": {"@id": "as:generator", **_LINK},
    "next": {"@id": "as:next", **_LINK},
    "items": {"@id": "as:items", "@container": "@list", **_LINK},
    "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
    "purpose": {"@id": "oa:hasPurpose", "@type": "@vocab"},
    "created": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
    "start": {"@id": "oa:start", "@type": "xsd:nonNegativeInteger"},
    "end": {"@id": "oa:end", "@type": "xsd:nonNegativeInteger"},
    "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
    "name": "http://xmlns.com/foaf/0.1/name",
}
ATOM = "{http://www.w3.org/2005/Atom}"


def _context(url: str, options: Any) -> dict[str, Any]:
    assert url == ANNO
    document = {"@context": TERMS}
    return {"contentType": None, "contextUrl": None, "documentUrl": url, "document": document}


def _sent(caller: Caller, path: str, form: str, **query: Any) -> Any:
    response = caller.client.get(f"{BASE}/{path}", {"format": form, **query})
    assert response.status_code == 200
    return response.content


@pytest.mark.parametrize(
    "asked",
    ["statements?limit=1", "search?q=ready", "shifts?limit=1", "statements/{}", "shifts/{}"],
)
def test_an_rdf_processor_loses_nothing_of_an_annotation(anyone: Caller, asked: str) -> None:
    shift = records.shift()
    records.shift()
    number = shift.pk if "shifts" in asked else shift.older_statement_id
    path, _, query = asked.format(number).partition("?")
    response = anyone.client.get(f"{BASE}/{path}?format=jsonld&{query}")
    annotation = response.json()
    options = {"documentLoader": _context}
    whole = jsonld.compact(jsonld.expand(annotation, options), ANNO, options)
    assert _names(whole) == _names(annotation)
    triples = jsonld.to_rdf(annotation, {**options, "format": "application/n-quads"})
    for said in ("hasTarget", "hasSelector", "motivatedBy", "exact", "start"):
        assert f"<{OA}{said}>" in triples
    assert re.search(rf'<{OA}start> "\d+"\^\^<[^>]*#nonNegativeInteger>', triples)


def _names(value: Any) -> list[str]:
    """Return the names in a tree of JSON, each as often as it occurs."""
    if isinstance(value, dict):
        inner = [name for one in value.values() for name in _names(one)]
        return sorted([*value, *inner])
    return sorted(name for one in value for name in _names(one)) if isinstance(value, list) else []


def test_a_calendar_is_read_without_an_error_and_every_event_has_its_days(anyone: Caller) -> None:
    records.shift(reasons=["a; b, c\nd \\ “𝒜”"])
    said = records.utterance(records.statement("2024-06", "No, never; not “now”. " * 9))
    records.shift(newer=said, status=Shift.Status.WITHDRAWN, withdrawn_at=records.NOW)
    sent = _sent(anyone, "shifts", "ics", status=["provisional", "withdrawn"])
    calendar = icalendar.Calendar.from_ical(sent)
    events = calendar.walk("VEVENT")
    assert {"PRODID", "VERSION"} <= calendar.keys()
    assert len(events) == 2
    for part in (calendar, *events):
        assert part.errors == []
    for event in events:
        assert {"UID", "DTSTAMP", "SUMMARY", "DESCRIPTION"} <= event.keys()
        assert event.decoded("DTEND") > event.decoded("DTSTART")
    assert events[0].decoded("DTEND") - events[0].decoded("DTSTART") == timedelta(days=30)
    assert "a; b, c\nd \\ “𝒜”" in str(events[1]["DESCRIPTION"])


def test_a_feed_has_what_rfc_4287_demands(anyone: Caller) -> None:
    records.shift()
    records.shift()
    feed = ET.fromstring(_sent(anyone, "shifts", "atom", limit=1))
    assert len(feed.findall(f"{ATOM}author")) == 1
    assert {link.get("rel") for link in feed.findall(f"{ATOM}link")} >= {"self", "next"}
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 1
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):
            (element,) = part.findall(f"{ATOM}{name}")
            assert (element.text or "").strip()
        assert str(part.findtext(f"{ATOM}id")).startswith("http")
        moment = str(part.findtext(f"{ATOM}updated"))
        assert datetime.fromisoformat(moment).tzinfo is not None


def _popolo(*names: str, **known: Any) -> dict[str, Any]:
    """Return a schema with some of Popolo's names, by its published schemas, and no others."""
    text = {"type": ["string", "null"]}
    properties = {**dict.fromkeys(names, text), **known}
    return {"type": "object", "properties": properties, "additionalProperties": False}


# https://www.popoloproject.com/specs/ (CC BY 4.0): the names that we send, with their types.
_DAY = {"type": ["string", "null"], "pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"}
_SOURCES = {"type": "array", "items": _popolo("note", url={"type": "string", "format": "uri"})}
_OTHER_NAMES = {"type": "array", "items": _popolo("name", "note")}
_ORGANIZATION = _popolo(*("id", "name", "description"), other_names=_OTHER_NAMES, sources=_SOURCES)
_MEMBERSHIP = _popolo(
    *("id", "person_id", "role", "organization_id"),
    organization=_ORGANIZATION,
    start_date=_DAY,
    end_date=_DAY,
)
_PERSON = _popolo(
    *("id", "name", "summary", "biography"),
    other_names=_OTHER_NAMES,
    pronouns={"type": "array", "items": {"type": "string"}},
    memberships={"type": "array", "items": _MEMBERSHIP},
    sources=_SOURCES,
)
_SPEECH = _popolo(
    *("id", "creator_id", "role", "text", "title"), creator=_PERSON, date=_DAY, sources=_SOURCES
)


@pytest.mark.parametrize(
    ("path", "collection", "schema"),
    [
        ("actors", "persons", _PERSON),
        ("actors", "organizations", _ORGANIZATION),
        ("utterances", "speeches", _SPEECH),
    ],
)
def test_what_is_sent_as_popolo_has_its_names_and_types(
    anyone: Caller, path: str, collection: str, schema: dict[str, Any]
) -> None:
    records.utterance(records.statement("2024-05~"))
    Actor.objects.create(slug="ada", name="Ada Rell", pronoun="she", description="An envoy.")
    Actor.objects.create(slug="ministry", name="Ministry", kind=Actor.Kind.ORGANISATION)
    rows = json.loads(_sent(anyone, path, "popolo"))[collection]
    assert rows
    for row in rows:
        assert [error.message for error in Draft202012Validator(schema).iter_errors(row)] == []


@pytest.mark.parametrize("path", ["statements", "shifts", "utterances", "documents", "actors"])
def test_a_table_says_what_json_says(anyone: Caller, path: str) -> None:
    records.shift(reasons=['a "b", c\nd'])
    records.statement(text="-1 is said, “so”; 𝒜\r\n", topic=None)
    table = csv.DictReader(io.StringIO(_sent(anyone, path, "csv").decode(), newline=""))
    shown = anyone.get(path)["results"]
    for line, row in zip(table, shown, strict=True):
        assert {name: cell for name, cell in line.items() if cell} == dict(_flat(row))


def _flat(row: dict[str, Any], path: str = "") -> Any:
    """Yield the cells of a row that are not empty: what the docs say of a table."""
    for name, value in row.items():
        if isinstance(value, dict) and f"{path}{name}" not in ("evidence", "position"):
            yield from _flat(value, f"{path}{name}.")
        elif value not in (None, ""):
            cell = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            text = cell if isinstance(value, str) else _without_spaces(cell)
            guarded = isinstance(value, str) and text[0] in "=+-@\t\r"
            yield f"{path}{name}", f"'{text}" if guarded else text


def _without_spaces(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
