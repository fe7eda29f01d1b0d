"""Filling a store with priced orders, many to a commit."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.goods import Basket, Shop, regular_of
from flint_domain.commands.shown import OrderRef, order_shown
from flint_domain.engine.idempotency import SHAPE
from flint_domain.kernel.callers import LOCAL
from flint_domain.kernel.facts import By, Fact
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.money import settlement
from flint_domain.order.payments.model import Payment, Tender, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.columns import columns_of
from flint_domain.unit_of_work.ports import IdempotencyRecord, Transaction
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore
from flint_server.db.sqlite.text_index import triggers
from flint_server.db.transaction import SqlTransaction

AT_ONCE = 5_000  # orders in one commit
APART = timedelta(seconds=8)  # between two orders: 300,000 of them are four weeks
PAID_EVERY = 2  # one order in so many is paid
_SHELVES = range(16)  # of how many orders the answers are made in truth
_ANSWERS: dict[tuple[int, int], dict[str, Any]] = {}  # by whether the order is paid, and the shelf


async def fill(store: SqliteStore, orders: int) -> list[str]:
    """Add orders of the last weeks, every second one paid, each with its keys' records and its trail; their ids. A few
    of them are the regulars'."""
    shop, ids = Shop("L"), list[str]()
    await forget_words(store, "orders")
    while len(ids) < orders:
        some = range(len(ids), min(len(ids) + AT_ONCE, orders))

        def add(tx: Transaction, some: range = some) -> list[str]:
            return [
                _add(tx, _of(shop.basket(), regular_of(number, orders)), number, tx.now - APART * (orders - number))
                for number in some
            ]

        ids += await store.write(DEFAULT_MERCHANT_ID, add)
    await index_words(store, "orders", triggers("orders", "text", "buyer"))
    return ids


def _of(basket: Basket, customer: str | None) -> Basket:
    return basket if customer is None else replace(basket, customer=customer)


async def forget_words(store: SqliteStore, table: str) -> None:
    """Leave what is added to this table from now on out of its text index."""
    await store.write(DEFAULT_MERCHANT_ID, lambda tx: _run(tx, f"DROP TRIGGER {table}_text_added"))


async def index_words(store: SqliteStore, table: str, triggers: Sequence[str]) -> None:
    """Fill the text index in one go, which takes a third of the time, and keep it in step again."""
    added = next(trigger for trigger in triggers if f"{table}_text_added" in trigger)
    await store.write(
        DEFAULT_MERCHANT_ID, lambda tx: _run(tx, f"INSERT INTO {table}_text ({table}_text) VALUES ('rebuild')", added)
    )


def _run(tx: Transaction, *statements: str) -> None:
    assert isinstance(tx, SqlTransaction)
    for statement in statements:
        tx.driver.execute(statement)


def _add(tx: Transaction, basket: Basket, number: int, at: datetime) -> str:
    key, order = f"load-{number}", _order(tx, basket, at)
    found = standing(order)
    if number % PAID_EVERY == 0:
        order = replace(order, payments=(_payment(tx, order, found.priced.total, key),), buyer_email=basket.email)
        found = Standing(order, found.priced, settlement(order, found.priced))
    tx.add_order(order, columns_of(found), [*_facts(order, found.priced.total)], By("agent"), f"{number:064d}")
    for payment in order.payments:
        tx.add_asked(_transfer(tx, order, payment, key))
    for command in ("create_order", *("pay_order" for _ in order.payments)):
        tx.add_idempotency_record(_record(tx, order, basket, command, number))
    return order.order_id


def _facts(order: Order, total: int) -> Iterator[Fact]:
    money = {"total": total, "currency": order.currency}
    yield Fact("ORDER_CREATED", "Order created: 3 items.", money)
    for payment in order.payments:
        told = {"paymentIntentId": payment.payment_id, "amount": total, "currency": order.currency}
        yield Fact("PAYMENT_STARTED", "Payment asked for.", told)
        yield Fact("PAYMENT_CAPTURED", "Captured (visa 4242).", told)


def _record(tx: Transaction, order: Order, basket: Basket, command: str, number: int) -> IdempotencyRecord:
    """What the call's key keeps, of the size that it has: the answer of one of the first orders, which was made in
    truth, about this one."""
    shown = _ANSWERS.setdefault((len(order.payments), number % len(_SHELVES)), {})
    if not shown:
        shown.update(order_shown(tx, OrderRef(order_id=order.order_id), LOCAL))
    answer = {**shown, "orderId": order.order_id, "availableActions": [], "blockedActions": []}
    lines = [{"name": line.name, "quantity": str(line.quantity), "unit_price": line.unit_price} for line in order.lines]
    asked = {"lines": lines, "customer_id": basket.customer, "note": basket.note, "metadata": basket.metadata}
    payments = [{"paymentIntentId": payment.payment_id, "status": "CAPTURED"} for payment in order.payments]
    return IdempotencyRecord(
        key=f"{command}-{number}",
        command=command,
        fingerprint=f"{number:064d}",
        fields=asked if command == "create_order" else {"order_id": order.order_id, "sources": ["tok_visa"]},
        ref={"order_id": order.order_id, "view": "summary"},
        order_id=order.order_id,
        answer={
            "shape": SHAPE,
            "answer": answer if command == "create_order" else {"order": answer, "payments": payments},
        },
        created_at=order.created_at,
    )


def _order(tx: Transaction, basket: Basket, at: datetime) -> Order:
    return Order(
        order_id=tx.new_id("ord"),
        merchant_id=tx.merchant_id,
        version=1,
        currency=tx.currency,
        customer_id=basket.customer,
        lines=tuple(
            Line(line_id=tx.new_id("li"), name=line.name, quantity=Decimal(line.quantity), unit_price=line.unit_price)
            for line in basket.lines
        ),
        note=basket.note,
        metadata=basket.metadata,
        created_at=at,
        updated_at=at,
    )


def _payment(tx: Transaction, order: Order, total: int, key: str) -> Payment:
    return Payment(
        payment_id=tx.new_id("pi"),
        source="tok_visa",
        amount=total,
        captured=total,
        tender=Tender(type="card", brand="visa", last4="4242"),
        reference=f"pi_{key}",
        created_at=order.created_at,
    )


def _transfer(tx: Transaction, order: Order, payment: Payment, key: str) -> Transfer:
    return Transfer(
        transfer_id=tx.new_id("trf"),
        merchant_id=order.merchant_id,
        order_id=order.order_id,
        payment_id=payment.payment_id,
        kind=TransferKind.CHARGE,
        amount=payment.amount,
        currency=order.currency,
        source=payment.source,
        state=TransferState.SUCCEEDED,
        reference=payment.reference,
        idempotency_key=key,
        leased_until=order.created_at,
        created_at=order.created_at,
        updated_at=order.created_at,
    )
