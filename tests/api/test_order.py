"""`order`: lists by number and by day, either way, page by page."""

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.api import records
from tests.api.calling import BASE, Caller
from tracker import dates
from tracker.former import SHOWN
from tracker.models import Document, FormerDocument, FormerUtterance, Utterance
from tracker.rendering import date_payload

# Many on one day, months that begin with a day that others have, and none at all.
DAYS = ("2024-03-01", "2024-03-01", "2024-03", "2024-06-30", "2025", "1000-01-01", "9999-12-31", "")
LATER = records.NOW + timedelta(days=1)
Row = Mapping[str, Any]


def _statement(day: str) -> Any:
    row = records.statement()
    row.set_said(dates.parse(day) if day else None)
    row.save()
    return row


def _utterance(day: str) -> Utterance:
    return records.utterance(_statement(day))


def _moved_utterance(day: str) -> Utterance:
    """Return an utterance of which another day was known until later."""
    row = _utterance(random.Random(day).choice(DAYS))
    said = dates.parse(day) if day else None
    shown: dict[str, Any] = dict.fromkeys(("value", "position", "fidelity", "grade", "sources"))
    shown |= {"id": row.pk, "text": "", "variance": [], "canonical": row.canonical_id}
    shown |= {"position": {}, "fidelity": "verbatim", "grade": "B2", "sources": 1}
    shown["said"] = said and date_payload(said.edtf, said.earliest, said.latest, said.basis)
    times = {"recorded_at": records.NOW, "retracted_at": LATER}
    FormerUtterance.objects.create(utterance=row, content=shown, **times)
    return row


def _shift(day: str, utterance: Callable[[str], Utterance] = _utterance) -> None:
    records.shift(newer=utterance(day))


def _moved_shift(day: str) -> None:
    _shift(day, _moved_utterance)


def _document(day: str) -> Document:
    row = records.document()
    row.set_published(dates.parse(day) if day else None)
    row.save()
    return row


def _moved_document(day: str) -> None:
    """Make a document of which another day was known until later."""
    row = _document(day)
    times = {"recorded_at": records.NOW, "retracted_at": LATER}
    content = json.loads(json.dumps({name: getattr(row, name) for name in SHOWN}, default=str))
    FormerDocument.objects.create(document=row, content=content, **times)
    row.set_published(dates.parse("2019") if day != "2024-03" else None)
    row.save()


MAKERS: dict[str, Callable[[str], Any]] = {
    "statements": _statement,
    "utterances": _utterance,
    "shifts": _shift,
    "documents": _document,
}
MOVED: dict[str, Callable[[str], Any]] = {
    "statements": _statement,
    "utterances": _moved_utterance,
    "shifts": _moved_shift,
    "documents": _moved_document,
}
KNOWN = {"known_at": f"{records.NOW:%Y-%m-%d}"}


def _name(path: str) -> str:
    return "published" if path == "documents" else "said"


def _day(row: Row) -> str | None:
    if "newer" in row:
        row = row["newer"]
    date = row["published" if "captured_at" in row else "said"]
    return None if date is None else date["earliest"]


def _sorted(rows: Sequence[Row], order: str) -> list[int]:
    """Return the numbers of the rows in an order: what is undated stands last, either way."""
    backwards = order.startswith("-")
    found = sorted(rows, key=lambda row: row["id"], reverse=backwards)
    if order.removeprefix("-") != "id":
        found.sort(key=lambda row: _day(row) or "", reverse=backwards)
        found.sort(key=lambda row: _day(row) is None)
    return [row["id"] for row in found]


