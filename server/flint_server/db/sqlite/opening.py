"""Opening a data file: make a fresh one, bring an older one up to date, and say plainly why it cannot be done."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from flint_domain.unit_of_work.ports import Clock
from flint_server.db.codecs import micros
from flint_server.db.ids import Ulids
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID, FIRST_BODY, merchants
from flint_server.db.schema import metadata
from flint_server.db.session import IdSource
from flint_server.db.sqlite import faults
from flint_server.db.sqlite.connections import BUSY_TIMEOUT_MS, reader_engine, writer_engine
from flint_server.db.sqlite.day_spans import make_day_spans
from flint_server.db.sqlite.faults import StorageFault
from flint_server.db.sqlite.store import SqliteStore
from flint_server.db.sqlite.text_index import make_text_indexes

# The newest migration, by the files' names: starting need not import alembic.
REVISION = max(file.name[:4] for file in (Path(__file__).parents[1] / "migrations" / "versions").glob("[0-9]*.py"))
OLDEST_SQLITE = (3, 35, 0)  # the first with RETURNING

_HEADER = b"SQLite format 3\0"
_PRIVATE = 0o600  # orders hold names and addresses: for the owner only
_PRIVATE_FOLDER = 0o700


def open_store(
    path: Path,
    clock: Clock,
    ids: IdSource | None = None,
    *,
    currency: str = "USD",
    merchant_name: str = "Default",
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> SqliteStore:
    """The store on this file, which is made when it is not there: one merchant, no tax rate.

    currency and merchant_name are a fresh file's; an older one keeps its own, and is copied beside itself before it is
    brought up to date. Raises StorageFault.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageFault(
            f"This Python has SQLite {sqlite3.sqlite_version}, and Flint needs 3.35 or newer.",
            hint="Use a newer Python, for example `uv python install 3.13`.",
        )
    path = path.expanduser().absolute()
    try:
        _require_usable(path)
        _bring_up_to_date(path, clock.now(), currency, merchant_name, busy_timeout_ms)
    except OSError as error:
        raise StorageFault(
            f"The data file {path} cannot be used: {error.strerror or error}.",
            hint="Choose another place with --data or FLINT_DATA, or change the permissions.",
        ) from error
    except (sqlite3.Error, DBAPIError) as error:
        what, hint = faults.reason(error)
        raise StorageFault(
            f"The data file {path} cannot be opened: {what}.", hint=f"{hint[:1].upper()}{hint[1:]}."
        ) from error
    return SqliteStore(path, clock, ids or Ulids(), busy_timeout_ms=busy_timeout_ms)


def _require_usable(path: Path) -> None:
    """Make the folder and an empty file if need be; refuse what SQLite would fail at later or overwrite."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    if path.is_dir():
        raise StorageFault(
            f"{path} is a folder, not a data file.", hint=f"Name a file in it, such as {path / 'flint.db'}."
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StorageFault(
            f"The folder {path.parent} is not writable for this user.",
            hint="SQLite keeps its log beside the data file; make the folder writable or choose another one.",
        )
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _PRIVATE))
        return
    if not os.access(path, os.R_OK | os.W_OK):
        raise StorageFault(
            f"The data file {path} is read-only for this user.", hint="Make it writable, or choose another file."
        )
    require_database(path)


def require_database(path: Path) -> None:
    """Raises StorageFault for a file that is no database."""
    with path.open("rb") as file:
        header = file.read(len(_HEADER))
    if header not in (b"", _HEADER):
        raise StorageFault(f"{path} is not a database.", hint="Choose another file; this one was left as it is.")


def _bring_up_to_date(path: Path, now: datetime, currency: str, merchant_name: str, busy_timeout_ms: int) -> None:
    # Read beside whoever writes: another process that starts on an older file may be at it for longer than that.
    stored = stored_revision(path, busy_timeout_ms)
    if stored in ("", REVISION):
        engine = writer_engine(path, busy_timeout_ms)
        try:
            # In one transaction that may write, so that of two servers starting together one makes the tables.
            with engine.begin() as connection:
                stored = revision_of(connection, path)
                if stored == "":
                    _create(connection, now, currency, merchant_name)
        finally:
            engine.dispose()
    if stored not in ("", REVISION):
        from flint_server.db.migrations.upgrade import upgrade

        upgrade(path, stored, REVISION, now)


def stored_revision(path: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> str:
    """The revision that the file is at, read beside whoever writes; empty for a fresh file.

    Raises StorageFault for somebody else's database, and sqlite3.Error or DBAPIError for a file that cannot be read.
    """
    engine = reader_engine(path, busy_timeout_ms)
    try:
        with engine.begin() as connection:
            return revision_of(connection, path)
    finally:
        engine.dispose()


def revision_of(connection: Connection, path: Path) -> str:
    """The revision that the file is at; empty for a fresh file. Raises StorageFault for somebody else's database."""
    names = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    if not names:
        return ""
    if "alembic_version" in names and "orders" in names:
        stored = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        if len(stored) == 1:
            return str(stored[0])
    raise StorageFault(
        f"{path} is a database, but not one of Flint's.", hint="Choose another file; this one was left as it is."
    )


def _create(connection: Connection, now: datetime, currency: str, merchant_name: str) -> None:
    metadata.create_all(connection, checkfirst=False)
    make_text_indexes(connection, metadata)
    make_day_spans(connection)
    _stamp(connection, REVISION)
    connection.execute(
        merchants.insert().values(
            id=DEFAULT_MERCHANT_ID, name=merchant_name, currency=currency, created_at=micros(now), **FIRST_BODY
        )
    )


def _stamp(connection: Connection, revision: str) -> None:
    """Write alembic's own table as alembic would."""
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": revision})
