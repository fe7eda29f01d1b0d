"""Names of the merchant's own in the store: compared without case by an index, and twins from before stay usable."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from flint_domain.catalog.model import Item, Variant
from flint_domain.customers.model import Customer
from flint_domain.kernel.errors import Refused
from flint_domain.order.model import Order
from flint_domain.reactions.catalog.lookup import item_of
from flint_domain.reactions.customers import customer_named
from flint_domain.reactions.order_references import order_by_reference
from flint_domain.unit_of_work.ports import OrderQuery, ReadTransaction
from flint_server.db import SqliteStore, open_store
from flint_server.db.codecs import CUSTOMER, ITEM, ORDER, micros
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.records import customers, items, orders
from flint_server.db.sqlite.connections import migration_engine
from flint_server.db.statement import Statement
from tests.server.db.given import MERCHANT, START, TurnedClock, add_order, plan_of

BEFORE = "0008"


async def test_an_orders_number_is_one_orders_alone_even_against_the_code(store: SqliteStore) -> None:
    await store.write(MERCHANT, lambda tx: add_order(tx, reference="Web-1"))
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(MERCHANT, lambda tx: add_order(tx, reference="WEB-1"))
    await store.write(MERCHANT, lambda tx: [add_order(tx), add_order(tx)])


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (orders.BY_REFERENCE, "uq_orders_reference"),
        (items.BY_REFERENCE, "uq_items_reference"),
        (items.OF_SKU, "uq_variants_sku"),
        (customers.BY_REFERENCE, "PRIMARY KEY"),
    ],
)
async def test_a_name_is_looked_up_in_an_index(store: SqliteStore, statement: Statement, index: str) -> None:
    named: dict[str, object] = {"reference_key": "x", "sku_key": "x", "reference": "x"}
    plan = await store.read(MERCHANT, lambda tx: plan_of(tx, statement, named))
    assert any(step.startswith("SEARCH") and index in step for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan


# ── a file from before ──


def variant(number: int, sku: str | None) -> Variant:
    return Variant(variant_id=f"var_{number}", sku=sku, options={"n": str(number)}, price=number)


def item(number: int, reference: str | None, *skus: str | None) -> Item:
    return Item(
        item_id=f"item_{number}",
        merchant_id=MERCHANT,
        version=1,
        name=f"Item {number}",
        currency="USD",
        reference=reference,
        options=("n",),
        variants=tuple(variant(10 * number + place, sku) for place, sku in enumerate(skus)),
        created_at=START,
        updated_at=START,
    )


ITEMS = (item(1, "Mug", "MUG-1"), item(2, "mug", "mug-1"), item(3, "MUG", "Mug-1", "cup", "CUP"), item(4, None, "Tea"))
ORDERS = {"A-1": None, "a-1": "Crm-1", "B-2": "Crm-9", None: f"cus_{'0' * 26}"}
CUSTOMERS = ("CRM-1", "crm-1", "crm-2")


def fill(driver: sqlite3.Connection) -> None:
    """Records as they were stored when names were compared exactly."""
    at = micros(START)
    driver.execute("INSERT INTO merchants VALUES (?, 'Shop', 'USD', ?)", (MERCHANT, at))
    for made in ITEMS:
        driver.execute(
            "INSERT INTO items (id, merchant_id, version, reference, active, text, schema, body) "
            "VALUES (?, ?, 1, ?, 1, '', 1, ?)",
            (made.item_id, MERCHANT, made.reference, ITEM.dump(made)),
        )
        for each in made.variants:
            driver.execute(
                "INSERT INTO variants (id, merchant_id, item_id, sku, active, options) VALUES (?, ?, ?, ?, 1, '')",
                (each.variant_id, MERCHANT, made.item_id, each.sku),
            )
    for number, (reference, customer_id) in enumerate(ORDERS.items()):
        order = Order(
            order_id=f"ord_{number}",
            merchant_id=MERCHANT,
            version=1,
            currency="USD",
            reference=reference,
            customer_id=customer_id,
            created_at=START,
            updated_at=START,
        )
        driver.execute(
            "INSERT INTO orders (id, merchant_id, version, status, payment_status, customer_id, currency, total, "
            "outstanding, needs_attention, fingerprint, created_at, updated_at, text, schema, body, reference) "
            "VALUES (?, ?, 1, 'OPEN', 'UNPAID', ?, 'USD', 0, 0, 0, '', ?, ?, '', 1, ?, ?)",
            (order.order_id, MERCHANT, customer_id, at, at, ORDER.dump(order), reference),
        )
    for number, reference in enumerate(CUSTOMERS, start=1):
        customer = Customer(
            customer_id=f"cus_{number}",
            merchant_id=MERCHANT,
            version=1,
            reference=reference,
            created_at=START,
            updated_at=START,
        )
        driver.execute(
            "INSERT INTO customers (seq, id, merchant_id, version, gone, created_at, text, schema, body) "
            "VALUES (?, ?, ?, 1, 0, ?, '', 1, ?)",
            (number, customer.customer_id, MERCHANT, at, CUSTOMER.dump(customer)),
        )
        driver.execute("INSERT INTO customer_keys VALUES (?, 'reference', ?, ?)", (MERCHANT, reference, number))
    driver.execute(
        "INSERT INTO coupons (id, merchant_id, code_upper, version, active, uses, schema, body) "
        "VALUES ('cpn_1', ?, 'ONCE', 1, 1, 4, 1, '{}')",
        (MERCHANT,),
    )
    for spelled, uses in (("Crm-9", 2), ("CRM-9", 1), ("crm-9", 1)):
        driver.execute("INSERT INTO coupon_customer_uses VALUES ('cpn_1', ?, ?)", (spelled, uses))
        for use in range(uses):
            driver.execute(
                "INSERT INTO coupon_uses VALUES ('cpn_1', ?, ?, ?)", (f"ord_{spelled}{use}", MERCHANT, spelled)
            )


@pytest.fixture
def older(path: Path) -> Path:
    engine = migration_engine(path, 50)
    with engine.begin() as connection:
        upgrading.migrate(connection, BEFORE)
    engine.dispose()
    with closing(sqlite3.connect(path)) as driver, driver:
        fill(driver)
    return path


@pytest.fixture
def upgraded(older: Path, clock: TurnedClock) -> Iterator[SqliteStore]:
    store = open_store(older, clock)
    yield store
    store.close_now()


async def test_twins_from_before_are_each_found_as_they_are_spelled(upgraded: SqliteStore) -> None:
    def found(tx: ReadTransaction) -> dict[str, str]:
        names = ("Mug", "mug", "MUG", "MUG-1", "mug-1", "Mug-1", "cup", "CUP", "Tea", "TEA")
        named = {name: item_of(tx, name) for name in names}
        return {name: each.variant_id if each else item.item_id for name, (item, each) in named.items()}

    assert await upgraded.read(MERCHANT, found) == {
        "Mug": "item_1",
        "mug": "item_2",
        "MUG": "item_3",
        "MUG-1": "var_10",
        "mug-1": "var_20",
        "Mug-1": "var_30",
        "cup": "var_31",
        "CUP": "var_32",
        "Tea": "var_40",
        "TEA": "var_40",
    }


async def test_a_spelling_that_may_mean_several_twins_is_refused_naming_them(upgraded: SqliteStore) -> None:
    with pytest.raises(Refused) as refused:
        await upgraded.read(MERCHANT, lambda tx: item_of(tx, "mUG-1"))
    assert refused.value.message == "mUG-1 may be MUG-1 or mug-1 or Mug-1."
    assert refused.value.hint == "send it in capitals and small letters as it is spelled"


async def test_an_item_with_a_twin_is_saved_as_before(upgraded: SqliteStore) -> None:
    for made in ITEMS:
        after = replace(made, version=2, name="New")
        await upgraded.write(MERCHANT, lambda tx, after=after: tx.save_item(after))
    item, each = await upgraded.read(MERCHANT, lambda tx: item_of(tx, "CUP"))
    assert (item.name, each and each.variant_id) == ("New", "var_32")
    freed = replace(ITEMS[2], version=3, reference="jug", variants=(variant(30, "JUG"),))
    await upgraded.write(MERCHANT, lambda tx: tx.save_item(freed))
    assert await upgraded.read(MERCHANT, lambda tx: item_of(tx, "jug")) == (freed, freed.variants[0])


async def test_orders_and_customers_that_are_twins_are_each_found(upgraded: SqliteStore) -> None:
    def found(tx: ReadTransaction) -> list[str | None]:
        orders = [order_by_reference(tx, name) for name in ("A-1", "a-1", "b-2")]
        customers = [customer_named(tx, name) for name in ("CRM-1", "crm-1", "CRM-2")]
        return [*(order and order.order_id for order in orders), *(customer.customer_id for customer in customers)]

    assert await upgraded.read(MERCHANT, found) == ["ord_0", "ord_1", "ord_2", "cus_1", "cus_2", "cus_3"]


async def test_a_customer_with_a_twin_is_saved_as_before_and_keeps_others_out(upgraded: SqliteStore) -> None:
    first, twin = [await upgraded.read(MERCHANT, lambda tx, n=n: tx.customer(f"cus_{n}")) for n in (1, 2)]
    assert first is not None
    assert twin is not None
    for customer in (first, twin):
        after = replace(customer, version=2, name="Ann")
        assert await upgraded.write(MERCHANT, lambda tx, after=after: tx.save_customer(after))
    new = replace(first, version=3, reference="Crm-1")
    assert not await upgraded.write(MERCHANT, lambda tx: tx.save_customer(new)), "a third spelling"
    named = await upgraded.read(MERCHANT, lambda tx: [customer_named(tx, name) for name in ("CRM-1", "crm-1")])
    assert [customer.customer_id for customer in named] == ["cus_1", "cus_2"]


async def test_orders_are_found_by_their_customers_name_in_any_case(upgraded: SqliteStore) -> None:
    async def found(*customer_ids: str) -> list[str]:
        query = OrderQuery(customer_ids=customer_ids)
        return [order.order_id for order in await upgraded.read(MERCHANT, lambda tx: tx.orders(query))]

    assert await found("CRM-9") == ["ord_2"]
    assert await found(f"cus_{'0' * 26}", "crm-9") == ["ord_3", "ord_2"]
    assert await found("CRM-1") == await found("crm-1") == [], "Crm-1 is spelled as neither of the twins"
    assert await found(f"cus_{'0' * 26}") == ["ord_3"]


def test_uses_of_a_coupon_are_counted_for_one_customer_in_whatever_case(upgraded: SqliteStore) -> None:
    with closing(sqlite3.connect(upgraded.path)) as driver:
        assert driver.execute("SELECT * FROM coupon_customer_uses").fetchall() == [(MERCHANT, "cpn_1", "crm-9", 4)]
        assert driver.execute("SELECT count(*), min(customer_id) FROM coupon_uses").fetchall() == [(4, "crm-9")]
