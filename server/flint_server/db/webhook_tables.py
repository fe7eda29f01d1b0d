"""The schema of outgoing webhooks: who listens, and every delivery with its body and its tries."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from flint_server.db.metadata import Sequence, metadata

# Partial indexes are used only by queries that repeat their condition word for word.
CAN_BE_DUE = text("state IN ('pending', 'sending')")
IN_LINE = text("state IN ('pending', 'sending', 'waiting') AND again = 0")

# body holds the secrets; the columns beside it are what the worker and the fan-out ask for.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("failing", Boolean, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
Index(None, webhook_endpoints.c.merchant_id, webhook_endpoints.c.status, webhook_endpoints.c.seq)

# The payload is the last column: what is asked for most lies before it and is read without its pages.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("endpoint_id", Text, ForeignKey("webhook_endpoints.id"), nullable=False),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    Column("order_version", Integer, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("log", Text, nullable=False),
    Column("payload", Text),
    UniqueConstraint("endpoint_id", "event_id"),
)
Index(None, webhook_deliveries.c.merchant_id, webhook_deliveries.c.seq)
Index(None, webhook_deliveries.c.endpoint_id, webhook_deliveries.c.seq)
Index(None, webhook_deliveries.c.order_id, webhook_deliveries.c.seq)
Index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.due_at,
    webhook_deliveries.c.seq,
    sqlite_where=CAN_BE_DUE,
)
Index(
    "ix_webhook_deliveries_line",
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.order_id,
    webhook_deliveries.c.seq,
    sqlite_where=IN_LINE,
)
