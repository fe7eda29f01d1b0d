"""Codes that lower a price, and who may still use them."""
