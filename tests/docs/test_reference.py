"""The reference is made from the code, and says nothing else."""

import re
from pathlib import Path

import pytest

from flint_domain.kernel.errors import ERRORS
from flint_server.http.connecting import KEY_VARIABLE  # the shell's of whoever connects: printed, never read
from flint_server.settings import VARIABLES
from flint_tools.glossary import MEANINGS
from flint_tools.selection import ALL_TOOLS
from tests.docs import reference
from tests.docs.commands import commands

SOURCES = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.current()


def test_the_reference_is_as_the_code_has_it(pages: dict[str, str]) -> None:
    assert reference.stored() == pages, "python -m tests.docs.reference --write, and read the diff"


def test_the_reference_has_every_tool_with_its_arguments_and_every_code(pages: dict[str, str]) -> None:
    for tool in ALL_TOOLS:
        assert f"### {tool.tool}\n" in pages["tools"]
        assert f"## {tool.result.__name__}\n" in pages["answers"]
    assert "| `paymentSourceTokens` | array of string |" in pages["tools"]
    assert [code for code in ERRORS if f"| `{code}` |" not in pages["errors"]] == []


def test_every_field_of_every_answer_has_a_meaning(pages: dict[str, str]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|(.*)\|$", pages["answers"], re.MULTILINE)
    assert len(rows) > 500
    assert sorted({name for name, meaning in rows if not meaning.strip()}) == []


def test_the_glossary_has_no_word_that_no_answer_has(pages: dict[str, str]) -> None:
    names = set(re.findall(r"^\| `(\w+)` \|", pages["answers"], re.MULTILINE))
    assert sorted(MEANINGS.keys() - names) == []


def test_every_link_of_the_reference_leads_to_a_heading(pages: dict[str, str]) -> None:
    headings = {
        name: {text.lower() for text in re.findall(r"^#+ (.+)$", page, re.MULTILINE)} for name, page in pages.items()
    }
    for name, page in pages.items():
        for target, anchor in re.findall(r"\]\((?:([a-z]+)\.md)?#([^)]+)\)", page):
            assert anchor in headings[target or name], (name, anchor)


def test_every_variable_that_the_code_reads_is_in_the_table() -> None:
    read: set[str] = set()
    for folder in ("domain", "tools", "server"):
        for file in (SOURCES / folder).rglob("*.py"):
            read |= set(re.findall(r"\bFLINT_[A-Z_]+\b", file.read_text(encoding="utf-8")))
    assert read == VARIABLES.keys() | {KEY_VARIABLE}


def test_every_command_of_the_program_is_in_the_settings(pages: dict[str, str]) -> None:
    paths = [path for path, _ in commands()]
    assert {"flint serve", "flint demo", "flint import", "flint webhooks listen"} <= set(paths)
    assert [path for path in paths if f"### {path}" not in pages["settings"]] == []
