"""The store on one SQLite file: one writer, several readers, no answer before the commit (see ports.Store)."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import anyio
import anyio.to_thread

from flint_domain.catalog.ports import DueRelease
from flint_domain.unit_of_work.ports import Clock, DueTransfer, ReadTransaction, Transaction
from flint_domain.webhooks.ports import DueDelivery, Slots
from flint_server.db import catalog_statements, statements, webhook_statements
from flint_server.db.codecs import micros
from flint_server.db.constructs import SQLITE
from flint_server.db.ids import made_at
from flint_server.db.jobs import Call
from flint_server.db.records.books import books_of
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID, Currencies, Merchant
from flint_server.db.session import IdSource
from flint_server.db.sqlite.connections import BUSY_TIMEOUT_MS, reader_engine, writer_engine
from flint_server.db.sqlite.readers import Readers
from flint_server.db.sqlite.writer import Writer
from flint_server.db.transaction import SqlTransaction

T = TypeVar("T")

DELIVERIES_KEPT = timedelta(days=30)  # as long as a receipt: so far back a delivery can be read and sent again


class SqliteStore:
    """Orders in one SQLite file. The file has to exist already: open it with open_store()."""

    def __init__(self, path: Path, clock: Clock, ids: IdSource, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = path
        self._clock = clock
        self._ids = ids
        self._currencies = Currencies()
        self._readers = Readers(reader_engine(path, busy_timeout_ms))
        self._writer = Writer(writer_engine(path, busy_timeout_ms), clock)

    # ── the port ──

    async def write(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change and commit it; a caller cancelled after its change began still gets the result."""
        return await self._change(merchant_id, change, keep=True)

    async def rehearse(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change on the writer and roll all of it back."""
        return await self._change(merchant_id, change, keep=False)

    async def _change(self, merchant_id: str, change: Callable[[Transaction], T], *, keep: bool) -> T:
        def on_writer(driver: sqlite3.Connection) -> T:
            currency = self._currencies.of(driver, merchant_id)
            return change(SqlTransaction(driver, SQLITE, merchant_id, currency, now=self._clock.now(), ids=self._ids))

        call = Call(on_writer, keep=keep)
        self._writer.submit(call)
        return await call.result()

    async def read(self, merchant_id: str, view: Callable[[ReadTransaction], T]) -> T:
        """Run view on a consistent snapshot, beside the writer."""

        def on_snapshot(driver: sqlite3.Connection) -> T:
            currency = self._currencies.of(driver, merchant_id)
            return view(SqlTransaction(driver, SQLITE, merchant_id, currency, now=self._clock.now(), ids=None))

        return await self._look(on_snapshot)

    async def _look(self, look: Callable[[sqlite3.Connection], T]) -> T:
        call = Call(look, keep=False)
        self._readers.submit(call)
        return await call.result()

    async def due_work(self, limit: int = 100) -> list[DueTransfer]:
        """Unsettled transfers of every merchant whose lease has run out, the one that ran out first at the front."""

        def due(driver: sqlite3.Connection) -> list[DueTransfer]:
            named = {"now": micros(self._clock.now()), "limit": limit}
            return [DueTransfer(*row) for row in driver.execute(statements.DUE_TRANSFERS, named).fetchall()]

        return await self._look(due)

    async def due_releases(self, limit: int = 100) -> list[DueRelease]:
        """Orders of every merchant whose time to hold stock unpaid has run out, the one that ran out first at the
        front."""

        def due(driver: sqlite3.Connection) -> list[DueRelease]:
            named = {"now": micros(self._clock.now()), "limit": limit}
            return [DueRelease(*row) for row in driver.execute(catalog_statements.DUE_RELEASES, named).fetchall()]

        return await self._look(due)

    async def due_deliveries(self, slots: Slots) -> list[DueDelivery]:
        """Deliveries that are due, the longest due first within each endpoint."""

        def due(driver: sqlite3.Connection) -> list[DueDelivery]:
            now = micros(self._clock.now())
            found: list[DueDelivery] = []
            endpoints = driver.execute(webhook_statements.ENDPOINTS_WITH_WORK, {"now": now}).fetchall()
            for merchant_id, endpoint_id, failing in endpoints:
                named = {"endpoint_id": endpoint_id, "now": now, "limit": slots(endpoint_id, bool(failing))}
                rows = driver.execute(webhook_statements.DUE_DELIVERIES, named).fetchall()
                found += [DueDelivery(merchant_id, endpoint_id, row[0]) for row in rows]
            return found

        return await self._look(due)

    async def forget_deliveries(self, limit: int = 1000) -> int:
        """Delete finished deliveries that are older than DELIVERIES_KEPT, so many at most; how many there were."""

        def forget(transaction: Transaction) -> int:
            assert isinstance(transaction, SqlTransaction)
            named = {"expired": micros(transaction.now - DELIVERIES_KEPT), "limit": limit}
            return transaction.driver.execute(webhook_statements.FORGET_DELIVERIES, named).rowcount

        return await self.write(DEFAULT_MERCHANT_ID, forget)

    async def changed_orders(self, merchant_id: str, after: str) -> list[tuple[str, str]]:
        """The facts younger than this id, oldest first: each one's id and its order's."""

        def changed(driver: sqlite3.Connection) -> list[tuple[str, str]]:
            named = {"merchant_id": merchant_id, "after": after}
            return driver.execute(statements.CHANGED_ORDERS, named).fetchall()

        return await self._look(changed)

    async def processor_of_newest_transfer(self) -> str | None:
        """Whose books the money of this file is in, or None while none has moved."""

        def newest(driver: sqlite3.Connection) -> str | None:
            return books_of(driver)

        return await self._look(newest)

    async def newest_id(self) -> str | None:
        """The youngest id in the file, or None in an empty one: a clock that is set must not go behind its making."""

        def newest(driver: sqlite3.Connection) -> str | None:
            rows = [driver.execute(statement).fetchone() for statement in statements.NEWEST_IDS]
            return max((row[0] for row in rows if row[0] is not None), key=made_at, default=None)

        return await self._look(newest)

    async def try_to_write(self) -> None:
        """Commit one page that changes nothing. Raises Refused when the file cannot be written, as on a full disk: a
        transaction that is rolled back would not find that out."""

        def touch(driver: sqlite3.Connection) -> None:
            (number,) = driver.execute("PRAGMA user_version").fetchone()
            driver.execute(f"PRAGMA user_version = {number:d}")  # the page is written whatever stood there

        call = Call(touch, keep=True)
        self._writer.submit(call)
        await call.result()

    # ── merchants ──

    async def merchants(self) -> list[Merchant]:
        """Every merchant, in the order of their ids."""

        def all_of_them(driver: sqlite3.Connection) -> list[Merchant]:
            return [Merchant(*row) for row in driver.execute(statements.MERCHANTS).fetchall()]

        return await self._look(all_of_them)

    async def add_merchant(self, name: str, currency: str) -> Merchant:
        """A new merchant with an id of its own."""

        def add(transaction: Transaction) -> Merchant:
            assert isinstance(transaction, SqlTransaction)
            merchant = Merchant(transaction.new_id("mer"), name, currency)
            insert_merchant(transaction.driver, merchant, micros(transaction.now))
            return merchant

        return await self.write(DEFAULT_MERCHANT_ID, add)

    # ── the end ──

    async def close(self) -> None:
        """Finish what is queued, empty the write-ahead log into the file and close it. Safe to repeat."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.close_now)

    def close_now(self) -> None:
        """close() for callers without an event loop."""
        self._readers.close()  # before the checkpoint, which cannot pass an open snapshot
        self._writer.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def insert_merchant(driver: sqlite3.Connection, merchant: Merchant, created_at: int) -> None:
    """Write a merchant's row; created_at in microseconds."""
    driver.execute(
        statements.ADD_MERCHANT,
        {
            "id": merchant.merchant_id,
            "name": merchant.name,
            "currency": merchant.currency,
            "created_at": created_at,
        },
    )
