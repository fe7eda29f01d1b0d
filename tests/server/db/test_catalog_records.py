"""Items and stock in the file: kept whole, found by their names, never below zero whoever writes."""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from flint_domain.catalog.model import Item, StockChange, Variant
from flint_domain.catalog.ports import DueRelease, ItemQuery
from flint_domain.kernel.facts import By
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction
from flint_server.db import SqliteStore, open_store
from flint_server.db.records.items import listing
from flint_server.db.records.stock import from_units, to_units
from flint_server.db.stale import StaleWrite
from tests.server.db.given import COLUMNS, MERCHANT, TurnedClock, add_order, driver, next_version, plan_of, stored_order


def an_item(tx: Transaction, **fields: object) -> Item:
    known: dict[str, object] = {
        "item_id": tx.new_id("item"),
        "merchant_id": tx.merchant_id,
        "version": 1,
        "name": "Coffee mug",
        "currency": tx.currency,
        "variants": (Variant(variant_id=tx.new_id("var"), sku=None, price=990),),
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    return Item(**{**known, **fields})  # type: ignore[arg-type]


async def stored_item(store: SqliteStore, merchant_id: str = MERCHANT, **fields: object) -> Item:
    def add(tx: Transaction) -> Item:
        item = an_item(tx, **fields)
        tx.add_item(item)
        return item

    return await store.write(merchant_id, add)


async def stocked(store: SqliteStore, units: str = "5") -> str:
    """The id of a tracked variant with so many available units."""
    item = await stored_item(store)
    variant_id = item.variants[0].variant_id

    def track(tx: Transaction) -> bool:
        tx.track_stock(variant_id, item.item_id, tracked=True)
        return tx.move_stock(moved(tx, variant_id, units))

    assert await store.write(MERCHANT, track)
    return variant_id


def moved(tx: Transaction, variant_id: str, available: str, reserved: str = "0", sold: str = "0") -> StockChange:
    return StockChange(
        change_id=tx.new_id("stk"),
        variant_id=variant_id,
        available=Decimal(available),
        reserved=Decimal(reserved),
        sold=Decimal(sold),
        reason="correction",
        actor="agent",
        at=tx.now,
    )


async def numbers(store: SqliteStore, variant_id: str) -> tuple[Decimal, Decimal, Decimal]:
    found = (await store.read(MERCHANT, lambda tx: tx.stock([variant_id])))[variant_id]
    return found.available, found.reserved, found.sold


async def names(store: SqliteStore, **query: object) -> list[str]:
    found = await store.read(MERCHANT, lambda tx: tx.items(replace(ItemQuery(), **query)))
    return [item.name for item in found]


async def test_an_item_is_read_as_it_was_written_by_each_of_its_names(store: SqliteStore) -> None:
    item = await stored_item(
        store,
        reference="mug-1",
        description="Holds 0.3 l.",
        images=("https://example.com/mug.png",),
        tax_category="kitchen",
        options=("color",),
        variants=(
            Variant(variant_id="var_1", sku="MUG-R", options={"color": "Rød"}, price=990),
            Variant(variant_id="var_2", options={"color": "blue"}, price=0, active=False, low_stock_at=Decimal("0.5")),
        ),
    )

    def read(tx: ReadTransaction) -> list[Item | None]:
        return [
            tx.item(item.item_id),
            tx.item_of_variant("var_2"),
            *tx.items_of_sku("MUG-R"),
            *tx.items_of_sku("mug-r"),
            *tx.items_by_reference("mug-1"),
            *tx.items_by_reference("MUG-1"),
        ]

    assert await store.read(MERCHANT, read) == [item] * 6
    assert await names(store, options={"COLOR": "RØD"}) == ["Coffee mug"]
    assert await names(store, options={"color": "blue"}) == []
    assert await names(store, options={"color": "blue"}, include_inactive=True) == ["Coffee mug"]
    assert await names(store, options={"color": "Rød", "blue": ""}) == []


async def test_a_new_version_takes_the_place_of_the_old_one_in_every_index(store: SqliteStore) -> None:
    item = await stored_item(store, reference="old", variants=(Variant(variant_id="var_1", sku="OLD", price=1),))
    after = replace(
        item, version=2, name="Tea cup", reference="new", variants=(Variant(variant_id="var_1", sku="NEW", price=2),)
    )
    await store.write(MERCHANT, lambda tx: tx.save_item(after))

    def read(tx: ReadTransaction) -> list[list[Item]]:
        named = [(tx.items_of_sku(name), tx.items_by_reference(name)) for name in ("OLD", "NEW")]
        return [found for both in named for found in both]

    assert await store.read(MERCHANT, read) == [[], [], [after], [after]]
    assert (await names(store, text="mug"), await names(store, text="tea")) == ([], ["Tea cup"])
    with pytest.raises(StaleWrite):
        await store.write(MERCHANT, lambda tx: tx.save_item(after))


async def test_a_sku_and_a_reference_belong_to_one_item_of_a_merchant(store: SqliteStore) -> None:
    await stored_item(store, reference="mug", variants=(Variant(variant_id="var_1", sku="MUG", price=1),))
    with pytest.raises(sqlite3.IntegrityError):
        await stored_item(store, reference="mug", variants=(Variant(variant_id="var_2", price=1),))
    with pytest.raises(sqlite3.IntegrityError):
        await stored_item(store, variants=(Variant(variant_id="var_2", sku="MUG", price=1),))
    assert await names(store) == ["Coffee mug"]
    other = await store.add_merchant("Other", "EUR")
    await stored_item(
        store, other.merchant_id, reference="mug", variants=(Variant(variant_id="var_3", sku="MUG", price=1),)
    )


async def test_no_number_falls_below_zero_and_nothing_is_written_then(store: SqliteStore) -> None:
    variant_id = await stocked(store)
    for change in (("-5.0001", "0", "0"), ("0", "-1", "0"), ("0", "0", "-0.0001"), ("-6", "6", "0")):
        assert not await store.write(MERCHANT, lambda tx, change=change: tx.move_stock(moved(tx, variant_id, *change)))
    assert await numbers(store, variant_id) == (5, 0, 0)
    assert await store.write(MERCHANT, lambda tx: tx.move_stock(moved(tx, variant_id, "-4.9999", "4.9999")))
    assert await numbers(store, variant_id) == (Decimal("0.0001"), Decimal("4.9999"), 0)
    trail = await store.read(MERCHANT, lambda tx: tx.stock_changes(variant_id, 10))
    assert [(change.available, change.reserved) for change in trail] == [
        (Decimal("-4.9999"), Decimal("4.9999")),
        (5, 0),
    ]


@pytest.mark.parametrize("column", ["available", "reserved", "sold"])
async def test_the_file_itself_refuses_what_is_below_zero(store: SqliteStore, column: str) -> None:
    variant_id = await stocked(store)
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(MERCHANT, lambda tx: driver(tx).execute(f"UPDATE stock SET {column} = -1"))
    assert await numbers(store, variant_id) == (5, 0, 0)


async def test_what_is_not_tracked_gives_nothing_and_takes_back(store: SqliteStore) -> None:
    variant_id = await stocked(store)
    item = await store.read(MERCHANT, lambda tx: tx.item_of_variant(variant_id))
    assert item is not None

    def switch_off(tx: Transaction) -> list[bool]:
        tx.move_stock(moved(tx, variant_id, "-2", "2"))
        tx.track_stock(variant_id, item.item_id, tracked=False)
        return [
            tx.move_stock(moved(tx, variant_id, "-1", "1")),
            tx.move_stock(moved(tx, variant_id, "0", "-1", "1")),
            tx.move_stock(moved(tx, variant_id, "1", "-1")),
        ]

    assert await store.write(MERCHANT, switch_off) == [False, True, True]
    assert await numbers(store, variant_id) == (4, 0, 1)


async def test_another_merchants_stock_is_out_of_reach(store: SqliteStore) -> None:
    variant_id = await stocked(store)
    other = await store.add_merchant("Other", "EUR")

    def reach(tx: Transaction) -> tuple[object, ...]:
        with pytest.raises(sqlite3.IntegrityError):  # the item is not theirs
            tx.track_stock(variant_id, "item_theirs", tracked=False)
        return (
            tx.stock([variant_id]),
            tx.stock_changes(variant_id, 5),
            tx.move_stock(moved(tx, variant_id, "1")),
            tx.item_of_variant(variant_id),
        )

    assert await store.write(other.merchant_id, reach) == ({}, [], False, None)
    assert (await store.read(MERCHANT, lambda tx: tx.stock([variant_id])))[variant_id].tracked


@pytest.fixture
async def two_stores(path: Path, clock: TurnedClock) -> AsyncIterator[list[SqliteStore]]:
    async with open_store(path, clock) as first, open_store(path, clock) as second:
        yield [first, second]


async def test_the_last_units_go_to_as_many_as_there_are_on_two_stores(two_stores: list[SqliteStore]) -> None:
    variant_id = await stocked(two_stores[0], "7")
    got: Counter[bool] = Counter()

    async def take(number: int) -> None:
        got[
            await two_stores[number % 2].write(MERCHANT, lambda tx: tx.move_stock(moved(tx, variant_id, "-1", "1")))
        ] += 1

    async with anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(take, number)
    assert got == {True: 7, False: 53}
    assert await numbers(two_stores[1], variant_id) == (0, 7, 0)


async def test_orders_that_reserve_too_long_are_due_of_every_merchant_the_longest_first(
    store: SqliteStore, clock: TurnedClock
) -> None:
    other = await store.add_merchant("Other", "EUR")
    until = clock.now() + timedelta(minutes=30)
    second = await stored_order(store, reserved_until=until)
    first = await stored_order(store, other.merchant_id, reserved_until=until - timedelta(minutes=1))
    await stored_order(store, reserved_until=until + timedelta(microseconds=1))
    await stored_order(store)
    assert await store.due_releases() == []
    clock.turn(minutes=30)
    due = [DueRelease(other.merchant_id, first.order_id), DueRelease(MERCHANT, second.order_id)]
    assert await store.due_releases() == due
    assert await store.due_releases(limit=1) == due[:1]

    def released(tx: Transaction) -> None:
        tx.save_order(next_version(second), replace(COLUMNS, reserved_until=None), [], By("system"))

    await store.write(MERCHANT, released)
    assert await store.due_releases() == due[:1]


async def test_quantities_keep_four_places_in_the_file() -> None:
    for text in ("0", "1", "-3", "0.0001", "1.5", "100000000", "-0.25"):
        units = to_units(Decimal(text))
        assert from_units(units) == Decimal(text)
        assert f"{from_units(units):f}" == text


async def test_searching_reads_no_more_than_a_page(store: SqliteStore) -> None:
    """The text index is walked newest first, and the variants of an item are looked up, never scanned."""
    query = ItemQuery(text="mug", options={"color": "red"}, in_stock=True, limit=21)

    def plan(tx: ReadTransaction) -> list[str]:
        search = listing(query)
        assert search is not None
        return plan_of(tx, *search)

    steps = await store.read(MERCHANT, plan)
    assert not any("TEMP B-TREE" in step for step in steps), steps
    assert any("SEARCH variants USING INDEX ix_variants_item" in step for step in steps), steps
    assert not any(step.startswith("SCAN") and "items_text" not in step for step in steps), steps


async def test_an_orders_reservation_is_in_its_own_transaction(store: SqliteStore) -> None:
    """What fails takes the stock it had moved with it."""
    variant_id = await stocked(store)

    def fails(tx: Transaction) -> None:
        add_order(tx)
        assert tx.move_stock(moved(tx, variant_id, "-1", "1"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(MERCHANT, fails)
    assert await numbers(store, variant_id) == (5, 0, 0)
