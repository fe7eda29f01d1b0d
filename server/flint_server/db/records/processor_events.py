"""The inbox in the store: events are kept once, claimed by their state, and ended by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from flint_domain.order.payments.model import Transfer
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction
from flint_server.db import inbox_statements as statements
from flint_server.db.codecs import Codec, from_micros, micros
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID
from flint_server.db.sqlite.store import SqliteStore
from flint_server.db.transaction import SqlTransaction
from flint_server.processors.stripe.events import StripeEvent

EVENTS_KEPT = timedelta(days=30)  # Stripe repeats an event for three days, and sends it again by hand for thirty

EVENT = Codec(StripeEvent)

EventState = Literal["waiting", "settled", "ignored", "left"]
"""left: nobody could tell what became of it in time, and a person has to look."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event that is ours to settle until the lease ends. tries counts the times that it could not be settled."""

    merchant_id: str
    event: StripeEvent
    leased_until: datetime
    tries: int
    received_at: datetime


class InboxRecords:
    """The events of every merchant in this store. Every call may raise Refused("storage_unavailable")."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def keep(self, merchant_id: str, event: StripeEvent) -> bool:
        """Keep an event; False when it is there already and done or waiting."""

        def keep(tx: SqlTransaction) -> bool:
            now = micros(tx.now)
            named = {
                "id": event.event_id,
                "merchant_id": tx.merchant_id,
                "type": event.type,
                "state": "waiting",
                "reason": None,
                "due_at": now,
                "tries": 0,
                "received_at": now,
                "schema": EVENT.schema,
                "body": EVENT.dump(event),
            }
            return tx.driver.execute(statements.KEEP, named).rowcount == 1

        return await self._write(merchant_id, keep)

    async def claim(self, limit: int, lease: timedelta) -> list[HeldEvent]:
        """Take events that are due, the longest due first. Of several workers, one gets each. Nothing is written while
        nothing is due."""

        def due(tx: SqlTransaction) -> list[tuple[str, str]]:
            return tx.driver.execute(statements.DUE, {"now": micros(tx.now), "limit": limit}).fetchall()

        ids_of: dict[str, list[str]] = {}
        for merchant_id, event_id in await self._read(DEFAULT_MERCHANT_ID, due):
            ids_of.setdefault(merchant_id, []).append(event_id)
        held: list[HeldEvent] = []
        for merchant_id, event_ids in ids_of.items():
            held += await self._write(merchant_id, lambda tx, ids=event_ids: _lease(tx, ids, lease))
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
            named = {
                "this_id": held.event.event_id,
                "this_merchant": tx.merchant_id,
                "was_due_at": micros(held.leased_until),
                "state": state,
                "reason": reason,
                "due_at": micros(due(tx.now)),
                "tries": tries,
            }
            return tx.driver.execute(statements.SAVE, named).rowcount == 1

        return await self._write(held.merchant_id, save)

    async def transfers_of(self, merchant_id: str, event: StripeEvent) -> list[Transfer]:
        """Every transfer of the payment that an event is about, oldest first; none when Flint did not make it."""
        return await self._read(merchant_id, lambda tx: _transfers_of(tx, event))

    async def payments_of(self, merchant_id: str, reference: str) -> list[str]:
        """The payments that have this reference at the processor: one, or none."""
        named = {"merchant_id": merchant_id, "reference": reference}

        def payments(tx: SqlTransaction) -> list[str]:
            return [row[0] for row in tx.driver.execute(statements.PAYMENT_OF_REFERENCE, named).fetchall()]

        return await self._read(merchant_id, payments)

    async def forget(self, limit: int) -> int:
        """Delete events that are done and older than EVENTS_KEPT, so many at most; returns how many there were."""

        def forget(tx: SqlTransaction) -> int:
            named = {"expired": micros(tx.now - EVENTS_KEPT), "limit": limit}
            return tx.driver.execute(statements.FORGET, named).rowcount

        return await self._write(DEFAULT_MERCHANT_ID, forget)

    # ── the store's transactions, with the driver that these records need ──

    async def _write(self, merchant_id: str, change: Callable[[SqlTransaction], T]) -> T:
        def on_sqlite(tx: Transaction) -> T:
            assert isinstance(tx, SqlTransaction)
            return change(tx)

        return await self._store.write(merchant_id, on_sqlite)

    async def _read(self, merchant_id: str, view: Callable[[SqlTransaction], T]) -> T:
        def on_sqlite(tx: ReadTransaction) -> T:
            assert isinstance(tx, SqlTransaction)
            return view(tx)

        return await self._store.read(merchant_id, on_sqlite)


def _lease(tx: SqlTransaction, event_ids: list[str], lease: timedelta) -> list[HeldEvent]:
    until = from_micros(micros(tx.now + lease))
    held: list[HeldEvent] = []
    for event_id in event_ids:
        named = {
            "this_id": event_id,
            "this_merchant": tx.merchant_id,
            "now": micros(tx.now),
            "until": micros(until),
        }
        rows: list[tuple[str, int, int, int]] = tx.driver.execute(statements.LEASE, named).fetchall()
        for body, schema, tries, received_at in rows:
            event = EVENT.load(body, schema)
            held.append(HeldEvent(tx.merchant_id, event, until, tries, from_micros(received_at)))
    return held


def _transfers_of(tx: SqlTransaction, event: StripeEvent) -> list[Transfer]:
    mine = {"merchant_id": tx.merchant_id}
    payments = set[str]() if event.payment_id is None else {event.payment_id}
    for transfer_id in event.transfer_ids:
        found = tx.driver.execute(statements.PAYMENT_OF_TRANSFER, {**mine, "this_id": transfer_id})
        payments.update(row[0] for row in found)
    for reference in filter(None, (event.object_id, event.payment_reference)):
        found = tx.driver.execute(statements.PAYMENT_OF_REFERENCE, {**mine, "reference": reference})
        payments.update(row[0] for row in found)
    transfers: list[Transfer] = []
    for payment_id in sorted(payments):
        named = {**mine, "payment_id": payment_id}
        for (transfer_id,) in tx.driver.execute(statements.TRANSFERS_OF_PAYMENT, named).fetchall():
            transfer = tx.transfer(transfer_id)
            assert transfer is not None, "it was found in this snapshot"
            transfers.append(transfer)
    return transfers
