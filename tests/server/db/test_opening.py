"""A data file is opened, made, or refused in words."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_server.db import Merchant, SqliteStore, StorageFault, open_store
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID
from tests.server.db.given import MERCHANT, TurnedClock, driver, stored_order


def refusal(path: Path) -> StorageFault:
    with pytest.raises(StorageFault) as caught:
        open_store(path, TurnedClock(), busy_timeout_ms=10)
    assert str(path.parent) in caught.value.message
    assert caught.value.hint
    return caught.value


async def test_a_fresh_file_and_its_folder_are_made_for_the_owner_alone(tmp_path: Path, clock: TurnedClock) -> None:
    path = tmp_path / "new" / "folder" / "flint 50% off?.db"
    async with open_store(path, clock, currency="JPY", merchant_name="Shop") as store:
        await stored_order(store)
        assert await store.merchants() == [Merchant(DEFAULT_MERCHANT_ID, "Shop", "JPY")]
        assert await store.read(MERCHANT, lambda tx: tx.tax_rates()) == []
        files = [*path.parent.iterdir()]
        assert len(files) == 3  # the file, its log, the log's index
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_file_that_is_opened_again_keeps_what_it_holds(path: Path, clock: TurnedClock) -> None:
    async with open_store(path, clock) as store:
        order = await stored_order(store)
    async with open_store(path, clock, currency="EUR") as store:
        assert await store.read(MERCHANT, lambda tx: (tx.order(order.order_id), tx.currency)) == (order, "USD")


def test_an_empty_file_counts_as_a_fresh_one(path: Path, clock: TurnedClock) -> None:
    path.touch()
    open_store(path, clock).close_now()
    assert path.stat().st_size > 0


def test_a_folder_is_not_a_data_file(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path).message


def test_a_file_of_another_kind_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Dear diary, today was a very good day.")
    assert "is not a database" in refusal(path).message
    assert path.read_text().startswith("Dear diary")


def test_somebody_elses_database_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE diary (day)")
    assert "not one of Flint's" in refusal(path).message
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("diary",)]


def test_a_damaged_file_is_refused(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(5_000))
    assert refusal(path).hint


def test_a_file_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be used" in refusal(tmp_path / "file" / "flint.db").message


async def test_a_locked_file_is_refused(store: SqliteStore, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked by another process" in refusal(path).message


def test_the_file_of_a_newer_flint_is_refused_and_left_alone(path: Path, clock: TurnedClock) -> None:
    open_store(path, clock).close_now()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    fault = refusal(path)
    assert "newer Flint" in fault.message
    assert "Update Flint" in fault.hint
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.glob("*.bak")) == []


def test_the_refusal_of_a_newer_file_names_the_copy_that_was_made_before(path: Path, clock: TurnedClock) -> None:
    open_store(path, clock).close_now()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    for name in ("0001-20260101T000000Z", "0008-20260301T000000Z", "0007-20260201T000000Z", "9998-20260401T000000Z"):
        path.with_name(f"flint.db.{name}.bak").touch()  # the last one is of a Flint between this and the newest
    assert refusal(path).hint == (
        f"Update Flint. Or go back to the copy that was made before the upgrade, {path}.0008-20260301T000000Z.bak: "
        "what was done since is not in it."
    )


# ── permissions ──

NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """As an ordinary user: the superuser may write what is read-only."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder that an ordinary user may reach, which pytest's own is not when the superuser runs it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_a_read_only_file_is_refused(own_folder: Path) -> None:
    path = own_folder / "flint.db"
    open_store(path, TurnedClock()).close_now()
    path.chmod(0o444)
    with without_privileges():
        assert "read-only" in refusal(path).message


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_a_folder_that_is_not_writable_is_refused(own_folder: Path) -> None:
    own_folder.chmod(0o555)
    with without_privileges():
        assert "not writable" in refusal(own_folder / "flint.db").message
        assert "cannot be used" in refusal(own_folder / "deeper" / "flint.db").message


# ── what is in force ──

EXPECTED = {
    "busy_timeout": 50,
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "fullfsync": 1,  # and on macOS through the drive's cache
    "checkpoint_fullfsync": 1,
    "foreign_keys": 1,
    "journal_size_limit": 64 * 1024 * 1024,
    "temp_store": 2,  # memory
}


async def test_the_settings_that_durability_rests_on_are_in_force(store: SqliteStore) -> None:
    def settings(tx: ReadTransaction) -> dict[str, object]:
        return {name: driver(tx).execute(f"PRAGMA {name}").fetchone()[0] for name in [*EXPECTED, "query_only"]}

    assert await store.write(MERCHANT, settings) == {**EXPECTED, "query_only": 0}
    assert await store.read(MERCHANT, settings) == {**EXPECTED, "query_only": 1}


async def test_a_read_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(Refused, match="read-only"):
        await store.read(MERCHANT, lambda tx: driver(tx).execute("DELETE FROM orders"))


STORE_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from flint_server.db import open_store
from tests.server.db.given import TurnedClock, stored_order

async def main():
    store = open_store(Path(sys.argv[1]), TurnedClock())
    print((await stored_order(store)).order_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def output_of(program: str, *arguments: str) -> str:
    """What a Python process of its own prints before it ends, however it ends."""
    path = os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    return ran.stdout.strip()


async def test_an_acknowledged_order_survives_the_process_being_killed(path: Path, clock: TurnedClock) -> None:
    order_id = output_of(STORE_AND_DIE, str(path))
    assert order_id
    async with open_store(path, clock) as store:
        assert await store.read(MERCHANT, lambda tx: tx.order(order_id)) is not None


def test_the_storage_layer_imports_neither_the_orm_nor_alembic() -> None:
    program = "import sys, flint_server.db; print([m for m in ('sqlalchemy.orm', 'alembic') if m in sys.modules])"
    assert output_of(program) == "[]"
