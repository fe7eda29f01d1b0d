"""The simulated payment processor: an independent party that keeps its own ledger of what it moved.

It behaves as Stripe does on a test account (https://docs.stripe.com/testing, https://docs.stripe.com/api/idempotent_requests)
and remembers everything, so that a test can compare the orders with what really happened to the money.
"""

import logging
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Outcome, Transfer, TransferState
from flint_domain.unit_of_work.ports import Clock, Notice
from flint_server.processors.names import SIMULATED
from flint_server.processors.simulated import rules
from flint_server.processors.simulated.asking import Asking, fingerprint
from flint_server.processors.simulated.faults import Fault, fault_of_row, store_fault, strike
from flint_server.processors.simulated.finishing import finish, finish_due
from flint_server.processors.simulated.ledger_file import LedgerFile
from flint_server.processors.simulated.moves import ask
from flint_server.processors.simulated.payment_methods import SimulatedMethod
from flint_server.processors.simulated.records import (
    Desk,
    Dispute,
    Entry,
    Request,
    SimulatedPayment,
    SimulatedRefund,
    dispute_of_row,
    entry_of_row,
    fields_of_row,
    outcome_of_text,
    payment_of_row,
    refund_of_row,
    request_of_row,
    text_of_time,
)
from flint_server.processors.simulated.waiting import Waiting, find_open, open_requests, waiting_of

LATER_AFTER = timedelta(seconds=2)  # long enough that nobody takes a later outcome for an immediate one
HOLD_FOR = timedelta(days=7)  # Stripe keeps a card authorization for seven days

