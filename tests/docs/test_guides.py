"""Whatever a page names is there: tools, toolsets, arguments, error codes, variables, commands and their options."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from flint_domain.kernel.errors import ERRORS
from flint_domain.webhooks.events import EVENTS
from flint_server.http.connecting import KEY_VARIABLE
from flint_server.settings import VARIABLES
from flint_tools.binding import input_schema
from flint_tools.selection import ALL_TOOLS, TOOLSETS
from tests.docs.commands import commands

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)

TOOLS = {tool.tool for tool in ALL_TOOLS}
VERBS = {name.partition("_")[0] for name in TOOLS}


def code_of(page: Path) -> list[str]:
    """What stands in backticks or in a fenced block."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


@each_page
def test_every_tool_that_a_page_names_exists(page: Path) -> None:
    """A word verb_noun, with a verb that tools begin with, is a tool, a code, a value or an event."""
    known = TOOLS | ERRORS.keys() | words_of_schemas() | {event.replace(".", "_") for event in EVENTS}
    words = {word for code in code_of(page) for word in re.findall(r"(?<![\w.{/-])[a-z]+_[a-z_]+\b(?![.(=:])", code)}
    assert sorted(word for word in words if word.partition("_")[0] in VERBS and word not in known | OF_STRIPE) == []


@each_page
def test_every_toolset_that_a_page_names_exists(page: Path) -> None:
    named = {
        name
        for code in code_of(page)
        for found in re.findall(r"--toolsets[ =]([a-z_,]+)", code)
        for name in found.split(",")
    }
    assert named <= {*TOOLSETS, "all"}


@each_page
def test_every_variable_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\bFLINT_[A-Z_]+\b", page.read_text(encoding="utf-8")))
    assert named <= VARIABLES.keys() | ONLY_FOR_RECEIVERS | ONLY_FOR_TESTS | {KEY_VARIABLE}


ONLY_FOR_RECEIVERS = {"FLINT_WEBHOOK_SECRET"}  # in the example of a webhook's receiver
ONLY_FOR_TESTS = {"FLINT_STRIPE_TEST_KEY", "FLINT_STRIPE_WORLD_PYTHON", "FLINT_CASES", "FLINT_MACHINE_EXAMPLES"}
OF_STRIPE = {"capture_transfer_id", "return_url"}  # names in what is sent to Stripe


@each_page
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    for shown in (
        line for code in code_of(page) for line in re.findall(r"(?:^|[ /])(flint [a-z].*)$", code, re.MULTILINE)
    ):
        words = re.split(r"\s+", shown.split(" #")[0].strip())
        path, options = command_of(words)
        assert path is not None, shown
        unknown = [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in options]
        assert unknown == [], shown


def command_of(words: list[str]) -> tuple[str | None, set[str]]:
    """The longest command that these words begin with, and what options it takes."""
    for length in range(len(words), 1, -1):
        path = " ".join(words[:length])
        if path in every_command():
            return path, every_command()[path]
    return None, set()


@cache
def every_command() -> dict[str, set[str]]:
    """Commands and groups of the program by name, each with its options."""
    known: dict[str, set[str]] = {}
    for path, command in commands():
        options = {
            name
            for option in command.params
            if isinstance(option, click.Option)
            for name in [*option.opts, *option.secondary_opts]
        }
        known[path] = {*options, "--help", "-h"}
        group = path.rpartition(" ")[0]
        if group != "flint":
            known.setdefault(group, {"--help", "-h"})
    return known


@cache
def words_of_schemas() -> set[str]:
    """Every value with an underscore that an argument or an answer may hold."""
    found: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            found.update(value for value in node.get("enum", []) if isinstance(value, str))
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    for tool in ALL_TOOLS:
        collect(input_schema(tool))
        collect(tool.result.model_json_schema(mode="serialization"))
    return found


def test_the_check_finds_what_is_not_there(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Call `get_orders`, or `flint serve --htpp`; `create_refund` is there.\n")
    with pytest.raises(AssertionError, match="get_orders"):
        test_every_tool_that_a_page_names_exists(page)
    with pytest.raises(AssertionError, match="htpp"):
        test_every_command_that_a_page_shows_exists_with_its_options(page)
