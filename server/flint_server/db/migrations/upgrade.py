"""Bring a data file up to date: copy it, migrate in one transaction, check, commit."""

import os
import shutil
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from flint_server.db.migrations.progress import Progress
from flint_server.db.sqlite import health
from flint_server.db.sqlite.connections import migration_engine
from flint_server.db.sqlite.faults import StorageFault, driver_error, is_busy, is_storage_trouble

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
VERSIONS: Sequence[Path] = (HERE / "versions",)


WAIT_MS = 60_000  # for another process that is bringing the same file up to date: a large one takes a while
ROOM = 3  # times the file: the copy, the log of the transaction, and what the file grows by before the log is emptied


def upgrade(path: Path, stored: str, wanted: str, now: datetime, wait_ms: int = WAIT_MS) -> Path | None:
    """Migrate from the stored revision to the wanted one; returns where the copy made before lies, or None when another
    process, which was waited for, has migrated the file meanwhile. What takes long says so on standard error.

    Raises StorageFault for a revision that this Flint does not know, when the other process is not done in time, when
    the disk has no room for it, and when a row would point nowhere afterwards; the file is then as it was.
    """
    require_known(path, stored, wanted)
    progress = Progress(path)
    with _alone(path, wait_ms) as connection:
        # Of several processes that start together one gets here first, and the others find its work done.
        stored = str(connection.scalars(text("SELECT version_num FROM alembic_version")).one())
        if stored == wanted:
            return None
        _require_room(path)
        copy = _copy(path, stored, now, progress)  # after BEGIN: nobody writes between the copy and the migration
        try:
            _change(path, connection, wanted, progress)
        except BaseException:
            # Nothing is committed: the file is what the copy holds, and one of each try would fill the disk.
            copy.unlink(missing_ok=True)
            raise
        progress.doing("writing it down")
    progress.done()
    if others := health.sharing(path.resolve()):
        progress.say(
            f"{path} has a new layout now, and process {', '.join(map(str, others))} has it open too. If that is an "
            "older Flint, stop it: it can read this file no more. If it has just been started, it goes on by itself."
        )
    return copy


def _change(path: Path, connection: Connection, wanted: str, progress: Progress) -> None:
    """Migrate and check, without a commit. Raises StorageFault for rows that no migration has thought of."""
    failed = f"The data file {path} cannot be brought up to date"
    try:
        migrate(connection, wanted, progress)
    except (sqlite3.Error, DBAPIError) as error:
        found = driver_error(error)
        if found is None or is_storage_trouble(found):
            raise
        raise StorageFault(
            f'{failed}. At the step "{progress.at}" the database answered: {found}.',
            hint="It was left as it is. Go on with the former Flint, and please report this.",
        ) from error
    progress.doing("checking that every row points at another")
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise StorageFault(
            f"{failed}: {len(broken)} rows of {broken[0][0]} would point nowhere.",
            hint="It was left as it is. Go on with the former Flint, and please report this.",
        )


@contextmanager
def _alone(path: Path, wait_ms: int) -> Generator[Connection]:
    """A transaction in which nobody else writes, once whoever does has ended. Raises StorageFault."""
    engine = migration_engine(path, wait_ms)
    try:
        with engine.connect() as connection:
            try:
                transaction = connection.begin()
            except DBAPIError as error:
                if not is_busy(error):
                    raise
                raise StorageFault(
                    f"The data file {path} is of an older Flint, and another process has been writing to it for "
                    f"{wait_ms / 1000:g} s, so that it cannot be brought up to date.",
                    hint="If that process brings it up to date, wait until it is done and start again; if it is an "
                    "older Flint, stop it first.",
                ) from error
            with transaction:
                yield connection
    finally:
        engine.dispose()


def _require_room(path: Path) -> None:
    """Raises StorageFault where a migration would fill the disk half-way."""
    log = path.with_name(f"{path.name}-wal")
    needed = ROOM * (path.stat().st_size + (log.stat().st_size if log.exists() else 0))
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StorageFault(
            f"Bringing the data file {path} up to date needs {_megabytes(needed)} of free space in {path.parent}, "
            f"{ROOM} times its size, and there are {_megabytes(free)}.",
            hint="Free some space there, or move the folder to a larger disk and name it with --data or FLINT_DATA. "
            "Nothing was changed.",
        )


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,} MB"


def migrate(connection: Connection, wanted: str, progress: Progress | None = None) -> None:
    """Run the migrations that are missing, inside the connection's transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    config.attributes["progress"] = progress
    if progress is not None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        progress.watch(driver)
    command.upgrade(config, wanted)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    for option, value in {
        "script_location": str(HERE),
        "version_locations": "\n".join(str(place) for place in VERSIONS),
        "path_separator": "newline",
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))  # % would be an interpolation
    return config


def require_known(path: Path, stored: str, wanted: str) -> None:
    """Raises StorageFault for the file of a newer Flint."""
    if not _knows(stored):
        raise StorageFault(
            f"The data file {path} was written by a newer Flint: it is at revision {stored}, this one knows {wanted}.",
            hint=_way_back(path),
        )


def _way_back(path: Path) -> str:
    """What to do about a file of a newer Flint. The newest copy that this Flint knows was made just before."""
    copies = sorted(
        (copy.name.removesuffix(".bak").rpartition("-")[2], copy)
        for copy in path.parent.glob(f"{path.name}.*.bak")
        if _knows(copy.name.removeprefix(f"{path.name}.").partition("-")[0])
    )
    if not copies:
        return "Update Flint, or choose another file."
    return (
        f"Update Flint. Or go back to the copy that was made before the upgrade, {copies[-1][1]}: "
        "what was done since is not in it."
    )


def _knows(revision: str) -> bool:
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        return False
    return True


def _copy(path: Path, stored: str, now: datetime, progress: Progress) -> Path:
    """A copy of the file beside it, for its owner only. It gets its name when it is whole and on the disk."""
    copy, again = path.with_name(f"{path.name}.{stored}-{now:%Y%m%dT%H%M%SZ}.bak"), 0
    while copy.exists():  # left by a migration that failed a moment ago
        again += 1
        copy = path.with_name(f"{path.name}.{stored}-{now:%Y%m%dT%H%M%S}.{again}Z.bak")
    progress.doing(f"making the copy {copy.name}")
    half = path.with_name(f"{path.name}.copying")
    half.unlink(missing_ok=True)  # of a process that was killed here
    try:
        os.close(os.open(half, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path, isolation_level=None)) as driver:
            progress.watch(driver)
            driver.execute("VACUUM INTO ?", (str(half),))
        with half.open("r+b") as written:
            os.fsync(written.fileno())
        half.rename(copy)
    except BaseException:
        for left in (half, half.with_name(f"{half.name}-journal")):  # it may be what fills the disk
            left.unlink(missing_ok=True)
        raise
    return copy
