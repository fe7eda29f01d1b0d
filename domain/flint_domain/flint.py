"""The one road: every command, whoever asks for it, is executed here.

A command is written down before any money moves, each movement is asked for under a key of its own, and each answer is
settled by compare-and-set. Whatever dies in between is finished by the next call with the same key, or by recovery.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from flint_domain.command import Command, Query, Shown, fields_of, fingerprint_of
from flint_domain.kernel.errors import Refused
from flint_domain.orders.hints import hints
from flint_domain.payments.model import Outcome, Transfer, TransferState
from flint_domain.ports import DueTransfer, Processor, ReadTransaction, Receipt, Store, Transaction
from flint_domain.rehearsal import rehearse
from flint_domain.show import replay, show, shown_from_json, shown_to_json
from flint_domain.work import LEASE, Work, load

logger = logging.getLogger(__name__)

PERFORM_DEADLINE = 120.0  # seconds; below LEASE, so that no two ask the processor at once
IN_PROGRESS_WAIT = 10.0  # seconds a call waits for the first one with its key
IN_PROGRESS_POLL = 0.1  # seconds between two looks at that first call


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and under which idempotency key."""

    key: str | None = None
    actor: str = "agent"
    dry_run: bool = False


PLAIN = Call()


@dataclass(slots=True)
class _Run:
    """A command on its way: what to show at the end, and which transfers are still to be answered."""

    merchant_id: str
    shown: Shown | None = None  # None in recovery: nobody waits for an answer
    open: set[str] = field(default_factory=set[str])
    answer: dict[str, Any] | None = None


