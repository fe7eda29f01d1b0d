"""Customers, what they are found by, and whose coupon uses are whose."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_customers_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_customers")),
        sa.UniqueConstraint("id", name=op.f("uq_customers_id")),
    )
    op.create_index("ix_customers_newest", "customers", ["merchant_id", "seq"], sqlite_where=sa.text("gone = 0"))
    op.create_table(
        "customer_keys",
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("customer_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_customer_keys_merchant_id_merchants")),
        sa.ForeignKeyConstraint(
            ["customer_seq"], ["customers.seq"], name=op.f("fk_customer_keys_customer_seq_customers")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "kind", "value", "customer_seq", name=op.f("pk_customer_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_customer_keys_customer_seq"), "customer_keys", ["customer_seq"])
    op.create_index(
        "uq_customer_keys_reference",
        "customer_keys",
        ["merchant_id", "value"],
        unique=True,
        sqlite_where=sa.text("kind = 'reference'"),
    )
    op.execute(
        "CREATE VIRTUAL TABLE customers_text USING fts5(text, content='customers', content_rowid='seq', columnsize=0, "
        "prefix='1 2 3 4 5 6 7 8 9 10', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(
        "CREATE TRIGGER customers_text_added AFTER INSERT ON customers BEGIN "
        "INSERT INTO customers_text (rowid, text) VALUES (new.seq, new.text); END"
    )
    op.execute(
        "CREATE TRIGGER customers_text_changed AFTER UPDATE OF text ON customers WHEN old.text <> new.text BEGIN "
        "INSERT INTO customers_text (customers_text, rowid, text) VALUES ('delete', old.seq, old.text); "
        "INSERT INTO customers_text (rowid, text) VALUES (new.seq, new.text); END"
    )
    op.create_index(
        "ix_coupon_uses_customer",
        "coupon_uses",
        ["merchant_id", "customer_id"],
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
