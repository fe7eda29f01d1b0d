"""The taxes of an order."""
