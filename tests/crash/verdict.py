"""What must be true once everything is settled again: counted here in plain words, then the machine's invariants."""

import sqlite3
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from flint_domain.order.model import Order
from flint_domain.order.payments.model import UNSETTLED, TransferKind, TransferState
from flint_server.places import DATABASE_FILE, LEDGER_FILE
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.processors.simulated.records import SimulatedPayment
from tests.crash import changes, keeping
from tests.crash.files import Files, read_files
from tests.crash.lost import lost
from tests.crash.street import Notebook
from tests.journeys.house import House, SetClock
from tests.machine.audit import check, check_at_rest, history_only_grows
from tests.machine.books import Books, read_books
from tests.machine.oracle import cost_of

VIOLATIONS = (
    "charged twice",
    "refunded twice",
    "attached twice",
    "asked without a record",
    "acknowledged and lost",
    "made twice",
    "changes half made",
    "given back first",
    "wrong balances",
    "wrong stock",
    "left unsettled",
    "receipts left open",
    "invariants broken",
    "answers that must not be",
    "servers that broke",
)

OPEN_WORK = {
    DATABASE_FILE: (
        ("left unsettled", f"SELECT count(*) FROM transfers WHERE state IN ({', '.join('?' * len(UNSETTLED))})"),
        ("receipts left open", "SELECT count(*) FROM idempotency_records WHERE answer IS NULL"),
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


class AheadClock(SetClock):
    """The driver's view of the servers' time."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


class Remains(House):
    """The files of a shop, without a Flint of their own: what the checks read both sides' books from."""

    def __init__(self, folder: Path, clock: AheadClock) -> None:
        super().__init__(folder, clock)
        self.simulator = SimulatedProcessor(folder / LEDGER_FILE, clock=clock)

    async def open(self) -> None:
        await self.simulator.open()

    async def close(self) -> None:
        await self.simulator.close()

    async def read_both(self) -> tuple[Books, Files]:
        """Both sides' books of one moment: once more when the server has written meanwhile, such as to give back
        what was reserved too long."""
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as watch:
            while True:
                seen = _version_of(watch)
                read = await read_books(self), read_files(self.folder)
                if _version_of(watch) == seen:
                    return read

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _version_of(watch: sqlite3.Connection) -> int:
    """A number that changes when another connection commits."""
    return watch.execute("PRAGMA data_version").fetchone()[0]


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
    (books, files), verdict = await remains.read_both(), Verdict()
    payments = await remains.simulator.payments()
    for violation, details in (
        ("charged twice", _charged_twice(books, payments)),
        ("refunded twice", _refunded_twice(books, payments, notes)),
        ("attached twice", keeping.attached_twice(files)),
        ("asked without a record", _without_a_record(books, payments)),
        ("acknowledged and lost", lost(books, files, notes)),
        ("made twice", _made_twice(files)),
        ("changes half made", changes.half_made(files, notes)),
        ("given back first", changes.given_back_first(files)),
        ("wrong balances", keeping.wrong_balances(files)),
        ("wrong stock", keeping.wrong_stock(files)),
        ("answers that must not be", notes.undeserved),
    ):
        for detail in details:
            verdict.add(violation, detail)
    try:
        check(books, None)
        check_at_rest(books)
        if before is not None:
            history_only_grows(books, before)
    except (AssertionError, LookupError, StopIteration) as broken:
        verdict.add("invariants broken", _line_of(broken))
    return verdict, books


def _made_twice(files: Files) -> Iterator[str]:
    for (what, key), count in Counter(keeping.marks(files)).items():
        if count > 1:
            yield f"{count} {what} for {key}"
    yield from (f"{made}, without a call" for made in changes.made_without_a_call(files))


def _charged_twice(books: Books, found: list[SimulatedPayment]) -> Iterator[str]:
    """Orders from which more was taken, or is held, than their price, or twice for one payment or transfer.

    Of an order that was changed, or whose payment has moved, what came in without what went back is its price.
    """
    taken, back = Counter[str](), Counter[str]()
    payments = Counter[tuple[str, str]]()
    for payment in found:
        if payment.captured or payment.held:
            taken[payment.order_id] += payment.captured + payment.held
            back[payment.order_id] += payment.refunded
            payments[payment.order_id, payment.payment_id] += 1
    for order_id, order in books.orders.items():
        refused = sum(refund.amount for refund in order.refunds if not refund.counts)
        gross = not any(made.state == "made" for made in order.amendments)
        more = taken[order_id] - (0 if gross else back[order_id] + _back_in_accounts(order) + refused)
        if more > _total(books, order_id):
            yield f"{order_id}: the processor took or holds {more}, and it costs {_total(books, order_id)}"
    yield from (f"{order}: {payment}, {count} times" for (order, payment), count in payments.items() if count > 1)
    for transfer_id, entries in books.entries.items():
        if sum(entry.kind == "captured" for entry in entries) > 1:
            yield f"{entries[0].order_id}: {transfer_id} was captured more often than once"


def _back_in_accounts(order: Order) -> int:
    """What cards have paid and went to gift cards or store credit."""
    return sum(refund.amount for refund in order.refunds if refund.counts and refund.destination is not None)


def _total(books: Books, order_id: str) -> int:
    return cost_of(books.orders[order_id]).total


def _refunded_twice(books: Books, found: list[SimulatedPayment], notes: Notebook) -> Iterator[str]:
    """Orders for which the processor gave back more than their refunds, or a call more than its amount."""
    back: Counter[str] = Counter()
    for payment in found:
        back[payment.order_id] += payment.refunded
    for order_id, order in books.orders.items():
        asked_for = sum(refund.amount for refund in order.refunds if refund.counts)
        if back[order_id] > asked_for:
            yield f"{order_id}: the processor gave back {back[order_id]}, and {asked_for} was asked for"
    for transfer_id, entries in books.entries.items():
        if sum(entry.kind == "refunded" for entry in entries) > 1:
            yield f"{entries[0].order_id}: {transfer_id} was refunded more often than once"
    by_key: Counter[str] = Counter()
    order_of: dict[str, str] = {}
    for transfer in books.transfers:
        if transfer.kind is TransferKind.REFUND and transfer.state is not TransferState.DECLINED:
            by_key[transfer.idempotency_key or ""] += transfer.amount
            order_of[transfer.idempotency_key or ""] = transfer.order_id
    asked = {
        key: arguments["amountMoney"]["amount"]
        for key, (tool, arguments) in notes.asked.items()
        if tool == "create_refund" and "amountMoney" in arguments
    }
    for key, amount in by_key.items():
        if amount > asked.get(key, amount):
            yield f"{order_of[key]}: {key} gave back {amount}, and {asked[key]} was asked for"


def _without_a_record(books: Books, found: list[SimulatedPayment]) -> Iterator[str]:
    """What the processor was asked for, and nobody had written down."""
    known = {asked.asked_id for asked in books.asked}
    yield from (f"an entry of {transfer}" for transfer in sorted(set(books.entries) - known))
    paid = {payment.payment_id for order in books.orders.values() for payment in order.payments}
    for payment in found:
        if payment.payment_id not in paid:
            yield f"{payment.payment_id} of {payment.order_id} ({payment.status})"


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
