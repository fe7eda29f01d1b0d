"""What the storage tests start from: a clock to turn, records to store, and a writer to hold."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import anyio
import anyio.from_thread
from anyio.lowlevel import current_token

from flint_domain.coupons.model import Coupon
from flint_domain.kernel.facts import By, Fact
from flint_domain.order.discounts import CouponTerms
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer, TransferKind
from flint_domain.tax_rates.model import TaxRate
from flint_domain.unit_of_work.ports import IdempotencyRecord, OrderColumns, ReadTransaction, Transaction
from flint_server.db import DEFAULT_MERCHANT_ID as MERCHANT
from flint_server.db import SqliteStore
from flint_server.db.constructs import SQLITE
from flint_server.db.statement import Statement
from flint_server.db.transaction import SqlTransaction

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class TurnedClock:
    """A clock that stands until it is turned."""

    at: datetime = field(default=START)

    def now(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


def new_order(tx: Transaction, **fields: object) -> Order:
    order = Order(
        order_id=tx.new_id("ord"),
        merchant_id=tx.merchant_id,
        version=1,
        currency=tx.currency,
        lines=(Line(line_id=tx.new_id("li"), name="Coffee mug", quantity=Decimal("1.50"), unit_price=990),),
        created_at=tx.now,
        updated_at=tx.now,
    )
    return replace(order, **fields)


COLUMNS = OrderColumns(
    status="OPEN", payment_status="UNPAID", total=1485, outstanding=1485, needs_attention=False, text="coffee mug"
)
CREATED = Fact("ORDER_CREATED", "The order was created.", {"total": 1485})


def add_order(
    tx: Transaction, columns: OrderColumns = COLUMNS, *, fingerprint: str = "same", **fields: object
) -> Order:
    order = new_order(tx, **fields)
    tx.add_order(order, columns, [CREATED], By("agent"), fingerprint)
    return order


async def stored_order(store: SqliteStore, merchant_id: str = MERCHANT, **columns: object) -> Order:
    return await store.write(merchant_id, lambda tx: add_order(tx, replace(COLUMNS, **columns)))


def next_version(order: Order, **fields: object) -> Order:
    return replace(order, version=order.version + 1, **fields)


def new_transfer(tx: Transaction, order: Order, **fields: object) -> Transfer:
    transfer = Transfer(
        transfer_id=tx.new_id("trf"),
        merchant_id=tx.merchant_id,
        order_id=order.order_id,
        payment_id=tx.new_id("pi"),
        kind=TransferKind.CHARGE,
        amount=1485,
        currency=order.currency,
        source="tok_visa",
        idempotency_key="key-1",
        leased_until=tx.now + timedelta(minutes=2),
        created_at=tx.now,
        updated_at=tx.now,
    )
    return replace(transfer, **fields)


async def stored_transfer(store: SqliteStore, order: Order, merchant_id: str = MERCHANT, **fields: object) -> Transfer:
    def add(tx: Transaction) -> Transfer:
        transfer = new_transfer(tx, order, **fields)
        tx.add_asked(transfer)
        return transfer

    return await store.write(merchant_id, add)


async def stored_coupon(store: SqliteStore, code: str, merchant_id: str = MERCHANT, **fields: object) -> Coupon:
    def add(tx: Transaction) -> Coupon:
        coupon = Coupon(
            coupon_id=tx.new_id("cpn"),
            merchant_id=tx.merchant_id,
            version=1,
            code=code,
            terms=CouponTerms(percent=Decimal("12.5"), currency=tx.currency),
            created_at=tx.now,
            updated_at=tx.now,
        )
        coupon = replace(coupon, **fields)
        assert tx.add_coupon(coupon)
        return coupon

    return await store.write(merchant_id, add)


async def stored_rate(store: SqliteStore, merchant_id: str = MERCHANT, **fields: object) -> TaxRate:
    def add(tx: Transaction) -> TaxRate:
        rate = TaxRate(
            tax_rate_id=tx.new_id("txr"),
            merchant_id=tx.merchant_id,
            version=1,
            name="Sales tax",
            percent=Decimal("8.875"),
            inclusive=False,
            default=False,
            active=True,
            created_at=tx.now,
            updated_at=tx.now,
        )
        rate = replace(rate, **fields)
        tx.add_tax_rate(rate)
        return rate

    return await store.write(merchant_id, add)


def new_record(tx: Transaction, key: str, **fields: object) -> IdempotencyRecord:
    record = IdempotencyRecord(
        key=key,
        command="create_order",
        fingerprint="f" * 64,
        fields={"customerId": "ann", "lines": [1, 2]},
        created_at=tx.now,
    )
    return replace(record, **fields)


def order_ids(store_orders: list[Order]) -> list[str]:
    return [order.order_id for order in store_orders]


def count_orders(tx: ReadTransaction) -> int:
    """How many orders the file holds, of every merchant."""
    return scalar(tx, "SELECT count(*) FROM orders")


def scalar(tx: ReadTransaction, statement: str) -> int:
    row: tuple[int] = driver(tx).execute(statement).fetchone()
    return row[0]


def plan_of(tx: ReadTransaction, statement: Statement, named: dict[str, object]) -> list[str]:
    """How SQLite goes about a statement, step by step."""
    explained = f"EXPLAIN QUERY PLAN {statement.text(SQLITE)}"
    return [row[3] for row in driver(tx).execute(explained, {**named, "merchant_id": MERCHANT}).fetchall()]


def driver(tx: ReadTransaction) -> sqlite3.Connection:
    """The connection under a transaction, to look at what the port does not show."""
    assert isinstance(tx, SqlTransaction)
    assert isinstance(tx.driver, sqlite3.Connection)
    return tx.driver


async def traced(store: SqliteStore) -> list[str]:
    """The statements that the writer runs from now on."""
    statements: list[str] = []
    await store.write(MERCHANT, lambda tx: driver(tx).set_trace_callback(statements.append))
    statements.clear()
    return statements


@asynccontextmanager
async def held(store: SqliteStore) -> AsyncIterator[None]:
    """Hold the writer in a command of its own, so that what is written inside waits and is then taken together."""
    began = anyio.Event()
    go_on = threading.Event()
    token = current_token()

    def hold(tx: Transaction) -> None:
        anyio.from_thread.run_sync(began.set, token=token)
        go_on.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(store.write, MERCHANT, hold)
        await began.wait()
        try:
            yield
            await anyio.wait_all_tasks_blocked()
        finally:
            go_on.set()


@contextmanager
def another_process_with(path: Path) -> Iterator[int]:
    """A process that has the file open, by its id."""
    program = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other.pid
        other.communicate()
