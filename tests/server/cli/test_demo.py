"""`flint demo` prints the product page's amounts, and the README shows what it prints."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from flint_tools.selection import ALL_TOOLS, DEFAULT_TOOLSETS, select
from tests.docs.reference import with_toolsets
from tests.server.running import flint_process

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo() -> CompletedProcess[str]:
    """One run of the command, for all that is said of it."""
    return flint_process("demo")


def block_after(marker: str) -> str:
    """The README's fenced block after a marker."""
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)\n```", README, re.DOTALL)
    assert found is not None, marker
    return found.group(1)


def without_ids(text: str) -> str:
    return re.sub(r"_[0-9A-HJKMNP-TV-Z]{26}\b", "_…", text).strip()


@pytest.mark.promise("P1")
@pytest.mark.promise("P6")
def test_the_demo_prints_the_product_pages_amounts(demo: CompletedProcess[str]) -> None:
    assert (demo.returncode, demo.stderr) == (0, "")
    pages_words = (
        "OPEN order: 2 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.",
        "discountMoney 2560  taxMoney 819  totalMoney 11059",
        "PAID order: 2 items, total 110.59 USD, 110.59 USD paid, 0.00 USD outstanding.",
        "SUCCEEDED refund of 29.00 USD",
        "PARTIALLY_REFUNDED order: 2 items, total 110.59 USD, 110.59 USD paid, 29.00 USD refunded, "
        "0.00 USD outstanding.",
        "totalMoney 11059  paidMoney 11059  refundedMoney 2900  outstandingMoney 0",
    )
    for words in pages_words:
        assert words in demo.stdout


def test_the_readme_shows_what_the_demo_prints(demo: CompletedProcess[str]) -> None:
    assert without_ids(block_after("output:demo")) == without_ids(demo.stdout)


def test_the_readmes_two_commands_set_up_in_the_same_way() -> None:
    demo, test = (block_after(f"command:{name}").splitlines() for name in ("demo", "test"))
    runs, checks = "-r requirements.lock &&", "-r requirements-dev.lock &&"
    assert demo[1].endswith(runs) and test[1].endswith(checks)
    assert demo[:-1] == [line.replace(checks, runs) for line in test[:-1]]
    assert (demo[-1], test[-1]) == (".venv/bin/flint demo", ".venv/bin/python -m tests")


def test_the_readmes_client_configuration_is_json() -> None:
    found = re.search(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert found is not None
    server = json.loads(found.group(1))["mcpServers"]["flint"]
    assert server["command"].endswith("/.venv/bin/flint")
    assert server["args"] == ["serve"]


def test_the_readme_names_every_default_tool_and_no_unknown_one() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (\w+(?:, \w+)*) \|$", README, re.MULTILINE))
    del rows["toolset"]
    assert {name: set(tools.split(", ")) for name, tools in rows.items()} == {
        name: {tool.tool for tool in ALL_TOOLS if tool.toolset == name} for name in DEFAULT_TOOLSETS
    }
    assert {name for tools in rows.values() for name in tools.split(", ")} == set(select())
    assert with_toolsets(README) == README, "python -m tests.docs.reference --write, and read the diff"


def test_every_file_that_a_page_points_to_exists() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [target for target in targets if not (page.parent / target).exists()] == [], page.name
