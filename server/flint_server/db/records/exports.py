"""Whole tables in pages, as a transaction reads them for an export (see flint_domain.unit_of_work.exports)."""

import sqlite3
from typing import Protocol

from sqlalchemy import Boolean, ColumnElement, Table, bindparam, func, literal_column, select

from flint_domain.catalog.model import Item
from flint_domain.customers.model import Customer
from flint_domain.order.model import Order
from flint_server.db.catalog_tables import items
from flint_server.db.codecs import ORDER
from flint_server.db.customer_tables import IS_THERE, customers
from flint_server.db.records.customers import CUSTOMER
from flint_server.db.records.items import ITEM
from flint_server.db.statements import DIALECT, ZERO
from flint_server.db.tables import orders


class Reading(Protocol):
    """What of a transaction is needed to read."""

    driver: sqlite3.Connection
    merchant_id: str


def _oldest(table: Table, *conditions: ColumnElement[bool]) -> str:
    """Bodies and schemas in the order in which the rows were added, from behind :after_id on, or from the first."""
    page = table.alias("page")
    before = select(page.c.seq).where(
        page.c.merchant_id == bindparam("merchant_id"), page.c.id == bindparam("after_id")
    )
    rows = select(table.c.body, table.c.schema).where(
        table.c.merchant_id == bindparam("merchant_id"),
        table.c.seq > func.coalesce(before.scalar_subquery(), ZERO),
        *conditions,
    )
    return str(rows.order_by(table.c.seq).limit(bindparam("limit")).offset(ZERO).compile(dialect=DIALECT))


_IS_THERE: ColumnElement[bool] = literal_column(str(IS_THERE), Boolean)

CUSTOMERS = _oldest(customers, _IS_THERE)
ITEMS = _oldest(items)
ORDERS = _oldest(orders)


class ExportReading:
    """The part of a read transaction that is about exports."""

    __slots__ = ()

    def customers_from(self: Reading, after_id: str | None, limit: int) -> list[Customer]:
        return [CUSTOMER.load(*row) for row in _page(self, CUSTOMERS, after_id, limit)]

    def items_from(self: Reading, after_id: str | None, limit: int) -> list[Item]:
        return [ITEM.load(*row) for row in _page(self, ITEMS, after_id, limit)]

    def orders_from(self: Reading, after_id: str | None, limit: int) -> list[Order]:
        return [ORDER.load(*row) for row in _page(self, ORDERS, after_id, limit)]


def _page(tx: Reading, statement: str, after_id: str | None, limit: int) -> list[tuple[str, int]]:
    named = {"merchant_id": tx.merchant_id, "after_id": after_id, "limit": limit}
    return tx.driver.execute(statement, named).fetchall()
