"""Items, variants and stock."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_items_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_items")),
        sa.UniqueConstraint("id", name=op.f("uq_items_id")),
    )
    op.create_index("ix_items_newest", "items", ["merchant_id", "seq", "active"])
    op.create_index(
        "uq_items_reference",
        "items",
        ["merchant_id", "reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL"),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("low_stock_at", sa.BigInteger(), nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_variants_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_variants_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_variants_item", "variants", ["item_id"])
    op.create_index(
        "uq_variants_sku", "variants", ["merchant_id", "sku"], unique=True, sqlite_where=sa.text("sku IS NOT NULL")
    )
    op.create_table(
        "stock",
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("tracked", sa.Boolean(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("available >= 0", name=op.f("ck_stock_available")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_stock_sold")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stock_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_stock_item_id_items")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stock_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stock_changes_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["variant_id"], ["stock.variant_id"], name=op.f("fk_stock_changes_variant_id_stock")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_stock_changes")),
        sa.UniqueConstraint("id", name=op.f("uq_stock_changes_id")),
    )
    op.create_index(op.f("ix_stock_changes_variant_id_seq"), "stock_changes", ["variant_id", "seq"])
    op.execute(
        "CREATE VIRTUAL TABLE items_text USING fts5(text, content='items', content_rowid='seq', columnsize=0, "
        "prefix='1 2 3 4 5 6 7 8 9 10', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(
        "CREATE TRIGGER items_text_added AFTER INSERT ON items BEGIN "
        "INSERT INTO items_text (rowid, text) VALUES (new.seq, new.text); END"
    )
    op.execute(
        "CREATE TRIGGER items_text_changed AFTER UPDATE OF text ON items WHEN old.text <> new.text BEGIN "
        "INSERT INTO items_text (items_text, rowid, text) VALUES ('delete', old.seq, old.text); "
        "INSERT INTO items_text (rowid, text) VALUES (new.seq, new.text); END"
    )
