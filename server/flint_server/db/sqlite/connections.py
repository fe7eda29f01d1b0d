"""Connections to the data file: how they are opened, and what is switched on in each."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_MS = 5_000  # how long a statement waits for another process's lock
JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024  # bytes of WAL kept on disk after a checkpoint
MIGRATION_CACHE_KIB = 64 * 1024  # a table is filled in another order than its keys lie in
# Pages of WAL before a commit copies them into the file. The same few pages are written again and again (the newest
# orders, the ends of their indexes), and are copied once. At SQLite's own 1,000 pages, every twenty-sixth order that is
# created and changed would wait for a copy.
CHECKPOINT_PAGES = 4_000  # 16 MB
CACHED_STATEMENTS = 256  # per connection; the store has some forty of its own

_WRITE_AHEAD_LOG = "PRAGMA journal_mode = WAL"
_FOREIGN_KEYS = "PRAGMA foreign_keys = ON"
_ON_EVERY_CONNECTION = (
    f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}",
    # FULL: a commit is on the disk when it is acknowledged. Of 50 commits before a power cut, NORMAL kept none.
    "PRAGMA synchronous = FULL",
    # Of use on macOS alone: its fsync leaves what was written in the drive's own cache, F_FULLFSYNC does not.
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}",
    "PRAGMA temp_store = MEMORY",
)


def writer_engine(path: Path, busy_timeout_ms: int) -> Engine:
    """One connection that may write. Opening it turns the file's journal into a write-ahead log."""
    return _engine(path, busy_timeout_ms, "BEGIN IMMEDIATE", (_WRITE_AHEAD_LOG, _FOREIGN_KEYS, *_ON_EVERY_CONNECTION))


def migration_engine(path: Path, busy_timeout_ms: int) -> Engine:
    """A writer whose foreign keys are off, as they have to be before a transaction that rebuilds tables: with them on,
    dropping the old copy of a table deletes the rows that point at it."""
    pragmas = (
        _WRITE_AHEAD_LOG,
        *_ON_EVERY_CONNECTION,
        f"PRAGMA cache_size = -{MIGRATION_CACHE_KIB}",
        "PRAGMA secure_delete = OFF",  # some SQLites overwrite what is freed, which doubles the writing
    )
    return _engine(path, busy_timeout_ms, "BEGIN IMMEDIATE", pragmas)


def reader_engine(path: Path, busy_timeout_ms: int) -> Engine:
    """Connections that see a snapshot and cannot write."""
    return _engine(path, busy_timeout_ms, "BEGIN", (_FOREIGN_KEYS, *_ON_EVERY_CONNECTION, "PRAGMA query_only = ON"))


def driver_of(engine: Engine) -> sqlite3.Connection:
    """A new connection of the engine's own making, taken out of its pool for good: close it yourself.

    Raises sqlite3.Error.
    """
    try:
        pooled = engine.raw_connection()
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from None
        raise
    driver = pooled.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    pooled.detach()
    return driver


def _engine(path: Path, busy_timeout_ms: int, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={
            "isolation_level": None,  # transactions are begun and ended by hand
            "timeout": busy_timeout_ms / 1000,
            "check_same_thread": False,  # a connection serves one thread at a time, not always the same
            "cached_statements": CACHED_STATEMENTS,
        },
    )

    def set_up(driver: sqlite3.Connection, _record: object) -> None:
        driver.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        for pragma in pragmas:
            driver.execute(pragma)

    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin_transaction)
    return engine
