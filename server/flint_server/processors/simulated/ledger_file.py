"""The simulated processor's own SQLite file: opening it, and transactions that no caller can leave half done."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import anyio
import anyio.to_thread

from flint_server.processors.simulated.troubles import LedgerUnusable, damaged, unusable

SCHEMA_VERSION = 2
APPLICATION_ID = 0x466C5369  # "FlSi"; SQLite keeps it in the file's header, so that another database is recognised
IN_MEMORY = Path(":memory:")  # SQLite's name for a database without a file: a ledger that ends with its processor
_PRIVATE = 0o600  # what was paid by whom is for the owner only
LOOKED_THROUGH = 32 * 1024 * 1024  # bytes of a ledger that is looked through when it is opened: 0.1 seconds at most
BUSY_TIMEOUT_MS = 5000  # how long to wait for another process that writes the same file (`flint simulator`)

_SCHEMA = """
CREATE TABLE payments (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    merchant_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    test_value TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    captured INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
    status TEXT NOT NULL,
    held_until TEXT,
    disputed INTEGER NOT NULL DEFAULT 0,
    CHECK (held + captured <= amount)
);
CREATE INDEX payments_of_order ON payments (order_id);
CREATE INDEX payments_by_payment ON payments (payment_id);
CREATE TABLE refunds (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    payment TEXT NOT NULL REFERENCES payments (reference),
    refund_id TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL
);
CREATE INDEX refunds_of_payment ON refunds (payment);
CREATE TABLE disputes (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    payment TEXT NOT NULL REFERENCES payments (reference),
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE requests (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    refund_id TEXT,
    transfer_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment TEXT,
    reference TEXT,
    answer TEXT NOT NULL,
    outcome TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT,
    due_well INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_waiting ON requests (state) WHERE state IN ('pending', 'requires_action');
CREATE INDEX requests_of_payment ON requests (payment);
CREATE INDEX requests_of_transfer ON requests (transfer_id);
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    payment TEXT NOT NULL REFERENCES payments (reference),
    refund TEXT REFERENCES refunds (reference),
    transfer_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX entries_of_payment ON entries (payment);
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are final'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are final'); END;
CREATE TABLE faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    amount INTEGER,
    token TEXT,
    transfer_kind TEXT,
    times INTEGER,
    delay_seconds REAL NOT NULL,
    code TEXT NOT NULL,
    decline_code TEXT,
    message TEXT NOT NULL
);
CREATE TABLE notices (
    number INTEGER PRIMARY KEY,
    notice_id TEXT NOT NULL UNIQUE,
    merchant_id TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX notices_open ON notices (number) WHERE acknowledged = 0;
"""
_METHODS = """
CREATE TABLE customers (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    merchant_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    UNIQUE (merchant_id, customer_id)
);
CREATE TABLE methods (
    number INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    customer TEXT NOT NULL REFERENCES customers (reference),
    merchant_id TEXT NOT NULL,
    method_id TEXT NOT NULL,
    test_value TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX methods_of_customer ON methods (customer);
"""
_STEPS = (_SCHEMA, _METHODS)  # what makes a ledger of schema 1 of an empty file, one of schema 2 of that, and so on
assert len(_STEPS) == SCHEMA_VERSION


class LedgerFile:
    """One connection to the ledger. Callers of this process take turns; BEGIN IMMEDIATE keeps other processes out.

    A caller that is cancelled while it waits for its turn has done nothing; from BEGIN to COMMIT or ROLLBACK it is
    shielded. Where asyncio's own cancellation breaks through the shield, the transaction is rolled back, or it was
    committed already: aiosqlite works its queue in order, so the next turn begins on a connection at rest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = anyio.Lock()
        self._connection: aiosqlite.Connection | None = None

    async def open(self) -> None:
        """Open the file and make its tables if it is new. Raises LedgerUnusable; opening twice is a mistake of ours."""
        if self._connection is not None:
            raise RuntimeError("the simulated processor's ledger is open already")
        with anyio.CancelScope(shield=True):
            try:
                await anyio.to_thread.run_sync(_try_out, self.path)
                connection = await aiosqlite.connect(self.path, isolation_level=None)
            except (OSError, sqlite3.Error) as error:
                raise unusable(self.path, error) from error
            try:
                await self._prepare(connection)
            except BaseException as error:
                await connection.close()
                if isinstance(error, sqlite3.Error):
                    raise unusable(self.path, error) from error
                raise
            self._connection = connection

    async def close(self) -> None:
        """Let the running transaction finish, then close. Closing twice does nothing."""
        with anyio.CancelScope(shield=True):
            async with self._turn:
                connection, self._connection = self._connection, None
                if connection is not None:
                    await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Statements"]:
        """Statements that are committed together, or not at all when the block raises. Raises sqlite3.Error."""
        async with self._turn:
            connection = self._opened()
            with anyio.CancelScope(shield=True):
                try:
                    await connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield Statements(connection)
                    await connection.execute_fetchall("COMMIT")
                except BaseException:
                    await connection.rollback()  # does nothing when no transaction is open
                    raise

    async def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of one SELECT, outside any transaction of ours; cancelling it leaves nothing behind."""
        async with self._turn:
            return list(await self._opened().execute_fetchall(sql, values))

    def _opened(self) -> aiosqlite.Connection:
        if self._connection is None:
            raise RuntimeError("the simulated processor is not open")
        return self._connection

    async def _prepare(self, connection: aiosqlite.Connection) -> None:
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        await self._schema_of(connection)  # before anything is written into a file that may be somebody else's
        await self._require_sound(connection)
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        # NORMAL would lose acknowledged commits at a power cut.
        await connection.execute_fetchall("PRAGMA synchronous = FULL")
        await connection.execute_fetchall("PRAGMA fullfsync = ON")  # of use on macOS: see db.engine
        await connection.execute_fetchall("PRAGMA foreign_keys = ON")
        await connection.execute_fetchall("BEGIN IMMEDIATE")  # a second process may be making the same new file
        missing = _STEPS[await self._schema_of(connection) :]
        for statement in (statement for step in missing for statement in _statements_of(step)):
            await connection.execute_fetchall(statement)
        if missing:
            await connection.execute_fetchall(f"PRAGMA application_id = {APPLICATION_ID}")
            await connection.execute_fetchall(f"PRAGMA user_version = {SCHEMA_VERSION}")
        await connection.execute_fetchall("COMMIT")

    async def _require_sound(self, connection: aiosqlite.Connection) -> None:
        """Damage is found before money moves, not by the first call that meets it."""
        if self.path == IN_MEMORY or self.path.stat().st_size > LOOKED_THROUGH:
            return
        for row in await connection.execute_fetchall("PRAGMA quick_check(1)"):
            if row[0] != "ok":
                raise damaged(self.path, str(row[0]).splitlines()[-1], "SQLITE_CORRUPT")

    async def _schema_of(self, connection: aiosqlite.Connection) -> int:
        """The schema of the ledger, 0 of a file that holds nothing yet. Raises LedgerUnusable when it holds anything
        else, or a ledger of a newer Flint's."""
        if await _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
            return 0
        if await _number(connection, "PRAGMA application_id") != APPLICATION_ID:
            raise self._unusable("it is a database of something else")
        version = await _number(connection, "PRAGMA user_version")
        if not 1 <= version <= SCHEMA_VERSION:
            raise self._unusable(f"it has schema {version} and this version of Flint knows {SCHEMA_VERSION}")
        return version

    def _unusable(self, why: str) -> LedgerUnusable:
        return LedgerUnusable(
            f"The simulated processor cannot use {self.path}: {why}.",
            hint="Choose another folder with --data, or move this file away to begin with an empty ledger.",
        )


class Statements:
    """What runs inside one transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return list(await self._connection.execute_fetchall(sql, values))

    async def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def run(self, sql: str, *values: Any) -> None:
        await self._connection.execute_fetchall(sql, values)


def _try_out(path: Path) -> None:
    """Make the folder and open the file once: aiosqlite leaves its thread unattended when connecting fails."""
    if path == IN_MEMORY:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=_PRIVATE)
    sqlite3.connect(path).close()


async def _number(connection: aiosqlite.Connection, sql: str) -> int:
    for row in await connection.execute_fetchall(sql):
        return int(row[0])
    return 0


def _statements_of(script: str) -> list[str]:
    """The script's statements one by one, so that they run inside the open transaction (executescript commits it)."""
    found: list[str] = []
    begun = ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun.strip())
            begun = ""
    return found
