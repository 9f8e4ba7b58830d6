"""The API against its own schema: whatever this allows and forbids, by Schemathesis.

All checks but two. What a schema allows may still name an actor or a date that does not exist, so
that "a valid request is accepted" cannot hold; and a change without If-Match gets 428, which the
check of missing headers does not know. Few cases here; STANCELINE_CASES=100 makes many thousands.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api import records
from tracker.roles import AccountRole

_NOT_OURS = "positive_data_acceptance,missing_required_header"
CASES = int(os.environ.get("STANCELINE_CASES", "1"))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_answer_is_what_the_schema_says(live_server: Any, tmp_path: Path) -> None:
    shift = records.shift()
    owner = records.user("administrator", role=AccountRole.ADMINISTRATOR)
    records.delivery(records.subscription(owner), shift)
    records.decision(shift=shift)
    secret = records.key("read", "write", "edit", "subscribe", owner=owner)
    phases = "coverage,fuzzing,stateful" if CASES > 1 else "fuzzing,stateful"
    ran = subprocess.run(
        [
            *(Path(sys.executable).parent / "schemathesis", "run"),
            f"{live_server.url}/api/v1/schema",
            *("--header", f"Authorization: Bearer {secret}"),
            *("--checks", "all", "--exclude-checks", _NOT_OURS),
            *("--phases", phases, "--max-examples", str(CASES), "--seed", "1"),
            *("--no-color", "--no-shrink", "--generation-database", "none", "--warnings", "off"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stdout[-3000:])  # noqa: T201  # how many cases there were
    assert ran.returncode == 0, ran.stdout[-20_000:]
