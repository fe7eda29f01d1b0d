"""Both sides' books at one moment, read past Flint's own code paths, and what must be true of them at every moment."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from flint_domain.coupons.model import Coupon
from flint_domain.orders.model import Order
from flint_domain.payments.model import UNSETTLED, Transfer, TransferKind, TransferState
from flint_server.db import codecs
from flint_server.processors.simulated_records import Entry, SimulatedPayment
from tests.journeys.house import House
from tests.machine.oracle import cost_of, payment_status_of, status_of

INCOMING = (TransferKind.CHARGE, TransferKind.CAPTURE)


@dataclass
class Books:
    """columns and bodies of orders by id; facts as (version, position, type, actor); uses as (coupon, order)."""

    columns: dict[str, dict[str, Any]]
    orders: dict[str, Order]
    transfers: list[Transfer]
    facts: dict[str, list[tuple[int, int, str, str]]]
    receipts: dict[str, dict[str, Any] | None]
    coupons: dict[str, tuple[int, Coupon]]
    uses: set[tuple[str, str]]
    payments: dict[str, SimulatedPayment] = field(default_factory=dict[str, SimulatedPayment])
    entries: dict[str, list[Entry]] = field(default_factory=dict[str, list[Entry]])

    def of(self, order_id: str) -> list[Transfer]:
        return [transfer for transfer in self.transfers if transfer.order_id == order_id]

    def booked(self, transfer: Transfer) -> int:
        """What the processor's ledger says that this transfer moved, positive towards the merchant."""
        return sum(entry.amount for entry in self.entries.get(transfer.transfer_id, ()))

    @property
    def ours(self) -> tuple[Any, ...]:
        """Flint's side, to be compared with another moment's."""
        rows = {order_id: dict(row) for order_id, row in self.columns.items()}
        leases = sorted((t.transfer_id, t.state) for t in self.transfers)
        return rows, self.orders, leases, self.facts, self.receipts, self.coupons, self.uses


async def read_books(house: House) -> Books:
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        connection.row_factory = sqlite3.Row
        rows = {row["id"]: dict(row) for row in connection.execute("SELECT * FROM orders")}
        facts: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
        for row in connection.execute("SELECT * FROM facts ORDER BY order_id, version, position"):
            facts[row["order_id"]].append((row["version"], row["position"], row["type"], row["actor"]))
        books = Books(
            columns=rows,
            orders={order_id: codecs.ORDER.load(row["body"], row["schema"]) for order_id, row in rows.items()},
            transfers=[
                codecs.TRANSFER.load(row["body"], row["schema"])
                for row in connection.execute("SELECT body, schema FROM transfers ORDER BY rowid")
            ],
            facts=dict(facts),
            receipts={
                row["key"]: None if row["answer"] is None else json.loads(row["answer"])
                for row in connection.execute("SELECT key, answer FROM receipts")
            },
            coupons={
                row["id"]: (row["uses"], codecs.COUPON.load(row["body"], row["schema"]))
                for row in connection.execute("SELECT id, uses, body, schema FROM coupons")
            },
            uses={tuple(row) for row in connection.execute("SELECT coupon_id, order_id FROM coupon_uses")},
        )
    for payment in await house.simulator.payments():
        books.payments[payment.payment_id] = payment
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in await house.simulator.ledger():
        entries[entry.transfer_id].append(entry)
    books.entries = dict(entries)
    return books


def check(books: Books, before: Books | None) -> None:
    """Everything that holds at every moment, crashes and open answers included."""
    for order_id, order in books.orders.items():
        _totals_are_the_contracts(books, order)
        _the_order_is_its_transfers(books, order)
        _status_follows_from_the_money(books, order)
        _no_more_goes_back_than_came_in(order)
        _refunds_fit_their_lines(order)
        _every_change_is_in_the_trail(books, order_id)
    _both_ledgers_tell_the_same(books)
    _coupon_uses_are_the_orders_that_hold_them(books)
    if before is not None:
        _history_only_grows(books, before)


def _totals_are_the_contracts(books: Books, order: Order) -> None:
    cost, columns = cost_of(order), books.columns[order.order_id]
    assert columns["total"] == cost.total
    assert columns["outstanding"] == cost.total - sum(payment.captured for payment in order.payments)
    assert columns["version"] == order.version


