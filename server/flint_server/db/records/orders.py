"""Orders: one body each, with columns for what is looked up, listed or constrained."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
)

from flint_domain.catalog.ports import DueRelease
from flint_domain.customers.finding import customer_key
from flint_domain.kernel.facts import By, Fact
from flint_domain.kernel.references import folded
from flint_domain.kernel.subjects import of_order
from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import OrderColumns
from flint_server.db.codecs import ORDER, micros
from flint_server.db.metadata import BY_KEY, find_by_words, metadata, of_merchant, partial_index
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.records.customers import customer_keys, customers
from flint_server.db.records.facts import add_facts
from flint_server.db.rows import Body, Columns, save
from flint_server.db.session import Session
from flint_server.db.statement import EMPTY, ONE, ZERO, Statement, added, mine, parameters, saved, this, word

# A query can use a partial index only when it repeats the index's condition word for word: both take it from here.
NEEDS_ATTENTION = text("needs_attention = 1")
HAS_REFERENCE = text("reference_key IS NOT NULL")
IS_RESERVED = text("reserved_until IS NOT NULL")

orders = Table(
    "orders",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("payment_status", Text, nullable=False),
    Column("fulfillment_status", Text, nullable=False),
    Column("customer_id", Text),
    Column("reference_key", Text),
    Column("reference_twin", Text, nullable=False, server_default=""),
    Column("currency", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("outstanding", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("needs_attention", Boolean, nullable=False),
    Column("reserved_until", BigInteger),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("buyer", Text, nullable=False, server_default=""),  # the customer's words, as they are at present
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)

# Of 1,024 row numbers each: when their first order was made, and on which day their last. Orders are listed by their
# numbers, and times go mostly with them, but not always: history comes in under new numbers. This tells where orders of
# some time can be, without a walk over all that are younger. The engine keeps it in step (see sqlite.day_spans).
SPAN = 1_024
DAY = 86_400_000_000  # microseconds
order_spans = Table(
    "order_spans",
    metadata,
    of_merchant(),
    Column("span", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_day", Integer, nullable=False),
    PrimaryKeyConstraint("merchant_id", "span"),
    **BY_KEY,
)
# One index per filter, each in the order of the listing. What follows seq lets the other filters be judged without
# reading the rows, which are two kilobytes each.
Index("ix_orders_newest", orders.c.merchant_id, orders.c.seq, orders.c.created_at)
Index(
    "ix_orders_status",
    orders.c.merchant_id,
    orders.c.status,
    orders.c.seq,
    orders.c.payment_status,
    orders.c.created_at,
)
Index(
    "ix_orders_payment_status",
    orders.c.merchant_id,
    orders.c.payment_status,
    orders.c.seq,
    orders.c.status,
    orders.c.created_at,
)
partial_index(
    "ix_orders_customer",
    orders.c.merchant_id,
    orders.c.customer_id,
    orders.c.seq,
    orders.c.currency,
    orders.c.status,
    orders.c.paid,
    orders.c.refunded,
    orders.c.created_at,
    where=text("customer_id IS NOT NULL"),
)
partial_index(
    "ix_orders_needs_attention",
    orders.c.merchant_id,
    orders.c.needs_attention,
    orders.c.seq,
    where=NEEDS_ATTENTION,
)
Index("ix_orders_fulfillment_status", orders.c.merchant_id, orders.c.fulfillment_status, orders.c.seq)
# A merchant's own name of a thing is kept as it is compared, without case; how it is spelled is in the body. Twins that
# differ in case only may be left from before: of those all but the oldest have their spelling in *_twin, which is empty
# in whatever is made since.
partial_index(
    "uq_orders_reference",
    orders.c.merchant_id,
    orders.c.reference_key,
    orders.c.reference_twin,
    unique=True,
    where=HAS_REFERENCE,
)
partial_index("ix_orders_reserved_until", orders.c.reserved_until, where=IS_RESERVED)
Index("ix_orders_fingerprint", orders.c.merchant_id, orders.c.fingerprint, orders.c.created_at)
find_by_words(orders, "text", "buyer")

# A field of the order has a column of its name; what is worked out (see unit_of_work.columns) is in COLUMNS.
ROW = Body(
    orders,
    ORDER,
    Order,
    id="order_id",
    customer_id=lambda order: None if order.customer_id is None else customer_key(order.customer_id),
    reference_key=lambda order: None if order.reference is None else folded(order.reference),
)
COLUMNS = Columns(orders, OrderColumns)

# The words of the customer whom an order names by an id or a reference.
_CUSTOMER = bindparam("customer_id", type_=Text)
_ITS_BUYER = func.coalesce(
    select(customers.c.on_orders).where(customers.c.id == _CUSTOMER, mine(customers)).scalar_subquery(),
    select(customers.c.on_orders)
    .join(customer_keys, customer_keys.c.customer_seq == customers.c.seq)
    .where(mine(customer_keys), customer_keys.c.kind == word("reference"), customer_keys.c.value == _CUSTOMER)
    .scalar_subquery(),
    EMPTY,
)
ADD = Statement(added(orders, "reference_twin", buyer=_ITS_BUYER, customer_id=_CUSTOMER))

# An index is written anew when an update names one of its columns, whether the value is another or not. Most changes of
# an order leave most of its columns as they are, and so an update names only those that differ.
_ALWAYS = ("version", "updated_at", "schema", "body")
_NEVER = ("currency", "fingerprint", "created_at", "reference_key", "reference_twin", "buyer")
MAY_STAY = tuple(parameters(orders, "id", "merchant_id", *_ALWAYS, *_NEVER))
AS_THEY_ARE = Statement(select(*(orders.c[name] for name in MAY_STAY)).where(this(orders)))


@lru_cache(maxsize=256)
def saving(changed: tuple[str, ...]) -> Statement:
    """The update of an order of which these columns differ from what is stored."""
    worked_out = {"customer_id": _CUSTOMER, "buyer": _ITS_BUYER} if "customer_id" in changed else {}
    return Statement(saved(orders, *({*MAY_STAY, *_NEVER} - {*changed, *worked_out}), **worked_out))


ONE_ORDER = Statement(select(*ROW.columns).where(this(orders)))
BY_REFERENCE = Statement(
    select(*ROW.columns)
    .where(mine(orders), orders.c.reference_key == bindparam("reference_key"))
    .order_by(orders.c.reference_twin)  # the oldest first; by seq, the engine would walk the index of the newest
)
LOOK_ALIKE = Statement(
    select(orders.c.id)
    .where(mine(orders), orders.c.fingerprint == bindparam("fingerprint"), orders.c.created_at >= bindparam("since"))
    .order_by(orders.c.created_at.desc(), orders.c.seq.desc())
    .limit(ONE)
    .offset(ZERO)
)
# The worker's view, across merchants.
DUE_RELEASES = Statement(
    select(orders.c.merchant_id, orders.c.id)
    .where(IS_RESERVED, orders.c.reserved_until <= bindparam("now"))
    .order_by(orders.c.reserved_until, orders.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)


def order(tx: Session, order_id: str) -> Order | None:
    return ROW.first(tx, ONE_ORDER, id=order_id)


def orders_by_reference(tx: Session, reference: str) -> list[Order]:
    return ROW.every(tx, BY_REFERENCE, reference_key=folded(reference))


def look_alike_order(tx: Session, fingerprint: str, since: datetime) -> str | None:
    row: tuple[str] | None = tx.one(LOOK_ALIKE, fingerprint=fingerprint, since=micros(since))
    return None if row is None else row[0]


def add_order(
    tx: Session, order: Order, columns: OrderColumns, facts: Sequence[Fact], *, by: By, fingerprint: str
) -> None:
    tx.run(ADD, **{**ROW.of(order), **COLUMNS.of(columns), "fingerprint": fingerprint})
    add_facts(tx, of_order(order.order_id), order.version, facts, by, order_id=order.order_id)


def save_order(tx: Session, order: Order, columns: OrderColumns, facts: Sequence[Fact], by: By) -> None:
    row = {**ROW.of(order), **COLUMNS.of(columns)}
    stored = tx.one(AS_THEY_ARE, id=order.order_id) or ()  # none: save will say so
    changed = tuple(name for name, value in zip(MAY_STAY, stored, strict=False) if row[name] != value)
    save(tx, saving(changed), row)
    add_facts(tx, of_order(order.order_id), order.version, facts, by, order_id=order.order_id)


def due_releases(tx: Session, limit: int) -> list[DueRelease]:
    """Orders of every merchant whose time to hold stock unpaid has run out, the one that ran out first at the front."""
    return [DueRelease(*row) for row in tx.all(DUE_RELEASES, now=micros(tx.now), limit=limit)]
