"""ETags, 304, packing, and that the short way answers what the long way answers."""

import gzip
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from api import conditional
from tests.api import records
from tests.api.calling import BASE, Caller
from tracker.models import Change, Document, SavedSearch, Statement
from tracker.models.filters import mark_of

LONG_WAY = {"Accept": "application/json, */*;q=0.5"}  # not the plain question


def _record() -> None:
    shift = records.shift()
    records.shift(status="withdrawn", withdrawn_at=records.NOW)
    records.decision(shift=shift)
    records.statement("2023-05~", "Ein “Wort” – ☮", topic=None)
    records.statement("2024-07-01", retracted_at=records.NOW)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "actors",
        "actors/ilva-marenko",
        "topics",
        "sources",
        "documents",
        "statements",
        "statements?limit=2",
        "statements?actor=ilva-marenko&topic=talks&limit=3",
        "statements?known_at=2026-05-04T12:00:00Z",
        "utterances",
        "stances",
        "stances/ilva-marenko/talks/history",
        "position?actor=ilva-marenko",
        "position?actor=ilva-marenko&topic=talks&said_until=2024-05-31",
        "shifts",
        "shifts?limit=1&direction=hardened&direction=softened",
        "shifts?status=withdrawn&actor=ilva-marenko&topic=talks",
        "shifts?kind=reversal",
        "search?q=talk",
        "search?q=talk&limit=1",
        "phrases?q=ready+to+talk",
        "coverage?actor=ilva-marenko",
        "decisions",
        "schema?format=json",
        "statements?limit=0",
        "statements?colour=red",
        "statements/999999",
        "position",
    ],
)
def test_the_short_way_answers_what_the_long_way_answers(anyone: Caller, path: str) -> None:
    _record()
    short = anyone.client.get(f"{BASE}/{path}")
    long = anyone.client.get(f"{BASE}/{path}", headers=LONG_WAY)
    assert short.status_code == long.status_code
    # Not byte for byte: on the short way JSON columns keep the blanks that they are stored with.
    assert short.json() == long.json()
    assert short.headers["Content-Length"] == str(len(short.content))
    for name in ("Content-Type", "Cache-Control", "Link"):
        assert short.headers.get(name) == long.headers.get(name), name


