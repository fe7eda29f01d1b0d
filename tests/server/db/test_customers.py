"""Customers in the data file: found through indexes, kept apart, and never two with one reference."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerQuery
from flint_domain.kernel.addresses import Address
from flint_domain.unit_of_work.ports import OrderQuery, Transaction
from flint_server.db import SqliteStore, open_store
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.records.buyers import PURCHASE_TOTALS, TELL_CUSTOMERS, TELL_ORDERS
from flint_server.db.records.customers import listing as customer_listing
from flint_server.db.records.order_search import listing as order_listing
from flint_server.db.sqlite import opening
from flint_server.db.sqlite.connections import migration_engine
from flint_server.db.stale import StaleWrite
from flint_server.db.statement import Statement
from tests.server.db.given import COLUMNS, MERCHANT, TurnedClock, add_order, driver, order_ids, plan_of


def new_customer(tx: Transaction, **fields: object) -> Customer:
    customer = Customer(
        customer_id=tx.new_id("cus"), merchant_id=tx.merchant_id, version=1, created_at=tx.now, updated_at=tx.now
    )
    return replace(customer, **fields)


async def stored(store: SqliteStore, **fields: object) -> Customer:
    def add(tx: Transaction) -> Customer:
        customer = new_customer(tx, **fields)
        assert tx.add_customer(customer)
        return customer

    return await store.write(MERCHANT, add)


async def plan(store: SqliteStore, search: tuple[Statement, dict[str, object]] | None) -> str:
    assert search is not None
    return "; ".join(await store.read(MERCHANT, lambda tx: plan_of(tx, *search)))


async def test_a_customer_is_read_as_it_was_written(store: SqliteStore) -> None:
    customer = await stored(
        store,
        reference="crm-7",
        name="Ann",
        emails=("ann@example.com",),
        addresses=(Address(country="DE", postal_code="10119"),),
        metadata={"a": "1"},
        tax_exempt=True,
    )
    assert await store.read(MERCHANT, lambda tx: tx.customer(customer.customer_id)) == customer
    assert await store.read(MERCHANT, lambda tx: tx.customers_by_reference("CRM-7")) == [customer]


async def test_a_customer_who_was_merged_leads_to_the_last_one(store: SqliteStore) -> None:
    last = await stored(store, name="last")
    middle = await stored(store, merged_into=last.customer_id)
    first = await stored(store, merged_into=middle.customer_id)
    assert await store.read(MERCHANT, lambda tx: tx.customer(first.customer_id)) == last
    assert await store.read(MERCHANT, lambda tx: tx.customers(CustomerQuery())) == [last]


async def test_a_reference_is_one_customers_alone_even_against_the_code(store: SqliteStore) -> None:
    ann = await stored(store, reference="crm-7")
    bob = await stored(store, merged_ids=("crm-8",))

    def both(tx: Transaction) -> tuple[bool, bool]:
        added = tx.add_customer(new_customer(tx, reference="crm-8"))
        return added, tx.save_customer(replace(bob, version=2, reference="crm-7"))

    assert await store.write(MERCHANT, both) == (False, False)
    assert await store.read(MERCHANT, lambda tx: tx.customers_by_reference("crm-7")) == [ann]
    with closing(sqlite3.connect(store.path)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(
            "INSERT INTO customer_keys SELECT merchant_id, kind, value, customer_seq + 1 FROM customer_keys LIMIT 1"
        )


async def test_saving_from_an_older_version_is_a_fault(store: SqliteStore) -> None:
    ann = await stored(store)
    await store.write(MERCHANT, lambda tx: tx.save_customer(replace(ann, version=2, name="Ann")))
    with pytest.raises(StaleWrite):
        await store.write(MERCHANT, lambda tx: tx.save_customer(replace(ann, version=2, name="Bob")))


async def test_an_email_or_postcode_is_looked_up_and_not_searched_for(store: SqliteStore) -> None:
    for query in (CustomerQuery(email="a@b.c"), CustomerQuery(postal_code="1", before_id="cus_1")):
        how = await plan(store, customer_listing(query))
        assert "SEARCH customer_keys USING PRIMARY KEY (merchant_id=? AND kind=? AND value=?)" in how
        assert "seq<?" not in how
    how = await plan(store, customer_listing(CustomerQuery()))
    assert how == "SEARCH customers USING INDEX ix_customers_newest (merchant_id=?)"


async def test_words_are_looked_up_in_the_text_index_first(store: SqliteStore) -> None:
    how = await plan(store, customer_listing(CustomerQuery(text="ann", postal_code="10119")))
    assert how.startswith("SCAN customers_text VIRTUAL TABLE")
    assert "TEMP B-TREE" not in how


async def test_totals_are_read_from_the_index_alone(store: SqliteStore) -> None:
    how = await plan(store, (PURCHASE_TOTALS, {"customer_ids": "[]"}))
    assert "SEARCH orders USING COVERING INDEX ix_orders_customer (merchant_id=? AND customer_id=?)" in how


async def test_the_orders_that_are_told_of_a_new_name_are_looked_up(store: SqliteStore) -> None:
    named: dict[str, object] = {"customer_ids": '["cus_1", "crm-7"]', "words": "ann"}
    await store.write(MERCHANT, lambda tx: [add_order(tx, customer_id=f"crm-{number}") for number in range(500)])
    for statement, table, column in (
        (TELL_CUSTOMERS, "customers", "id"),
        (TELL_ORDERS, "orders", "customer_id"),
        (PURCHASE_TOTALS, "orders", "customer_id"),
    ):
        how = await plan(store, (statement, named))
        assert f"SEARCH {table} USING" in how
        assert f"{column}=?)" in how

    def steps(tx: Transaction) -> int:
        hundreds: list[None] = []
        driver(tx).set_progress_handler(lambda: hundreds.append(None), 100)
        assert tx.add_customer(new_customer(tx, reference="crm-17", name="Ann"))
        driver(tx).set_progress_handler(None, 0)
        return 100 * len(hundreds)

    assert await store.write(MERCHANT, steps) < 1_000, "about six for each of 500 orders more, were they gone through"
    assert len(await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(text="ann")))) == 1


async def test_an_order_is_found_by_its_customers_words_whatever_id_it_names(store: SqliteStore) -> None:
    twin = await stored(store, name="A. Lee")
    ada = await stored(store, name="Ada", reference="crm-7")

    def merge(tx: Transaction) -> None:
        tx.save_customer(replace(twin, version=2, name=None, merged_into=ada.customer_id))
        tx.save_customer(replace(ada, version=2, merged_ids=(twin.customer_id,)))

    await store.write(MERCHANT, merge)
    names = (ada.customer_id, twin.customer_id, "crm-7", "CRM-7", "crm-8", None)
    added = [await store.write(MERCHANT, lambda tx, name=name: add_order(tx, customer_id=name)) for name in names]
    found = await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(text="ada")))
    assert order_ids(found) == order_ids(added[3::-1])


async def test_the_words_of_another_merchants_customer_are_no_orders(store: SqliteStore) -> None:
    ada = await stored(store, name="Ada", reference="crm-7")
    other = await store.add_merchant("Other", "EUR")
    for name in (ada.customer_id, "crm-7"):
        await store.write(other.merchant_id, lambda tx, name=name: add_order(tx, customer_id=name))
    await store.write(MERCHANT, lambda tx: tx.save_customer(replace(ada, version=2, name="Adah")))
    assert await store.read(other.merchant_id, lambda tx: tx.orders(OrderQuery(text="ada"))) == []


async def test_orders_of_several_ids_are_found_by_them(store: SqliteStore) -> None:
    query = OrderQuery(customer_ids=("cus_1", "crm-7"), status="PAID", before_id="ord_1")
    how = await plan(store, order_listing(query))
    assert "SEARCH theirs USING COVERING INDEX ix_orders_customer (merchant_id=? AND customer_id=?)" in how
    assert "seq<?" not in how


async def test_totals_leave_out_canceled_orders_without_money(store: SqliteStore) -> None:
    ann = await stored(store, reference="crm-7", merged_ids=("cus_old",))

    def add(tx: Transaction) -> None:
        for customer_id, status, paid, refunded in (
            (ann.customer_id, "PAID", 1485, 0),
            ("crm-7", "OPEN", 0, 0),
            ("cus_old", "REFUNDED", 500, 500),
            (ann.customer_id, "CANCELED", 0, 0),
            (ann.customer_id, "CANCELED", 300, 300),
            ("somebody", "PAID", 9999, 0),
        ):
            columns = replace(COLUMNS, status=status, paid=paid, refunded=refunded)
            add_order(tx, columns, customer_id=customer_id)

    await store.write(MERCHANT, add)
    [totals] = await store.read(MERCHANT, lambda tx: tx.purchase_totals(ann))
    assert (totals.orders, totals.paid, totals.refunded) == (4, 2285, 800)


@pytest.mark.parametrize(
    "text", ['"', "AND", "a* OR b", "NEAR(a b)", "name:ann", "^ann", "-", "(555", "\0", "555)", "''"]
)
async def test_what_people_type_is_never_syntax(store: SqliteStore, text: str) -> None:
    await stored(store, name="Ann")
    for any_word in (False, True):
        await store.read(
            MERCHANT, lambda tx, any_word=any_word: tx.customers(CustomerQuery(text=text, any_word=any_word))
        )


async def test_the_words_of_who_is_gone_are_in_no_index(store: SqliteStore) -> None:
    ann = await stored(store, name="Ann", emails=("ann@example.com",), reference="crm-7")
    gone = replace(ann, version=2, erased_at=ann.created_at)
    await store.write(MERCHANT, lambda tx: tx.save_customer(gone))
    for query in (CustomerQuery(text="ann"), CustomerQuery(email="ann@example.com"), CustomerQuery()):
        assert await store.read(MERCHANT, lambda tx, query=query: tx.customers(query)) == []
    assert await store.read(MERCHANT, lambda tx: tx.customers_by_reference("crm-7")) == []

    def matches(tx: object) -> list[object]:
        found = "SELECT rowid FROM customers_text WHERE customers_text MATCH 'ann'"
        return driver(tx).execute(found).fetchall()  # type: ignore[arg-type]

    assert await store.read(MERCHANT, matches) == []


async def test_a_file_from_before_customers_keeps_its_coupon_uses_and_takes_customers(
    path: Path, clock: TurnedClock
) -> None:
    engine = migration_engine(path, 50)
    with engine.begin() as connection:
        upgrading.migrate(connection, "0004")
        connection.execute(sql("INSERT INTO merchants VALUES ('mer_default', 'Old', 'USD', 0)"))
        connection.execute(
            sql("INSERT INTO coupons VALUES (1, 'cpn_1', 'mer_default', 'ONCE', 1, 1, 1, NULL, 1, 1, '{}')")
        )
        connection.execute(sql("INSERT INTO coupon_uses VALUES ('cpn_1', 'ord_1', 'mer_default', 'crm-7')"))
    engine.dispose()
    async with open_store(path, clock) as store:
        await store.write("mer_default", lambda tx: tx.move_coupon_uses("crm-7", "cus_1"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(opening.REVISION,)]
        assert connection.execute("SELECT customer_id FROM coupon_uses").fetchall() == [("cus_1",)]
