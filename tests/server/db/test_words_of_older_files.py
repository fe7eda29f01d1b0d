"""A file from before words were folded is found by the new ones, whatever happens while they are written."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import anyio
import pytest
from sqlalchemy import Connection
from sqlalchemy import text as sql

from flint_domain.catalog.model import Item, Variant
from flint_domain.catalog.ports import ItemQuery
from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerQuery
from flint_domain.kernel.ids import IdPrefix
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment, Tender
from flint_domain.unit_of_work.ports import OrderQuery
from flint_server.db import SqliteStore, open_store
from flint_server.db.codecs import CUSTOMER, ITEM, ORDER
from flint_server.db.ids import Ulids
from flint_server.db.migrations import paging
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.sqlite import opening
from flint_server.db.sqlite.connections import migration_engine
from tests.server.db.given import MERCHANT, START, TurnedClock, driver, stored_order

ADD_ORDER = sql(
    "INSERT INTO orders (id, merchant_id, version, status, payment_status, customer_id, currency, total, outstanding, "
    "needs_attention, fingerprint, created_at, updated_at, text, schema, body) "
    "VALUES (:id, :merchant_id, 1, 'OPEN', 'UNPAID', :customer_id, 'USD', 1, 1, 0, '', 0, 0, 'old words', :schema, "
    ":body)"
)
ADD_CUSTOMER = sql(
    "INSERT INTO customers (id, merchant_id, version, gone, created_at, text, schema, body) "
    "VALUES (:id, :merchant_id, 1, :gone, 0, 'old words', :schema, :body)"
)
ADD_KEY = sql("INSERT INTO customer_keys VALUES (:merchant_id, 'reference', :reference, :seq)")
ADD_ITEM = sql(
    "INSERT INTO items (id, merchant_id, version, active, text, schema, body) "
    "VALUES (:id, :merchant_id, 1, 1, 'old words', :schema, :body)"
)
ADD_VARIANT = sql("INSERT INTO variants VALUES (:id, :merchant_id, :item_id, NULL, 1, NULL, '')")

IDS = Ulids()


def new_id(prefix: IdPrefix) -> str:
    return IDS.new_id(prefix, START)


def order(name: str, customer_id: str | None, **fields: object) -> Order:
    made = Order(
        order_id=new_id("ord"),
        merchant_id=MERCHANT,
        version=1,
        currency="USD",
        customer_id=customer_id,
        lines=(Line(line_id=new_id("li"), name=name, quantity=Decimal(1), unit_price=1),),
        created_at=START,
        updated_at=START,
    )
    return replace(made, **fields)


def customer(name: str, **fields: object) -> Customer:
    made = Customer(
        customer_id=new_id("cus"), merchant_id=MERCHANT, version=1, name=name, created_at=START, updated_at=START
    )
    return replace(made, **fields)


class OldFile:
    """What is in it: the orders of a customer who took another one over, one order of nobody's, and an item."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.survivor = customer("Anna Müller", reference="crm-7")
        self.loser = replace(customer(""), name=None, merged_into=self.survivor.customer_id)
        self.survivor = replace(self.survivor, merged_ids=(self.loser.customer_id,))
        tender = Tender(type="card", brand="visa", last4="4242")
        paid = Payment(payment_id=new_id("pi"), source="tok_visa", amount=1, tender=tender, created_at=START)
        self.orders = [
            order("T-Shirt", self.survivor.customer_id, payments=(paid,)),
            order("T-Shirt", self.loser.customer_id),
            order("T-Shirt", "crm-7"),
            *(order(f"Mug {number}", None) for number in range(7)),
        ]
        variant = Variant(variant_id=new_id("var"), price=1)
        self.item = Item(
            item_id=new_id("item"),
            merchant_id=MERCHANT,
            version=1,
            name="Straße",
            currency="USD",
            variants=(variant,),
            created_at=START,
            updated_at=START,
        )

    def write(self) -> None:
        engine = migration_engine(self.path, 50)
        with engine.begin() as connection:
            upgrading.migrate(connection, "0008")
            connection.execute(
                sql("INSERT INTO merchants VALUES (:merchant_id, 'Old', 'USD', 0)"), {"merchant_id": MERCHANT}
            )
            self._write(connection)
        engine.dispose()

    def _write(self, connection: Connection) -> None:
        for seq, each in enumerate((self.loser, self.survivor), start=1):
            body = {"schema": CUSTOMER.schema, "body": CUSTOMER.dump(each), "gone": each.merged_into is not None}
            connection.execute(ADD_CUSTOMER, {"id": each.customer_id, "merchant_id": MERCHANT, **body})
            if each.reference:
                connection.execute(ADD_KEY, {"merchant_id": MERCHANT, "reference": each.reference, "seq": seq})
        for made in self.orders:
            body = {"schema": ORDER.schema, "body": ORDER.dump(made), "customer_id": made.customer_id}
            connection.execute(ADD_ORDER, {"id": made.order_id, "merchant_id": MERCHANT, **body})
        item = {"schema": ITEM.schema, "body": ITEM.dump(self.item)}
        connection.execute(ADD_ITEM, {"id": self.item.item_id, "merchant_id": MERCHANT, **item})
        [variant] = self.item.variants
        named = {"id": variant.variant_id, "merchant_id": MERCHANT, "item_id": self.item.item_id}
        connection.execute(ADD_VARIANT, named)

    def ids(self) -> list[str]:
        return [made.order_id for made in reversed(self.orders)]


