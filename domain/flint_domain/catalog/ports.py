"""What the catalog asks of a transaction."""

from typing import Protocol


class CatalogReads(Protocol):
    """Items, variants and stock of one merchant. Every look-up that finds nothing answers None."""


class CatalogWrites(CatalogReads, Protocol):
    """Stock changes by conditional updates: never below zero, whoever asks at the same time."""
