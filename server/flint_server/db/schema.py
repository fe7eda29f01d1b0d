"""The whole schema: importing it puts every table into one metadata."""

from flint_server.db import catalog_tables, credit_tables, customer_tables, inbox_tables, webhook_tables
from flint_server.db.tables import metadata

__all__ = ["catalog_tables", "credit_tables", "customer_tables", "inbox_tables", "metadata", "webhook_tables"]
