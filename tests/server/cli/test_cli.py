"""The `flint` command: what it prints, and errors that an operator can read."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from flint_server.cli.main import main
from tests.server.running import FLINT, PATIENCE, flint, flint_process, served_http


def test_version() -> None:
    result = flint("--version")
    assert (result.exit_code, result.output) == (0, f"flint, version {version('flint-orders')}\n")


def test_help_names_every_command() -> None:
    result = flint("--help")
    assert result.exit_code == 0
    context = click.Context(main)
    names = main.list_commands(context)
    assert names == sorted(names)
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert re.search(rf"^  {name} +[A-Z]", result.output, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["simulator", "--help"]])
def test_what_needs_nothing_imports_nothing(arguments: list[str]) -> None:
    """Importing MCP, the tools and the store takes a second and a half."""
    listing = "import sys\nfrom flint_server.cli.main import main\n"
    listing += f"try: main({arguments!r})\nexcept SystemExit: pass\n"
    listing += "print(*sorted(name for name in sys.modules if name.count('.') < 2), file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    imported = set(ended.stderr.splitlines()[-1].split())
    heavy = {"alembic", "anyio", "asyncio", "flint_domain", "mcp", "pydantic", "sqlalchemy", "starlette", "stripe"}
    assert imported & heavy == set()
    assert "flint_server.cli" in imported


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--toolsets", "order"], "there is no toolset 'order'; have: all, orders, coupons, "),
        (["--tools", "pay"], "there is no tool 'pay'; have: create_order, "),
        (["--clock", "yesterday"], "use ISO 8601, such as 2026-01-31T09:00:00Z"),
        (["--clock", "9999-12-31T23:59:59-05:00"], "the clock starts between the years 1970 and 9000"),
        (["--clock", "0001-01-01T00:00:00+05:00"], "the clock starts between the years 1970 and 9000"),
        (["--http", "--host", "0.0.0.0"], "0.0.0.0 is not a loopback address: others could reach it"),
        (["--http", "--host", "example.com"], "example.com is not a loopback address"),
        (["--http", "--port", "99999"], "99999 is not in the range 0<=x<=65535"),
    ],
)
def test_a_server_that_cannot_start_says_why_in_a_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = flint("serve", "--data", tmp_path, *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_stops_the_server_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "flint.db").write_text("a shopping list")
    result = flint_process("serve", "--data", tmp_path, input="")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"Error: {tmp_path / 'flint.db'} is not a database.",
        "Choose another file; this one was left as it is.",
    ]
    assert (tmp_path / "flint.db").read_text() == "a shopping list"


def test_the_data_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flint.db").write_text("a shopping list")
    monkeypatch.setenv("FLINT_DATA", str(tmp_path))
    assert str(tmp_path) in flint("serve").output


def test_whoever_leaves_the_key_out_is_warned_of_what_that_means(tmp_path: Path) -> None:
    with served_http(tmp_path, "--auth", "none"):
        assert not (tmp_path / "local.key").exists()


def test_a_key_is_for_http_alone(tmp_path: Path) -> None:
    result = flint("serve", "--auth", "none", "--data", tmp_path)
    assert result.exit_code == 2
    assert "--auth is for --http: on standard input and output the only caller is who started it." in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["demo"], ["export", "--kind", "orders"], ["doctor"]], ids=lambda words: words[0])
def test_a_reader_that_has_had_enough_ends_a_command_without_a_traceback(tmp_path: Path, command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)  # as `head` does when it has its lines
    environment = {**os.environ, "FLINT_DATA": str(tmp_path)}
    ended = subprocess.run(
        [*FLINT, *command],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        timeout=PATIENCE,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in ended.stderr
