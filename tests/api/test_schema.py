"""The published description."""

import json
import re
from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from playwright.sync_api import Page

from api.schema import document
from tests.api.calling import Caller
from tests.api.test_access import TABLE


def test_it_is_valid_without_a_single_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


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
