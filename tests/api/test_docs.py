"""docs/api.md: its examples run, and it names everything that there is."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from api.schema import document
from tests.api import records
from tests.api.calling import conforms
from tracker.roles import AccountRole

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
BASE = "http://testserver/api/v1"
OPEN = "…"
NUMBERS = {"id", "endpoint", "utterance", "statement", "shift", "document"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


@dataclass(frozen=True)
class Example:
    """A call, and what the docs say of the answer."""

    command: str
    head: str
    body: str

    def __str__(self) -> str:
        return self.command.split("$API", 1)[1][:40]


def _examples() -> Iterator[Example]:
    for command, answers in re.findall(
        r"```console\n(.*?)```\n((?:```(?:http|json)\n.*?```\n)*)", DOCS, re.DOTALL
    ):
        answer = dict(re.findall(r"```(http|json)\n(.*?)```", answers, re.DOTALL))
        yield Example(command, answer.get("http", ""), answer.get("json", ""))


EXAMPLES = list(_examples())


@pytest.fixture
def names(db: None) -> dict[str, str]:
    """What stands for the names in the examples."""
    shift = records.shift()
    owner = records.user("anna", role=AccountRole.EDITOR)
    records.sweep()
    records.merge(shift.older_statement, shift.newer_statement)
    return {
        "API": BASE,
        "KEY": records.key("read", "write", "edit", "subscribe", owner=owner),
        "DOCUMENT": str(shift.older_statement.document_id),
        "SHIFT": str(shift.pk),
        "OLDER": str(shift.older_id),
        "NEWER": str(shift.newer_id),
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_answers_what_the_docs_say(example: Example, names: dict[str, str]) -> None:
    if "/changes" in example.command and connection.vendor == "postgresql":
        pytest.skip("there the log tells nothing of a transaction that is open, as this test's is")
    if "$SUBSCRIPTION" in example.command:
        owner = User.objects.get(username="anna")
        names["SUBSCRIPTION"] = str(records.subscription(owner).pk)
    response = _call(_filled(example.command, names))
    conforms(response.request["REQUEST_METHOD"].lower(), response)
    if example.head:
        _heads(_filled(example.head, names), response)
    shown = json.loads(_filled(example.body or "null", names))
    is_json = response.headers.get("Content-Type", "").endswith("json")
    answer = response.json() if is_json else None
    assert _agrees(shown, answer), response.content.decode()
    assert response.status_code < 300 or shown["status"] == response.status_code


def test_every_path_and_parameter_is_named() -> None:
    for path, operations in document()["paths"].items():
        shown = path.removeprefix("/api/v1/").replace("{id}", "<number>")
        shown = shown.replace("{", "<").replace("}", ">")
        assert f"`{shown}`" in DOCS or not shown, shown
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                assert f"`{parameter['name']}`" in DOCS or parameter["in"] == "path", parameter


def test_every_value_of_a_set_is_named() -> None:
    for name, component in document()["components"]["schemas"].items():
        for value in component.get("enum", ()):
            assert re.search(rf"[`\" (]{re.escape(value)}[`\" ,;).]", DOCS), (name, value)


def test_every_field_of_a_body_is_named() -> None:
    for name, component in document()["components"]["schemas"].items():
        if name.endswith("Body"):
            for field in component["properties"]:
                assert re.search(rf"[`\" ]{field}[`\"=]", DOCS), (name, field)


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"${name}", value)
    return text


def _call(command: str) -> Any:
    """Do what the curl command would do."""
    words = shlex.split(command.removeprefix("$ ").replace("\\\n", " "))
    assert words.pop(0) == "curl"
    headers: dict[str, str] = {}
    form: dict[str, Any] = {}
    address, method, data = "", "GET", ""
    while words:
        match words.pop(0):
            case "-i":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                method, data = "POST" if method == "GET" else method, words.pop(0)
            case "-F":
                name, _, value = words.pop(0).partition("=")
                form[name] = _file(value) if value.startswith("@") else value
            case address:
                pass
    client = Client(raise_request_exception=False)
    if form:
        return client.post(address, form, headers=headers)
    content_type = headers.pop("Content-Type", "")
    return client.generic(method, address, data, content_type=content_type, headers=headers)


def _file(value: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(value.removeprefix("@"), b"We are ready to talk.")


def _heads(expected: str, response: Any) -> None:
    status, *headers = expected.strip().splitlines()
    assert status.split()[1] == str(response.status_code)
    for header in headers:
        name, _, value = header.partition(": ")
        assert response.headers[name].startswith(value.rstrip(OPEN))


def _agrees(example: Any, answer: Any, name: str = "") -> bool:
    """Say whether an answer is as shown: `…` is anything, numbers of rows and moments any."""
    if example in (OPEN, [OPEN]):
        return example == OPEN or isinstance(answer, list)
    if isinstance(example, dict) and isinstance(answer, dict):
        shown = {key: value for key, value in example.items() if key != OPEN}
        whole = OPEN in example or shown.keys() == answer.keys()
        return whole and all(
            key in answer and _agrees(value, answer[key], key) for key, value in shown.items()
        )
    if isinstance(example, list) and isinstance(answer, list):
        pairs = zip(example, answer, strict=False)
        return len(example) == len(answer) and all(_agrees(one, other) for one, other in pairs)
    if isinstance(example, int) and name in NUMBERS:
        return isinstance(answer, int)
    if isinstance(example, str) and MOMENT.fullmatch(example):
        return bool(MOMENT.fullmatch(answer))
    return bool(example == answer)