@pytest.mark.parametrize("asked", [{}, {"format": "json"}, KNOWN], ids=["plain", "form", "then"])
@pytest.mark.parametrize("path", MAKERS)
def test_pages_of_any_order_and_size_give_the_sorted_whole(
    anyone: Caller, path: str, asked: dict[str, str]
) -> None:
    """While rows come in between: none of the old ones is repeated or lost."""
    rng = random.Random(path)
    make = (MOVED if asked is KNOWN else MAKERS)[path]
    for _ in range(11):
        make(rng.choice(DAYS))
    for order in ("id", "-id", _name(path), f"-{_name(path)}"):
        old = anyone.get(path, {"limit": 200, **asked})["results"]
        assert order.endswith("id") or len({_day(row) for row in old}) > 2
        page = anyone.get(path, {"order": order, "limit": rng.randint(1, 6), **asked})
        seen = list(page["results"])
        coming = rng.choices(DAYS, k=5)
        while page["next"]:
            for day in coming[:1]:
                make(day)
            page, coming = anyone.get(page["next"]), coming[1:]
            seen += page["results"]
        numbers = [row["id"] for row in seen]
        assert numbers == _sorted(seen, order)
        assert len(numbers) == len(set(numbers))
        known = {row["id"] for row in old}
        assert [number for number in numbers if number in known] == _sorted(old, order)


@pytest.mark.parametrize("path", MAKERS)
def test_every_filter_goes_with_every_order(anyone: Caller, path: str) -> None:
    for day in DAYS:
        MAKERS[path](day)
    filters = {"until": "2024-12-31"} if path == "documents" else {"said_until": "2024-12-31"}
    if path != "documents":
        filters |= {"actor": "ilva-marenko", "topic": "talks"}
    listed = anyone.get(path, filters)["results"]
    assert 4 <= len(listed) < len(DAYS)
    for order in (_name(path), f"-{_name(path)}"):
        page = anyone.get(path, {**filters, "order": order, "limit": 4})
        rest = anyone.get(page["next"])["results"] if page["next"] else []
        assert [row["id"] for row in page["results"] + rest] == _sorted(listed, order)


def test_the_order_is_that_of_the_other_forms_too(anyone: Caller) -> None:
    for day in DAYS:
        _statement(day)
    address = f"{BASE}/statements?order=said&limit=3"
    seen: dict[str, list[str]] = {}
    for form in ("csv", "ndjson"):
        following, seen[form] = f"{address}&format={form}", []
        while following:
            answer = anyone.client.get(following)
            text = answer.content.decode()
            rows = csv.DictReader(io.StringIO(text)) if form == "csv" else text.splitlines()
            seen[form] += [
                str((row if isinstance(row, dict) else json.loads(row))["id"]) for row in rows
            ]
            following = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
    whole = anyone.get("statements")["results"]
    assert seen["csv"] == seen["ndjson"] == list(map(str, _sorted(whole, "said")))


def test_decisions_come_by_number_either_way(anyone: Caller) -> None:
    first, second = records.decision().pk, records.decision(shift=None, **_join()).pk
    for order, numbers in (("id", [first, second]), ("-id", [second, first])):
        assert [
            row["id"] for row in anyone.get("decisions", {"order": order})["results"]
        ] == numbers


def _join() -> dict[str, Any]:
    pair = {"statement": records.statement(), "other_statement": records.statement()}
    return {"kind": "join", **pair}


@pytest.mark.parametrize("order", ["recorded_at", "+said", "said,id", "", "SAID", "--said"])
def test_an_order_that_there_is_not_is_refused_with_those_that_there_are(
    anyone: Caller, order: str
) -> None:
    for form in ("", "&format=csv"):
        problem = anyone.get(f"shifts?order={quote(order)}{form}", status=400)
        (field,) = problem["fields"]
        assert (field["name"], field["code"]) == ("order", "invalid_choice")
        assert field["reason"].endswith("is none of these: id, -id, said, -said.")


@pytest.mark.parametrize("other", ["-said", "id", None])
def test_a_cursor_of_another_order_is_refused(anyone: Caller, other: str | None) -> None:
    for day in DAYS:
        _statement(day)
    following = anyone.get("statements", {"order": "said", "limit": 1})["next"]
    asked = {"order": other} if other else {}
    cursor = following.partition("cursor=")[2]
    query = "&".join([f"{name}={value}" for name, value in asked.items()] + [f"cursor={cursor}"])
    problem = anyone.get(f"statements?limit=1&{query}", status=400)
    assert problem["fields"][0]["name"] == "cursor"
    assert "another order" in problem["fields"][0]["reason"]
