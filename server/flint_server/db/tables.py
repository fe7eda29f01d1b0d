"""The schema, in SQLAlchemy Core: what is looked up, listed or constrained is a column, the rest is one JSON body.

Times are whole microseconds since 1970 in UTC, so that they compare as integers on every engine. A body carries the
number of the schema it was written with (see codecs). `seq` numbers the rows of a table in the order they were added;
"newest first" is by seq, never by the clock, so that a page's cursor is exact when the clock steps back.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from flint_domain.order.payments.model import UNSETTLED, TransferKind
from flint_domain.order.tax.reporting import REPORTS
from flint_server.db.metadata import Sequence, find_by_words, metadata


def _in(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


# A query can use a partial index only when it repeats the index's condition word for word: both take it from here.
IS_UNSETTLED = text(f"state IN ({_in([*UNSETTLED])})")
NEEDS_ATTENTION = text("needs_attention = 1")
IS_AT_A_PROCESSOR = text(
    "json_extract(transfers.body, '$.account') IS NULL AND transfers.order_id IS NOT NULL "
    f"AND transfers.kind NOT IN ({_in([*REPORTS])})"
)

# A capture or a void carries the reference of the payment it works on; these kinds get a reference of their own.
_OWN_REFERENCE = _in([TransferKind.AUTHORIZE, TransferKind.CHARGE, TransferKind.REFUND])
HAS_OWN_REFERENCE = text(f"reference IS NOT NULL AND kind IN ({_OWN_REFERENCE})")

merchants = Table(
    "merchants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("payment_status", Text, nullable=False),
    Column("customer_id", Text),
    Column("currency", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("outstanding", BigInteger, nullable=False),
    Column("needs_attention", Boolean, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # Added later, and so behind the body: indexes cover what is asked of them.
    Column("reference_key", Text),
    Column("fulfillment_status", Text, nullable=False, server_default="UNFULFILLED"),
    Column("paid", BigInteger, nullable=False, server_default="0"),
    Column("refunded", BigInteger, nullable=False, server_default="0"),
    Column("reserved_until", BigInteger),
    Column("reference_twin", Text, nullable=False, server_default=""),
    Column("buyer", Text, nullable=False, server_default=""),  # the customer's words, as they are at present
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
Index(
    "ix_orders_customer",
    orders.c.merchant_id,
    orders.c.customer_id,
    orders.c.seq,
    orders.c.currency,
    orders.c.status,
    orders.c.paid,
    orders.c.refunded,
    orders.c.created_at,
    sqlite_where=text("customer_id IS NOT NULL"),
)
Index(
    "ix_orders_needs_attention",
    orders.c.merchant_id,
    orders.c.needs_attention,
    orders.c.seq,
    sqlite_where=NEEDS_ATTENTION,
)
Index("ix_orders_fulfillment_status", orders.c.merchant_id, orders.c.fulfillment_status, orders.c.seq)
# A merchant's own name of a thing is kept as it is compared, without case; how it is spelled is in the body. Twins that
# differ in case only may be left from before: of those all but the oldest have their spelling in *_twin, which is empty
# in whatever is made since.
HAS_REFERENCE = text("reference_key IS NOT NULL")
Index(
    "uq_orders_reference",
    orders.c.merchant_id,
    orders.c.reference_key,
    orders.c.reference_twin,
    unique=True,
    sqlite_where=HAS_REFERENCE,
)
IS_RESERVED = text("reserved_until IS NOT NULL")
Index("ix_orders_reserved_until", orders.c.reserved_until, sqlite_where=IS_RESERVED)
Index("ix_orders_fingerprint", orders.c.merchant_id, orders.c.fingerprint, orders.c.created_at)

# The trail. Without a rowid the facts of one order lie together, in their order.
facts = Table(
    "facts",
    metadata,
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("order_id", "version", "position"),
    sqlite_with_rowid=False,
)

# Every payment and every refund has a transfer, so this is also how an order is found by one of theirs. Attaching and
# detaching a payment method are transfers without an order.
transfers = Table(
    "transfers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("order_id", Text, ForeignKey("orders.id")),
    Column("payment_id", Text, nullable=False),
    Column("refund_id", Text),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text),
    Column("receipt_key", Text),
    Column("leased_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
Index(None, transfers.c.order_id)
Index(None, transfers.c.payment_id)
Index(None, transfers.c.refund_id, sqlite_where=text("refund_id IS NOT NULL"))
Index("ix_transfers_due", transfers.c.leased_until, sqlite_where=IS_UNSETTLED)
Index("ix_transfers_open", transfers.c.merchant_id, transfers.c.receipt_key, sqlite_where=IS_UNSETTLED)
Index(
    "uq_transfers_reference",
    transfers.c.merchant_id,
    transfers.c.kind,
    transfers.c.reference,
    unique=True,
    sqlite_where=HAS_OWN_REFERENCE,
)

# Receipts are added in the order of time, so that the expired ones are found at the front without an index.
receipts = Table(
    "receipts",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("shown", Text),
    Column("answer", Text),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "key"),
)

find_by_words(orders, "text", "buyer")
