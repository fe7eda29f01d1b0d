"""What a transaction reads: one merchant's records, through the driver."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from flint_domain.coupons.model import Coupon
from flint_domain.kernel.facts import Activity
from flint_domain.kernel.references import folded
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer
from flint_domain.tax_rates.model import TaxRate
from flint_domain.unit_of_work.ports import IdempotencyRecord, OrderQuery
from flint_server.db import codecs, statements
from flint_server.db.codecs import from_micros, load_object, micros
from flint_server.db.records.customers import CustomerReading, shared_keys
from flint_server.db.records.exports import ExportReading
from flint_server.db.records.gift_cards import CreditReading
from flint_server.db.records.items import CatalogReading
from flint_server.db.records.webhook_deliveries import WebhookReading
from flint_server.db.search import coupons_statement, orders_statement, tax_rates_statement

RECEIPTS_KEPT = timedelta(days=30)

Body = tuple[str, int]  # body, schema
CountedBody = tuple[str, int, int]  # body, schema, and the column that the body does not hold
FactRow = tuple[str, str, str, str, str, int, int]
ReceiptRow = tuple[str, str, str, str | None, str | None, int]


class SqliteReadTransaction(CatalogReading, CreditReading, CustomerReading, ExportReading, WebhookReading):
    """One merchant's records as they are in the driver's open transaction (see ports.ReadTransaction)."""

    __slots__ = ("currency", "driver", "merchant_id", "now")

    def __init__(self, driver: sqlite3.Connection, merchant_id: str, currency: str, now: datetime) -> None:
        self.driver = driver
        self.merchant_id = merchant_id
        self.currency = currency
        self.now = now

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

    # ── coupons and taxes ──

    def coupon(self, code: str) -> Coupon | None:
        named = {"merchant_id": self.merchant_id, "code_upper": code.upper()}
        row: CountedBody | None = self.driver.execute(statements.COUPON, named).fetchone()
        return None if row is None else _coupon(row)

    def coupons(self, *, text: str | None, active: bool | None, before_id: str | None, limit: int) -> list[Coupon]:
        found = coupons_statement(self.merchant_id, text=text, active=active, before_id=before_id, limit=limit)
        rows: list[CountedBody] = self.driver.execute(*found).fetchall()
        return [_coupon(row) for row in rows]

    def tax_rate(self, tax_rate_id: str) -> TaxRate | None:
        named = {"merchant_id": self.merchant_id, "this_id": tax_rate_id}
        row: Body | None = self.driver.execute(statements.TAX_RATE, named).fetchone()
        return None if row is None else codecs.TAX_RATE.load(*row)

    def tax_rates(
        self, *, country: str | None = None, after_id: str | None = None, limit: int | None = None
    ) -> list[TaxRate]:
        found = tax_rates_statement(self.merchant_id, country=country, after_id=after_id, limit=limit)
        rows: list[Body] = self.driver.execute(*found).fetchall()
        return [codecs.TAX_RATE.load(body, schema) for body, schema in rows]

    def tax_rates_at(self, country: str, region: str | None) -> list[TaxRate]:
        named = {"merchant_id": self.merchant_id, "country": country, "region": region}
        rows: list[Body] = self.driver.execute(statements.TAX_RATES_AT, named).fetchall()
        return [codecs.TAX_RATE.load(body, schema) for body, schema in rows]

    def default_tax_rate(self) -> TaxRate | None:
        named = {"merchant_id": self.merchant_id}
        row: Body | None = self.driver.execute(statements.DEFAULT_TAX_RATE, named).fetchone()
        return None if row is None else codecs.TAX_RATE.load(*row)

    # ── transfers and idempotency records ──

    def transfer(self, transfer_id: str) -> Transfer | None:
        named = {"merchant_id": self.merchant_id, "this_id": transfer_id}
        row: CountedBody | None = self.driver.execute(statements.TRANSFER, named).fetchone()
        return None if row is None else _transfer(row)

    def unsettled(self, idempotency_key: str) -> list[Transfer]:
        named = {"merchant_id": self.merchant_id, "receipt_key": idempotency_key}
        rows: list[CountedBody] = self.driver.execute(statements.UNSETTLED, named).fetchall()
        return [_transfer(row) for row in rows]

    def idempotency_record(self, key: str) -> IdempotencyRecord | None:
        named = {"merchant_id": self.merchant_id, "this_key": key, "expired": micros(self.now - RECEIPTS_KEPT)}
        row: ReceiptRow | None = self.driver.execute(statements.RECEIPT, named).fetchone()
        if row is None:
            return None
        command, fingerprint, fields, shown, answer, created_at = row
        return IdempotencyRecord(
            key=key,
            command=command,
            fingerprint=fingerprint,
            fields=load_object(fields),
            shown=None if shown is None else load_object(shown),
            answer=None if answer is None else load_object(answer),
            created_at=from_micros(created_at),
        )


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


def _coupon(row: CountedBody) -> Coupon:
    """Uses are counted in their column, without writing the body."""
    body, schema, uses = row
    coupon = codecs.COUPON.load(body, schema)
    return coupon if coupon.uses == uses else replace(coupon, uses=uses)


def _transfer(row: CountedBody) -> Transfer:
    """A lease is taken in its column, without writing the body."""
    body, schema, leased_until = row
    transfer = codecs.TRANSFER.load(body, schema)
    leased = from_micros(leased_until)
    return transfer if transfer.leased_until == leased else replace(transfer, leased_until=leased)