def _the_order_is_its_transfers(books: Books, order: Order) -> None:
    transfers = books.of(order.order_id)
    for payment in order.payments:
        own = [t for t in transfers if t.payment_id == payment.payment_id]
        captured = sum(t.amount for t in own if t.kind in INCOMING and t.state is TransferState.SUCCEEDED)
        assert payment.captured == captured
        authorized = sum(
            t.amount for t in own if t.kind is TransferKind.AUTHORIZE and t.state is TransferState.SUCCEEDED
        )
        released = payment.voided or captured > 0
        assert payment.authorized == (0 if released else authorized)
        if payment.step is not None:
            assert next(t for t in own if t.transfer_id == payment.step.transfer_id).state in UNSETTLED
    steps = {p.step.transfer_id for p in order.payments if p.step} | {
        p.voiding.transfer_id for p in order.payments if p.voiding
    }
    for transfer in transfers:
        if transfer.kind is TransferKind.REFUND:
            refund = next(r for r in order.refunds if r.refund_id == transfer.refund_id)
            assert (refund.amount, refund.payment_id) == (transfer.amount, transfer.payment_id)
            assert refund.state is transfer.state
        elif transfer.state in UNSETTLED and transfer.kind is not TransferKind.VOID:
            assert transfer.transfer_id in steps, "an open charge or capture reserves its amount"
    assert len(order.refunds) == sum(t.kind is TransferKind.REFUND for t in transfers)


def _status_follows_from_the_money(books: Books, order: Order) -> None:
    transfers = books.of(order.order_id)
    types = [kind for _, _, kind, _ in books.facts[order.order_id]]
    paid = sum(t.amount for t in transfers if t.kind in INCOMING and t.state is TransferState.SUCCEEDED)
    refunds = [t for t in transfers if t.kind is TransferKind.REFUND and t.state is not TransferState.DECLINED]
    held = sum(payment.authorized for payment in order.payments)
    total = cost_of(order).total
    ended = "canceled" if "ORDER_CANCELED" in types else "closed" if "ORDER_CLOSED" in types else None
    free = order.settled_free
    assert not free or "ORDER_SETTLED" in types
    columns = books.columns[order.order_id]
    refunded = sum(t.amount for t in refunds)
    assert columns["status"] == status_of(total=total, paid=paid, refunded=refunded, ended=ended, settled_free=free)
    assert columns["payment_status"] == payment_status_of(total=total, paid=paid, held=held, settled_free=free)


def _no_more_goes_back_than_came_in(order: Order) -> None:
    for payment in order.payments:
        assert 0 <= payment.captured + payment.authorized <= payment.amount
        back = sum(r.amount for r in order.refunds if r.payment_id == payment.payment_id and r.counts)
        assert 0 <= back <= payment.captured
    coming = sum(
        payment.captured
        + payment.authorized
        + (payment.step.amount if payment.step and payment.step.kind is not TransferKind.CAPTURE else 0)
        for payment in order.payments
    )
    assert coming <= cost_of(order).total, "more was charged, held and asked for than the order costs"


def _refunds_fit_their_lines(order: Order) -> None:
    costs = {**cost_of(order).items, "tip": order.tip}
    back: dict[str, int] = defaultdict(int)
    for refund in order.refunds:
        assert refund.amount == sum(part.net + part.tax for part in refund.parts) > 0
        assert all(part.net >= 0 and part.tax >= 0 for part in refund.parts)
        for part in refund.parts if refund.counts else ():
            back[part.of] += part.amount
    for item_id, amount in back.items():
        assert amount <= costs[item_id], f"{item_id} cost {costs[item_id]}, and {amount} went back for it"


def _every_change_is_in_the_trail(books: Books, order_id: str) -> None:
    """Each version has its facts, from the first one on."""
    version = books.orders[order_id].version
    assert {fact[0] for fact in books.facts[order_id]} == set(range(1, version + 1))
    types = [kind for _, _, kind, _ in books.facts[order_id]]
    assert types[0] == "ORDER_CREATED"
    settled = [t for t in books.of(order_id) if t.state is TransferState.SUCCEEDED]
    for kinds, fact in (
        (INCOMING, "PAYMENT_CAPTURED"),
        ((TransferKind.AUTHORIZE,), "PAYMENT_AUTHORIZED"),
        ((TransferKind.VOID,), "PAYMENT_VOIDED"),
    ):
        assert types.count(fact) == sum(t.kind in kinds for t in settled)
    assert types.count("REFUND_CREATED") == len(books.orders[order_id].refunds)