class Flint:
    """The order system of one merchant, over a store and a processor.

    exposed are the names of the tools that callers have; hints offer no others.
    """

    def __init__(self, store: Store, processor: Processor, merchant_id: str, exposed: frozenset[str]) -> None:
        self.store = store
        self.processor = processor
        self.merchant_id = merchant_id
        self.exposed = exposed

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
            if call.dry_run:
                return await self.store.rehearse(
                    self.merchant_id,
                    lambda tx: rehearse(tx, command, Work(tx, call.actor, call.key), self.exposed),
                )
            return await self._execute(command, call)
        except Refused as refused:
            raise await self._with_actions(refused) from None

    async def _execute(self, command: Command, call: Call) -> dict[str, Any]:
        started = await self.store.write(self.merchant_id, lambda tx: self._start(tx, command, call))
        if isinstance(started, Receipt):
            return await self._repeat(started)
        run, shown, transfers = started
        if run.answer is not None:
            return run.answer
        with anyio.CancelScope(shield=True):
            await self._carry_out(run, transfers)
        return run.answer or await self.store.read(self.merchant_id, lambda tx: show(tx, shown, self.exposed))

    def _start(self, tx: Transaction, command: Command, call: Call) -> "Receipt | tuple[_Run, Shown, list[Transfer]]":
        """Transaction 1: find the key's receipt, or make the change and claim the key with it."""
        if call.key is not None:
            receipt = tx.receipt(call.key)
            if receipt is not None:
                _check_same(receipt, command)
                return receipt
        work = Work(tx, call.actor, call.key)
        shown = command.change(work)
        run = _Run(self.merchant_id, shown, {transfer.transfer_id for transfer in work.planned})
        if not work.planned:
            run.answer = show(tx, shown, self.exposed)
        if call.key is not None:
            tx.add_receipt(
                Receipt(
                    key=call.key,
                    command=command.name,
                    fingerprint=fingerprint_of(command),
                    fields=fields_of(command),
                    shown=shown_to_json(shown),
                    answer=run.answer,
                    created_at=tx.now,
                )
            )
        return run, shown, work.planned

    async def _carry_out(self, run: _Run, transfers: Sequence[Transfer]) -> None:
        """Ask for every transfer, settle its answer, and go on with what the answer plans."""
        async with anyio.create_task_group() as group:

            async def carry(transfer: Transfer) -> None:
                outcome = await self._perform(transfer)
                for planned in await self._settle(run, transfer.transfer_id, outcome):
                    group.start_soon(carry, planned)

            for transfer in transfers:
                group.start_soon(carry, transfer)

    async def _perform(self, transfer: Transfer) -> Outcome:
        """The processor's answer; whatever goes wrong on the way is an unknown outcome, never a guess."""
        try:
            with anyio.fail_after(PERFORM_DEADLINE):
                return await self.processor.perform(transfer)
        except TimeoutError:
            logger.warning("transfer %s: no answer in time", transfer.transfer_id)
        except Exception:
            logger.exception("transfer %s: the processor could not be asked", transfer.transfer_id)
        return Outcome(state=TransferState.UNKNOWN)

    async def _settle(self, run: _Run, transfer_id: str, outcome: Outcome) -> list[Transfer]:
        """Settle an answer and return the transfers it plans.

        When the store cannot take it, the transfer stays as it was written down and recovery asks again.
        """
        try:
            return await self._store_answer(run, transfer_id, outcome)
        except Refused as refused:
            logger.error("transfer %s: answer not stored, left to recovery: %s", transfer_id, refused)
            return []

    async def _store_answer(self, run: _Run, transfer_id: str, outcome: Outcome) -> list[Transfer]:
        planned, run.answer = await self.store.write(
            run.merchant_id, lambda tx: self._settled(tx, run, transfer_id, outcome)
        )
        run.open = (run.open | {transfer.transfer_id for transfer in planned}) - {transfer_id}
        return planned

    def _settled(
        self, tx: Transaction, run: _Run, transfer_id: str, outcome: Outcome
    ) -> tuple[list[Transfer], dict[str, Any] | None]:
        """Transaction n: settle, and close the receipt when no transfer of the command is open any more."""
        work = Work(tx, actor="system")
        settled = work.settle(transfer_id, outcome)
        last = not work.planned and run.open <= {transfer_id}
        answer = show(tx, run.shown, self.exposed) if last and run.shown is not None else None
        if settled is not None and settled.receipt_key is not None:
            self._close_receipt(tx, settled.receipt_key, answer)
        return work.planned, answer

    def _close_receipt(self, tx: Transaction, key: str, answer: dict[str, Any] | None) -> None:
        receipt = tx.receipt(key)
        if receipt is None or receipt.answer is not None or receipt.shown is None or tx.unsettled(key):
            return
        tx.save_receipt(replace(receipt, answer=answer or show(tx, shown_from_json(receipt.shown), self.exposed)))

    async def _repeat(self, receipt: Receipt) -> dict[str, Any]:
        """Answer a key that was used before: wait for the first call, take its money on if nobody does, replay."""
        state = await self._progress(receipt.key)
        with anyio.move_on_after(IN_PROGRESS_WAIT):
            while state.running:
                await anyio.sleep(IN_PROGRESS_POLL)
                state = await self._progress(receipt.key)
        if state.running:
            raise Refused(
                "request_in_progress",
                "The first call with this idempotencyKey is still running.",
                hint="send the same call again in a few seconds",
                param="idempotencyKey",
            )
        with anyio.CancelScope(shield=True):
            await self._take_on(self.merchant_id, state.abandoned)
        return await self.store.read(self.merchant_id, lambda tx: self._replayed(tx, receipt.key))

    async def _progress(self, key: str) -> "_Progress":
        return await self.store.read(self.merchant_id, lambda tx: _progress(tx, key))

    def _replayed(self, tx: ReadTransaction, key: str) -> dict[str, Any]:
        receipt = tx.receipt(key)
        if receipt is None or receipt.shown is None:
            raise Refused(
                "request_in_progress",
                "The first call with this idempotencyKey has just ended.",
                hint="send the same call again",
                param="idempotencyKey",
            )
        answer = receipt.answer or show(tx, shown_from_json(receipt.shown), self.exposed)
        return replay(tx, answer, self.exposed)

    async def recover(self) -> int:
        """Finish what a crash or a lost answer left open; returns how many transfers were asked about."""
        due = await self.store.due_work()
        for transfer in due:
            await self._take_on(transfer.merchant_id, [transfer])
        return len(due)

    async def _take_on(self, merchant_id: str, due: Sequence[DueTransfer]) -> None:
        """Ask again for transfers whose holder is gone; of several that try, the lease lets one."""
        for item in due:
            transfer = await self.store.write(merchant_id, lambda tx, item=item: _lease(tx, item.transfer_id))
            if transfer is None:
                continue
            run = _Run(merchant_id)
            if transfer.state in (TransferState.PENDING, TransferState.REQUIRES_ACTION):
                planned = await self._settle(run, transfer.transfer_id, await self._find(transfer))
                await self._carry_out(run, planned)
            else:
                await self._carry_out(run, [transfer])

    async def _find(self, transfer: Transfer) -> Outcome:
        try:
            with anyio.fail_after(PERFORM_DEADLINE):
                return await self.processor.find(transfer)
        except Exception:
            logger.exception("transfer %s: its state could not be asked for", transfer.transfer_id)
            return Outcome(state=TransferState.UNKNOWN)

    async def hear(self) -> int:
        """Settle what the processor says of its own accord; returns how many notices there were.

        A notice that the store cannot take stays unacknowledged and is given again: recovery would not ask about a
        refund that had succeeded before it failed.
        """
        notices = await self.processor.notices()
        settled: list[str] = []
        for notice in notices:
            with anyio.CancelScope(shield=True):
                run = _Run(notice.merchant_id)
                try:
                    planned = await self._store_answer(run, notice.transfer_id, notice.outcome)
                except Refused as refused:
                    logger.error("notice %s: not stored, to be heard again: %s", notice.notice_id, refused)
                    continue
                settled.append(notice.notice_id)
                await self._carry_out(run, planned)
        if settled:
            await self.processor.acknowledge(settled)
        return len(notices)

    async def _with_actions(self, refused: Refused) -> Refused:
        """A refusal about an order says what can be done with it."""
        order_id = refused.order_id
        if order_id is None:
            return refused

        def available(tx: ReadTransaction) -> list[dict[str, Any]]:
            offered = hints(load(tx, order_id), self.exposed).available
            return [action.to_wire(keep_empty=False) for action in offered]

        try:
            refused.details["availableActions"] = await self.store.read(self.merchant_id, available)
        except Refused:
            logger.info("no hints for a refusal about %s", order_id)
        return refused


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the first call under a key is: still running, or left behind with these transfers."""

    running: bool
    abandoned: list[DueTransfer]


def _progress(tx: ReadTransaction, key: str) -> _Progress:
    receipt = tx.receipt(key)
    if receipt is None or receipt.answer is not None:
        return _Progress(running=False, abandoned=[])
    unsettled = tx.unsettled(key)
    held = [t for t in unsettled if t.state is TransferState.PLANNED and t.leased_until > tx.now]
    free = [t for t in unsettled if t.state in (TransferState.PLANNED, TransferState.UNKNOWN)]
    abandoned = [DueTransfer(tx.merchant_id, transfer.transfer_id) for transfer in free]
    return _Progress(running=bool(held), abandoned=abandoned)


def _lease(tx: Transaction, transfer_id: str) -> Transfer | None:
    return tx.transfer(transfer_id) if tx.lease_transfer(transfer_id, tx.now + LEASE) else None


def _check_same(receipt: Receipt, command: Command) -> None:
    """A key belongs to one command: the same words with other amounts are another command."""
    if receipt.fingerprint != fingerprint_of(command):
        raise Refused(
            "idempotency_key_reused",
            f"This idempotencyKey was used for {receipt.command}"
            f"{' with other arguments' if receipt.command == command.name else ''}.",
            hint="use a new key for every intended action, and the same one only to repeat a call as it was",
            param="idempotencyKey",
            details={
                "first": {"command": receipt.command, "fields": receipt.fields},
                "this": {"command": command.name, "fields": fields_of(command)},
            },
        )
