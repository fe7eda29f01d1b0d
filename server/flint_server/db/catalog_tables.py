"""The schema of the catalog: items, their variants as they are looked up and filtered, and stock with its trail."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
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
from flint_server.db.tables import HAS_REFERENCE

items = Table(
    "items",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reference_key", Text),
    Column("active", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("reference_twin", Text, nullable=False, server_default=""),
)
Index("ix_items_newest", items.c.merchant_id, items.c.seq, items.c.active)
Index(
    "uq_items_reference",
    items.c.merchant_id,
    items.c.reference_key,
    items.c.reference_twin,
    unique=True,
    sqlite_where=HAS_REFERENCE,
)

# What search and ordering ask of variants; all of a variant is in its item's body. options holds `name, value` pairs
# in lower case between separators that no text has, so that one pair is found by a plain comparison.
variants = Table(
    "variants",
    metadata,
    Column("id", Text, nullable=False),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("item_id", Text, ForeignKey("items.id"), nullable=False),
    Column("sku_key", Text),
    Column("active", Boolean, nullable=False),
    Column("low_stock_at", BigInteger),
    Column("options", Text, nullable=False),
    Column("sku_twin", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("id"),
    sqlite_with_rowid=False,
)
Index("ix_variants_item", variants.c.item_id)
HAS_SKU = text("sku_key IS NOT NULL")
Index(
    "uq_variants_sku",
    variants.c.merchant_id,
    variants.c.sku_key,
    variants.c.sku_twin,
    unique=True,
    sqlite_where=HAS_SKU,
)

# Units are ten-thousandths, since quantities have four places. No foreign key to variants, whose rows are written anew
# when their item is saved.
stock = Table(
    "stock",
    metadata,
    Column("variant_id", Text, nullable=False),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("item_id", Text, ForeignKey("items.id"), nullable=False),
    Column("tracked", Boolean, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("sold", BigInteger, nullable=False),
    CheckConstraint("available >= 0", name="available"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("sold >= 0", name="sold"),
    PrimaryKeyConstraint("variant_id"),
    sqlite_with_rowid=False,
)

# The trail, whose sums are the stock. No foreign key to orders: a new order takes its stock before it is added.
stock_changes = Table(
    "stock_changes",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("variant_id", Text, ForeignKey("stock.variant_id"), nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("sold", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("order_id", Text),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index(None, stock_changes.c.variant_id, stock_changes.c.seq)

find_by_words(items, "text")
