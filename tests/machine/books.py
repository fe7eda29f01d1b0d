"""Both sides' books at one moment, read past Flint's own code paths."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flint_domain.coupons.model import Coupon
from flint_domain.customers.model import Customer
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Asked, Transfer, TransferKind
from flint_server.db import codecs
from flint_server.db.codecs import CUSTOMER
from flint_server.db.packing import unpacked
from flint_server.processors.simulated.payment_methods import SimulatedMethod
from flint_server.processors.simulated.records import Entry, SimulatedPayment
from tests.journeys.house import House

INCOMING = (TransferKind.CHARGE, TransferKind.CAPTURE)

Row = dict[str, Any]


@dataclass
class Books:
    """columns and bodies of orders by id; facts as (version, position, type, actor); uses as (coupon, order).

    balances and ledger are those of gift cards and store credit, shelves and trail those of stock, in ten-thousandths
    of a unit. What follows at is the processor's side.
    """

    columns: dict[str, Row]
    orders: dict[str, Order]
    asked: list[Asked]
    facts: dict[str, list[tuple[int, int, str, str]]]
    receipts: dict[str, Row | None]
    coupons: dict[str, tuple[int, Coupon]]
    uses: set[tuple[str, str]]
    balances: dict[str, int]
    ledger: list[Row]
    shelves: dict[str, Row]
    trail: list[Row]
    customers: dict[str, Customer]
    at: datetime
    payments: dict[str, SimulatedPayment] = field(default_factory=dict[str, SimulatedPayment])
    entries: dict[str, list[Entry]] = field(default_factory=dict[str, list[Entry]])
    methods: list[SimulatedMethod] = field(default_factory=list[SimulatedMethod])

    @property
    def transfers(self) -> list[Transfer]:
        """What of all that was asked for moves money."""
        return [asked for asked in self.asked if isinstance(asked, Transfer)]

    def of(self, order_id: str) -> list[Transfer]:
        return [transfer for transfer in self.transfers if transfer.order_id == order_id]

    def booked(self, transfer: Transfer) -> int:
        """What the processor's ledger says that this transfer moved, positive towards the merchant."""
        return sum(entry.amount for entry in self.entries.get(transfer.transfer_id, ()))

    def posted(self, transfer: Transfer) -> int:
        """What this transfer moved on gift cards and store credit, positive towards the buyer."""
        return sum(entry["amount"] for entry in self.ledger if entry["transfer_id"] == transfer.transfer_id)

    @property
    def ours(self) -> tuple[Any, ...]:
        """Flint's side, to be compared with another moment's."""
        leases = sorted((asked.asked_id, asked.state) for asked in self.asked)
        shared = (self.facts, self.receipts, self.coupons, self.uses)
        return self.columns, self.orders, leases, *shared, self.ledger, self.shelves, self.trail, self.customers


async def read_books(house: House) -> Books:
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        connection.row_factory = sqlite3.Row
        books = _ours(connection, house.clock.now())
    books.payments = {payment.payment_id: payment for payment in await house.simulator.payments()}
    books.methods = await house.simulator.methods()
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in await house.simulator.ledger():
        entries[entry.transfer_id].append(entry)
    books.entries = dict(entries)
    return books


def _ours(connection: sqlite3.Connection, now: datetime) -> Books:
    rows = {row["id"]: dict(row) for row in connection.execute("SELECT * FROM orders")}
    facts: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for row in connection.execute("SELECT * FROM facts ORDER BY order_id, version, position"):
        facts[row["order_id"]].append((row["version"], row["position"], row["type"], row["actor"]))
    return Books(
        columns=rows,
        orders={order_id: codecs.ORDER.load(row["body"], row["schema"]) for order_id, row in rows.items()},
        asked=[
            codecs.ERRANDS.get(row["kind"], codecs.TRANSFER).load(row["body"], row["schema"])
            for row in connection.execute("SELECT kind, body, schema FROM transfers ORDER BY rowid")
        ],
        facts=dict(facts),
        receipts={
            row["key"]: None if row["answer"] is None else json.loads(unpacked(row["answer"]))["answer"]
            for row in connection.execute("SELECT key, answer FROM idempotency_records")
        },
        coupons={
            row["id"]: (row["uses"], codecs.COUPON.load(row["body"], row["schema"]))
            for row in connection.execute("SELECT id, uses, body, schema FROM coupons")
        },
        uses={tuple(row) for row in connection.execute("SELECT coupon_id, order_id FROM coupon_uses")},
        balances=dict(connection.execute("SELECT id, balance FROM gift_card_accounts").fetchall()),
        ledger=[dict(row) for row in connection.execute("SELECT * FROM gift_card_entries ORDER BY seq")],
        shelves={row["variant_id"]: dict(row) for row in connection.execute("SELECT * FROM stock")},
        trail=[dict(row) for row in connection.execute("SELECT * FROM stock_changes ORDER BY seq")],
        customers={
            row["id"]: CUSTOMER.load(row["body"], row["schema"])
            for row in connection.execute("SELECT id, body, schema FROM customers")
        },
        at=now,
    )
