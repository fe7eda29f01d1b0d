"""The whole schema: importing it puts every table into one metadata."""

from flint_server.db import catalog_tables, credit_tables, customer_tables, inbox_tables, tables, webhook_tables
from flint_server.db.metadata import metadata
from flint_server.db.records import coupons, tax_rates

__all__ = [
    "catalog_tables",
    "coupons",
    "credit_tables",
    "customer_tables",
    "inbox_tables",
    "metadata",
    "tables",
    "tax_rates",
    "webhook_tables",
]