def _both_ledgers_tell_the_same(books: Books) -> None:
    """Every entry of the processor is a transfer that was written down first; a settled one moved just its amount."""
    known = {transfer.transfer_id for transfer in books.transfers}
    assert set(books.entries) <= known, "money moved that nobody had written down"
    for transfer in books.transfers:
        moved = books.booked(transfer)
        amount = {TransferKind.REFUND: -transfer.amount, TransferKind.CHARGE: transfer.amount}.get(transfer.kind, 0)
        amount = transfer.amount if transfer.kind is TransferKind.CAPTURE else amount
        late_failure = transfer.kind is TransferKind.REFUND
        match transfer.state:
            case TransferState.SUCCEEDED:
                assert moved == amount or (late_failure and moved == 0)
            case TransferState.DECLINED:
                assert moved == 0
            case _ if transfer.kind is TransferKind.AUTHORIZE:
                assert moved == 0
            case _:
                assert moved in (0, amount)
    for order_id, order in books.orders.items():
        taken = sum(p.captured + p.held for p in books.payments.values() if p.order_id == order_id)
        assert taken <= cost_of(order).total, "the processor took more than the order costs"


def _coupon_uses_are_the_orders_that_hold_them(books: Books) -> None:
    held = {
        (coupon.coupon_id, order_id)
        for order_id, order in books.orders.items()
        for coupon in order.coupons
        if order.ended != "canceled"
    }
    assert books.uses == held
    for coupon_id, (uses, coupon) in books.coupons.items():
        holders = [order_id for held_id, order_id in held if held_id == coupon_id]
        assert uses == len(holders)
        assert coupon.max_uses is None or uses <= coupon.max_uses
        if coupon.max_uses_per_customer is not None:
            customers = [books.orders[order_id].customer_id for order_id in holders]
            assert all(customers.count(customer) <= coupon.max_uses_per_customer for customer in customers)
    for order in books.orders.values():
        assert len(order.coupons) == 1 or not any(coupon.terms.exclusive for coupon in order.coupons)


def _history_only_grows(books: Books, before: Books) -> None:
    for order_id, was in before.orders.items():
        now = books.orders[order_id]
        assert now.version >= was.version
        if now.version == was.version:
            assert now == was, "an order changed without a new version"
        assert books.facts[order_id][: len(before.facts[order_id])] == before.facts[order_id]
    kept = {transfer.transfer_id: transfer for transfer in books.transfers}
    for was in before.transfers:
        now = kept[was.transfer_id]
        assert (now.amount, now.kind, now.source, now.key) == (was.amount, was.kind, was.source, was.key)
        if was.state not in UNSETTLED and now.state is not was.state:
            assert was.kind is TransferKind.REFUND
            assert (was.state, now.state) == (TransferState.SUCCEEDED, TransferState.DECLINED)
    for key, answer in before.receipts.items():
        assert answer is None or books.receipts[key] == answer, "a receipt's answer changed"


def check_at_rest(books: Books) -> None:
    """Once every answer is in, three books agree to the cent: transfers, orders, and the processor's ledger."""
    assert [t.transfer_id for t in books.transfers if t.state in UNSETTLED] == []
    for order_id, order in books.orders.items():
        paid = sum(payment.captured for payment in order.payments)
        refunded = sum(refund.amount for refund in order.refunds if refund.counts)
        theirs = [payment for payment in books.payments.values() if payment.order_id == order_id]
        assert paid == sum(payment.captured for payment in theirs)
        assert refunded == sum(payment.refunded for payment in theirs)
        assert sum(payment.authorized for payment in order.payments) == sum(payment.held for payment in theirs)
        booked = sum(books.booked(transfer) for transfer in books.of(order_id))
        assert paid - refunded == booked
        assert order.canceling is None
