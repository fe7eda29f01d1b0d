"""Bring a data file up to date: copy it, migrate in one transaction, check, commit."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from flint_server.db.engine import BUSY_TIMEOUT_MS, migration_engine
from flint_server.db.faults import StorageFault

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
VERSIONS: Sequence[Path] = (HERE / "versions",)


def upgrade(path: Path, stored: str, wanted: str, now: datetime, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Path:
    """Migrate from the stored revision to the wanted one; returns where the copy made before lies.

    Raises StorageFault for a revision that this Flint does not know, and when a row would point nowhere afterwards; the
    file is then as it was.
    """
    _require_known(path, stored, wanted)
    engine = migration_engine(path, busy_timeout_ms)
    try:
        with engine.begin() as connection:
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


def _require_known(path: Path, stored: str, wanted: str) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(_config()).get_revision(stored)
    except CommandError as error:
        raise StorageFault(
            f"The data file {path} was written by a newer Flint: it is at revision {stored}, this one knows {wanted}.",
            hint="Update Flint, or choose another file.",
        ) from error


def _copy(path: Path, stored: str, now: datetime) -> Path:
    """A copy of the file beside it, for its owner only."""
    copy = path.with_name(f"{path.name}.{stored}-{now:%Y%m%dT%H%M%SZ}.bak")
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        driver.execute("VACUUM INTO ?", (str(copy),))
    return copy