@pytest.fixture
def old(path: Path, monkeypatch: pytest.MonkeyPatch) -> OldFile:
    monkeypatch.setattr(paging, "PAGE", 4)
    file = OldFile(path)
    file.write()
    return file


async def orders(store: SqliteStore, text: str) -> list[str]:
    found = await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(text=text)))
    return [each.order_id for each in found]


async def test_everything_in_an_older_file_is_found_by_its_new_words(old: OldFile, clock: TurnedClock) -> None:
    async with open_store(old.path, clock) as store:
        mugs, shirts = old.ids()[:-3], old.ids()[-3:]
        assert len(mugs) == 7, "three pages of orders"
        assert await orders(store, "mug") == mugs
        assert await orders(store, "tshirt") == await orders(store, "mueller shirt") == shirts
        assert await orders(store, "4242") == shirts[-1:]
        [anna] = await store.read(MERCHANT, lambda tx: tx.customers(CustomerQuery(text="muller crm7")))
        assert anna == old.survivor
        [item] = await store.read(MERCHANT, lambda tx: tx.items(ItemQuery(text="strasse")))
        assert item == old.item
        assert await orders(store, "old words") == []


async def test_its_indexes_are_kept_in_step_from_then_on(old: OldFile, clock: TurnedClock) -> None:
    async with open_store(old.path, clock) as store:
        renamed = replace(old.survivor, version=2, name="Ada Byron")
        assert await store.write(MERCHANT, lambda tx: tx.save_customer(renamed))
        assert await orders(store, "byron") == old.ids()[-3:]
        assert await orders(store, "mueller") == []
        newest = await stored_order(store, text="tshirt")
        assert await orders(store, "tshirt") == [newest.order_id, *old.ids()[-3:]]
        for table in ("orders", "customers", "items"):
            check = f"INSERT INTO {table}_text ({table}_text, rank) VALUES ('integrity-check', 1)"
            await store.write(MERCHANT, lambda tx, check=check: driver(tx).execute(check))


def kill_on_the_way(path: Path) -> int:
    """Migrate the file in a process that dies at the second page of orders; returns its exit code."""
    script = f"""
        import os
        from datetime import UTC, datetime
        from pathlib import Path
        from flint_server.db.migrations import paging, upgrade

        paging.PAGE = 4
        pages = paging.pages

        def killed_at_the_second_page_of_orders(connection, table, columns):
            for number, page in enumerate(pages(connection, table, columns)):
                if table == "orders" and number == 1:
                    os._exit(9)
                yield page

        paging.pages = killed_at_the_second_page_of_orders
        upgrade.upgrade(Path({str(path)!r}), "0008", {opening.REVISION!r}, datetime.now(UTC))
    """
    return subprocess.run([sys.executable, "-c", dedent(script)], check=False).returncode


async def test_one_that_is_killed_on_the_way_is_the_old_file_still(old: OldFile, clock: TurnedClock) -> None:
    assert await anyio.to_thread.run_sync(kill_on_the_way, old.path) == 9
    with closing(sqlite3.connect(old.path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0008",)]
        assert connection.execute("SELECT DISTINCT text FROM orders").fetchall() == [("old words",)]
        found = "SELECT count(*) FROM orders_text WHERE orders_text MATCH 'old'"
        assert connection.execute(found).fetchall() == [(len(old.orders),)]
    async with open_store(old.path, clock) as store:
        assert await orders(store, "mueller shirt") == old.ids()[-3:]
