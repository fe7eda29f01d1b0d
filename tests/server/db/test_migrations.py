"""A file that was migrated is the same as a fresh one, and an older file is not lost on the way."""

import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import Engine

from flint_server.db import StorageFault, open_store
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.sqlite import opening
from flint_server.db.sqlite.connections import migration_engine
from tests.server.db.given import MERCHANT, START, TurnedClock, stored_coupon
from tests.server.db.older import older_file

NEWEST = opening.REVISION
NEXT = "9999"


def schema_of(path: Path) -> dict[tuple[str, str], object]:
    """Every table, index and trigger with its SQL, whatever its white space, quotes, order of constraints."""
    with closing(sqlite3.connect(path)) as driver:
        objects = driver.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        schema: dict[tuple[str, str], object] = {}
        for kind, name, sql in objects:
            words = " ".join((sql or "").replace('"', "").replace("(", " ( ").replace(")", " ) ").split())
            columns = driver.execute(f"PRAGMA table_xinfo({name})").fetchall() if kind == "table" else []
            schema[kind, name] = (sorted(words.replace(" )", ",").split(",")), columns)
    return schema


async def test_migrating_an_empty_file_gives_the_schema_of_a_fresh_one(path: Path, clock: TurnedClock) -> None:
    await open_store(path, clock).close()
    migrated = path.with_name("migrated.db")
    engine = migration_engine(migrated, 50)
    with engine.begin() as connection:
        upgrading.migrate(connection, opening.REVISION)
    engine.dispose()
    assert schema_of(migrated) == schema_of(path)


def test_the_newest_file_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(upgrading.HERE))
    config.set_main_option("version_locations", str(upgrading.VERSIONS[0]))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_heads() == [opening.REVISION]


@pytest.fixture
async def old_file(path: Path, clock: TurnedClock) -> Path:
    """A file with a coupon that an order holds, so that one table's rows point at another's."""
    async with open_store(path, clock) as store:
        coupon = await stored_coupon(store, "LAUNCH20")
        await store.write(MERCHANT, lambda tx: tx.redeem_coupon(coupon.coupon_id, "ord_1", None))
    return path


def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Have one revision more, which does this."""
    versions = tmp_path / "50% more versions"
    versions.mkdir()
    header = f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "{NEXT}"\ndown_revision = "{NEWEST}"\n'
    (versions / f"{NEXT}_next.py").write_text(header + dedent(body))
    monkeypatch.setattr(opening, "REVISION", NEXT)
    monkeypatch.setattr(upgrading, "VERSIONS", (*upgrading.VERSIONS, versions))


def rows(path: Path, query: str) -> list[object]:
    with closing(sqlite3.connect(path)) as driver:
        return driver.execute(query).fetchall()


async def test_an_older_file_is_copied_and_then_brought_up_to_date_with_every_row(
    old_file: Path, tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_revision(
        tmp_path,
        monkeypatch,
        """
        def upgrade() -> None:
            with op.batch_alter_table("coupons", recreate="always") as table:
                table.add_column(sa.Column("campaign", sa.Text()))
        """,
    )
    async with open_store(old_file, clock) as store:
        found = await store.read(MERCHANT, lambda tx: tx.coupon("launch20"))
    assert found is not None
    assert rows(old_file, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    assert rows(old_file, "SELECT campaign FROM coupons") == [(None,)]
    assert rows(old_file, "SELECT order_id FROM coupon_uses") == [("ord_1",)]

    copy = old_file.with_name(f"flint.db.{NEWEST}-{START:%Y%m%dT%H%M%SZ}.bak")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert rows(copy, "SELECT order_id FROM coupon_uses") == [("ord_1",)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('op.execute("DELETE FROM coupons")', StorageFault),
        ('op.execute("ALTER TABLE coupons ADD COLUMN campaign"); raise ZeroDivisionError', ZeroDivisionError),
    ],
)
async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    old_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, error: type[Exception]
) -> None:
    before = schema_of(old_file)
    next_revision(tmp_path, monkeypatch, f"def upgrade() -> None:\n    {body}\n")
    with pytest.raises(error):
        open_store(old_file, TurnedClock())
    assert schema_of(old_file) == before
    assert rows(old_file, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert rows(old_file, "SELECT count(*) FROM coupons") == [(1,)]


# ── several processes that start on an older file ──


def revisions() -> list[str]:
    return sorted(file.name.partition("_")[0] for file in upgrading.VERSIONS[0].glob("0*.py"))


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_processes_that_start_together_on_an_older_file_all_start_and_one_migrates(path: Path, revision: str) -> None:
    older_file(path, revision)
    together, found = Barrier(3), list[str]()

    def start() -> None:
        together.wait()
        open_store(path, TurnedClock(), busy_timeout_ms=50).close_now()
        found.append("started")

    threads = [Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["started"] * 3
    assert rows(path, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert rows(path, "SELECT currency FROM merchants") == [("JPY",)]
    assert len([*path.parent.glob("*.bak")]) == 1


async def test_who_starts_while_another_migrates_waits_for_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is held for as long as it takes the second to come to it, longer than its busy timeout."""
    older_file(path, revisions()[0])
    waits: list[int] = []
    came = Event()

    def engine(of: Path, wait_ms: int) -> Engine:
        waits.append(wait_ms)
        came.set()
        return migration_engine(of, wait_ms)

    monkeypatch.setattr(upgrading, "migration_engine", engine)
    with ThreadPoolExecutor() as threads, closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("BEGIN IMMEDIATE")
        second = threads.submit(open_store, path, TurnedClock(), busy_timeout_ms=1)
        assert came.wait(30)
        assert not second.done()
        first.execute("UPDATE alembic_version SET version_num = ?", [NEWEST])  # as if it had migrated
        first.execute("COMMIT")
        second.result(30).close_now()
    assert waits == [60_000]
    assert [*path.parent.glob("*.bak")] == []


