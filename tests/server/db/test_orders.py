"""Orders and their trail, as ports.Transaction promises them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.kernel.facts import By, Fact
from flint_domain.kernel.subjects import of_order
from flint_domain.order.model import Order
from flint_domain.order.payments.model import TransferKind
from flint_domain.unit_of_work.ports import OrderColumns, OrderQuery, Transaction
from flint_server.db import SqliteStore
from flint_server.db.stale import StaleWrite
from tests.server.db.given import (
    COLUMNS,
    MERCHANT,
    START,
    TurnedClock,
    add_order,
    count_orders,
    next_version,
    order_ids,
    stored_order,
    stored_transfer,
    traced,
)


async def test_an_order_is_read_as_it_was_added(store: SqliteStore) -> None:
    order = await stored_order(store)
    assert await store.read(MERCHANT, lambda tx: tx.order(order.order_id)) == order


async def test_a_change_sees_its_own_writing(store: SqliteStore) -> None:
    def add_and_look(tx: Transaction) -> bool:
        order = add_order(tx)
        return tx.order(order.order_id) == order

    assert await store.write(MERCHANT, add_and_look)


async def test_what_is_not_there_is_none(store: SqliteStore) -> None:
    assert (
        await store.read(
            MERCHANT,
            lambda tx: (
                tx.order("ord_none"),
                tx.order_of_payment("pi_none"),
                tx.order_of_refund("ref_none"),
                tx.coupon("NONE"),
                tx.tax_rate("txr_none"),
                tx.default_tax_rate(),
                tx.transfer("trf_none"),
                tx.idempotency_record("local", "none"),
                tx.look_alike_order("none", START),
            ),
        )
        == (None,) * 9
    )


async def test_a_transaction_tells_its_merchant_currency_and_time(store: SqliteStore) -> None:
    seen = await store.read(MERCHANT, lambda tx: (tx.merchant_id, tx.currency, tx.now))
    assert seen == (MERCHANT, "USD", START)


async def test_an_order_is_saved_one_version_up(store: SqliteStore) -> None:
    order = await stored_order(store)
    changed = next_version(order, note="Leave at the door", customer_id="ann")
    await store.write(MERCHANT, lambda tx: tx.save_order(changed, COLUMNS, [], By("agent")))
    assert await store.read(MERCHANT, lambda tx: tx.order(order.order_id)) == changed


@pytest.mark.parametrize("step", [0, 2])
async def test_an_order_of_another_version_is_not_saved(store: SqliteStore, step: int) -> None:
    order = await stored_order(store)
    stale = replace(order, version=order.version + step, note="lost")
    with pytest.raises(StaleWrite, match=order.order_id):
        await store.write(MERCHANT, lambda tx: tx.save_order(stale, COLUMNS, [], By("agent")))
    assert await store.read(MERCHANT, lambda tx: tx.order(order.order_id)) == order


async def test_an_order_is_found_by_its_payments_and_refunds(store: SqliteStore) -> None:
    order = await stored_order(store)
    await stored_order(store)
    charge = await stored_transfer(store, order)
    await stored_transfer(store, order, payment_id=charge.payment_id, refund_id="ref_1", kind=TransferKind.REFUND)

    found = await store.read(MERCHANT, lambda tx: (tx.order_of_payment(charge.payment_id), tx.order_of_refund("ref_1")))
    assert found == (order, order)


async def test_an_exception_undoes_the_whole_change(store: SqliteStore) -> None:
    def add_and_fail(tx: Transaction) -> None:
        add_order(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(MERCHANT, add_and_fail)
    assert await store.read(MERCHANT, count_orders) == 0


async def test_a_change_writes_only_the_columns_that_differ(store: SqliteStore) -> None:
    """An index is written anew when one of its columns is named, even with the value that it has."""
    order = await stored_order(store)
    statements = await traced(store)

    async def named(version: Order, columns: OrderColumns) -> set[str]:
        statements.clear()
        await store.write(MERCHANT, lambda tx: tx.save_order(version, columns, [], By("agent")))
        (update,) = {statement for statement in statements if statement.startswith("UPDATE orders")}
        return set(re.findall(r"[ ,](\w+)=", update.rpartition("WHERE")[0]))

    always = {"version", "updated_at", "schema", "body"}
    second = next_version(order, note="gift")
    assert await named(second, COLUMNS) == always
    paid = replace(COLUMNS, payment_status="PAID", outstanding=0, paid=1485)
    third = next_version(second)
    assert await named(third, paid) == {*always, "payment_status", "outstanding", "paid"}
    fourth = next_version(third, customer_id="crm-7")
    assert await named(fourth, paid) == {*always, "customer_id", "buyer"}
    assert order_ids(await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(payment_status="PAID")))) == [
        order.order_id
    ]
    assert await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(customer_ids=("crm-7",)))) == [fourth]


async def test_a_rehearsal_sees_its_work_and_leaves_nothing(store: SqliteStore) -> None:
    def add_and_look(tx: Transaction) -> Order | None:
        return tx.order(add_order(tx).order_id)

    assert await store.rehearse(MERCHANT, add_and_look) is not None
    assert await store.read(MERCHANT, count_orders) == 0


async def test_a_look_alike_is_the_newest_order_with_this_content_since_then(
    store: SqliteStore, clock: TurnedClock
) -> None:
    await store.write(MERCHANT, lambda tx: add_order(tx, fingerprint="mug"))
    clock.turn(minutes=1)
    second = await store.write(MERCHANT, lambda tx: add_order(tx, fingerprint="mug"))
    await store.write(MERCHANT, lambda tx: add_order(tx, fingerprint="poster"))

    since = clock.now()
    look = await store.read(MERCHANT, lambda tx: tx.look_alike_order("mug", since))
    assert look == second.order_id
    later = since + timedelta(microseconds=1)
    assert await store.read(MERCHANT, lambda tx: tx.look_alike_order("mug", later)) is None


# ── the trail ──


async def order_with_a_trail(store: SqliteStore, clock: TurnedClock) -> Order:
    """Version 1 with one fact, versions 2 and 3 with two each."""
    order = await stored_order(store)
    for number in (2, 3):
        clock.turn(seconds=1)
        order = next_version(order)
        facts = [Fact(f"FIRST_{number}", "first", {"amount": 5}), Fact(f"SECOND_{number}", "second", actor="processor")]
        await store.write(
            MERCHANT, lambda tx, order=order, facts=facts: tx.save_order(order, COLUMNS, facts, By("agent"))
        )
    return order


async def test_activities_come_newest_first_and_in_pages(store: SqliteStore, clock: TurnedClock) -> None:
    order = await order_with_a_trail(store, clock)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.read(
            MERCHANT, lambda tx, c=cursor: tx.activities(of_order(order.order_id), limit=2, before=c)
        )
        if not page:
            break
        seen += [activity.type for activity in page]
        cursor = page[-1].activity_id
    assert seen == ["SECOND_3", "FIRST_3", "SECOND_2", "FIRST_2", "ORDER_CREATED"]


async def test_a_page_after_an_unknown_activity_is_empty(store: SqliteStore, clock: TurnedClock) -> None:
    order = await order_with_a_trail(store, clock)
    other = await stored_order(store)
    elsewhere = await store.read(MERCHANT, lambda tx: tx.activities(of_order(other.order_id), limit=1))
    for before in ("evt_none", elsewhere[0].activity_id):
        assert (
            await store.read(MERCHANT, lambda tx, b=before: tx.activities(of_order(order.order_id), limit=9, before=b))
            == []
        )


async def test_activities_since_a_version_are_the_later_ones_oldest_first(
    store: SqliteStore, clock: TurnedClock
) -> None:
    order = await order_with_a_trail(store, clock)
    later = await store.read(MERCHANT, lambda tx: tx.activities_since(of_order(order.order_id), 2))
    assert [(activity.version, activity.type) for activity in later] == [(3, "FIRST_3"), (3, "SECOND_3")]


async def test_an_activity_tells_who_did_what_and_when(store: SqliteStore, clock: TurnedClock) -> None:
    order = await order_with_a_trail(store, clock)
    second, first = await store.read(MERCHANT, lambda tx: tx.activities(of_order(order.order_id), limit=2))
    assert (first.actor, first.summary, first.data, first.at) == ("agent", "first", {"amount": 5}, clock.now())
    assert (second.actor, second.data) == ("processor", {})
    assert first.activity_id < second.activity_id
