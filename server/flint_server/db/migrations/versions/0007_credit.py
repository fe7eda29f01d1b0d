"""Gift cards and store credit: accounts and their ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "credit_accounts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("code_digest", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_credit_accounts_never_below_zero")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_credit_accounts_merchant_id_merchants")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["credit_accounts.id"], name=op.f("fk_credit_accounts_merged_into_credit_accounts")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_credit_accounts")),
        sa.UniqueConstraint("id", name=op.f("uq_credit_accounts_id")),
    )
    op.create_index(
        "uq_credit_accounts_code",
        "credit_accounts",
        ["merchant_id", "code_digest"],
        unique=True,
        sqlite_where=sa.text("code_digest IS NOT NULL"),
    )
    op.create_index(
        "ix_credit_accounts_customer",
        "credit_accounts",
        ["merchant_id", "customer_id", "seq"],
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "uq_credit_accounts_store_credit",
        "credit_accounts",
        ["merchant_id", "customer_id", "currency"],
        unique=True,
        sqlite_where=sa.text("kind = 'store_credit'"),
    )
    op.create_table(
        "credit_entries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("counterpart", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_accounts.id"], name=op.f("fk_credit_entries_account_id_credit_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["counterpart"], ["credit_accounts.id"], name=op.f("fk_credit_entries_counterpart_credit_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_credit_entries_merchant_id_merchants")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_credit_entries_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_credit_entries_transfer_id_transfers")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_credit_entries_id")),
    )
    op.create_index("ix_credit_entries_account_id_seq", "credit_entries", ["account_id", "seq"])
    op.create_index(
        "uq_credit_entries_transfer",
        "credit_entries",
        ["transfer_id", "kind"],
        unique=True,
        sqlite_where=sa.text("transfer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_credit_entries_hold",
        "credit_entries",
        ["payment_id"],
        sqlite_where=sa.text("kind IN ('held', 'released')"),
    )
