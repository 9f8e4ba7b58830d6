"""The API against its own schema: whatever this allows and forbids, by Schemathesis.

Asked is the web server that users have. All checks, with the statuses that schemathesis.toml
allows. Few cases here; STANCELINE_CASES=150 makes many thousands, STANCELINE_SEED others than the
first, and STANCELINE_PHASES only some.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.schema import document
from tests.api import records
from tests.servers.web import WebServer
from tracker.roles import AccountRole

CASES = int(os.environ.get("STANCELINE_CASES", "3"))
SEED = os.environ.get("STANCELINE_SEED", "1")
PHASES = os.environ.get(
    "STANCELINE_PHASES", "coverage,fuzzing,stateful" if CASES > 3 else "fuzzing,stateful"
)
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.slow
def test_every_answer_is_what_the_schema_says(web_server: WebServer, tmp_path: Path) -> None:
    shift = records.shift()
    owner = records.user("administrator", role=AccountRole.ADMINISTRATOR)
    records.delivery(records.subscription(owner), shift)
    records.decision(shift=shift)
    secret = records.key("read", "write", "edit", "subscribe", owner=owner)
    (tmp_path / "schema.json").write_text(json.dumps(document()))
    ran = subprocess.run(
        [
            *(Path(sys.executable).parent / "schemathesis", "--config-file", CONFIG, "run"),
            *("schema.json", "--url", web_server.url, "--request-timeout", "120"),
            *("--header", f"Authorization: Bearer {secret}"),
            *("--checks", "all", "--continue-on-failure"),
            *("--phases", PHASES, "--max-examples", str(CASES), "--seed", SEED),
            *("--no-color", "--no-shrink", "--generation-database", "none", "--warnings", "off"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout[-3000:])  # noqa: T201  # how many cases there were
    assert ran.returncode == 0, ran.stdout[-20_000:]
    assert "Traceback" not in web_server.log.read_text()