@pytest.mark.parametrize("head", [{}, LONG_WAY], ids=["short", "long"])
def test_an_answer_that_the_client_has_is_not_sent_again(
    anyone: Caller, head: dict[str, str]
) -> None:
    row = records.statement()
    address = f"{BASE}/statements"
    tag = anyone.client.get(address, headers=head).headers["ETag"]
    same = anyone.client.get(address, headers=head | {"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert "no-cache" in same.headers["Cache-Control"]
    Statement.objects.filter(pk=row.pk).update(cue="said")
    changed = anyone.client.get(address, headers=head | {"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_large_answer_is_packed_where_that_is_wished(anyone: Caller) -> None:
    for _ in range(3):
        records.statement()
    plain = anyone.client.get(f"{BASE}/statements")
    packed = anyone.client.get(f"{BASE}/statements", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_the_export_is_packed_as_it_streams(anyone: Caller) -> None:
    records.statement()
    packed: Any = anyone.client.get(f"{BASE}/export", headers={"Accept-Encoding": "gzip"})
    plain: Any = anyone.client.get(f"{BASE}/export")
    assert gzip.decompress(packed.getvalue()) == plain.getvalue()


def test_what_holds_secrets_is_neither_packed_nor_tagged(owner: User, subscriber: Caller) -> None:
    for _ in range(9):
        records.subscription(owner)
    response = subscriber.client.get(
        f"{BASE}/subscriptions", headers={**subscriber.headers, "Accept-Encoding": "gzip"}
    )
    assert len(response.content) > 1000
    assert "Content-Encoding" not in response.headers
    assert "ETag" not in response.headers


def test_what_a_key_opens_is_kept_by_nobody_between(db: None) -> None:
    known = Caller(records.key("read"))
    response = known.client.get(f"{BASE}/actors", headers=known.headers)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert Client().get(f"{BASE}/actors").headers["Cache-Control"] == "public, no-cache"


def test_a_refusal_has_no_tag(anyone: Caller) -> None:
    response = anyone.client.get(f"{BASE}/statements", {"limit": 0})
    assert response.status_code == 400
    assert "ETag" not in response.headers


def test_a_fault_on_the_short_way_is_a_problem_too(
    anyone: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, request: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("api.views.positions.PositionDetail.get", broken)
    records.actor()
    response = anyone.client.get(f"{BASE}/position?actor=ilva-marenko")
    assert response.status_code == 500
    assert json.loads(response.content)["type"].endswith("server-error")


@pytest.fixture
def settled(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Statement:
    """A statement in a record that nobody has written to since 4 May 2026."""
    row = records.statement()
    Change.objects.update(at=records.NOW)
    monkeypatch.setattr(conditional, "_STARTED", records.NOW)
    return row


_WHEN = "Mon, 04 May 2026 12:00:00 GMT"


def test_what_has_not_changed_since_is_not_sent_again(anyone: Caller, settled: Statement) -> None:
    address = f"{BASE}/statements/{settled.pk}"
    assert anyone.client.get(address).headers["Last-Modified"] == _WHEN
    for since, status in (
        (_WHEN, 304),
        ("Mon, 04 May 2026 11:59:59 GMT", 200),
        ("Thu, 31 Feb 9999 99:99:99 GMT", 200),
    ):
        response = anyone.client.get(address, headers={"If-Modified-Since": since})
        assert response.status_code == status, since
    both = {"If-Modified-Since": _WHEN, "If-None-Match": '"another"'}
    assert anyone.client.get(address, headers=both).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("actors", "roles", "topics", "sources", "documents", "statements", "utterances"),
        *("shifts", "decisions", "stances/ilva-marenko/talks/history"),
    ],
)
@pytest.mark.parametrize("head", [{}, LONG_WAY], ids=["short", "long"])
def test_lists_and_histories_have_the_date_of_the_record(
    anyone: Caller, settled: Statement, path: str, head: dict[str, str]
) -> None:
    records.stance()
    Change.objects.update(at=records.NOW)
    assert anyone.client.get(f"{BASE}/{path}", headers=head).headers["Last-Modified"] == _WHEN
    since = {"If-Modified-Since": _WHEN}
    assert anyone.client.get(f"{BASE}/{path}", headers=head | since).status_code == 304


def test_a_feed_of_a_saved_search_has_no_date(anyone: Caller, settled: Statement) -> None:
    records.saved_search(records.user("anna"))
    feed = f"{BASE}/shifts?search={mark_of(SavedSearch.objects.get().pk)}&format=atom"
    Change.objects.update(at=records.NOW)
    assert "Last-Modified" in anyone.client.get(f"{BASE}/shifts?format=atom").headers
    assert "Last-Modified" not in anyone.client.get(feed).headers


def test_a_change_of_what_a_row_shows_of_another_counts(anyone: Caller, settled: Statement) -> None:
    Document.objects.filter(pk=settled.document_id).update(title="Another title")
    response = anyone.client.get(
        f"{BASE}/statements/{settled.pk}", headers={"If-Modified-Since": _WHEN}
    )
    assert response.status_code == 200
    assert "Last-Modified" not in response.headers  # its second is not over yet


def test_captured_bytes_have_the_date_of_their_coming(anyone: Caller) -> None:
    row = records.document()
    address = f"{BASE}/documents/{row.pk}/raw"
    assert anyone.client.get(address).headers["Last-Modified"] == _WHEN
    response = anyone.client.get(address, headers={"If-Modified-Since": _WHEN})
    assert response.status_code == 304


@pytest.mark.parametrize(
    ("accepted", "packs"),
    [
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("x-gzipped", False),
        ("gzip;q=x", False),
        ("br, GZIP;q=0.5", True),
        ("gzip; q=1.0", True),
    ],
)
def test_who_refuses_gzip_gets_none(anyone: Caller, accepted: str, packs: bool) -> None:
    _record()
    response = anyone.client.get(f"{BASE}/statements", headers={"Accept-Encoding": accepted})
    assert ("Content-Encoding" in response.headers) == packs


def test_a_key_takes_the_short_way_and_a_cookie_does_not(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Any, request: Any, *args: Any, **path: Any) -> None:
        raise RuntimeError("the long way")

    monkeypatch.setattr("rest_framework.views.APIView.dispatch", refused)
    known = Caller(records.key("read"), Client(raise_request_exception=False))
    known.get("actors")
    known.client.cookies["sessionid"] = "anything"
    known.get("actors", status=500)


@pytest.mark.parametrize("path", ["actors", "subscriptions", "deliveries"])
def test_a_key_is_judged_on_the_short_way_as_on_the_long_way(db: None, path: str) -> None:
    for secret in (records.key("read"), records.key("subscribe"), "sl_none", ""):
        head = Caller(secret).headers
        short, long = (Client().get(f"{BASE}/{path}", headers=head | way) for way in ({}, LONG_WAY))
        assert (short.status_code, short.json()) == (long.status_code, long.json())
        assert short.headers.get("WWW-Authenticate") == long.headers.get("WWW-Authenticate")
