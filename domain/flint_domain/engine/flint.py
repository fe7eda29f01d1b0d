"""The one road: every command, whoever asks for it, is executed here.

A command is written down before any money moves, each movement is asked for under a key of its own, and each answer is
settled by compare-and-set. Whatever dies in between is finished by the next call with the same key, or by recovery.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio

from flint_domain.engine import idempotency
from flint_domain.engine.dry_run import rehearse
from flint_domain.engine.show import show
from flint_domain.engine.tax_quotes import with_quotes
from flint_domain.engine.transfers import Run, Transfers
from flint_domain.kernel.errors import Refused
from flint_domain.order.brief_hints import brief
from flint_domain.order.payments.model import Transfer
from flint_domain.order.tax.quoting import Quotes
from flint_domain.procedures.releasing import release
from flint_domain.unit_of_work.command import Command, Query, Shown
from flint_domain.unit_of_work.ports import (
    IdempotencyRecord,
    Processor,
    ReadTransaction,
    Store,
    TaxService,
    Transaction,
)
from flint_domain.unit_of_work.work import Work, load

logger = logging.getLogger(__name__)

IN_PROGRESS_WAIT = 10.0  # seconds a call waits for the first one with its key
IN_PROGRESS_POLL = 0.1  # seconds between two looks at that first call


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and under which idempotency key."""

    key: str | None = None
    actor: str = "agent"
    dry_run: bool = False


PLAIN = Call()

Vet = Callable[[Command], Awaitable[None]]
"""Raises Refused for a command that the outside speaks against."""


class Flint:
    """The order system of one merchant, over a store and a processor.

    exposed are the names of the tools that callers have; hints offer no others. vet, when given, may refuse a command
    for what only the outside knows, such as where a webhook's host lies; it is asked before any transaction. taxes,
    when given, works out the taxes of new orders that have an address.
    """

    def __init__(
        self,
        store: Store,
        processor: Processor,
        merchant_id: str,
        exposed: frozenset[str],
        *,
        vet: Vet | None = None,
        taxes: TaxService | None = None,
    ) -> None:
        self.store = store
        self.processor = processor
        self.merchant_id = merchant_id
        self.exposed = exposed
        self.vet = vet
        self.taxes = taxes
        self.transfers = Transfers(store, processor, exposed, taxes)

    async def ask(self, query: Query) -> dict[str, Any]:
        """Answer a query from a consistent view of the store."""
        try:
            return await self.store.read(self.merchant_id, lambda tx: query.read(tx, self.exposed))
        except Refused as refused:
            raise await self._with_actions(refused) from None

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        """Do a command once, however often it is sent under its key, and answer what came of it.

        Raises Refused when nothing was changed. From the first commit on, the caller's cancellation stops nothing.
        """
        try:
            await self._vet(command, call)
            if call.dry_run:
                return await with_quotes(self.taxes, lambda quotes: self._rehearse(command, call, quotes))
            return await self._execute(command, call)
        except Refused as refused:
            raise await self._with_actions(refused) from None

    def _rehearse(self, command: Command, call: Call, quotes: Quotes | None) -> Awaitable[dict[str, Any]]:
        return self.store.rehearse(
            self.merchant_id,
            lambda tx: rehearse(tx, command, self._work(tx, call, quotes, rehearsing=True), self.exposed),
        )

    def _work(self, tx: Transaction, call: Call, quotes: Quotes | None, *, rehearsing: bool = False) -> Work:
        return Work(tx, call.actor, call.key, self.processor.name, quotes, rehearsing)

    async def _vet(self, command: Command, call: Call) -> None:
        """Let the command through, unless the outside refuses it and it was not done already under its key."""
        try:
            if self.vet is not None:
                await self.vet(command)
        except Refused:
            key = call.key
            if key is None or await self.store.read(self.merchant_id, lambda tx: tx.idempotency_record(key)) is None:
                raise

    async def _execute(self, command: Command, call: Call) -> dict[str, Any]:
        started = await with_quotes(
            self.taxes,
            lambda quotes: self.store.write(self.merchant_id, lambda tx: self._start(tx, command, call, quotes)),
        )
        if isinstance(started, IdempotencyRecord):
            return await self._repeat(started.key)
        run, shown, transfers = started
        if run.answer is not None:
            return {**run.answer, **shown.once} if shown.once else run.answer
        with anyio.CancelScope(shield=True):
            await self.transfers.carry_out(run, transfers)
        return run.answer or await self.store.read(self.merchant_id, lambda tx: show(tx, shown, self.exposed))

    def _start(
        self, tx: Transaction, command: Command, call: Call, quotes: Quotes | None
    ) -> IdempotencyRecord | tuple[Run, Shown, list[Transfer]]:
        """Transaction 1: find the key's record, or make the change and claim the key with it."""
        if call.key is not None:
            record = tx.idempotency_record(call.key)
            if record is not None:
                idempotency.require_same(record, command)
                return record
        work = self._work(tx, call, quotes)
        shown = command.change(work)
        run = Run(self.merchant_id, shown, {transfer.transfer_id for transfer in work.planned})
        if not work.planned:
            run.answer = show(tx, shown, self.exposed)
        if call.key is not None:
            idempotency.claim(tx, call.key, command, shown, run.answer)
        return run, shown, work.planned

    async def _repeat(self, key: str) -> dict[str, Any]:
        """Answer a key that was used before: wait for the first call, take its money on if nobody does, replay."""
        state = await self._progress(key)
        with anyio.move_on_after(IN_PROGRESS_WAIT):
            while state.running:
                await anyio.sleep(IN_PROGRESS_POLL)
                state = await self._progress(key)
        if state.running:
            raise idempotency.in_progress()
        with anyio.CancelScope(shield=True):
            await self.transfers.take_on(state.abandoned)
        return await self.store.read(self.merchant_id, lambda tx: idempotency.repeated(tx, key, self.exposed))

    async def _progress(self, key: str) -> idempotency.Progress:
        return await self.store.read(self.merchant_id, lambda tx: idempotency.progress(tx, key))

    async def recover(self) -> int:
        """Finish what a crash or a lost answer left open; returns how many transfers were asked about."""
        return await self.transfers.recover()

    async def release_expired(self) -> int:
        """Give back what unpaid orders reserved and have had long enough, all of it; returns how many orders it was
        taken from.

        Each look shows so many and no more. One that could not be released is shown again, and left to the next call.
        """
        released, seen = 0, set[str]()
        while fresh := [due for due in await self.store.due_releases() if due.order_id not in seen]:
            for due in fresh:
                seen.add(due.order_id)
                try:
                    released += await self.store.write(due.merchant_id, lambda tx, due=due: _release(tx, due.order_id))
                except Refused as refused:
                    logger.error("order %s: its stock is not released yet: %s", due.order_id, refused)
        return released

    async def hear(self) -> int:
        """Settle what the processor says of its own accord; returns how many notices there were."""
        return await self.transfers.hear()

    async def _with_actions(self, refused: Refused) -> Refused:
        """A refusal about an order says what can be done with it."""
        order_id = refused.order_id
        if order_id is None:
            return refused

        def available(tx: ReadTransaction) -> list[dict[str, Any]]:
            offered = brief(load(tx, order_id), self.exposed).available
            return [action.to_wire(keep_empty=False) for action in offered]

        try:
            refused.details["availableActions"] = await self.store.read(self.merchant_id, available)
        except Refused:
            logger.info("no hints for a refusal about %s", order_id)
        return refused


def _release(tx: Transaction, order_id: str) -> bool:
    return release(Work(tx, actor="system"), order_id)
