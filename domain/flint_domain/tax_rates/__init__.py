"""The merchant's tax rates."""
