"""The statements that run all the time: built from the schema once, then run by the driver as they are.

A Core statement costs 60–80 µs of Python each time it is executed; as text with named parameters it costs two. Every
statement about a merchant's records asks for :merchant_id.
"""

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from flint_server.db.catalog_tables import items, stock_changes
from flint_server.db.constructs import SQLITE
from flint_server.db.credit_tables import credit_entries
from flint_server.db.customer_tables import customers
from flint_server.db.records.coupons import coupons
from flint_server.db.records.tax_rates import tax_rates
from flint_server.db.statement import ONE, ZERO
from flint_server.db.tables import (
    IS_AT_A_PROCESSOR,
    IS_UNSETTLED,
    facts,
    merchants,
    orders,
    receipts,
    transfers,
)
from flint_server.db.webhook_tables import webhook_endpoints

DIALECT = SQLITE


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


def _insert(table: Table, *without: str) -> str:
    """Insert every column but seq, which the database counts, and those that begin with their defaults."""
    return _sql(
        insert(table).values(_values(*(column.name for column in table.c if column.name not in ("seq", *without))))
    )


def _values(*names: str) -> dict[str, BindParameter[object]]:
    return {name: bindparam(name) for name in names}


def _mine(table: Table) -> ColumnElement[bool]:
    return table.c.merchant_id == bindparam("merchant_id")


