"""Whose records they are."""

import sqlite3
from dataclasses import dataclass

from flint_server.db import statements

DEFAULT_MERCHANT_ID = "mer_00000000000000000000000000"  # the one merchant of a fresh database


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant; currency is the one that new orders get."""

    merchant_id: str
    name: str
    currency: str


class Currencies:
    """Each merchant's currency, read once: it never changes."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, driver: sqlite3.Connection, merchant_id: str) -> str:
        """The currency. Raises LookupError for a merchant that does not exist."""
        currency = self._known.get(merchant_id)
        if currency is None:
            row: tuple[str] | None = driver.execute(statements.CURRENCY, {"merchant_id": merchant_id}).fetchone()
            if row is None:
                raise LookupError(f"there is no merchant {merchant_id}")
            currency = self._known[merchant_id] = row[0]
        return currency
