import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flint_server.db import SqliteStore
from flint_server.db.sqlite import health
from flint_server.db.sqlite.health import StorageHealth, storage_health
from tests.server.db.given import stored_order


def test_the_library_is_told_and_judged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, safe in (((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((4, 0, 0), True)):
        monkeypatch.setattr(health.sqlite3, "sqlite_version_info", version)
        assert storage_health(path).safe_to_share is safe
    assert storage_health(path).sqlite_version == sqlite3.sqlite_version


@contextmanager
def another_process_with(path: Path) -> Iterator[int]:
    """A process that has the file open, by its id."""
    program = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other.pid
        other.communicate()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not tell who has a file open")
async def test_another_process_that_has_the_file_open_is_seen(store: SqliteStore, path: Path) -> None:
    await stored_order(store)
    assert storage_health(path).sharing == ()
    with another_process_with(path) as process_id:
        assert storage_health(path).sharing == (process_id,)


def test_only_an_unsafe_library_that_does_share_is_warned_of(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    assert StorageHealth("3.40.1", False, (77,)).warning is not None
    assert StorageHealth("3.40.1", False, ()).warning is None
    assert StorageHealth("3.40.1", False, None).warning is None
    assert StorageHealth("3.51.3", True, (77,)).warning is None
    monkeypatch.setattr(health, "_PROCESSES", path)
    assert storage_health(path).sharing is None
