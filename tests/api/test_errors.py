"""Every error is a problem+json."""

import gzip
import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from api.views import people
from tests.api import records
from tests.api.calling import Caller

CONTENT_TYPE = "application/problem+json"


def _problem(response: Any, status: int) -> Any:
    assert response.status_code == status
    assert response.headers["Content-Type"] == CONTENT_TYPE
    assert response.json()["status"] == status
    return response.json()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "v1/nothing", "v2/", "v1/documents/abc", "v1/actors/a/b/c"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route_below_api_is_a_problem_too(path: str, method: str) -> None:
    problem = _problem(Client().generic(method, f"/api/{path}"), 404)
    assert problem["type"] == "urn:stanceline:problem:not-found"


def test_an_unhandled_error_is_logged_under_the_instance_that_is_answered(
    anyone: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(people.TopicList, "rows", fail)
    with caplog.at_level(logging.ERROR, logger="api.errors"):
        problem = anyone.get("topics", status=500)
    assert "secret" not in str(problem)
    assert problem["instance"] in caplog.text
    assert "a secret of the house" in caplog.text


def test_a_method_that_is_not_there_names_those_that_are(anyone: Caller) -> None:
    response = anyone.client.put("/api/v1/documents")
    _problem(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_a_form_that_cannot_be_sent_is_not_acceptable(anyone: Caller) -> None:
    response = anyone.client.get("/api/v1/actors", headers={"Accept": "application/pdf"})
    assert "application/vnd.popolo+json" in _problem(response, 406)["detail"]


def test_a_body_of_another_type_is_not_read(writer: Caller) -> None:
    response = writer.client.post(
        "/api/v1/documents", "<a/>", content_type="application/xml", headers=writer.headers
    )
    assert "application/json, multipart/form-data" in _problem(response, 415)["detail"]


def test_a_packed_body_is_refused_rather_than_taken_for_bad_json(writer: Caller) -> None:
    response = writer.client.post(
        "/api/v1/documents",
        gzip.compress(b"{}"),
        content_type="application/json",
        headers=writer.headers | {"Content-Encoding": "gzip"},
    )
    assert "Content-Encoding" in _problem(response, 415)["detail"]


def test_what_is_named_and_not_there_is_said_in_plain_words(writer: Caller) -> None:
    problem = writer.get("shifts", {"actor": "nobody"}, status=400)
    assert problem["fields"][0]["reason"] == "There is no actor with this slug."
    problem = writer.post("decisions", {"kind": "reject", "shift": 7}, status=400)
    assert problem["fields"][0]["reason"] == "There is none with the number 7."


def test_a_body_above_the_limit_is_refused_with_the_limit(
    writer: Caller, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem = writer.post("documents", {"text": "x" * 1000}, status=413)
    assert "1,000" in problem["detail"]


def test_a_body_in_pieces_is_refused_rather_than_taken_for_an_empty_one(writer: Caller) -> None:
    response = writer.client.post(
        "/api/v1/documents",
        {"source": records.source().slug, "text": "We are ready to talk."},
        content_type="application/json",
        headers=writer.headers | {"Transfer-Encoding": "chunked"},
    )
    _problem(response, 411)


def test_every_reason_is_given_at_once(anyone: Caller) -> None:
    problem = anyone.get("shifts", {"limit": "0", "kind": "mood", "colour": "red"}, status=400)
    assert {(field["in"], field["name"]) for field in problem["fields"]} == {
        ("query", "limit"),
        ("query", "kind.0"),
        ("query", "colour"),
    }


def test_an_unknown_parameter_is_refused_on_writes_too(writer: Caller) -> None:
    problem = writer.post("decisions?dry_run=1", {"kind": "confirm"}, status=400)
    assert problem["fields"][0]["name"] == "dry_run"


def test_a_parameter_given_twice_is_refused(anyone: Caller) -> None:
    problem = anyone.get("shifts", {"actor": ["a", "b"]}, status=400)
    assert problem["fields"][0]["code"] == "repeated"


@pytest.mark.parametrize("path", ["shifts", "utterances", "documents", "search?q=talk"])
def test_days_between_which_there_is_none_are_refused(anyone: Caller, path: str) -> None:
    days = {"since": "2024-06-02", "until": "2024-06-01"}
    name, _, query = path.partition("?")
    problem = anyone.get(name, {**days, **dict([query.split("=")] if query else [])}, status=400)
    assert [(one["name"], one["code"]) for one in problem["fields"]] == [("until", "disorder")]


def test_both_forms_of_an_address_work_without_a_detour(anyone: Caller) -> None:
    records.actor()
    assert anyone.get("actors") == anyone.get("actors/")
    assert anyone.get("actors/ilva-marenko") == anyone.get("actors/ilva-marenko/")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/actors", "/api/v1/", "/api/nothing"])
def test_a_host_that_is_not_ours_is_a_problem_too(path: str) -> None:
    problem = _problem(Client().get(path, headers={"Host": "evil.example"}), 400)
    assert problem["type"] == "urn:stanceline:problem:bad-host"


@pytest.mark.django_db
def test_a_fault_before_any_view_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, request: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("django.middleware.security.SecurityMiddleware.process_request", fail)
    response = Client(raise_request_exception=False).get("/api/v1/actors")
    assert "secret" not in str(_problem(response, 500))
