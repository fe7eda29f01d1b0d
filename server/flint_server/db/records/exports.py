"""Whole tables in pages, oldest first, as an export reads them (see flint_domain.unit_of_work.exports)."""

from sqlalchemy import ColumnElement, Table, TextClause, bindparam, func, select

from flint_domain.catalog.model import Item
from flint_domain.customers.model import Customer
from flint_domain.order.model import Order
from flint_server.db.records import customers, items, orders
from flint_server.db.session import Session
from flint_server.db.statement import ZERO, Statement, mine, place_of


def _oldest(table: Table, *conditions: ColumnElement[bool] | TextClause) -> Statement:
    """Bodies and schemas in the order in which the rows were added, from behind :after_id on, or from the first."""
    rows = select(table.c.body, table.c.schema).where(
        mine(table), table.c.seq > func.coalesce(place_of(table, "after_id"), ZERO), *conditions
    )
    return Statement(rows.order_by(table.c.seq).limit(bindparam("limit")).offset(ZERO))


CUSTOMERS = _oldest(customers.customers, customers.IS_THERE)
ITEMS = _oldest(items.items)
ORDERS = _oldest(orders.orders)


def customers_from(tx: Session, after_id: str | None, limit: int) -> list[Customer]:
    return customers.ROW.every(tx, CUSTOMERS, after_id=after_id, limit=limit)


def items_from(tx: Session, after_id: str | None, limit: int) -> list[Item]:
    return items.ROW.every(tx, ITEMS, after_id=after_id, limit=limit)


def orders_from(tx: Session, after_id: str | None, limit: int) -> list[Order]:
    return orders.ROW.every(tx, ORDERS, after_id=after_id, limit=limit)
