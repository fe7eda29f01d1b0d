"""What a transaction writes. Conditions that must hold against other writers are in the statements themselves."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from flint_domain.coupons.model import Coupon
from flint_domain.customers.finding import customer_key
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.ids import IdPrefix
from flint_domain.kernel.references import folded
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer
from flint_domain.tax_rates.model import TaxRate
from flint_domain.tax_rates.rules import region_key
from flint_domain.unit_of_work.ports import IdempotencyRecord, OrderColumns
from flint_server.db import codecs, statements
from flint_server.db.codecs import dump_object, micros
from flint_server.db.reading import RECEIPTS_KEPT, SqliteReadTransaction
from flint_server.db.records.books import require_same_books
from flint_server.db.records.customers import CustomerWriting
from flint_server.db.records.gift_cards import CreditWriting
from flint_server.db.records.items import CatalogWriting
from flint_server.db.records.webhook_deliveries import WebhookWriting, address_facts
from flint_server.db.stale import StaleWrite, require_one


class IdSource(Protocol):
    def new_id(self, prefix: IdPrefix, at: datetime) -> str:
        """An identifier that nobody has, made at this time."""
        ...

    def random_bits(self, count: int) -> int:
        """A number below 2**count that nobody can guess, unless the source is seeded to repeat a run."""
        ...


class SqliteTransaction(CatalogWriting, CreditWriting, CustomerWriting, SqliteReadTransaction, WebhookWriting):
    """One merchant's records, to read and to write (see ports.Transaction)."""

    __slots__ = ("_ids",)

    def __init__(
        self, driver: sqlite3.Connection, merchant_id: str, currency: str, now: datetime, ids: IdSource
    ) -> None:
        super().__init__(driver, merchant_id, currency, now)
        self._ids = ids

    def new_id(self, prefix: IdPrefix) -> str:
        return self._ids.new_id(prefix, self.now)

    def random_bits(self, count: int) -> int:
        return self._ids.random_bits(count)

    # ── orders ──

    def add_order(
        self, order: Order, columns: OrderColumns, facts: Sequence[Fact], actor: str, fingerprint: str
    ) -> None:
        self.driver.execute(
            statements.ADD_ORDER,
            {
                "id": order.order_id,
                "merchant_id": self.merchant_id,
                "version": order.version,
                "status": columns.status,
                "payment_status": columns.payment_status,
                "customer_id": None if order.customer_id is None else customer_key(order.customer_id),
                "currency": order.currency,
                "total": columns.total,
                "outstanding": columns.outstanding,
                "needs_attention": columns.needs_attention,
                "fingerprint": fingerprint,
                "created_at": micros(order.created_at),
                "updated_at": micros(order.updated_at),
                "text": columns.text,
                "schema": codecs.ORDER.schema,
                "body": codecs.ORDER.dump(order),
                "reference_key": None if order.reference is None else folded(order.reference),
                "fulfillment_status": columns.fulfillment_status,
                "paid": columns.paid,
                "refunded": columns.refunded,
                "reserved_until": None if columns.reserved_until is None else micros(columns.reserved_until),
            },
        )
        self._add_facts(order, facts, actor)

    def save_order(self, order: Order, columns: OrderColumns, facts: Sequence[Fact], actor: str) -> None:
        written = self.driver.execute(
            statements.SAVE_ORDER,
            {
                "this_id": order.order_id,
                "merchant_id": self.merchant_id,
                "was": order.version - 1,
                "version": order.version,
                "status": columns.status,
                "payment_status": columns.payment_status,
                "customer_id": None if order.customer_id is None else customer_key(order.customer_id),
                "total": columns.total,
                "outstanding": columns.outstanding,
                "needs_attention": columns.needs_attention,
                "updated_at": micros(order.updated_at),
                "text": columns.text,
                "schema": codecs.ORDER.schema,
                "body": codecs.ORDER.dump(order),
                "fulfillment_status": columns.fulfillment_status,
                "paid": columns.paid,
                "refunded": columns.refunded,
                "reserved_until": None if columns.reserved_until is None else micros(columns.reserved_until),
            },
        )
        require_one(written, order.order_id, order.version)
        self._add_facts(order, facts, actor)

    def _add_facts(self, order: Order, facts: Sequence[Fact], actor: str) -> None:
        at = micros(self.now)
        rows = [
            {
                "id": self.new_id("evt"),
                "merchant_id": self.merchant_id,
                "order_id": order.order_id,
                "version": order.version,
                "position": position,
                "type": fact.type,
                "at": at,
                "actor": fact.actor or actor,
                "summary": fact.summary,
                "data": dump_object(fact.data),
            }
            for position, fact in enumerate(facts)
        ]
        self.driver.executemany(statements.ADD_FACT, rows)
        address_facts(self, order.order_id, order.version, [(str(row["id"]), str(row["type"])) for row in rows])

    # ── coupons ──

    def add_coupon(self, coupon: Coupon) -> bool:
        added = self.driver.execute(
            statements.ADD_COUPON,
            {
                "id": coupon.coupon_id,
                "merchant_id": self.merchant_id,
                "code_upper": coupon.code.upper(),
                "version": coupon.version,
                "active": coupon.active,
                "uses": coupon.uses,
                "max_uses": coupon.max_uses,
                "max_uses_per_customer": coupon.max_uses_per_customer,
                "schema": codecs.COUPON.schema,
                "body": codecs.COUPON.dump(coupon),
            },
        )
        return added.rowcount == 1

    def save_coupon(self, coupon: Coupon) -> None:
        """Write a coupon whose version is one more than the stored one's. Its code and its uses stay as they are."""
        written = self.driver.execute(
            statements.SAVE_COUPON,
            {
                "this_id": coupon.coupon_id,
                "merchant_id": self.merchant_id,
                "was": coupon.version - 1,
                "version": coupon.version,
                "active": coupon.active,
                "max_uses": coupon.max_uses,
                "max_uses_per_customer": coupon.max_uses_per_customer,
                "schema": codecs.COUPON.schema,
                "body": codecs.COUPON.dump(coupon),
            },
        )
        require_one(written, coupon.coupon_id, coupon.version)

    def redeem_coupon(self, coupon_id: str, order_id: str, customer_id: str | None) -> str | None:
        this = {"this_id": coupon_id, "merchant_id": self.merchant_id}
        counted: list[tuple[int | None]] = self.driver.execute(statements.COUNT_COUPON_USE, this).fetchall()
        if not counted:
            return "total"
        most = counted[0][0]
        counted_for = customer_key(customer_id) if most is not None and customer_id is not None else None
        if counted_for is not None:
            use = {"coupon_id": coupon_id, "customer_id": counted_for, "most": most}
            if self.driver.execute(statements.COUNT_CUSTOMER_USE, use).rowcount == 0:
                self.driver.execute(statements.UNCOUNT_COUPON_USE, this)
                return "customer"
        self.driver.execute(
            statements.ADD_COUPON_USE,
            {
                "coupon_id": coupon_id,
                "order_id": order_id,
                "merchant_id": self.merchant_id,
                "customer_id": counted_for,
            },
        )
        return None

    def release_coupon(self, coupon_id: str, order_id: str) -> None:
        this = {"this_id": coupon_id, "merchant_id": self.merchant_id, "order_id": order_id}
        held: list[tuple[str | None]] = self.driver.execute(statements.DELETE_COUPON_USE, this).fetchall()
        if not held:
            return
        self.driver.execute(statements.UNCOUNT_COUPON_USE, this)
        counted_for = held[0][0]
        if counted_for is not None:
            use = {"this_id": coupon_id, "this_customer": counted_for}
            self.driver.execute(statements.UNCOUNT_CUSTOMER_USE, use)

    # ── taxes ──

    def add_tax_rate(self, rate: TaxRate) -> None:
        self.driver.execute(
            statements.ADD_TAX_RATE,
            {
                "id": rate.tax_rate_id,
                "merchant_id": self.merchant_id,
                "version": rate.version,
                "active": rate.active,
                "is_default": rate.default,
                **_place_of(rate),
                "schema": codecs.TAX_RATE.schema,
                "body": codecs.TAX_RATE.dump(rate),
            },
        )

    def save_tax_rate(self, rate: TaxRate) -> None:
        """Write a rate whose version is one more than the stored one's. A default takes the place of none: save the
        former default first."""
        written = self.driver.execute(
            statements.SAVE_TAX_RATE,
            {
                "this_id": rate.tax_rate_id,
                "merchant_id": self.merchant_id,
                "was": rate.version - 1,
                "version": rate.version,
                "active": rate.active,
                "is_default": rate.default,
                **_place_of(rate),
                "schema": codecs.TAX_RATE.schema,
                "body": codecs.TAX_RATE.dump(rate),
            },
        )
        require_one(written, rate.tax_rate_id, rate.version)

    # ── transfers and idempotency records ──

    def add_transfer(self, transfer: Transfer) -> None:
        if transfer.in_books_of_a_processor:
            require_same_books(self.driver, transfer.processor)
        self.driver.execute(
            statements.ADD_TRANSFER,
            {
                "id": transfer.transfer_id,
                "merchant_id": self.merchant_id,
                "order_id": transfer.order_id,
                "payment_id": transfer.payment_id,
                "refund_id": transfer.refund_id,
                "kind": transfer.kind,
                "state": transfer.state,
                "reference": transfer.reference,
                "receipt_key": transfer.idempotency_key,
                "leased_until": micros(transfer.leased_until),
                "created_at": micros(transfer.created_at),
                "schema": codecs.TRANSFER.schema,
                "body": codecs.TRANSFER.dump(transfer),
            },
        )

    def save_transfer(self, transfer: Transfer, *, was: str) -> bool:
        written = self.driver.execute(
            statements.SAVE_TRANSFER,
            {
                "this_id": transfer.transfer_id,
                "merchant_id": self.merchant_id,
                "was": was,
                "state": transfer.state,
                "reference": transfer.reference,
                "receipt_key": transfer.idempotency_key,
                "leased_until": micros(transfer.leased_until),
                "schema": codecs.TRANSFER.schema,
                "body": codecs.TRANSFER.dump(transfer),
            },
        )
        return written.rowcount == 1

    def lease_transfer(self, transfer_id: str, until: datetime) -> bool:
        named = {
            "this_id": transfer_id,
            "merchant_id": self.merchant_id,
            "now": micros(self.now),
            "leased_until": micros(until),
        }
        return self.driver.execute(statements.LEASE_TRANSFER, named).rowcount == 1

    def add_idempotency_record(self, record: IdempotencyRecord) -> None:
        """Claim the key. Raises StaleWrite when it is taken by a record that has not expired."""
        named = {
            "merchant_id": self.merchant_id,
            "key": record.key,
            "command": record.command,
            "fingerprint": record.fingerprint,
            "fields": dump_object(record.fields),
            "shown": None if record.shown is None else dump_object(record.shown),
            "answer": None if record.answer is None else dump_object(record.answer),
            "created_at": micros(record.created_at),
        }
        if self.driver.execute(statements.ADD_RECEIPT, named).rowcount == 1:
            return
        expired = {**named, "expired": micros(self.now - RECEIPTS_KEPT)}
        if self.driver.execute(statements.FORGET_RECEIPT, expired).rowcount == 0:
            raise StaleWrite(f"the idempotency key {record.key!r} is taken")
        self.driver.execute(statements.ADD_RECEIPT, named)

    def save_idempotency_record(self, record: IdempotencyRecord) -> None:
        written = self.driver.execute(
            statements.SAVE_RECEIPT,
            {
                "merchant_id": self.merchant_id,
                "this_key": record.key,
                "fields": dump_object(record.fields),
                "shown": None if record.shown is None else dump_object(record.shown),
                "answer": None if record.answer is None else dump_object(record.answer),
            },
        )
        if written.rowcount == 0:
            raise StaleWrite(f"no idempotency record has the key {record.key!r}")


def _place_of(rate: TaxRate) -> dict[str, str | None]:
    """Where a rate is looked for by the orders that go there."""
    place = rate.jurisdiction
    if place is None:
        return {"country": None, "region": None}
    return {"country": place.country, "region": region_key(place.region)}
