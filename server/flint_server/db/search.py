"""Listing and searching: the filters a caller chose, as one statement, newest first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    Text,
    bindparam,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.sql.elements import ClauseElement

from flint_domain.customers.finding import customer_key
from flint_domain.unit_of_work.ports import OrderQuery
from flint_server.db.codecs import micros
from flint_server.db.constructs import words_sought
from flint_server.db.statements import DIALECT, ZERO
from flint_server.db.tables import NEEDS_ATTENTION, orders

_orders_text = table("orders_text", column("rowid", Integer))
_matches = literal_column("orders_text", Text).op("MATCH", is_comparison=True)

Statement = tuple[str, dict[str, Any]]


def orders_statement(merchant_id: str, query: OrderQuery, shared: Sequence[str] = ()) -> Statement:
    """Bodies and schemas of the orders that pass every filter. Of the keys that the customer shares with a twin, only
    orders that spell them as it does (see customer_records.shared_keys)."""
    newest = select(orders.c.body, orders.c.schema).where(orders.c.merchant_id == merchant_id)
    order = orders.c.seq
    customers = list(dict.fromkeys(map(customer_key, query.customer_ids)))
    if query.text is not None and query.text.strip():
        expression = words_sought(query.text, any_word=query.any_word)
        # The text index walks its rows newest first by itself and stops at the page's end, if it is the outer loop. The
        # plus keeps SQLite from turning the loops around, which would ask the index once per order.
        order = _orders_text.c.rowid
        newest = newest.select_from(_orders_text, orders).where(
            orders.c.seq == literal_column("+orders_text.rowid", Integer)
        )
        newest = newest.where(false() if expression is None else _matches(expression))
    for name, value in (
        ("status", query.status),
        ("payment_status", query.payment_status),
        ("fulfillment_status", query.fulfillment_status),
        ("customer_id", customers[0] if len(customers) == 1 else None),
    ):
        if value is not None:
            # Few orders need attention. SQLite keeps no statistics here and might walk a filter's index instead, which
            # the plus forbids.
            column_of = literal_column(f"+orders.{name}", Text) if query.needs_attention else orders.c[name]
            newest = newest.where(column_of == bindparam(name, value))
    if len(customers) > 1:
        # The few orders of these are sorted, which the plus sees to; walking all in order would take for ever.
        theirs = orders.alias("theirs")
        named = theirs.c.merchant_id == merchant_id, theirs.c.customer_id.in_(customers)
        newest = newest.where(orders.c.seq.in_(select(theirs.c.seq).where(*named)))
        order = literal_column("+orders.seq", Integer) if order is orders.c.seq else order
    if shared:
        spelled = func.json_extract(orders.c.body, literal_column("'$.customer_id'", Text))
        newest = newest.where(or_(orders.c.customer_id.not_in(shared), spelled.in_(query.customer_ids)))
    if query.needs_attention is not None:
        newest = newest.where(NEEDS_ATTENTION if query.needs_attention else orders.c.needs_attention == ZERO)
    if query.created_after is not None:
        newest = newest.where(orders.c.created_at >= micros(query.created_after))
    if query.created_before is not None:
        newest = newest.where(orders.c.created_at < micros(query.created_before))
    if query.before_id is not None:
        newest = newest.where(order < _place_of(orders, merchant_id, query.before_id))
    return _compiled(newest.order_by(order.desc()).limit(query.limit).offset(ZERO))


def _place_of(listed: Table, merchant_id: str, record_id: str) -> ColumnElement[int]:
    """Where the page before ended. A cursor that names nothing gives an empty page."""
    before = listed.alias("page")
    return select(before.c.seq).where(before.c.merchant_id == merchant_id, before.c.id == record_id).scalar_subquery()


def _compiled(statement: ClauseElement) -> Statement:
    compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), {**(compiled.params or {})}
