"""The store's cycle against the same in hand-written sqlite3, for one, 16 and 64 callers."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.goods import Basket, Shop
from benchmarks.handwritten import HandWritten
from benchmarks.measuring import Measured, Sample, in_turns, milliseconds, shared, table, times
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.engine.flint import Call, Flint
from flint_domain.kernel.facts import By, Fact
from flint_domain.kernel.subjects import of_order
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.queries.orders import GetOrder
from flint_domain.unit_of_work.ports import IdempotencyRecord, OrderColumns, ReadTransaction, Transaction
from flint_server.clock import SystemClock
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, open_store
from flint_server.processors.simulated.processor import SimulatedProcessor

CALLERS = (1, 16, 64)
CYCLES = 192  # in a round: every caller has several
ROUNDS = 11

WAYS = FLOOR, STORE, ROAD = "hand-written sqlite3", "the store", "the whole road"

# What the idempotency record keeps: the two lines of an answer that both sides write as JSON.
_ANSWER: dict[str, Any] = {
    "summary": "OPEN order: 3 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.",
    "totalMoney": {"amount": 13824, "currency": "USD"},
}


async def measure(folder: Path, *, quick: bool) -> str:
    """A table of cycles per second and of the share of the floor's."""
    shop, keys, clock = Shop("S"), count(), SystemClock()
    async with AsyncExitStack() as opened:
        floor = HandWritten(folder / "handwritten.db")
        opened.callback(floor.close)
        store = await opened.enter_async_context(open_store(folder / "store.db", clock))
        road_store = await opened.enter_async_context(open_store(folder / "road.db", clock))
        processor = await opened.enter_async_context(SimulatedProcessor(folder / "ledger.db", clock=clock))
        flint = Flint(road_store, processor, DEFAULT_MERCHANT_ID)

        async def by_hand() -> None:
            floor.cycle(shop.basket(), f"key-{next(keys)}", _ANSWER)

        async def by_store() -> None:
            await store_cycle(store, shop.basket(), f"key-{next(keys)}")

        async def by_road() -> None:
            await road_cycle(flint, shop.basket(), f"key-{next(keys)}")

        cycles, rounds = (CYCLES // 3, 3) if quick else (CYCLES, ROUNDS)
        rows: list[list[str]] = []
        for callers in CALLERS:
            spent: dict[str, list[float]] = {name: [] for name in WAYS}
            variants = {
                name: partial(_timed, spent[name], partial(shared, callers, cycles, cycle), cycles)
                for name, cycle in zip(WAYS, (by_hand, by_store, by_road), strict=True)
            }
            clock = await in_turns(variants, rounds)
            rows += _rows(callers, clock, Measured({name: rounds_of[1:] for name, rounds_of in spent.items()}))
    return table(
        "Store: create + read + update, two commits, WAL, synchronous=FULL (higher is better)",
        ["way", "callers", "ms a cycle", "cycles/s", "of hand-written", "processor ms", "of hand-written"],
        rows,
    )


async def _timed(spent: list[float], cycles: Sample, count: int) -> float:
    """A round's cost by the clock; its processor time per cycle, of all threads, goes to spent."""
    began = time.process_time()
    clock = await cycles()
    spent.append((time.process_time() - began) / count)
    return clock


def _rows(callers: int, clock: Measured, processor: Measured) -> list[list[str]]:
    return [
        [
            name,
            str(callers),
            milliseconds(clock.cost(name)),
            f"{1 / clock.cost(name):.0f}",
            times(1 / clock.ratio(name, FLOOR)),
            milliseconds(processor.cost(name)),
            times(1 / processor.ratio(name, FLOOR)),
        ]
        for name in WAYS
    ]


async def store_cycle(store: SqliteStore, basket: Basket, key: str) -> None:
    """The cycle through the store's port alone: whole orders, but no rule and no price."""
    order_id = await store.write(DEFAULT_MERCHANT_ID, _creating(basket, key))
    version = await store.read(DEFAULT_MERCHANT_ID, partial(_read, order_id))
    await store.write(DEFAULT_MERCHANT_ID, partial(_update, order_id, version))


def _creating(basket: Basket, key: str) -> Callable[[Transaction], str]:
    def create(tx: Transaction) -> str:
        if tx.idempotency_record("local", key) is not None:
            raise LookupError(key)
        order = Order(
            order_id=tx.new_id("ord"),
            merchant_id=tx.merchant_id,
            version=1,
            currency=tx.currency,
            customer_id=basket.customer,
            lines=tuple(
                Line(
                    line_id=tx.new_id("li"),
                    name=line.name,
                    quantity=Decimal(line.quantity),
                    unit_price=line.unit_price,
                )
                for line in basket.lines
            ),
            note=basket.note,
            metadata=basket.metadata,
            created_at=tx.now,
            updated_at=tx.now,
        )
        total = sum(line.quantity * line.unit_price for line in basket.lines)
        fact = Fact("ORDER_CREATED", "Order created: 3 items.", {"total": total, "currency": order.currency})
        tx.add_order(order, _columns(order, total), [fact], By("agent"), key.ljust(64, "0"))
        tx.add_idempotency_record(
            IdempotencyRecord(
                key=key,
                command="create_order",
                fingerprint="f" * 64,
                fields={},
                answer=_ANSWER,
                created_at=tx.now,
            )
        )
        return order.order_id

    return create


def _read(order_id: str, tx: ReadTransaction) -> int:
    order = tx.order(order_id)
    assert order is not None
    assert tx.activities(of_order(order_id), limit=3)
    return order.version


def _update(order_id: str, version: int, tx: Transaction) -> None:
    order = tx.order(order_id)
    assert order is not None
    assert order.version == version
    updated = replace(order, version=version + 1, note=f"gate {version}", updated_at=tx.now)
    total = sum(int(line.quantity) * line.unit_price for line in order.lines)
    fact = Fact("ORDER_UPDATED", "Order details updated.", {"total": total, "currency": order.currency})
    tx.save_order(updated, _columns(updated, total), [fact], By("agent"))


def _columns(order: Order, total: int) -> OrderColumns:
    words = [order.order_id, order.customer_id, order.note, *order.metadata.values()]
    words += [line.name for line in order.lines]
    return OrderColumns(
        status="OPEN",
        payment_status="UNPAID",
        total=total,
        outstanding=total,
        needs_attention=False,
        text="\n".join(word for word in words if word),
    )


async def road_cycle(flint: Flint, basket: Basket, key: str) -> None:
    """The cycle as a caller gets it: prices, rules, receipt, hints and views, everything but MCP."""
    lines = tuple(
        LineInput(name=line.name, quantity=Decimal(line.quantity), unit_price=Amount(amount=line.unit_price))
        for line in basket.lines
    )
    create = CreateOrder(lines=lines, customer_id=basket.customer, note=basket.note, metadata=basket.metadata)
    order_id = (await flint.execute(create, Call(key=key)))["orderId"]
    read = await flint.ask(GetOrder(order_id=order_id))
    update = UpdateOrder(order_id=order_id, update=OrderUpdate(note=f"gate {key}"), expected_version=read["version"])
    await flint.execute(update)