def _this(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """One record of the merchant, by :id. The parameter's name differs from the column's, which an update may set."""
    return table.c.id == bindparam("this_id"), _mine(table)


# ── merchants ──
ADD_MERCHANT = _insert(merchants)
MERCHANTS = _sql(select(merchants.c.id, merchants.c.name, merchants.c.currency).order_by(merchants.c.id))
CURRENCY = _sql(select(merchants.c.currency).where(merchants.c.id == bindparam("merchant_id")))

# ── orders ──
# The words of the customer whom an order names by an id or a reference.
_ITS_BUYER = """coalesce(
    (SELECT on_orders FROM customers WHERE id = :customer_id AND merchant_id = :merchant_id),
    (SELECT on_orders FROM customer_keys JOIN customers ON customers.seq = customer_keys.customer_seq
     WHERE customer_keys.merchant_id = :merchant_id AND kind = 'reference' AND value = :customer_id),
    '')"""
_its_buyer = literal_column(_ITS_BUYER, Text)
ADD_ORDER = _sql(
    insert(orders).values(
        {
            **_values(*(column.name for column in orders.c if column.name not in ("seq", "reference_twin", "buyer"))),
            "buyer": _its_buyer,
        }
    )
)
SAVE_ORDER = _sql(
    update(orders)
    .where(*_this(orders), orders.c.version == bindparam("was"))
    .values(
        buyer=case((orders.c.customer_id.is_(bindparam("customer_id")), orders.c.buyer), else_=_its_buyer),
        **_values(
            "version",
            "status",
            "payment_status",
            "customer_id",
            "total",
            "outstanding",
            "needs_attention",
            "updated_at",
            "text",
            "schema",
            "body",
            "fulfillment_status",
            "paid",
            "refunded",
            "reserved_until",
        ),
    )
)
ORDERS_BY_REFERENCE = _sql(
    select(orders.c.body, orders.c.schema)
    .where(_mine(orders), orders.c.reference_key == bindparam("this_key"))
    .order_by(orders.c.reference_twin)  # the oldest first; by seq, SQLite would walk the index of the newest
)
ORDER = _sql(select(orders.c.body, orders.c.schema).where(*_this(orders)))
ORDER_OF_PAYMENT = _sql(
    select(orders.c.body, orders.c.schema)
    .join(transfers, transfers.c.order_id == orders.c.id)
    .where(transfers.c.payment_id == bindparam("this_id"), _mine(transfers), _mine(orders))
    .limit(ONE)
    .offset(ZERO)
)
ORDER_OF_REFUND = _sql(
    select(orders.c.body, orders.c.schema)
    .join(transfers, transfers.c.order_id == orders.c.id)
    .where(transfers.c.refund_id == bindparam("this_id"), _mine(transfers), _mine(orders))
    .limit(ONE)
    .offset(ZERO)
)
LOOK_ALIKE_ORDER = _sql(
    select(orders.c.id)
    .where(
        _mine(orders),
        orders.c.fingerprint == bindparam("fingerprint"),
        orders.c.created_at >= bindparam("since"),
    )
    .order_by(orders.c.created_at.desc(), orders.c.seq.desc())
    .limit(ONE)
    .offset(ZERO)
)

# ── facts ──
ADD_FACT = _insert(facts)
_PLACE = tuple_(facts.c.version, facts.c.position)
_TRAIL = select(
    facts.c.id, facts.c.type, facts.c.summary, facts.c.data, facts.c.actor, facts.c.at, facts.c.version
).where(facts.c.order_id == bindparam("order_id"), _mine(facts))
_NEWEST_FACTS = _TRAIL.order_by(facts.c.version.desc(), facts.c.position.desc()).limit(bindparam("limit")).offset(ZERO)
_before = facts.alias("page")
NEWEST_FACTS = _sql(_NEWEST_FACTS)
FACTS_BEFORE = _sql(
    _NEWEST_FACTS.where(
        select(_before.c.version, _before.c.position)
        .where(_before.c.order_id == bindparam("order_id"), _before.c.id == bindparam("before"))
        .scalar_subquery()
        > _PLACE
    )
)
FACTS_SINCE = _sql(_TRAIL.where(facts.c.version > bindparam("version")).order_by(facts.c.version, facts.c.position))

# ── transfers ──
ADD_TRANSFER = _insert(transfers)
SAVE_TRANSFER = _sql(
    update(transfers)
    .where(*_this(transfers), transfers.c.state == bindparam("was"))
    .values(_values("state", "reference", "receipt_key", "leased_until", "schema", "body"))
)
LEASE_TRANSFER = _sql(
    update(transfers)
    .where(*_this(transfers), IS_UNSETTLED, transfers.c.leased_until <= bindparam("now"))
    .values(_values("leased_until"))
)
_TRANSFER = select(transfers.c.body, transfers.c.schema, transfers.c.leased_until)
TRANSFER = _sql(_TRANSFER.where(*_this(transfers)))
UNSETTLED = _sql(
    _TRANSFER.where(_mine(transfers), transfers.c.receipt_key == bindparam("receipt_key"), IS_UNSETTLED).order_by(
        transfers.c.id
    )
)
CHANGED_ORDERS = _sql(
    select(facts.c.id, facts.c.order_id)
    .where(facts.c.id > bindparam("after"), facts.c.merchant_id == bindparam("merchant_id"))
    .order_by(facts.c.id)
)

NEWEST_TRANSFER = _sql(
    select(transfers.c.body, transfers.c.schema).where(
        # Flint's own books, of gift cards and store credit, go with every processor; methods and taxes are not money.
        transfers.c.id == select(func.max(transfers.c.id)).where(IS_AT_A_PROCESSOR).scalar_subquery()
    )
)

NEWEST_IDS = tuple(
    f"SELECT max(id) FROM {table.name}"
    for table in (facts, coupons, tax_rates, webhook_endpoints, credit_entries, customers, items, stock_changes)
)

DUE_TRANSFERS = _sql(
    select(transfers.c.merchant_id, transfers.c.id)
    .where(IS_UNSETTLED, transfers.c.leased_until <= bindparam("now"))
    .order_by(transfers.c.leased_until, transfers.c.id)
    .limit(bindparam("limit"))
    .offset(ZERO)
)

# ── receipts ──
ADD_RECEIPT = _sql(
    sqlite.insert(receipts)
    .values(_values(*(column.name for column in receipts.c if column.name != "seq")))
    .on_conflict_do_nothing(index_elements=["merchant_id", "key"])
)
FORGET_RECEIPT = _sql(
    delete(receipts).where(
        _mine(receipts), receipts.c.key == bindparam("key"), receipts.c.created_at <= bindparam("expired")
    )
)
SAVE_RECEIPT = _sql(
    update(receipts)
    .where(_mine(receipts), receipts.c.key == bindparam("this_key"))
    .values(_values("fields", "shown", "answer"))
)
RECEIPT = _sql(
    select(
        receipts.c.command,
        receipts.c.fingerprint,
        receipts.c.fields,
        receipts.c.shown,
        receipts.c.answer,
        receipts.c.created_at,
    ).where(_mine(receipts), receipts.c.key == bindparam("this_key"), receipts.c.created_at > bindparam("expired"))
)
_oldest = select(receipts.c.seq).order_by(receipts.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET_RECEIPTS = _sql(
    delete(receipts).where(receipts.c.seq.in_(_oldest), receipts.c.created_at <= bindparam("expired"))
)
