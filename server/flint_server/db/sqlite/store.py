"""The store on one SQLite file: one writer, several readers, no answer before the commit (see ports.Store)."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import anyio
import anyio.to_thread

from flint_domain.catalog.ports import DueRelease
from flint_domain.unit_of_work.ports import Clock, DueWork, ReadTransaction, Transaction
from flint_domain.webhooks.ports import DueDelivery, Slots
from flint_server.db.constructs import SQLITE
from flint_server.db.ids import made_at
from flint_server.db.jobs import Call
from flint_server.db.records.facts import changed_orders
from flint_server.db.records.idempotency import forget_expired
from flint_server.db.records.merchants import CURRENCY, DEFAULT_MERCHANT_ID, Merchant, add_merchant, all_merchants
from flint_server.db.records.newest_ids import newest_ids
from flint_server.db.records.orders import due_releases
from flint_server.db.records.transfers import books_of, due_work
from flint_server.db.records.webhook_deliveries import due_deliveries, forget_deliveries
from flint_server.db.session import Driver, IdSource
from flint_server.db.sqlite import erased_words
from flint_server.db.sqlite.connections import BUSY_TIMEOUT_MS, reader_engine, writer_engine
from flint_server.db.sqlite.readers import Readers
from flint_server.db.sqlite.writer import Writer
from flint_server.db.transaction import SqlTransaction

T = TypeVar("T")

EVERY_MERCHANT = ""  # whose records a look across merchants is opened for: nobody's own
FORGOTTEN_AT_ONCE = 200  # idempotency records; more than come in between, so that a backlog shrinks, and few and quick


class SqliteStore:
    """Orders in one SQLite file. The file has to exist already: open it with open_store()."""

    def __init__(self, path: Path, clock: Clock, ids: IdSource, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = path
        self._clock = clock
        self._ids = ids
        self._currencies: dict[str, str] = {}  # each merchant's, read once: it never changes
        self._readers = Readers(reader_engine(path, busy_timeout_ms))
        self._writer = Writer(writer_engine(path, busy_timeout_ms), self._forget_expired)

    # ── the port ──

    async def write(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change and commit it; a caller cancelled after its change began still gets the result."""
        return await self._change(merchant_id, change, keep=True)

    async def rehearse(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change on the writer and roll all of it back."""
        return await self._change(merchant_id, change, keep=False)

    async def _change(self, merchant_id: str, change: Callable[[Transaction], T], *, keep: bool) -> T:
        def on_writer(driver: Driver) -> T:
            return change(self._opened(driver, merchant_id, self._ids))

        call = Call(on_writer, keep=keep)
        self._writer.submit(call)
        return await call.result()

    async def read(self, merchant_id: str, view: Callable[[ReadTransaction], T]) -> T:
        """Run view on a consistent snapshot, beside the writer."""
        return await self._look(lambda driver: view(self._opened(driver, merchant_id)))

    async def _look(self, look: Callable[[Driver], T]) -> T:
        call = Call(look, keep=False)
        self._readers.submit(call)
        return await call.result()

    async def _look_around(self, look: Callable[[SqlTransaction], T]) -> T:
        """Run look on a snapshot of every merchant's records."""
        return await self._look(lambda driver: look(self._across(driver)))

    def _opened(self, driver: Driver, merchant_id: str, ids: IdSource | None = None) -> SqlTransaction:
        """The merchant's records. Raises LookupError for a merchant that does not exist."""
        currency = self._currencies.get(merchant_id)
        if currency is None:
            row: tuple[str] | None = self._across(driver, merchant_id).one(CURRENCY)
            if row is None:
                raise LookupError(f"there is no merchant {merchant_id}")
            currency = self._currencies[merchant_id] = row[0]
        return SqlTransaction(driver, SQLITE, merchant_id, currency, now=self._clock.now(), ids=ids)

    def _across(self, driver: Driver, merchant_id: str = EVERY_MERCHANT) -> SqlTransaction:
        return SqlTransaction(driver, SQLITE, merchant_id, "", now=self._clock.now(), ids=None)

    def _forget_expired(self, driver: Driver) -> None:
        forget_expired(self._across(driver), FORGOTTEN_AT_ONCE)

    # ── across merchants ──

    async def due_work(self, limit: int = 100) -> list[DueWork]:
        """Unsettled transfers of every merchant whose lease has run out, the one that ran out first at the front."""
        return await self._look_around(lambda tx: due_work(tx, limit))

    async def due_releases(self, limit: int = 100) -> list[DueRelease]:
        """Orders of every merchant whose time to hold stock unpaid has run out, the one that ran out first at the
        front."""
        return await self._look_around(lambda tx: due_releases(tx, limit))

    async def due_deliveries(self, slots: Slots) -> list[DueDelivery]:
        """Deliveries that are due, the longest due first within each endpoint."""
        return await self._look_around(lambda tx: due_deliveries(tx, slots))

    async def forget_deliveries(self, limit: int = 1000) -> int:
        """Delete finished deliveries that are old, so many at most; how many there were."""
        return await self._write_around(lambda tx: forget_deliveries(tx, limit))

    async def take_out_erased_words(self) -> int:
        """Take the words of erased persons out of the text indexes; returns how many steps that took."""
        return await erased_words.take_out(self._on_writer)

    async def _on_writer(self, change: Callable[[Driver], bool]) -> bool:
        call = Call(change, keep=True)
        self._writer.submit(call)
        return await call.result()

    async def _write_around(self, change: Callable[[SqlTransaction], T]) -> T:
        def in_sql(tx: Transaction) -> T:
            assert isinstance(tx, SqlTransaction)
            return change(tx)

        return await self.write(DEFAULT_MERCHANT_ID, in_sql)

    async def changed_orders(self, merchant_id: str, after: str) -> list[tuple[str, str]]:
        """The facts younger than this id, oldest first: each one's id and its order's."""
        return await self._look(lambda driver: changed_orders(self._across(driver, merchant_id), after))

    async def processor_of_newest_transfer(self) -> str | None:
        """Whose books the money of this file is in, or None while none has moved."""
        return await self._look_around(books_of)

    async def newest_id(self) -> str | None:
        """The youngest id in the file, or None in an empty one: a clock that is set must not go behind its making."""
        return await self._look_around(lambda tx: max(newest_ids(tx), key=made_at, default=None))

    async def try_to_write(self) -> None:
        """Commit one page that changes nothing. Raises Refused when the file cannot be written, as on a full disk: a
        transaction that is rolled back would not find that out."""

        def touch(driver: Driver) -> None:
            (number,) = driver.execute("PRAGMA user_version").fetchone()
            driver.execute(f"PRAGMA user_version = {number:d}")  # the page is written whatever stood there

        call = Call(touch, keep=True)
        self._writer.submit(call)
        await call.result()

    # ── merchants ──

    async def merchants(self) -> list[Merchant]:
        """Every merchant, in the order of their ids."""
        return await self._look_around(all_merchants)

    async def add_merchant(self, name: str, currency: str) -> Merchant:
        """A new merchant with an id of its own."""

        def add(tx: SqlTransaction) -> Merchant:
            merchant = Merchant(tx.new_id("mer"), name, currency)
            add_merchant(tx, merchant)
            return merchant

        return await self._write_around(add)

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
