"""Carrying out what was written down: every transfer and errand is asked for under its key, and every answer is settled
by compare-and-set."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Literal

import anyio

from flint_domain.engine.parties import Parties
from flint_domain.engine.settler import Run, Settler, Settles
from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import Asked, Outcome, Transfer, TransferState
from flint_domain.settling import leave_to_a_person
from flint_domain.unit_of_work.ports import DueWork, Processor, ReadTransaction, Store, TaxService, Transaction
from flint_domain.unit_of_work.work import LEASE, Work

logger = logging.getLogger(__name__)

PERFORM_DEADLINE = 120.0  # seconds; below LEASE, so that no two ask the processor at once
KEY_FORGOTTEN_AFTER = timedelta(hours=23)  # Stripe forgets a key after 24 h, and a forgotten key would charge again

Sight = Literal["known", "unknown", "held"]
"""What came of looking at a transfer. held: its holder is asking for it just now, so its answer comes by itself."""


class Transfers:
    """Asks the processor, and whoever performs errands, settles what they say, and takes on what others left behind."""

    def __init__(
        self, store: Store, processor: Processor, taxes: TaxService | None = None, settler: Settles | None = None
    ) -> None:
        self._store = store
        self._processor = processor
        self._parties = Parties(processor, taxes)
        self._settler = settler or Settler(store, processor.name, taxes)

    async def carry_out(self, run: Run, asked_for: Sequence[Asked]) -> None:
        """Ask for every transfer and errand, settle its answer, and go on with what the answer plans."""
        async with anyio.create_task_group() as group:

            async def carry(asked: Asked) -> None:
                outcome = await self._ask(self._parties.perform, asked)
                for planned in await self._settle(run, asked.asked_id, outcome):
                    group.start_soon(carry, planned)

            for asked in asked_for:
                group.start_soon(carry, asked)

    async def _ask(self, question: Callable[[Asked], Awaitable[Outcome]], asked: Asked) -> Outcome:
        """The processor's answer; whatever goes wrong on the way is an unknown outcome, never a guess."""
        try:
            with anyio.fail_after(PERFORM_DEADLINE):
                return await question(asked)
        except TimeoutError:
            logger.warning("transfer %s: no answer in time", asked.asked_id)
        except Exception:
            logger.exception("transfer %s: the processor could not be asked", asked.asked_id)
        return Outcome(state=TransferState.UNKNOWN)

    async def _settle(self, run: Run, asked_id: str, outcome: Outcome) -> list[Asked]:
        """Settle an answer and return what it plans.

        When the store cannot take it, all stays as it was written down and recovery asks again.
        """
        try:
            return await self._settler.settle(run, asked_id, outcome)
        except Refused as refused:
            logger.error("transfer %s: answer not stored, left to recovery: %s", asked_id, refused)
            return []

    async def recover(self) -> int:
        """Finish what a crash or a lost answer left open, all of it; returns how many transfers and errands were
        asked about.

        Each look shows so many and no more. What was taken on is leased, and not shown again; what is another
        processor's is, and left alone.
        """
        seen = set[str]()
        while fresh := [due for due in await self._store.due_work() if due.asked_id not in seen]:
            await self.take_on(fresh)
            seen |= {due.asked_id for due in fresh}
        return len(seen)

    async def take_on(self, due: Sequence[DueWork]) -> int:
        """Ask again for what was written down and whose holder is gone; of several that try, the lease lets one.
        Returns how many.

        What waits for the buyer or the bank is only looked up. So is what was asked for so long ago that the processor
        may have forgotten the key: asking for it again could move the money twice. What cannot be found then is left
        for a person.
        """
        taken = 0
        for item in due:
            leased = await self._store.write(item.merchant_id, lambda tx, item=item: self._lease(tx, item.asked_id))
            if leased is None:
                continue
            taken += 1
            asked, old = leased
            run = Run(item.merchant_id)
            if not old and asked.state in (TransferState.PLANNED, TransferState.UNKNOWN):
                await self.carry_out(run, [asked])
                continue
            outcome = await self._ask(self._parties.find, asked)
            await self.carry_out(run, await self._settle(run, asked.asked_id, outcome))
            if old and outcome.state is TransferState.UNKNOWN:
                await self._store.write(item.merchant_id, lambda tx, item=item: _leave(tx, item.asked_id))
        return taken

    def _lease(self, tx: Transaction, asked_id: str) -> tuple[Asked, bool] | None:
        """Take its lease: it, and whether its key may be forgotten; None when somebody else has it, or when
        the money is in another processor's books, which alone can tell of it."""
        asked = tx.asked(asked_id)
        if asked is None:
            return None
        at_a_processor = isinstance(asked, Transfer) and asked.in_books_of_a_processor
        if at_a_processor and asked.processor != self._processor.name:
            logger.error("transfer %s: is in the books of %s, left to its server", asked_id, asked.processor)
            return None
        if not tx.lease_asked(asked_id, tx.now + LEASE):
            return None
        return asked, tx.now - asked.created_at >= KEY_FORGOTTEN_AFTER

    async def look_up(self, due: DueWork) -> Sight:
        """Ask how a transfer or an errand stands and settle that, because somebody says that it has changed.

        Nothing is asked for again: what cannot be found is left to the recovery. A settled transfer may be looked up,
        too, and stays settled but for a refund that failed after it had succeeded. Raises Refused when the store
        cannot take the answer.
        """
        asked = await self._store.read(due.merchant_id, lambda tx: _seen(tx, due.asked_id))
        if asked is None:
            return "held"
        outcome = await self._ask(self._parties.find, asked)
        if outcome.state is TransferState.UNKNOWN:
            return "unknown"
        run = Run(due.merchant_id)
        with anyio.CancelScope(shield=True):
            await self.carry_out(run, await self._settler.settle(run, asked.asked_id, outcome))
        return "known"

    async def hear(self) -> int:
        """Settle what the processor says of its own accord; returns how many notices there were.

        A notice that the store cannot take stays unacknowledged and is given again: recovery would not ask about a
        refund that had succeeded before it failed.
        """
        notices = await self._processor.notices()
        settled: list[str] = []
        for notice in notices:
            with anyio.CancelScope(shield=True):
                run = Run(notice.merchant_id)
                try:
                    planned = await self._settler.settle(run, notice.asked_id, notice.outcome)
                except Refused as refused:
                    logger.error("notice %s: not stored, to be heard again: %s", notice.notice_id, refused)
                    continue
                settled.append(notice.notice_id)
                await self.carry_out(run, planned)
        if settled:
            await self._processor.acknowledge(settled)
        return len(notices)


def _seen(tx: ReadTransaction, asked_id: str) -> Asked | None:
    """The transfer or errand, unless its holder may be asking for it."""
    asked = tx.asked(asked_id)
    assert asked is not None, "neither is ever deleted"
    asking = asked.state in (TransferState.PLANNED, TransferState.UNKNOWN)
    return None if asking and asked.leased_until > tx.now else asked


def _leave(tx: Transaction, asked_id: str) -> None:
    leave_to_a_person(Work(tx, actor="system"), asked_id)
