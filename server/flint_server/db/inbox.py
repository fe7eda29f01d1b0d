"""The inbox in the store: a transaction for each step that an event takes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from flint_domain.order.payments.model import Asked
from flint_domain.unit_of_work.ports import ReadTransaction, Store, Transaction
from flint_server.db.records import processor_events as events
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID
from flint_server.db.records.processor_events import EventState, HeldEvent
from flint_server.db.records.transfers import payment_of_reference
from flint_server.db.transaction import SqlTransaction
from flint_server.processors.stripe.events import StripeEvent

T = TypeVar("T")


class InboxRecords:
    """The events of every merchant in this store. Every call may raise Refused("storage_unavailable")."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, merchant_id: str, event: StripeEvent) -> bool:
        """Keep an event; False when it is there already and done or waiting."""
        return await self._write(merchant_id, lambda tx: events.keep(tx, event))

    async def claim(self, limit: int, lease: timedelta) -> list[HeldEvent]:
        """Take events that are due, the longest due first. Of several workers, one gets each. Nothing is written while
        nothing is due."""
        ids_of: dict[str, list[str]] = {}
        for merchant_id, event_id in await self._read(DEFAULT_MERCHANT_ID, lambda tx: events.due_events(tx, limit)):
            ids_of.setdefault(merchant_id, []).append(event_id)
        held: list[HeldEvent] = []
        for merchant_id, event_ids in ids_of.items():
            held += await self._write(merchant_id, lambda tx, ids=event_ids: events.lease(tx, ids, lease))
        return held

    async def end(self, held: HeldEvent, state: EventState, reason: str | None = None) -> bool:
        """Be done with an event; False when the lease had run out and somebody else has it."""
        return await self._save(held, state, reason, lambda _: held.leased_until, held.tries)

    async def put_off(self, held: HeldEvent, wait: timedelta, reason: str, *, tries: int) -> bool:
        """Give an event back, to be taken again after this time."""
        return await self._save(held, "waiting", reason, lambda now: now + wait, tries)

    async def _save(
        self, held: HeldEvent, state: EventState, reason: str | None, due: Callable[[datetime], datetime], tries: int
    ) -> bool:
        def save(tx: SqlTransaction) -> bool:
            return events.save_event(tx, held, state, reason, due_at=due(tx.now), tries=tries)

        return await self._write(held.merchant_id, save)

    async def asked_of(self, merchant_id: str, event: StripeEvent) -> list[Asked]:
        """Every transfer of the payment, or errand for the method, that an event is about, oldest first; none when
        it is not Flint's."""
        return await self._read(merchant_id, lambda tx: events.asked_of_event(tx, event))

    async def payments_of(self, merchant_id: str, reference: str) -> list[str]:
        """The payments that have this reference at the processor: one, or none."""
        payment_id = await self._read(merchant_id, lambda tx: payment_of_reference(tx, reference))
        return [] if payment_id is None else [payment_id]

    async def forget(self, limit: int) -> int:
        """Delete events that are done and old, so many at most; returns how many there were."""
        return await self._write(DEFAULT_MERCHANT_ID, lambda tx: events.forget_events(tx, limit))

    # ── the store's transactions, as these records need them ──

    async def _write(self, merchant_id: str, change: Callable[[SqlTransaction], T]) -> T:
        def in_sql(tx: Transaction) -> T:
            assert isinstance(tx, SqlTransaction)
            return change(tx)

        return await self._store.write(merchant_id, in_sql)

    async def _read(self, merchant_id: str, view: Callable[[SqlTransaction], T]) -> T:
        def in_sql(tx: ReadTransaction) -> T:
            assert isinstance(tx, SqlTransaction)
            return view(tx)

        return await self._store.read(merchant_id, in_sql)
