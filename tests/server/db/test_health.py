import sqlite3
from pathlib import Path

import pytest

from flint_server.db import SqliteStore
from flint_server.db.sqlite import health
from flint_server.db.sqlite.health import StorageHealth, storage_health
from tests.server.db.given import another_process_with, stored_order
from tests.server.running import flint


def test_the_library_is_told_and_judged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, safe in (((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((4, 0, 0), True)):
        monkeypatch.setattr(health.sqlite3, "sqlite_version_info", version)
        assert storage_health(path).safe_to_share is safe
    assert storage_health(path).sqlite_version == sqlite3.sqlite_version


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not tell who has a file open")
async def test_another_process_that_has_the_file_open_is_seen(store: SqliteStore, path: Path) -> None:
    await stored_order(store)
    assert storage_health(path).sharing == ()
    with another_process_with(path) as process_id:
        assert storage_health(path).sharing == (process_id,)


def test_only_an_unsafe_library_that_does_share_is_warned_of(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    assert StorageHealth(path, "3.40.1", False, (77,)).warning is not None
    assert StorageHealth(path, "3.40.1", False, ()).warning is None
    assert StorageHealth(path, "3.40.1", False, None).warning is None
    assert StorageHealth(path, "3.51.3", True, (77,)).warning is None
    monkeypatch.setattr(health, "_PROCESSES", path)
    assert storage_health(path).sharing is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not tell who has a file open")
def test_the_doctor_names_each_file_that_another_process_has_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = tmp_path / "items.csv"
    items.write_text("reference,name,price\na,Mug,7.50\n")
    assert flint("import", items, "--data", tmp_path).exit_code == 0
    files = [tmp_path / "flint.db", tmp_path / "simulator.db"]
    monkeypatch.setattr(health, "WAL_RESET_FIXED_IN", (99,))
    with another_process_with(files[0]) as one, another_process_with(files[1]) as other:
        said = flint("doctor", "--data", tmp_path).output.splitlines()
    warned = [line.partition(", and ")[2] for line in said if line.startswith("warning  SQLite")]
    assert warned == [
        f"process {process_id} has {file} open too. Stop it, or use a newer SQLite."
        for process_id, file in zip((one, other), files, strict=True)
    ]
