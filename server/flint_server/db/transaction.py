"""A transaction: one merchant's records, to read and, on the writer, to write (see ports.Transaction).

Its methods are the records' functions. There is one class for reading and writing: what a transaction that reads may
not do, its connection refuses.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Dialect

from flint_domain.kernel.facts import By, Fact
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import OrderColumns
from flint_server.db import records
from flint_server.db.session import Driver, IdSource, Session


class SqlTransaction(Session):
    """A session, with every record's functions for methods."""

    __slots__ = ("standings",)

    def __init__(
        self, driver: Driver, dialect: Dialect, merchant_id: str, currency: str, *, now: datetime, ids: IdSource | None
    ) -> None:
        super().__init__(driver, dialect, merchant_id, currency, now=now, ids=ids)
        self.standings: dict[str, Standing] = {}

    def add_order(self, order: Order, columns: OrderColumns, facts: Sequence[Fact], by: By, fingerprint: str) -> None:
        records.orders.add_order(self, order, columns, facts, by=by, fingerprint=fingerprint)

    # ── orders ──
    order = records.orders.order
    orders_by_reference = records.orders.orders_by_reference
    orders = records.order_search.orders_of
    order_of_payment = records.order_search.order_of_payment
    order_of_refund = records.order_search.order_of_refund
    look_alike_order = records.orders.look_alike_order
    save_order = records.orders.save_order

    # ── what happened to them ──
    activities = records.facts.activities
    activities_since = records.facts.activities_since
    add_facts = records.facts.add_facts

    # ── transfers, errands and idempotency ──
    asked = records.transfers.asked
    transfer = records.transfers.transfer
    unsettled = records.transfers.unsettled
    add_asked = records.transfers.add_asked
    save_asked = records.transfers.save_asked
    lease_asked = records.transfers.lease_asked
    idempotency_record = records.idempotency.idempotency_record
    add_idempotency_record = records.idempotency.add_idempotency_record
    answer_idempotency_record = records.idempotency.answer_idempotency_record

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

    # ── the catalog ──
    item = records.items.item
    item_of_variant = records.items.item_of_variant
    items_of_sku = records.items.items_of_sku
    items_by_reference = records.items.items_by_reference
    names_from = records.items.names_from
    items = records.items.items_of
    add_item = records.items.add_item
    save_item = records.items.save_item
    stock = records.stock.stock_of
    stock_changes = records.stock.stock_changes_of
    track_stock = records.stock.track_stock
    move_stock = records.stock.move_stock

    # ── customers ──
    customer = records.customers.customer_now
    customers_by_reference = records.customers.customers_by_reference
    customer_of_method = records.payment_methods.customer_of_method
    customers = records.customers.customers_of
    purchase_totals = records.buyers.purchase_totals
    add_customer = records.buyers.add_customer
    save_customer = records.buyers.save_customer
    forget_person = records.erasure.forget_person

    # ── gift cards and store credit ──
    credit_account = records.gift_cards.credit_account
    gift_card = records.gift_cards.gift_card
    store_credit = records.gift_cards.store_credit
    credit_accounts = records.gift_cards.credit_accounts_of
    new_gift_card_code = records.gift_cards.new_gift_card_code
    add_credit_account = records.gift_cards.add_credit_account
    save_credit_account = records.gift_cards.save_credit_account
    credit_entries = records.gift_card_entries.credit_entries_of
    credit_held = records.gift_card_entries.credit_held
    credit_hold = records.gift_card_entries.credit_hold
    post_credit = records.gift_card_entries.post_credit

    # ── webhooks ──
    webhook_endpoint = records.webhook_endpoints.webhook_endpoint
    webhook_endpoints = records.webhook_endpoints.webhook_endpoints_of
    new_secret = records.webhook_endpoints.new_secret
    add_webhook_endpoint = records.webhook_endpoints.add_webhook_endpoint
    save_webhook_endpoint = records.webhook_endpoints.save_webhook_endpoint
    webhook_delivery = records.webhook_deliveries.webhook_delivery
    webhook_deliveries = records.webhook_deliveries.webhook_deliveries_of
    lease_webhook_delivery = records.webhook_deliveries.lease_webhook_delivery
    save_webhook_delivery = records.webhook_deliveries.save_webhook_delivery
    release_webhook_delivery = records.webhook_deliveries.release_webhook_delivery
    fail_webhook_deliveries = records.webhook_deliveries.fail_webhook_deliveries

    # ── exports ──
    customers_from = records.exports.customers_from
    items_from = records.exports.items_from
    orders_from = records.exports.orders_from