_LOG = logging.getLogger(__name__)
_UNKNOWN = Outcome(state=TransferState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An order's money at the processor, in minor units. charged is never lowered; refunded counts pending refunds,
    and pending_refund says how much of it they are; held is authorized and not captured."""

    charged: int
    refunded: int
    pending_refund: int
    held: int


class SimulatedProcessor:
    """The Processor of the domain on a ledger file of its own; open() first, close() last, or `async with`.

    seed makes references repeat from run to run. later_after is when the late answers of test values come,
    hold_for how long an authorization lasts. sleep waits for slow faults, in seconds.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        seed: str | int | None = None,
        later_after: timedelta = LATER_AFTER,
        hold_for: timedelta = HOLD_FOR,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._file = LedgerFile(path)
        self._clock = clock
        self._seed = secrets.token_hex() if seed is None else str(seed)
        self._later_after = later_after
        self._hold_for = hold_for
        self._sleep = sleep

    @property
    def name(self) -> str:
        return SIMULATED

    async def open(self) -> None:
        """Open the ledger, making it if it is new. Raises troubles.LedgerUnusable."""
        await self._file.open()

    async def close(self) -> None:
        await self._file.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # ── what Flint asks ──────────────────────────────────────────────────────────────────────────────────────────────

    async def perform(self, transfer: Transfer) -> Outcome:
        """Move the money once for transfer.key and answer; a repetition gets the first answer again and moves nothing.

        A definite no is remembered as well. Another request under a used key is declined with idempotency_error, which
        says nothing about the first. UNKNOWN when the answer was lost, by a fault or because the file could not be
        written: ask again with the same key.
        """
        asked = Asking.of(transfer)
        if decline := rules.refuse_amount(asked):  # as at Stripe, nonsense is refused before anything is remembered
            return Outcome(state=TransferState.DECLINED, decline=decline)
        return await self._perform(asked)

    async def find(self, transfer: Transfer) -> Outcome:
        """How the transfer stands now, which may be later than what perform answered.

        UNKNOWN when it never arrived (or the file cannot be read): performing it then, with the same key, is safe.
        """
        return await self._find(transfer.key)

    async def attach(self, errand: Attach) -> Outcome:
        """Save a source for its customer, once for errand.key, as perform moves money."""
        return await self._perform(Asking.of(errand))

    async def detach(self, errand: Detach) -> Outcome:
        """Forget what was saved, once for errand.key."""
        return await self._perform(Asking.of(errand))

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        """How the errand stands now, as find tells it of transfers."""
        return await self._find(errand.key)

    async def _perform(self, asked: Asking) -> Outcome:
        met: set[int] = set()
        try:
            while isinstance(answer := await self._answer(asked, met), Fault):
                met.add(answer.number)
                await self._sleep(answer.delay_seconds)
        except sqlite3.Error as error:
            _LOG.warning("the simulated processor gave no answer to %s: %s", asked.key, error)
            return _UNKNOWN
        return answer

    async def _answer(self, asked: Asking, met: set[int]) -> Outcome | Fault:
        """The answer to one call, or the slow fault that it has to sit out before it begins."""
        async with self._desk() as desk:
            row = await desk.books.row("SELECT * FROM requests WHERE key = ?", asked.key)
            fault = await strike(desk.books, asked, answered=row is not None, met=met)
            if fault is not None and fault.kind == "slow":
                return fault
            if fault is not None and fault.kind == "error_500":
                return _UNKNOWN
            if row is not None:
                outcome = _replay(request_of_row(row), asked)
            else:
                refused = fault.decline if fault is not None and fault.kind == "decline" else None
                pending = fault is not None and fault.kind == "pending"
                ends_after = None if fault is None else fault.ends_after
                outcome = await ask(replace(desk, pending_for=ends_after), asked, refused=refused, pending=pending)
            return _UNKNOWN if fault is not None and fault.kind == "answer_lost" else outcome

    async def _find(self, key: str) -> Outcome:
        try:
            await self._catch_up()
            rows = await self._file.read("SELECT outcome FROM requests WHERE key = ?", key)
        except sqlite3.Error as error:
            _LOG.warning("the simulated processor could not look up %s: %s", key, error)
            return _UNKNOWN
        return outcome_of_text(rows[0]["outcome"]) if rows else _UNKNOWN

    async def notices(self) -> list[Notice]:
        """Later outcomes, the oldest first, given again until they are acknowledged. Raises sqlite3.Error."""
        await self._catch_up()
        return [
            Notice(row["notice_id"], row["merchant_id"], row["transfer_id"], outcome_of_text(row["outcome"]))
            for row in await self._file.read("SELECT * FROM notices WHERE acknowledged = 0 ORDER BY number")
        ]

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        """Give these notices no more; unknown ids are passed over. Raises sqlite3.Error."""
        if not notice_ids:
            return
        async with self._desk() as desk:
            for notice_id in notice_ids:
                await desk.books.run("UPDATE notices SET acknowledged = 1 WHERE notice_id = ?", notice_id)

    # ── what an operator does: `flint simulator`, tests ──────────────────────────────────────────────────────────────

    async def waiting(self) -> list[Waiting]:
        """Everything with a later outcome: buyer steps, pending answers and refunds, refunds about to fail."""
        await self._catch_up()
        async with self._desk() as desk:
            return [waiting_of(request) for request in await open_requests(desk.books)]

    async def complete(self, reference: str) -> Outcome:
        """Let the buyer step, answer or refund of this reference end well, now; its notice is given from then on.

        reference is the processor's or Flint's id of the payment or refund, or the transfer's. Raises NothingWaiting.
        """
        return await self._end(reference, well=True)

    async def fail(self, reference: str) -> Outcome:
        """Let it end badly; a refund that succeeded can fail, too. Raises NothingWaiting."""
        return await self._end(reference, well=False)

    async def _end(self, reference: str, *, well: bool) -> Outcome:
        await self._catch_up()
        async with self._desk() as desk:
            return await finish(desk, await find_open(desk.books, reference, well=well), well=well)

    async def set_fault(self, fault: Fault) -> Fault:
        """Switch a fault on for every process that uses this ledger; the answer carries its number."""
        async with self._desk() as desk:
            return await store_fault(desk.books, fault)

    async def faults(self) -> list[Fault]:
        """The faults that are on, the oldest first, with the times that are left."""
        return [fault_of_row(row) for row in await self._file.read("SELECT * FROM faults ORDER BY number")]

    async def clear_faults(self) -> None:
        async with self._desk() as desk:
            await desk.books.run("DELETE FROM faults")

    async def balance_of(self, order_id: str) -> Balance:
        payments = [payment for payment in await self.payments() if payment.order_id == order_id]
        references = {payment.reference for payment in payments}
        return Balance(
            charged=sum(payment.captured for payment in payments),
            refunded=sum(payment.refunded for payment in payments),
            pending_refund=sum(
                refund.amount
                for refund in await self.refunds()
                if refund.status == "pending" and refund.payment in references
            ),
            held=sum(payment.held for payment in payments),
        )

    async def ledger(self) -> list[Entry]:
        """Every movement of money, the oldest first."""
        rows = await self._file.read(
            "SELECT entries.*, payments.order_id, payments.payment_id FROM entries"
            " JOIN payments ON payments.reference = entries.payment ORDER BY entries.number"
        )
        return [entry_of_row(row) for row in rows]

    async def payments(self) -> list[SimulatedPayment]:
        """Every payment as it stands now, the oldest first, declined ones included."""
        await self._catch_up()
        now = self._clock.now()
        rows = await self._file.read("SELECT * FROM payments ORDER BY number")
        return [rules.as_of(payment_of_row(row), now) for row in rows]

    async def methods(self) -> list[SimulatedMethod]:
        """Every source that was to be saved, the oldest first, refused and detached ones included."""
        await self._catch_up()
        rows = await self._file.read("SELECT * FROM methods ORDER BY number")
        return [SimulatedMethod(**fields_of_row(row)) for row in rows]

    async def refunds(self) -> list[SimulatedRefund]:
        await self._catch_up()
        return [refund_of_row(row) for row in await self._file.read("SELECT * FROM refunds ORDER BY number")]

    async def disputes(self) -> list[Dispute]:
        return [dispute_of_row(row) for row in await self._file.read("SELECT * FROM disputes ORDER BY number")]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _desk(self) -> AsyncGenerator[Desk]:
        async with self._file.transaction() as books:
            yield Desk(
                books=books,
                now=self._clock.now(),
                seed=self._seed,
                later_after=self._later_after,
                hold_for=self._hold_for,
            )

    async def _catch_up(self) -> None:
        """Bring about what has come due. Most of the time that is nothing, and nothing is then locked or written."""
        due = "SELECT 1 FROM requests WHERE due_at <= ? LIMIT 1"
        if await self._file.read(due, text_of_time(self._clock.now())):
            async with self._desk() as desk:
                await finish_due(desk)


def _replay(request: Request, asked: Asking) -> Outcome:
    # What was asked about a method before had the merchant's currency with it, though it moved nothing.
    asked = asked if asked.currency else replace(asked, currency=request.currency)
    if request.fingerprint == fingerprint(asked):
        return request.answer
    return Outcome(state=TransferState.DECLINED, decline=rules.KEY_REUSED)
