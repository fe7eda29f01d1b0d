"""The schema of what processors tell: every event once, until it is settled."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from flint_server.db.metadata import Sequence, metadata

# Partial indexes are used only by queries that repeat their condition word for word.
IS_WAITING = text("state = 'waiting'")

# Events are added in the order of time, so that old ones are found at the front without an index. A payment is settled
# by whichever of its events comes first; the others find nothing left to do.
stripe_events = Table(
    "stripe_events",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
Index("ix_stripe_events_due", stripe_events.c.due_at, stripe_events.c.seq, sqlite_where=IS_WAITING)
