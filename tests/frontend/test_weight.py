"""What a page weighs: the bytes of the scripts that it loads, as they are served."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from config.static import bare
from tests.frontend.record import Record

LARGEST = 60_000  # bytes of the scripts of one page, not packed
IMPORTED = re.compile(r'^(?:import|export)\b[^;]*?"(\.{1,2}/[^"]+)";', re.MULTILINE)
LINKED = re.compile(r'<script type="module" src="/static/([^"]+)"')


def loaded(name: str, seen: dict[str, int]) -> dict[str, int]:
    """Return the served scripts that one loads, itself included, with their bytes."""
    if name not in seen:
        with staticfiles_storage.open(name) as file:
            body = file.read()
        seen[name] = len(body)
        for found in IMPORTED.findall(body.decode()):
            steps = name.rsplit("/", 1)[0].split("/") + found.split("/")
            loaded(plain_path(steps), seen)
    return seen


def plain_path(steps: list[str]) -> str:
    path: list[str] = []
    for step in steps:
        if step == "..":
            path.pop()
        elif step != ".":
            path.append(step)
    return "/".join(path)


@pytest.mark.parametrize(
    "url",
    [
        *("/stances/ilva-marenko/negotiations/", "/", "/search/?q=ready", "/topics/negotiations/"),
        *("/actors/ilva-marenko/", "/add/", "/review/", "/review/coding/"),
    ],
)
def test_the_scripts_of_a_page_stay_small(desk: Client, record: Record, url: str) -> None:
    record.story()
    seen: dict[str, int] = {}
    for name in LINKED.findall(desk.get(url).content.decode()):
        loaded(name, seen)
    assert sum(seen.values()) < LARGEST, seen
    assert len(seen) > 10 or "stances" not in url


def test_a_served_script_has_no_comments_and_the_same_lines() -> None:
    script = (
        "/** Whole. */\nconst a = 1;\n"
        "/**\n * @param {string} b\n */\n"
        "function c(b) {\n  /** @type {Element} */ (b).d = '/** kept */';\n}\n"
    )
    assert bare(script) == (
        "\nconst a = 1;\n\n\n\n"
        "function c(b) {\n  /** @type {Element} */ (b).d = '/** kept */';\n}\n"
    )
