"""Refunds of an order."""
