"""Merchants do not see each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.kernel.facts import By
from flint_domain.kernel.subjects import of_order
from flint_domain.order.payments.model import TransferState
from flint_domain.unit_of_work.ports import OrderQuery, ReadTransaction, Transaction
from flint_server.db import DEFAULT_MERCHANT_ID, Merchant, SqliteStore
from flint_server.db.stale import StaleWrite
from tests.server.db.given import (
    COLUMNS,
    MERCHANT,
    START,
    TurnedClock,
    new_record,
    next_version,
    stored_coupon,
    stored_order,
    stored_rate,
    stored_transfer,
)


async def test_a_fresh_file_has_one_merchant_and_others_can_be_added(store: SqliteStore) -> None:
    assert await store.merchants() == [Merchant(DEFAULT_MERCHANT_ID, "Default", "USD")]
    added = await store.add_merchant("Other", "JPY")
    assert await store.merchants() == [Merchant(DEFAULT_MERCHANT_ID, "Default", "USD"), added]
    assert await store.read(added.merchant_id, lambda tx: tx.currency) == "JPY"


async def test_nothing_is_done_for_a_merchant_that_does_not_exist(store: SqliteStore) -> None:
    with pytest.raises(LookupError, match="mer_none"):
        await store.read("mer_none", lambda tx: None)
    with pytest.raises(LookupError, match="mer_none"):
        await store.write("mer_none", lambda tx: None)


async def test_no_look_up_finds_another_merchants_records(store: SqliteStore, clock: TurnedClock) -> None:
    order = await stored_order(store)
    transfer = await stored_transfer(store, order, refund_id="ref_1")
    await stored_coupon(store, "LAUNCH20")
    rate = await stored_rate(store, default=True)
    await store.write(MERCHANT, lambda tx: tx.add_idempotency_record(new_record(tx, "key-1")))
    mine = await store.read(MERCHANT, lambda tx: tx.activities(of_order(order.order_id), limit=9))

    def every_look_up(tx: ReadTransaction) -> list[object]:
        return [
            tx.order(order.order_id),
            tx.order_of_payment(transfer.payment_id),
            tx.order_of_refund("ref_1"),
            tx.orders(OrderQuery()),
            tx.orders(OrderQuery(text="coffee")),
            tx.activities(of_order(order.order_id), limit=9),
            tx.activities(of_order(order.order_id), limit=9, before=mine[0].activity_id),
            tx.activities_since(of_order(order.order_id), 0),
            tx.coupon("LAUNCH20"),
            tx.coupons(text=None, active=None, before_id=None, limit=9),
            tx.tax_rate(rate.tax_rate_id),
            tx.tax_rates(),
            tx.default_tax_rate(),
            tx.transfer(transfer.transfer_id),
            tx.unsettled("local", "key-1"),
            tx.idempotency_record("local", "key-1"),
            tx.look_alike_order("same", START),
        ]

    other = (await store.add_merchant("Other", "EUR")).merchant_id
    assert not any(await store.read(other, every_look_up))
    found = await store.read(MERCHANT, every_look_up)
    assert [index for index, value in enumerate(found) if not value] == [6]  # the page after the only activity


async def test_no_change_touches_another_merchants_records(store: SqliteStore, clock: TurnedClock) -> None:
    order = await stored_order(store)
    transfer = await stored_transfer(store, order)
    coupon = await stored_coupon(store, "LAUNCH20", max_uses=1)
    rate = await stored_rate(store, default=True)
    await store.write(MERCHANT, lambda tx: tx.redeem_coupon(coupon.coupon_id, order.order_id, None))
    other = (await store.add_merchant("Other", "EUR")).merchant_id
    clock.turn(hours=1)
    until = clock.now() + timedelta(minutes=1)
    settled = replace(transfer, state=TransferState.SUCCEEDED)

    for change in (
        lambda tx: tx.save_order(next_version(order), COLUMNS, [], By("agent")),
        lambda tx: tx.save_coupon(replace(coupon, version=2)),
        lambda tx: tx.save_tax_rate(replace(rate, version=2)),
    ):
        with pytest.raises(StaleWrite):
            await store.write(other, change)

    def without_effect(tx: Transaction) -> tuple[bool, bool]:
        tx.release_coupon(coupon.coupon_id, order.order_id)
        return tx.save_asked(settled, was="planned"), tx.lease_asked(transfer.transfer_id, until)

    assert await store.write(other, without_effect) == (False, False)
    assert await store.read(MERCHANT, lambda tx: tx.transfer(transfer.transfer_id)) == transfer
    counted = await store.read(MERCHANT, lambda tx: tx.coupon("LAUNCH20"))
    assert counted == replace(coupon, uses=1)


async def test_codes_keys_references_and_defaults_are_each_merchants_own(store: SqliteStore) -> None:
    other = (await store.add_merchant("Other", "EUR")).merchant_id
    for merchant_id in (MERCHANT, other):
        await stored_coupon(store, "LAUNCH20", merchant_id)
        await stored_rate(store, merchant_id, default=True)
        order = await stored_order(store, merchant_id)
        await stored_transfer(store, order, merchant_id, reference="pi_1")
        await store.write(merchant_id, lambda tx: tx.add_idempotency_record(new_record(tx, "key")))
    assert await store.read(other, lambda tx: tx.idempotency_record("local", "key")) is not None
