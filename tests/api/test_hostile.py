"""Input that has broken such servers: each is refused with a reason, none is a fault of ours.

`STANCELINE_HOSTILE=full pytest tests/api/test_hostile.py -k brings -s` sends the whole battery and
counts; a number instead of `full` gives each name so many values (2 in the suite).
"""

from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from api.models import ApiKey
from tests.api import records
from tests.api.battery import Battery, Hostile
from tests.api.calling import Caller, conforms
from tracker.models import Role, Shift

PROBLEM = "application/problem+json"


def _fine(response: Any, seen: object) -> None:
    """Fail for a fault of ours, and for any answer that the schema does not have."""
    assert response.status_code < 500, seen
    kind = response.headers.get("Content-Type", "")
    known = response.resolver_match.url_name  # None where no such address is
    if known and not response.streaming:
        conforms(response.request["REQUEST_METHOD"].lower(), response)
    if response.status_code >= 400:
        assert kind == PROBLEM, seen
        reasons = [field["reason"] for field in response.json()["fields"]]
        assert reasons or response.status_code != 400 or response.json()["detail"], seen


@pytest.fixture
def caller(db: None) -> Caller:
    """Somebody who may do everything, and a record to do it with."""
    records.shift()
    return Caller(records.key("read", "write", "edit", "subscribe"))


@pytest.fixture
def battery(caller: Caller) -> Battery:
    """All hostile requests, against rows that are there and are the caller's."""
    owner = ApiKey.objects.get().owner
    shift, statement, document = Shift.objects.get(), records.statement(), records.document()
    subscription = records.subscription(owner)
    ids = {
        "subscriptions": subscription.pk,
        "endpoints": subscription.endpoint_id,
        "saved-searches": records.saved_search(owner).pk,
        "decisions": records.decision(shift=shift).pk,
        "shifts": shift.pk,
        "sweeps": records.sweep().pk,
        "statements": statement.pk,
        "utterances": shift.older_id,
        "documents": document.pk,
        "roles": Role.objects.get().pk,
        "watched": records.watched().pk,
        "merges": records.merge().pk,
    }
    anchored = {"exact": "ready", "attribution": "direct", "fidelity": "verbatim"}
    written = {"document": document.pk, "actor": "ilva-marenko", "said": "2024"} | anchored
    bodies: dict[str, dict[str, Any]] = {
        "documents": {"source": records.source().slug, "text": "We are ready."},
        "decisions": {"kind": "confirm", "shift": shift.pk},
        "statements": written,
        "codings": {"older": shift.older_id, "newer": shift.newer_id, "direction": "none"},
        "subscriptions": {"channel": "webhook", "address": "https://desk.example/h"},
        "subscriptions/preview": {"channel": "webhook", "address": "https://desk.example/h"},
        "saved-searches": {"name": "soft turns"},
        "endpoints/replay": {"since": "2024-01-01T00:00:00Z", "until": "2024-02-01T00:00:00Z"},
        "actors": {"slug": "tomas-brel", "name": "Tomas Brel"},
        "roles": {"actor": "ilva-marenko", "title": "Mayor"},
        "topics": {"slug": "grain", "name": "Grain", "terms": [{"text": "grain"}]},
        "sources": {"slug": "harbour-post", "name": "Harbour Post"},
        "watched": {"source": "velgrad-wire", "url": "https://wire.example/other"},
    }
    return Battery(ids, bodies)


@pytest.mark.parametrize("part", ["queries", "paths", "headers", "fields", "raw"])
def test_nothing_hostile_brings_it_down(caller: Caller, battery: Battery, part: str) -> None:
    sent = Counter[int]()
    for hostile in getattr(battery, part)():
        with transaction.atomic():  # what was accepted is undone: each meets the same record
            response = _sent(caller, hostile)
            transaction.set_rollback(True)
        _fine(response, (hostile.method, hostile.address[:200], hostile.name, hostile.body[:200]))
        sent[response.status_code] += 1
    print(f"{part}: {sent.total()} requests, {dict(sorted(sent.items()))}")  # noqa: T201  # the count
    assert sent.total() > 50


def _sent(caller: Caller, hostile: Hostile) -> Any:
    given = caller.headers | ({"If-Match": "*"} if hostile.method == "patch" else {})
    return caller.client.generic(
        hostile.method.upper(),
        hostile.address,
        hostile.body,
        content_type=hostile.content_type or "application/octet-stream",
        headers=given | dict(hostile.headers),
    )


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"text": "a", "text": "b"}', b"\xff\xfe{}", b'{"text": "\\ud800"}'],
    ids=["deep", "twice", "utf-16", "surrogate"],
)
def test_a_broken_body_is_refused(caller: Caller, body: bytes) -> None:
    response = caller.posted("documents", body)
    assert response.status_code == 400
    _fine(response, body[:50])


@pytest.mark.parametrize("charset", ["hex", "unicode_escape", "utf-7", "idna", "punycode", "zzz"])
def test_a_request_cannot_choose_how_its_query_is_read(caller: Caller, charset: str) -> None:
    response = caller.client.generic(
        "GET",
        "/api/v1/statements?limit=1&actor=ilva-marenko",
        content_type=f"text/plain; charset={charset}",
        headers=caller.headers,
    )
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_thousand_parameters_are_too_many() -> None:
    query = "&".join(f"p{number}=1" for number in range(1500))
    response = Client().get(f"/api/v1/actors?{query}")
    assert response.status_code == 400
    _fine(response, "parameters")


def test_a_file_with_a_hostile_name_is_stored_under_a_plain_one(caller: Caller) -> None:
    name = "../../etc/pass\0wd"
    body = (
        b"--x\r\nContent-Disposition: form-data; name=source\r\n\r\nvelgrad-wire\r\n"
        b'--x\r\nContent-Disposition: form-data; name=file; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: text/plain" + b"x" * 300 + b"\r\n\r\nWe are ready to talk.\r\n--x--\r\n"
    )
    response = caller.client.generic(
        "POST",
        "/api/v1/documents",
        body,
        content_type="multipart/form-data; boundary=x",
        headers=caller.headers,
    )
    _fine(response, name)
