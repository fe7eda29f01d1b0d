"""A house whose processor speaks through Stripe's events: told to the inbox in whatever order a test likes."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Asked, Outcome, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Notice, Processor, Transaction
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.db.inbox import InboxRecords
from flint_server.processors.stripe.events import event_of
from flint_server.stripe_events.inbox import Inbox, ShowDispute
from tests.journeys.house import House
from tests.server.http.given import event

UNKNOWN = Outcome(state=TransferState.UNKNOWN)


class Listened:
    """A processor that counts what it is asked, and can be made deaf, or slow to answer."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self.performed: list[str] = []
        self.found: list[str] = []
        self.reachable = True
        self.before_answering: Callable[[], Awaitable[None]] | None = None
        self.before_finding: Callable[[], Awaitable[None]] | None = None

    @property
    def name(self) -> str:
        return self._processor.name

    async def perform(self, transfer: Transfer) -> Outcome:
        self.performed.append(transfer.transfer_id)
        outcome = await self._processor.perform(transfer)
        if self.before_answering is not None:
            await self.before_answering()
        return outcome

    async def find(self, transfer: Transfer) -> Outcome:
        self.found.append(transfer.transfer_id)
        if self.before_finding is not None:
            await self.before_finding()
        return await self._processor.find(transfer) if self.reachable else UNKNOWN

    async def attach(self, errand: Attach) -> Outcome:
        return await self._processor.attach(errand)

    async def detach(self, errand: Detach) -> Outcome:
        return await self._processor.detach(errand)

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        self.found.append(errand.errand_id)
        return await self._processor.find_method(errand) if self.reachable else UNKNOWN

    async def notices(self) -> list[Notice]:
        return []  # like Stripe, which tells by event

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        return None


class StripePost:
    """The inbox of a house, and the pen that writes events about its transfers."""

    def __init__(self, house: House, *, livemode: bool = False, show_dispute: ShowDispute | None = None) -> None:
        self.house = house
        self.processor = Listened(house.simulator)
        house.flint = house.flint_for(DEFAULT_MERCHANT_ID, processor=self.processor)
        self.records = InboxRecords(house.sqlite)
        self.livemode = livemode
        self.show_dispute = show_dispute
        self.inbox = self.another_inbox()

    def another_inbox(self) -> Inbox:
        """Another worker's, on the same store."""
        return Inbox(
            self.records,
            self.house.flint,
            DEFAULT_MERCHANT_ID,
            self.house.clock,
            livemode=self.livemode,
            show_dispute=self.show_dispute,
        )

    async def tell(self, kind: str, changed: dict[str, Any], **fields: Any) -> str:
        """Store an event as the web server does; its id."""
        told = event(kind, changed, **fields)
        await self.inbox.keep(event_of(json.dumps(told).encode()))
        return told["id"]

    async def tell_of(self, kind: str, transfer: Transfer, **fields: Any) -> str:
        """An event about the object that a transfer made or worked on, with the metadata that Flint puts there."""
        return await self.tell(kind, object_of(kind, transfer), **fields)

    async def transfers(self, kind: TransferKind | None = None) -> list[Transfer]:
        """The transfers of this kind, oldest first; all of them without one."""
        asked = await self.asked()
        return [each for each in asked if isinstance(each, Transfer) and kind in (None, each.kind)]

    async def asked(self) -> list[Asked]:
        """All transfers and errands, oldest first."""
        with closing(sqlite3.connect(self.house.folder / "flint.db")) as driver:
            ids = [row[0] for row in driver.execute("SELECT id FROM transfers ORDER BY id")]

        def load(tx: Transaction) -> list[Asked]:
            return [asked for id_ in ids if (asked := tx.asked(id_)) is not None]

        return await self.house.sqlite.write(DEFAULT_MERCHANT_ID, load)

    def states(self) -> dict[str, str]:
        """The state of every event by its id."""
        return {event_id: state for event_id, state, _, _ in self.rows()}

    def rows(self) -> list[tuple[str, str, str | None, int]]:
        with closing(sqlite3.connect(self.house.folder / "flint.db")) as driver:
            return driver.execute("SELECT id, state, reason, tries FROM stripe_events ORDER BY seq").fetchall()

    async def settle_all(self) -> None:
        """Rounds until nothing waits any more, with the time that it takes."""
        for _ in range(100):
            await self.inbox.settle()
            if "waiting" not in self.states().values():
                return
            self.house.clock.passes(timedelta(seconds=10))
        raise AssertionError(f"some events are never settled: {self.rows()}")


def object_of(kind: str, transfer: Transfer) -> dict[str, Any]:
    """The object that Stripe would send with an event of this kind about a transfer."""
    metadata = {"transfer_id": transfer.transfer_id, "payment_id": transfer.payment_id, "attempt": "1"}
    payment = transfer.payment_reference or transfer.reference
    if kind.startswith(("refund.", "charge.refund.")):
        return {"id": transfer.reference, "object": "refund", "payment_intent": payment, "metadata": metadata}
    if kind.startswith("charge."):
        return {"id": "ch_1", "object": "charge", "payment_intent": payment, "metadata": {}}
    return {"id": payment, "object": "payment_intent", "metadata": metadata}
