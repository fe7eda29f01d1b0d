"""The MCP conformance suite against `flint serve --http`, in both eras of the protocol."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.clients.expected_failures import EXPECTED
from tests.clients.installing import NODE, node_packages
from tests.server.running import served_http

pytestmark = pytest.mark.long

PATIENCE = 300.0  # seconds for a whole run on a busy machine
RUNNER = Path("node_modules/@modelcontextprotocol/conformance/dist/index.js")


def judged(revision: str, folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """What the suite says of each check: scenario and id, and status and message."""
    runner, results = node_packages("inspector") / RUNNER, folder / "results"
    # The suite has no key to send, and tries a forged Host header, of which the server warns.
    options = ["--toolsets", "all", "--auth", "none", "--log-level", "error"]
    with served_http(folder / "data", *options) as address:
        command = [str(NODE), str(runner), "server", "--url", address, "--requirements", revision]
        subprocess.run(
            [*command, "--output-dir", str(results)],
            env={**os.environ, "HOME": str(folder)},
            capture_output=True,
            timeout=PATIENCE,
            check=False,  # what fails is read from the results
        )
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for file in results.glob("server-*/checks.json"):
        scenario = re.sub(r"-\d{4}-\d\d-\d\dT.*", "", file.parent.name.removeprefix("server-"))
        for check in json.loads(file.read_text(encoding="utf-8")):
            found[scenario, check["id"]] = (check["status"], str(check.get("errorMessage")))
    return found


@pytest.mark.parametrize("revision", EXPECTED)
def test_only_the_checks_fail_that_are_expected_to_and_each_for_its_reason(revision: str, tmp_path: Path) -> None:
    found = judged(revision, tmp_path)
    expected = {
        (scenario, check): reason
        for reason, scenarios in EXPECTED[revision].items()
        for scenario, checks in scenarios.items()
        for check in checks
    }
    assert {name: said for name, said in found.items() if said[0] == "FAILURE" and name not in expected} == {}
    for name, reason in expected.items():
        status, message = found[name]
        assert status == "FAILURE", f"{name} does not fail any more; it was expected to because {reason.why}"
        assert re.search(reason.says, message), (name, reason.why, message)
    assert sum(status == "SUCCESS" for status, _ in found.values()) > 30
