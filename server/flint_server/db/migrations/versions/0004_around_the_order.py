"""What orders are looked up by since customers, catalog and fulfillment; transfers without an order."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# A body leaves defaults out: captured is 0, and a refund without a state has just been planned.
PAID = "(SELECT coalesce(sum(json_extract(p.value, '$.captured')), 0) FROM json_each(orders.body, '$.payments') p)"
REFUNDED = (
    "(SELECT coalesce(sum(json_extract(r.value, '$.amount')), 0) FROM json_each(orders.body, '$.refunds') r "
    "WHERE coalesce(json_extract(r.value, '$.state'), 'planned') <> 'declined')"
)


def upgrade() -> None:
    op.add_column("orders", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("fulfillment_status", sa.Text(), nullable=False, server_default="UNFULFILLED"))
    op.add_column("orders", sa.Column("paid", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("reserved_until", sa.BigInteger(), nullable=True))
    op.execute(f"UPDATE orders SET paid = {PAID}, refunded = {REFUNDED}")
    op.drop_index("ix_orders_customer", "orders")
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["merchant_id", "customer_id", "seq", "currency", "status", "paid", "refunded", "created_at"],
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index("ix_orders_fulfillment_status", "orders", ["merchant_id", "fulfillment_status", "seq"])
    op.create_index(
        "uq_orders_reference",
        "orders",
        ["merchant_id", "reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_reserved_until", "orders", ["reserved_until"], sqlite_where=sa.text("reserved_until IS NOT NULL")
    )
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("order_id", existing_type=sa.Text(), nullable=True)
