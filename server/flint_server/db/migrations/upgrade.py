"""Bring a data file up to date: copy it, migrate in one transaction, check, commit."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from flint_server.db.sqlite.connections import migration_engine
from flint_server.db.sqlite.faults import StorageFault

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
VERSIONS: Sequence[Path] = (HERE / "versions",)


WAIT_MS = 60_000  # for another process that is bringing the same file up to date: a large one takes a while


def upgrade(path: Path, stored: str, wanted: str, now: datetime, wait_ms: int = WAIT_MS) -> Path | None:
    """Migrate from the stored revision to the wanted one; returns where the copy made before lies, or None when another
    process, which was waited for, has migrated the file meanwhile.

    Raises StorageFault for a revision that this Flint does not know, and when a row would point nowhere afterwards; the
    file is then as it was.
    """
    require_known(path, stored, wanted)
    engine = migration_engine(path, wait_ms)
    try:
        with engine.begin() as connection:
            # Of several processes that start together one gets here first, and the others find its work done.
            stored = str(connection.scalars(text("SELECT version_num FROM alembic_version")).one())
            if stored == wanted:
                return None
            copy = _copy(path, stored, now)  # after BEGIN: nobody writes between the copy and the migration
            migrate(connection, wanted)
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise StorageFault(
                    f"The data file {path} cannot be brought up to date: "
                    f"{len(broken)} rows of {broken[0][0]} would point nowhere.",
                    hint=f"It was left as it is, with a copy at {copy}. Please report this.",
                )
    finally:
        engine.dispose()
    return copy


def migrate(connection: Connection, wanted: str) -> None:
    """Run the migrations that are missing, inside the connection's transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
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


def _copy(path: Path, stored: str, now: datetime) -> Path:
    """A copy of the file beside it, for its owner only."""
    copy, again = path.with_name(f"{path.name}.{stored}-{now:%Y%m%dT%H%M%SZ}.bak"), 0
    while copy.exists():  # left by a migration that failed a moment ago
        again += 1
        copy = path.with_name(f"{path.name}.{stored}-{now:%Y%m%dT%H%M%S}.{again}Z.bak")
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        driver.execute("VACUUM INTO ?", (str(copy),))
    return copy
