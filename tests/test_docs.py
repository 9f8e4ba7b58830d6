"""The documentation and the program say the same."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
READING = re.compile(r'\benv(?:\.\w+)?\(\s*"(\w+)"')
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])


def _settings() -> set[str]:
    return set(READING.findall((ROOT / "config" / "settings.py").read_text()))


def _documented_settings() -> set[str]:
    section = OPERATIONS.partition("## Settings")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def _commands() -> set[str]:
    files = ROOT.glob("*/management/commands/*.py")
    return {file.stem for file in files if file.stem != "__init__"}


def test_every_setting_is_documented() -> None:
    assert _settings() - _documented_settings() == set()


def test_every_documented_setting_exists() -> None:
    assert _documented_settings() - _settings() == set()


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    section = OPERATIONS.partition("## Commands")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `([\w-]+)[^`]*` \|", section, re.MULTILINE))
    assert documented == _commands()


def test_the_containers_get_every_setting_but_those_of_one_machine() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert set(compose["x-stanceline"]["environment"]) == _settings() - {"DEBUG", "VAR_DIR"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_make_commands_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text(), re.MULTILINE))
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_management_commands_that_a_page_names_exist(page: Path) -> None:
    django = {"changepassword", "check", "collectstatic", "createsuperuser", "help", "migrate"}
    named = set(re.findall(r"manage\.py ([a-z_-]+)\b", page.read_text()))
    assert named - _commands() - django - {"makemigrations", "shell"} == set()
