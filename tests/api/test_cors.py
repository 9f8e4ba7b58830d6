"""Pages of other sites: only those that a setting names."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

PAGE = "https://desk.example"


def _ask(origin: str = PAGE, method: str = "GET", **headers: str) -> Any:
    return Client().generic(method, "/api/v1/actors", headers={"Origin": origin, **headers})


@pytest.fixture
def allowed(db: None, settings: Settings) -> None:
    """One site may read."""
    settings.CORS_ORIGINS = [PAGE]


@pytest.mark.usefixtures("allowed")
def test_a_named_site_may_read_and_another_may_not() -> None:
    assert _ask().headers["Access-Control-Allow-Origin"] == PAGE
    assert "Origin" in _ask().headers["Vary"]
    for other in ("https://evil.example", "https://desk.example.evil.example", "null", ""):
        assert "Access-Control-Allow-Origin" not in _ask(other).headers


@pytest.mark.usefixtures("allowed")
def test_the_question_before_a_write_is_answered() -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    response = _ask(method="OPTIONS", **asked)
    assert response.status_code == 204
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert _ask("https://evil.example", "OPTIONS", **asked).status_code == 405


@pytest.mark.usefixtures("allowed")
def test_nobodys_login_goes_along() -> None:
    assert "Access-Control-Allow-Credentials" not in _ask().headers


@pytest.mark.usefixtures("allowed")
def test_pages_are_not_the_api() -> None:
    response = Client().get("/", headers={"Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.django_db
def test_without_the_setting_nobody_may() -> None:
    assert "Access-Control-Allow-Origin" not in _ask().headers


def test_any_site_may_where_the_setting_says_so(db: None, settings: Settings) -> None:
    settings.CORS_ORIGINS = ["*"]
    assert _ask().headers["Access-Control-Allow-Origin"] == "*"
