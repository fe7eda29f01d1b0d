"""A transaction: one merchant's records, to read and, on the writer, to write (see ports.Transaction)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flint_domain.customers.finding import customer_key
from flint_domain.kernel.facts import Activity, Fact
from flint_domain.kernel.references import folded
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer
from flint_domain.unit_of_work.ports import IdempotencyRecord, OrderColumns, OrderQuery
from flint_server.db import codecs, records, statements
from flint_server.db.codecs import dump_object, from_micros, load_object, micros
from flint_server.db.records.books import require_same_books
from flint_server.db.records.customers import CustomerWriting, shared_keys
from flint_server.db.records.exports import ExportReading
from flint_server.db.records.gift_cards import CreditWriting
from flint_server.db.records.items import CatalogWriting
from flint_server.db.records.webhook_deliveries import WebhookReading, WebhookWriting, address_facts
from flint_server.db.search import orders_statement
from flint_server.db.session import Session
from flint_server.db.stale import StaleWrite, require_one

RECEIPTS_KEPT = timedelta(days=30)

Body = tuple[str, int]  # body, schema
CountedBody = tuple[str, int, int]  # body, schema, and the column that the body does not hold
FactRow = tuple[str, str, str, str, str, int, int]
ReceiptRow = tuple[str, str, str, str | None, str | None, int]


class SqlTransaction(
    CatalogWriting, CreditWriting, CustomerWriting, ExportReading, WebhookReading, WebhookWriting, Session
):
    """Its methods are the functions of the records."""

    __slots__ = ()

    # ── coupons ──
    coupon = records.coupons.coupon
    coupons = records.coupons.coupons_of
    add_coupon = records.coupons.add_coupon
    save_coupon = records.coupons.save_coupon
    redeem_coupon = records.coupons.redeem_coupon
    release_coupon = records.coupons.release_coupon
    move_coupon_uses = records.coupons.move_coupon_uses

    # ── tax rates ──
    tax_rate = records.tax_rates.tax_rate
    tax_rates = records.tax_rates.tax_rates_of
    tax_rates_at = records.tax_rates.tax_rates_at
    default_tax_rate = records.tax_rates.default_tax_rate
    add_tax_rate = records.tax_rates.add_tax_rate
    save_tax_rate = records.tax_rates.save_tax_rate

    # ── orders ──

    def order(self, order_id: str) -> Order | None:
        return self._order(statements.ORDER, order_id)

    def orders_by_reference(self, reference: str) -> list[Order]:
        named = {"this_key": folded(reference), "merchant_id": self.merchant_id}
        rows: list[Body] = self.driver.execute(statements.ORDERS_BY_REFERENCE, named).fetchall()
        return [codecs.ORDER.load(*row) for row in rows]

    def order_of_payment(self, payment_id: str) -> Order | None:
        return self._order(statements.ORDER_OF_PAYMENT, payment_id) or self._order_naming(payment_id)

    def order_of_refund(self, refund_id: str) -> Order | None:
        return self._order(statements.ORDER_OF_REFUND, refund_id) or self._order_naming(refund_id)

    def _order_naming(self, this_id: str) -> Order | None:
        """The order of a payment or refund that no transfer brought: such ids are among its words."""
        owners = (order for order in self.orders(OrderQuery(text=this_id, limit=2)) if _has(order, this_id))
        return next(owners, None)

    def _order(self, statement: str, this_id: str) -> Order | None:
        named = {"this_id": this_id, "merchant_id": self.merchant_id}
        row: Body | None = self.driver.execute(statement, named).fetchone()
        return None if row is None else codecs.ORDER.load(*row)

    def orders(self, query: OrderQuery) -> list[Order]:
        shared = shared_keys(self, query.customer_ids)
        rows: list[Body] = self.driver.execute(*orders_statement(self.merchant_id, query, shared)).fetchall()
        return [codecs.ORDER.load(body, schema) for body, schema in rows]

    def look_alike_order(self, fingerprint: str, since: datetime) -> str | None:
        named = {"merchant_id": self.merchant_id, "fingerprint": fingerprint, "since": micros(since)}
        row: tuple[str] | None = self.driver.execute(statements.LOOK_ALIKE_ORDER, named).fetchone()
        return None if row is None else row[0]

    # ── the trail ──

    def activities(self, order_id: str, *, limit: int, before: str | None = None) -> list[Activity]:
        named = {"merchant_id": self.merchant_id, "order_id": order_id, "limit": limit, "before": before}
        statement = statements.NEWEST_FACTS if before is None else statements.FACTS_BEFORE
        return _activities(self.driver.execute(statement, named).fetchall())

    def activities_since(self, order_id: str, version: int) -> list[Activity]:
        named = {"merchant_id": self.merchant_id, "order_id": order_id, "version": version}
        return _activities(self.driver.execute(statements.FACTS_SINCE, named).fetchall())

    def transfer(self, transfer_id: str) -> Transfer | None:
        named = {"merchant_id": self.merchant_id, "this_id": transfer_id}
        row: CountedBody | None = self.driver.execute(statements.TRANSFER, named).fetchone()
        return None if row is None else _transfer(row)

    def unsettled(self, principal: str, key: str) -> list[Transfer]:
        named = {"merchant_id": self.merchant_id, "receipt_key": key}
        rows: list[CountedBody] = self.driver.execute(statements.UNSETTLED, named).fetchall()
        return [_transfer(row) for row in rows]

    def idempotency_record(self, principal: str, key: str) -> IdempotencyRecord | None:
        named = {"merchant_id": self.merchant_id, "this_key": key, "expired": micros(self.now - RECEIPTS_KEPT)}
        row: ReceiptRow | None = self.driver.execute(statements.RECEIPT, named).fetchone()
        if row is None:
            return None
        command, fingerprint, fields, shown, answer, created_at = row
        return IdempotencyRecord(
            principal=principal,
            key=key,
            command=command,
            fingerprint=fingerprint,
            fields=load_object(fields),
            ref=None if shown is None else load_object(shown),
            answer=None if answer is None else load_object(answer),
            created_at=from_micros(created_at),
        )

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
            "shown": None if record.ref is None else dump_object(record.ref),
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
                "shown": None if record.ref is None else dump_object(record.ref),
                "answer": None if record.answer is None else dump_object(record.answer),
            },
        )
        if written.rowcount == 0:
            raise StaleWrite(f"no idempotency record has the key {record.key!r}")


def _has(order: Order, this_id: str) -> bool:
    payments = any(payment.payment_id == this_id for payment in order.payments)
    return payments or any(refund.refund_id == this_id for refund in order.refunds)


def _activities(rows: Iterable[FactRow]) -> list[Activity]:
    return [
        Activity(
            activity_id=fact_id,
            type=kind,
            summary=summary,
            data=load_object(data),
            actor=actor,
            at=from_micros(at),
            version=version,
        )
        for fact_id, kind, summary, data, actor, at, version in rows
    ]


def _transfer(row: CountedBody) -> Transfer:
    """A lease is taken in its column, without writing the body."""
    body, schema, leased_until = row
    transfer = codecs.TRANSFER.load(body, schema)
    leased = from_micros(leased_until)
    return transfer if transfer.leased_until == leased else replace(transfer, leased_until=leased)
