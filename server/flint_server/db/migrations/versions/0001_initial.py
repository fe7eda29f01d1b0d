"""The first schema: orders and their trail, transfers, receipts, coupons, tax rates, and the text index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "merchants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
    )
    op.create_table(
        "coupons",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("code_upper", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_uses_per_customer", sa.Integer(), nullable=True),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_coupons_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_coupons")),
        sa.UniqueConstraint("id", name=op.f("uq_coupons_id")),
        sa.UniqueConstraint("merchant_id", "code_upper", name=op.f("uq_coupons_merchant_id_code_upper")),
    )
    op.create_index(op.f("ix_coupons_merchant_id_seq"), "coupons", ["merchant_id", "seq"], unique=False)
    op.create_table(
        "orders",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_status", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("outstanding", sa.BigInteger(), nullable=False),
        sa.Column("needs_attention", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_orders_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_orders")),
        sa.UniqueConstraint("id", name=op.f("uq_orders_id")),
    )
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["merchant_id", "customer_id", "seq"],
        unique=False,
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index("ix_orders_fingerprint", "orders", ["merchant_id", "fingerprint", "created_at"], unique=False)
    op.create_index(
        "ix_orders_needs_attention",
        "orders",
        ["merchant_id", "needs_attention", "seq"],
        unique=False,
        sqlite_where=sa.text("needs_attention = 1"),
    )
    op.create_index("ix_orders_newest", "orders", ["merchant_id", "seq", "created_at"], unique=False)
    op.create_index(
        "ix_orders_payment_status",
        "orders",
        ["merchant_id", "payment_status", "seq", "status", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_orders_status", "orders", ["merchant_id", "status", "seq", "payment_status", "created_at"], unique=False
    )
    op.create_table(
        "receipts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_receipts_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_receipts")),
        sa.UniqueConstraint("merchant_id", "key", name=op.f("uq_receipts_merchant_id_key")),
    )
    op.create_table(
        "tax_rates",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_tax_rates_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("id", name=op.f("uq_tax_rates_id")),
    )
    op.create_index(op.f("ix_tax_rates_merchant_id_seq"), "tax_rates", ["merchant_id", "seq"], unique=False)
    op.create_index(
        "uq_tax_rates_default",
        "tax_rates",
        ["merchant_id"],
        unique=True,
        sqlite_where=sa.text("is_default = 1 AND active = 1"),
    )
    op.create_table(
        "coupon_customer_uses",
        sa.Column("coupon_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_customer_uses_coupon_id_coupons")),
        sa.PrimaryKeyConstraint("coupon_id", "customer_id", name=op.f("pk_coupon_customer_uses")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coupon_uses",
        sa.Column("coupon_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_uses_coupon_id_coupons")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_coupon_uses_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("coupon_id", "order_id", name=op.f("pk_coupon_uses")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_facts_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_facts_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "version", "position", name=op.f("pk_facts")),
        sa.UniqueConstraint("id", name=op.f("uq_facts_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("receipt_key", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_transfers_merchant_id_merchants")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_transfers_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index(
        "ix_transfers_due",
        "transfers",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'planned', 'requires_action', 'unknown')"),
    )
    op.create_index(
        "ix_transfers_open",
        "transfers",
        ["merchant_id", "receipt_key"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'planned', 'requires_action', 'unknown')"),
    )
    op.create_index(op.f("ix_transfers_order_id"), "transfers", ["order_id"], unique=False)
    op.create_index(op.f("ix_transfers_payment_id"), "transfers", ["payment_id"], unique=False)
    op.create_index(
        op.f("ix_transfers_refund_id"),
        "transfers",
        ["refund_id"],
        unique=False,
        sqlite_where=sa.text("refund_id IS NOT NULL"),
    )
    op.create_index(
        "uq_transfers_reference",
        "transfers",
        ["merchant_id", "kind", "reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL AND kind IN ('authorize', 'charge', 'refund')"),
    )
    op.execute(
        "CREATE VIRTUAL TABLE orders_text USING fts5(text, content='orders', content_rowid='seq', columnsize=0, prefix='2 3 4 5 6 7 8 9 10', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(
        "CREATE TRIGGER orders_text_added AFTER INSERT ON orders BEGIN INSERT INTO orders_text (rowid, text) VALUES (new.seq, new.text); END"
    )
    op.execute(
        "CREATE TRIGGER orders_text_changed AFTER UPDATE OF text ON orders WHEN old.text <> new.text BEGIN INSERT INTO orders_text (orders_text, rowid, text) VALUES ('delete', old.seq, old.text); INSERT INTO orders_text (rowid, text) VALUES (new.seq, new.text); END"
    )
