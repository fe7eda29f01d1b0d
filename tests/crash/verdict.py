"""What must be true once everything is settled again: counted here in plain words, then the machine's invariants."""

import sqlite3
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from flint_domain.payments.model import UNSETTLED, TransferKind, TransferState
from flint_server.processors.simulated import SimulatedProcessor
from flint_server.processors.simulated_records import SimulatedPayment
from flint_server.settings import DATABASE_FILE, LEDGER_FILE
from tests.crash.street import Acknowledged, Notebook
from tests.journeys.house import House
from tests.machine.books import Books, check, check_at_rest, read_books
from tests.machine.oracle import cost_of

VIOLATIONS = (
    "charged twice",
    "refunded twice",
    "asked without a record",
    "acknowledged and lost",
    "made twice",
    "left unsettled",
    "receipts left open",
    "invariants broken",
    "answers that must not be",
    "servers that broke",
)

TOLD_ANEW = frozenset({"availableActions", "blockedActions", "currentVersion", "replayed"})

OPEN_WORK = {
    DATABASE_FILE: (
        ("left unsettled", f"SELECT count(*) FROM transfers WHERE state IN ({', '.join('?' * len(UNSETTLED))})"),
        ("receipts left open", "SELECT count(*) FROM receipts WHERE answer IS NULL"),
    ),
    LEDGER_FILE: (
        ("left unsettled", "SELECT count(*) FROM requests WHERE due_at IS NOT NULL"),
        ("left unsettled", "SELECT count(*) FROM notices WHERE acknowledged = 0"),
    ),
}


@dataclass
class Verdict:
    """How often each promise was broken, and the first words about it."""

    counts: Counter[str] = field(default_factory=Counter[str])
    details: list[str] = field(default_factory=list[str])

    def add(self, violation: str, detail: str, times: int = 1) -> None:
        assert violation in VIOLATIONS
        self.counts[violation] += times
        self.details.append(f"{violation}: {detail}")


class AheadClock:
    """The driver's view of the servers' time."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


class Remains(House):
    """The files of a shop, without a Flint of their own: what the checks read both sides' books from."""

    def __init__(self, folder: Path, clock: AheadClock) -> None:
        super().__init__(folder)
        self.simulator = SimulatedProcessor(folder / LEDGER_FILE, clock=clock)

    async def open(self) -> None:
        await self.simulator.open()

    async def close(self) -> None:
        await self.simulator.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def open_work(folder: Path) -> Counter[str]:
    """What waits for an answer, on either side; empty once everything is settled."""
    found: Counter[str] = Counter()
    for file, questions in OPEN_WORK.items():
        with closing(sqlite3.connect(folder / file)) as connection:
            for what, question in questions:
                found[what] += connection.execute(question, sorted(UNSETTLED) if "?" in question else ()).fetchone()[0]
    return +found


async def judge(remains: Remains, notes: Notebook, before: Books | None) -> tuple[Verdict, Books]:
    """Read both sides' books and compare them with each other and with what the callers were told."""
    books, verdict = await read_books(remains), Verdict()
    payments = await remains.simulator.payments()
    for order_id in sorted(_charged_twice(books, payments)):
        verdict.add("charged twice", f"{order_id}: the processor took or holds more than the order's payments")
    for order_id in sorted(_refunded_twice(books, payments, notes)):
        verdict.add("refunded twice", f"{order_id}: the processor gave back more than was asked for")
    for detail in _without_a_record(books, payments):
        verdict.add("asked without a record", detail)
    for acknowledged in notes.acknowledged:
        for lost in _lost(books, acknowledged, notes):
            verdict.add("acknowledged and lost", f"{acknowledged.tool} {acknowledged.key}: {lost}")
    for key, count in Counter(_created_with(books)).items():
        if count > 1:
            verdict.add("made twice", f"{count} orders for {key}", count - 1)
    for detail in notes.undeserved:
        verdict.add("answers that must not be", detail)
    try:
        check(books, before)
        check_at_rest(books)
    except (AssertionError, LookupError, StopIteration) as broken:
        verdict.add("invariants broken", _line_of(broken))
    return verdict, books


def _charged_twice(books: Books, found: list[SimulatedPayment]) -> set[str]:
    """Orders from which the processor took, or holds, more than their price, or twice for one payment or transfer."""
    taken: Counter[str] = Counter()
    payments: Counter[str] = Counter()
    order_of: dict[str, str] = {}
    for payment in found:
        if payment.captured or payment.held:
            taken[payment.order_id] += payment.captured + payment.held
            payments[payment.payment_id] += 1
            order_of[payment.payment_id] = payment.order_id
    more = {order for order, amount in taken.items() if order in books.orders and amount > _total(books, order)}
    twice = {order_of[payment] for payment, count in payments.items() if count > 1}
    captures = {
        entries[0].order_id
        for entries in books.entries.values()
        if sum(entry.kind == "captured" for entry in entries) > 1
    }
    return more | twice | captures


