"""The one road: every command, whoever asks for it, is executed here.

A command is written down before any money moves, each movement is asked for under a key of its own, and each answer is
settled by compare-and-set. Whatever dies in between is finished by the next call with the same key, or by recovery.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio

from flint_domain.engine import idempotency
from flint_domain.engine.dry_run import rehearse
from flint_domain.engine.settler import Run, Settles
from flint_domain.engine.tax_quotes import with_quotes
from flint_domain.engine.transfers import Sight, Transfers
from flint_domain.kernel.callers import LOCAL, Caller, Claim
from flint_domain.kernel.errors import Refused
from flint_domain.order.brief_hints import brief
from flint_domain.order.payments.model import Asked
from flint_domain.order.tax.quoting import Quotes
from flint_domain.procedures.releasing import release
from flint_domain.unit_of_work.command import Command, Query, Ref
from flint_domain.unit_of_work.ports import (
    DueWork,
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
    """Under which idempotency key something is asked for, and by whom. actor is who the trail says it was."""

    key: str | None = None
    actor: str = "agent"
    dry_run: bool = False
    caller: Caller = LOCAL

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, and whose it is."""
        return None if self.key is None else Claim(self.caller.principal, self.key)


PLAIN = Call()

T = TypeVar("T")

Vet = Callable[[Command], Awaitable[None]]
"""Raises Refused for a command that the outside speaks against."""


class Flint:
    """The order system of one merchant, over a store and a processor.

    vet, when given, may refuse a command for what only the outside knows, such as where a webhook's host lies; it is
    asked before any transaction. taxes, when given, works out the taxes of new orders that have an address. settler,
    when given, stands in for the one that settles.
    """

    def __init__(
        self,
        store: Store,
        processor: Processor,
        merchant_id: str,
        *,
        vet: Vet | None = None,
        taxes: TaxService | None = None,
        settler: Settles | None = None,
    ) -> None:
        self.store = store
        self.processor = processor
        self.merchant_id = merchant_id
        self.vet = vet
        self.taxes = taxes
        self.transfers = Transfers(store, processor, taxes, settler)

    @property
    def processor_name(self) -> str:
        return self.processor.name

    async def ask(self, query: Query, caller: Caller = LOCAL) -> dict[str, Any]:
        """Answer a query from a consistent view of the store."""
        try:
            return await self.store.read(self.merchant_id, lambda tx: query.read(tx, caller))
        except Refused as refused:
            raise await self._with_actions(refused, caller) from None

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
            raise await self._with_actions(refused, call.caller) from None

    def _rehearse(self, command: Command, call: Call, quotes: Quotes | None) -> Awaitable[dict[str, Any]]:
        return self.store.rehearse(
            self.merchant_id,
            lambda tx: rehearse(tx, command, self._work(tx, call, quotes, rehearsing=True)),
        )

    def _work(self, tx: Transaction, call: Call, quotes: Quotes | None, *, rehearsing: bool = False) -> Work:
        return Work(
            tx,
            call.actor,
            caller=call.caller,
            idempotency_key=call.claim,
            processor=self.processor.name,
            quotes=quotes,
            rehearsing=rehearsing,
        )

    async def _vet(self, command: Command, call: Call) -> None:
        """Let the command through, unless the outside refuses it and it was not done already under its key."""
        try:
            if self.vet is not None:
                await self.vet(command)
        except Refused:
            claim = call.claim
            if claim is None or await self._read(lambda tx: tx.idempotency_record(claim.principal, claim.key)) is None:
                raise

    async def _execute(self, command: Command, call: Call) -> dict[str, Any]:
        started = await with_quotes(
            self.taxes,
            lambda quotes: self.store.write(self.merchant_id, lambda tx: self._start(tx, command, call, quotes)),
        )
        if isinstance(started, IdempotencyRecord):
            return await self._repeat(Claim(started.principal, started.key), call.caller)
        run, ref, transfers = started
        if run.answer is not None:
            return {**run.answer, **ref.once} if ref.once else run.answer
        with anyio.CancelScope(shield=True):
            await self.transfers.carry_out(run, transfers)
        return run.answer or await self._read(lambda tx: command.show(tx, ref, call.caller))

    def _start(
        self, tx: Transaction, command: Command, call: Call, quotes: Quotes | None
    ) -> IdempotencyRecord | tuple[Run, Ref, list[Asked]]:
        """Transaction 1: find the key's record, or make the change and claim the key with it."""
        claim, caller = call.claim, call.caller
        if claim is not None:
            record = tx.idempotency_record(claim.principal, claim.key)
            if record is not None:
                idempotency.require_same(record, command)
                return record
        work = self._work(tx, call, quotes)
        ref = command.change(work)
        awaited = {asked.asked_id for asked in work.planned}
        run = Run(self.merchant_id, lambda tx: command.show(tx, ref, caller), awaited)
        if not work.planned:
            run.answer = command.show(tx, ref, caller)
        if claim is not None:
            idempotency.claim(work, claim, command, ref, run.answer)
        return run, ref, work.planned

    async def _repeat(self, claim: Claim, caller: Caller) -> dict[str, Any]:
        """Answer a key that was used before: wait for the first call, take its money on if nobody does, replay."""
        state = await self._progress(claim)
        with anyio.move_on_after(IN_PROGRESS_WAIT):
            while state.running:
                await anyio.sleep(IN_PROGRESS_POLL)
                state = await self._progress(claim)
        if state.running:
            raise idempotency.in_progress()
        with anyio.CancelScope(shield=True):
            await self.transfers.take_on(state.abandoned)
        return await self._read(lambda tx: idempotency.repeated(tx, claim, caller))

    async def _progress(self, claim: Claim) -> idempotency.Progress:
        return await self._read(lambda tx: idempotency.progress(tx, claim))

    def _read(self, view: Callable[[ReadTransaction], T]) -> Awaitable[T]:
        return self.store.read(self.merchant_id, view)

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

    async def due_work(self, limit: int = 100) -> list[DueWork]:
        """Transfers of every merchant that somebody left behind, oldest first, at most so many."""
        return await self.store.due_work(limit)

    async def take_on(self, due: Sequence[DueWork]) -> int:
        """Ask again for these transfers, as recovery does; returns how many were taken on."""
        return await self.transfers.take_on(due)

    async def look_up(self, due: DueWork) -> Sight:
        """Ask how a transfer stands and settle that; see Transfers.look_up."""
        return await self.transfers.look_up(due)

    async def hear(self) -> int:
        """Settle what the processor says of its own accord; returns how many notices there were."""
        return await self.transfers.hear()

    async def _with_actions(self, refused: Refused, caller: Caller) -> Refused:
        """A refusal about an order says what can be done with it."""
        order_id = refused.order_id
        if order_id is None:
            return refused

        def available(tx: ReadTransaction) -> list[dict[str, Any]]:
            offered = brief(load(tx, order_id, caller)).available
            return [action.to_wire(keep_empty=False) for action in offered]

        try:
            refused.details["availableActions"] = await self._read(available)
        except Refused:
            logger.info("no hints for a refusal about %s", order_id)
        return refused


def _release(tx: Transaction, order_id: str) -> bool:
    return release(Work(tx, actor="system"), order_id)
