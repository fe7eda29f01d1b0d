"""What processors tell: Stripe's events."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "stripe_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stripe_events_merchant_id_merchants")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_stripe_events")),
        sa.UniqueConstraint("merchant_id", "id", name=op.f("uq_stripe_events_merchant_id_id")),
    )
    op.create_index(
        "ix_stripe_events_due", "stripe_events", ["due_at", "seq"], sqlite_where=sa.text("state = 'waiting'")
    )
