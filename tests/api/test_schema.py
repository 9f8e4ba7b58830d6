"""The published description."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import feedparser
import pytest
import yaml
from django.core.management import call_command
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.sync_api import Page

from api.schema import document
from tests.api.calling import Caller, reasons_against
from tests.api.test_access import TABLE


def test_it_is_valid_without_a_single_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_another_validator_takes_it_with_its_defaults_and_examples() -> None:
    reasons = [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()]
    assert reasons == []


def test_it_is_served_in_json_and_yaml(anyone: Caller) -> None:
    as_json = anyone.client.get("/api/v1/schema/", {"format": "json"})
    as_yaml = anyone.client.get("/api/v1/schema/", {"format": "yaml"})
    assert json.loads(as_json.content) == yaml.safe_load(as_yaml.content)
    assert json.loads(as_json.content)["openapi"].startswith("3.1")


def test_accept_chooses_the_form_too(anyone: Caller) -> None:
    response = anyone.client.get(
        "/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi"}
    )
    assert yaml.safe_load(response.content)["openapi"].startswith("3.1")


def test_an_unknown_form_is_refused(anyone: Caller) -> None:
    response = anyone.client.get("/api/v1/schema/", {"format": "xml"})
    assert response.status_code == 400


def test_every_operation_of_the_table_is_described_and_no_other() -> None:
    described = {
        (path.removeprefix("/api/v1/"), method.upper())
        for path, operations in document()["paths"].items()
        for method in operations
    }
    expected = {
        (re.sub("<(?:slug|uuid):(.+?)>", r"{\1}", route.replace("<number:pk>", "{id}")), method)
        for route, methods in TABLE.items()
        for method in methods
        if route not in ("schema", "docs")
    }
    assert described == expected


def test_every_operation_documents_its_errors_as_problems() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            failures = {
                status: answer for status, answer in operation["responses"].items() if status >= "4"
            }
            assert {"400", "401", "500"} <= failures.keys(), (path, method)
            for answer in failures.values():
                assert list(answer["content"]) == ["application/problem+json"]


def test_every_parameter_says_what_it_is() -> None:
    for operations in document()["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                assert parameter["schema"], parameter["name"]
                described = parameter.get("description") or "$ref" in parameter["schema"]
                assert described, parameter["name"]


def test_every_operation_says_what_it_is_for_and_what_it_needs() -> None:
    said = set()
    for path, method, operation in _operations():
        assert operation["summary"], (path, method)
        assert "Needs " in operation["description"], (path, method)
        said.add(operation["operationId"])
    assert len(said) == len(list(_operations()))
    assert {"shift_list", "shift_get", "decision_undo", "endpoint_rotate"} <= said


def test_every_body_and_every_form_of_an_answer_has_an_example_that_holds() -> None:
    for path, method, operation in _operations():
        bodies = operation.get("requestBody", {"content": {}})["content"]
        answers = [
            answer.get("content", {})
            for status, answer in operation["responses"].items()
            if status < "3"
        ]
        for content in [bodies, *answers]:
            for media_type, told in content.items():
                assert told.get("examples"), (path, method, media_type)
                if media_type.endswith("json"):
                    for example in told["examples"].values():
                        assert reasons_against(told["schema"], example["value"]) == [], path


def test_the_examples_of_pages_are_read_by_what_reads_their_form() -> None:
    content = document()["paths"]["/api/v1/shifts"]["get"]["responses"]["200"]["content"]
    shown = {form: told["examples"]["Shift"]["value"] for form, told in content.items()}
    assert feedparser.parse(shown["application/atom+xml"]).entries[0].title
    assert shown["text/calendar"].startswith("BEGIN:VCALENDAR\r\n")
    assert json.loads(shown["application/x-ndjson"])["id"] == 1
    assert shown["application/ld+json"]["items"][0]["type"] == "Annotation"


def test_what_the_head_of_an_answer_tells_is_described() -> None:
    paths = document()["paths"]
    listed = paths["/api/v1/shifts"]["get"]["responses"]["200"]["headers"]
    assert {"ETag", "Last-Modified", "Link", "RateLimit"} <= listed.keys()
    made = paths["/api/v1/documents"]["post"]["responses"]
    assert {"Location", "Idempotency-Replayed"} <= made["202"]["headers"].keys()
    assert "Retry-After" in made["429"]["headers"]


def test_a_change_is_described_as_answered_in_json_alone() -> None:
    changed = document()["paths"]["/api/v1/actors/{slug}"]["patch"]["responses"]["200"]
    assert list(changed["content"]) == ["application/json"]


def test_it_tells_of_versions_and_of_each_group() -> None:
    assert "`v2`" in document()["info"]["description"]
    groups = {tag["name"] for tag in document()["tags"]}
    used = {tag for _, _, operation in _operations() for tag in operation["tags"]}
    assert groups == used - {"index"}


def _operations() -> Iterator[tuple[str, str, Any]]:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_viewer_works_under_the_sites_policy(page: Page, live_server: Any) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("pageerror", lambda error: refused.append(str(error)))
    response = page.goto(f"{live_server.url}/api/v1/docs/")
    assert response is not None
    assert "script-src 'self'" in response.headers["content-security-policy"]
    page.get_by_text("/api/v1/shifts", exact=True).first.wait_for()
    assert refused == []
