"""A typed client that a generator makes of the schema works against a running server."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.schema import document
from tests.api import records

PACKAGE = "stanceline_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated package."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "schema.json").write_text(json.dumps(document()))
    (folder / "config.yaml").write_text(f"package_name_override: {PACKAGE}\npost_hooks: []\n")
    command = [str(Path(sys.executable).parent / "openapi-python-client"), "generate"]
    options = ["--path", "schema.json", "--config", "config.yaml", "--output-path", "made"]
    made = subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout, made.stdout
    return folder / "made"


@pytest.fixture
def client(generated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The generated package, importable."""
    monkeypatch.syspath_prepend(str(generated))
    yield importlib.import_module
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


@pytest.mark.django_db(transaction=True)
def test_the_generated_client_reads_and_writes(client: Any, live_server: Any) -> None:
    shift = records.shift()
    secret = records.key("read", "write")
    package = client(PACKAGE)
    caller = package.AuthenticatedClient(base_url=live_server.url, token=secret)

    listed = client(f"{PACKAGE}.api.shifts.shift_list").sync_detailed(
        client=caller,
        actor="ilva-marenko",
        order=client(f"{PACKAGE}.models").SaidOrder.SAID,
    )
    assert listed.status_code == 200
    (found,) = listed.parsed.results
    assert (found.id, found.direction.value) == (shift.pk, "hardened")
    assert found.newer.text == shift.newer_statement.exact

    bodies = client(f"{PACKAGE}.models")
    body = bodies.DecisionBody(kind=bodies.DecisionKindChosen.CONFIRM, shift=shift.pk)
    made = client(f"{PACKAGE}.api.decisions.decision_create").sync_detailed(
        client=caller, body=body, idempotency_key="once"
    )
    assert made.status_code == 201
    assert made.parsed.kind.value == "confirm"

    missing = client(f"{PACKAGE}.api.shifts.shift_get").sync_detailed(client=caller, id=999_999)
    assert missing.status_code == 404