def _total(books: Books, order_id: str) -> int:
    return cost_of(books.orders[order_id]).total


def _refunded_twice(books: Books, found: list[SimulatedPayment], notes: Notebook) -> set[str]:
    """Orders for which the processor gave back more than their refunds, or a call more than its amount."""
    back: Counter[str] = Counter()
    for payment in found:
        back[payment.order_id] += payment.refunded
    more = {
        order_id
        for order_id, order in books.orders.items()
        if back[order_id] > sum(refund.amount for refund in order.refunds if refund.counts)
    }
    transfers = {
        entries[0].order_id
        for entries in books.entries.values()
        if sum(entry.kind == "refunded" for entry in entries) > 1
    }
    by_key: Counter[str] = Counter()
    order_of: dict[str, str] = {}
    for transfer in books.transfers:
        if transfer.kind is TransferKind.REFUND and transfer.state is not TransferState.DECLINED:
            by_key[transfer.receipt_key or ""] += transfer.amount
            order_of[transfer.receipt_key or ""] = transfer.order_id
    asked = {
        key: arguments["amountMoney"]["amount"]
        for key, (tool, arguments) in notes.asked.items()
        if tool == "create_refund" and "amountMoney" in arguments
    }
    return more | transfers | {order_of[key] for key, amount in by_key.items() if amount > asked.get(key, amount)}


def _without_a_record(books: Books, found: list[SimulatedPayment]) -> Iterator[str]:
    """What the processor was asked for, and nobody had written down."""
    known = {transfer.transfer_id for transfer in books.transfers}
    yield from (f"an entry of {transfer}" for transfer in sorted(set(books.entries) - known))
    paid = {payment.payment_id for order in books.orders.values() for payment in order.payments}
    for payment in found:
        if payment.payment_id not in paid:
            yield f"{payment.payment_id} of {payment.order_id} ({payment.status})"


def _created_with(books: Books) -> Iterator[str]:
    return (order.metadata["call"] for order in books.orders.values() if "call" in order.metadata)


def _lost(books: Books, acknowledged: Acknowledged, notes: Notebook) -> Iterator[str]:
    """What an answer said and the books no longer know."""
    if acknowledged.key not in books.receipts:
        yield "its receipt"
    answer, stored = acknowledged.answer, books.receipts.get(acknowledged.key)
    told: dict[str, Any] = answer.get("order", answer)
    if "orderId" not in told:
        return
    order = books.orders.get(told["orderId"])
    if order is None:
        yield f"the order {told['orderId']}"
        return
    # While a transfer was open, the answer told how things stood; the receipt has the final one, of a later version.
    if stored is not None and stored.get("order", stored)["version"] == told["version"]:
        if _as_told_first(stored) != _as_told_first(answer):
            yield "its words: a replay would say something else"
    elif stored is not None and stored.get("order", stored)["version"] < told["version"]:
        yield "its words: the receipt has an older answer"
    if order.version < told["version"]:
        yield f"version {told['version']} of {order.order_id}, which is at {order.version}"
    payments = {payment.payment_id: payment for payment in order.payments}
    for payment in answer.get("payments", ()):
        kept = payments.get(payment["paymentIntentId"])
        if kept is None or kept.captured < payment["capturedMoney"]["amount"]:
            yield f"the payment {payment['paymentIntentId']}, which was {payment['status']}"
    refunds = {refund.refund_id for refund in order.refunds}
    yield from (refund for refund in told["refundIds"] if refund not in refunds)
    if told["status"] == "CANCELED" and order.ended != "canceled":
        yield f"the cancel of {order.order_id}"
    coupon = notes.asked[acknowledged.key][1].get("couponCode")
    if coupon is not None and coupon not in [applied.code for applied in order.coupons]:
        yield f"the coupon {coupon} on {order.order_id}"


def _as_told_first(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is worked out anew for every replay."""
    told = {name: value for name, value in answer.items() if name not in TOLD_ANEW}
    return {**told, "order": _as_told_first(told["order"])} if "order" in told else told


def _line_of(broken: BaseException) -> str:
    """Where a bare assert failed, and what it was about."""
    frames = traceback.extract_tb(broken.__traceback__)
    ours = [frame for frame in frames if "tests" in Path(frame.filename).parts]
    last = ours[-1] if ours else frames[-1]
    values = ""
    step = broken.__traceback__
    while step is not None:
        order = step.tb_frame.f_locals.get("order_id") or getattr(step.tb_frame.f_locals.get("order"), "order_id", None)
        values = f" ({order})" if order else values
        step = step.tb_next
    return f"{last.name}: {last.line}{values} {broken}".strip()