async def test_a_migration_that_fails_leaves_no_copy_and_none_that_was_there_is_touched(
    old_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever starts it again and again would fill the disk with copies of a file that is as it was."""
    former = old_file.with_name(f"flint.db.{NEWEST}-{START:%Y%m%dT%H%M%SZ}.bak")
    former.write_text("of a try that was killed")
    next_revision(tmp_path, monkeypatch, "def upgrade() -> None:\n    raise ZeroDivisionError\n")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            open_store(old_file, TurnedClock())
    assert [*old_file.parent.glob("flint.db.*")] == [former]
    assert former.read_text() == "of a try that was killed"


async def test_two_tries_within_a_second_have_a_copy_each(
    old_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file.with_name(f"flint.db.{NEWEST}-{START:%Y%m%dT%H%M%SZ}.bak").touch()  # of one that was killed
    next_revision(tmp_path, monkeypatch, "def upgrade() -> None:\n    pass\n")
    open_store(old_file, TurnedClock()).close_now()
    assert len([*old_file.parent.glob("*.bak")]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no limit for a file's size")
def test_a_copy_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    """It may be the half of it that fills the disk."""
    older_file(path, revisions()[0])
    script = dedent("""
        import resource, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from flint_server.db.migrations.upgrade import upgrade

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        path = Path(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size // 2,) * 2)
        try:
            upgrade(path, sys.argv[2], sys.argv[3], datetime.now(UTC))
        except Exception as error:
            print(type(error).__name__)
    """)
    told = subprocess.run(
        [sys.executable, "-c", script, str(path), revisions()[0], NEWEST], check=True, capture_output=True, text=True
    )
    assert told.stdout == "OperationalError\n"
    assert [*path.parent.glob("flint.db.*")] == []
    assert rows(path, "SELECT version_num FROM alembic_version") == [(revisions()[0],)]


async def test_a_row_that_no_migration_has_thought_of_is_told_with_its_table(
    old_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "op.execute(\"SELECT json_extract('{broken', '$.id')\")"
    next_revision(tmp_path, monkeypatch, f"def upgrade() -> None:\n    {body}\n")
    with pytest.raises(StorageFault) as caught:
        open_store(old_file, TurnedClock())
    assert caught.value.message.startswith(f'The data file {old_file} cannot be brought up to date. At the step "')
    assert caught.value.message.endswith('" the database answered: malformed JSON.')
    assert caught.value.hint == "It was left as it is. Go on with the former Flint, and please report this."
    assert [*old_file.parent.glob("flint.db.*")] == []
