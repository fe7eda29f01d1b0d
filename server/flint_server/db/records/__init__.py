"""What is stored, a file for each record: its table, its statements, how it is read and written."""

from flint_server.db.records import coupons, tax_rates

__all__ = ["coupons", "tax_rates"]
