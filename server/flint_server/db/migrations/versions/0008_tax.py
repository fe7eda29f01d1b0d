"""Where a tax rate applies, so that an order's rates are found by its address."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tax_rates", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("tax_rates", sa.Column("region", sa.Text(), nullable=True))
    op.create_index(
        "ix_tax_rates_country",
        "tax_rates",
        ["merchant_id", "country", "seq", "region"],
        sqlite_where=sa.text("country IS NOT NULL"),
    )
