"""`flint doctor` says whether an installation is sound, and what to do when it is not."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from flint_server.composition import open_application
from flint_server.settings import Settings
from tests.server.running import flint


def findings(output: str) -> list[str]:
    """What the doctor printed, without the packages' versions."""
    return [line for line in output.splitlines() if not line.startswith("ok       Python")][7:]


def use(folder: Path) -> None:
    """Leave the folder as a server does that has been started and stopped."""

    async def start_and_stop() -> None:
        async with open_application(Settings(folder=folder)):
            pass

    anyio.run(start_and_stop)


def test_a_fresh_installation_is_ready(tmp_path: Path) -> None:
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert findings(result.output) == [
        f"ok       no data yet: {tmp_path / 'flint.db'} is made when the server starts",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "Flint is ready.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_used_installation_is_ready_and_left_as_it_was(tmp_path: Path) -> None:
    use(tmp_path)
    before = (tmp_path / "flint.db").read_bytes()
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert findings(result.output) == [
        f"ok       SQLite {sqlite3.sqlite_version}",
        f"ok       data: {tmp_path / 'flint.db'}, currency USD, 0 tax rates",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "Flint is ready.",
    ]
    assert (tmp_path / "flint.db").read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "flint.db").write_text("a shopping list")
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 1
    assert findings(result.output) == [
        f"WRONG    data: {tmp_path / 'flint.db'} is not a database.",
        "         Choose another file; this one was left as it is.",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "1 wrong.",
    ]


def test_data_of_a_newer_version(tmp_path: Path) -> None:
    use(tmp_path)
    with closing(sqlite3.connect(tmp_path / "flint.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 1
    wrong = next(line for line in findings(result.output) if line.startswith("WRONG"))
    assert "newer" in wrong


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    result = flint("doctor", "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert findings(result.output)[:2] == [
        f"WRONG    data: {tmp_path / 'data'} is not a folder",
        "         Name another folder with --data or FLINT_DATA.",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_a_folder_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o555)
    if os.geteuid() == 0:  # the superuser may write what is read-only
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    result = flint("doctor", "--data", tmp_path / "new")
    assert result.exit_code == 1
    assert findings(result.output)[:2] == [
        f"WRONG    data: the folder {tmp_path} is not writable for this user",
        "         Make it writable, or name another folder with --data or FLINT_DATA.",
    ]


def test_a_fault_that_was_left_on(tmp_path: Path) -> None:
    use(tmp_path)
    assert flint("simulator", "--data", tmp_path, "fault", "decline").exit_code == 0
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert "warning  1 fault is on" in findings(result.output)
    assert "         flint simulator clear switches them off." in findings(result.output)
