"""Tax rates out of tables that others keep."""
