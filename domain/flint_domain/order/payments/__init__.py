"""Payments of an order."""
