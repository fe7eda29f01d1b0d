"""The schema of customers: the record, what it is found by as a whole, and the words it is found by."""

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
    text,
)

from flint_server.db.metadata import Sequence, find_by_words, metadata

# Partial indexes are used only by queries that repeat their condition word for word.
IS_THERE = text("gone = 0")
IS_REFERENCE = text("kind = 'reference'")

# gone: merged into another customer, or erased. Such a row stays, because orders name it, and is listed nowhere.
customers = Table(
    "customers",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # Those words that are copied to the customer's orders. Who was merged away has the other one's.
    Column("on_orders", Text, nullable=False, server_default=""),
)
Index("ix_customers_newest", customers.c.merchant_id, customers.c.seq, sqlite_where=IS_THERE)

# E-mails, postcodes and references as they are compared: a customer has several of each, and a reference belongs to one
# customer alone, but for twins from before it was compared without case. In this order a page of those who share a
# value is read off newest first.
customer_keys = Table(
    "customer_keys",
    metadata,
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("customer_seq", Sequence, ForeignKey("customers.seq"), nullable=False),
    PrimaryKeyConstraint("merchant_id", "kind", "value", "customer_seq"),
    sqlite_with_rowid=False,
)
Index(None, customer_keys.c.customer_seq)
Index(
    "uq_customer_keys_reference",
    customer_keys.c.merchant_id,
    customer_keys.c.value,
    unique=True,
    sqlite_where=IS_REFERENCE,
)

find_by_words(customers, "text")
